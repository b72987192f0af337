/** A card in the place of another one: what it begins with, who is refused, and what a cut leaves. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CarriedLedger } from '../../agent/cards/replacement-book.js';
import { isWaslError } from '../../agent/domain/errors.js';
import type { LedgerMore, LedgerRecord } from '../../agent/domain/ledger.js';
import { openMedium } from '../../drivers/media/open.js';
import { blankCard, presented } from '../../simulators/card-file.js';
import { SimulatedNtag21x } from '../../simulators/cards/ntag21x.js';
import {
  atTerminal,
  attempt,
  attemptLost,
  type Cards,
  DAY,
  durable,
  issued,
  NEW,
  OLD,
  orderFor,
  Power,
  PowerCut,
  serve,
} from './replace-bench.js';

const USED = { usage: [{ commodity: 1, usedDay: 5, usedMonth: 90 }] };
const MORE: LedgerMore = {
  tallies: [{ commodity: 12, usedYear: 4, usedEver: 9, ahead: 0 }],
  balances: [{ account: 101, value: DAY + 40 }],
  papers: [{ kind: 0, number: 2, commodity: 12, left: 1, untilDay: DAY + 20, site: 12 }],
};
const isRecord = (one: LedgerRecord | string | undefined): one is LedgerRecord => typeof one === 'object';
const stated = (one: LedgerRecord | string | undefined) =>
  isRecord(one) ? { day: one.day, usage: one.usage, more: one.more } : one;

async function used(kind: 'ntag216' | 'type4'): Promise<Cards> {
  const old = await issued(kind);
  await serve(old, 1, { usage: [{ commodity: 1, usedDay: 2, usedMonth: 87 }], more: MORE });
  await serve(old, 1, { ...USED, more: MORE });
  return { old, fresh: blankCard('type4'), kept: durable() };
}

describe('a card in the place of one that is in hand', () => {
  test.each(['ntag216', 'type4'] as const)(
    'begins with what that came to, and no terminal serves the old one: %s',
    async (kind) => {
      const cards = await used(kind);
      const { openings } = await attempt(cards);
      const old = await atTerminal(cards.old, OLD);
      expect(old.length).toBe(kind === 'type4' ? 2 : 1);
      for (const verdict of old) expect(verdict).toBe('ERR_LEDGER_ENDED');
      const [fresh] = await atTerminal(cards.fresh, NEW);
      expect(stated(fresh)).toEqual({ day: DAY, ...USED, more: MORE });
      // Numbers of papers stay below those of later records; the first record names the one that ended the old ledger.
      expect(fresh).toMatchObject({ cause: 'issue', sequence: 5 });
      expect(openings.get(1)).toMatchObject({ firstSequence: 4 });
      expect(openings.get(1)?.previous.some((byte) => byte !== 0)).toBe(true);
      expect(cards.kept.blocked).toEqual(new Set([OLD]));
      const event = {
        type: 'replaced',
        card: NEW,
        replaces: OLD,
        cause: 'in-hand',
        closing: 3,
        opening: 4,
        ...USED,
        more: MORE,
      };
      expect(cards.kept.events[0]).toMatchObject(event);
      expect(cards.kept.events.map(({ family }) => family)).toEqual(kind === 'type4' ? [1, 2] : [1]);
    },
  );

  test('is one that its holder has had since the old one', async () => {
    const cards = await used('ntag216');
    const { plan } = await attempt(cards);
    const session = await openMedium(presented(cards.fresh), { canWrite: true });
    expect(session.credential.form).toBe('bytes');
    expect(plan.heldSince).toBeLessThan(plan.at);
  });

  test('is made once: the old card is replaced, and the new serial given', async () => {
    const cards = await used('ntag216');
    await attempt(cards);
    const again = { ...cards, fresh: blankCard('type4') };
    for (const card of [NEW, NEW + 1])
      await expect(attempt(again, new Power(), orderFor(card))).rejects.toMatchObject({ code: 'ERR_ORDER_REPLACED' });
    // Another desk, whose book knows nothing of it.
    await expect(attempt({ ...again, kept: durable() })).rejects.toMatchObject({ code: 'ERR_ORDER_REPLACED' });
    await expect(atTerminal(again.fresh, NEW)).rejects.toMatchObject({ code: 'ERR_CARD_EMPTY' });
  });

  test('is not made for somebody else, under its own serial, or with balances of its own', async () => {
    const cards = await used('ntag216');
    const { identity } = orderFor(NEW);
    const wrong = [
      orderFor(NEW, { identity: { ...identity, id: '30000000000018' } }),
      orderFor(NEW, { household: 90_002 }),
      orderFor(OLD),
      orderFor(NEW, { balances: { asOf: '2026-11-20', used: {}, accounts: {}, papers: [] } }),
    ];
    for (const order of wrong)
      await expect(attempt(cards, new Power(), order)).rejects.toMatchObject({ code: 'ERR_ORDER' });
    expect(cards.kept.lines).toEqual([]);
    expect((await atTerminal(cards.old, OLD)).map(stated)).toEqual([{ day: DAY, ...USED, more: MORE }]);
  });

  test('is not made from a ledger in doubt: nothing is written', async () => {
    const cards = await used('ntag216');
    if (!(cards.old instanceof SimulatedNtag21x)) throw new Error('it is a tag');
    const lying = presented(cards.old);
    // The newest record, number 3, stands in slot B, which begins on page 177.
    if (lying.kind === 'pages') await lying.writePage(180, Uint8Array.of(0, 0, 0, 0));
    await expect(attempt(cards)).rejects.toMatchObject({ code: 'ERR_LEDGER_DAMAGED' });
    expect(cards.kept.lines).toEqual([]);
  });

  test('needs a ledger of each family that something is carried in', async () => {
    const old = await issued('type4');
    await serve(old, 2, { ...USED, more: MORE });
    const cards = { old, fresh: blankCard('ntag216'), kept: durable() };
    await expect(attempt(cards)).rejects.toMatchObject({ code: 'ERR_ORDER_BALANCES' });
    // The old card is over; nothing is on that medium, so one with room goes on with the same serial.
    const roomy = { ...cards, fresh: blankCard('type4') };
    await attempt(roomy);
    expect((await atTerminal(roomy.fresh, NEW)).map(stated)[1]).toEqual({ day: DAY, ...USED, more: MORE });
    expect(cards.kept.blocked).toEqual(new Set([OLD]));
  });

  test('whose new card broke while it was written is made under another serial, and that one is blocked', async () => {
    const cards = await used('ntag216');
    const { steps } = await cutTwice('ntag216', []);
    await expect(attempt(cards, new Power(steps - 6))).rejects.toBeInstanceOf(PowerCut);
    const other = { ...cards, fresh: blankCard('type4') };
    await expect(attempt(other)).rejects.toMatchObject({ code: 'ERR_CARD_CHANGED' });
    await attempt(other, new Power(), orderFor(NEW + 1));
    expect(stated((await atTerminal(other.fresh, NEW + 1))[0])).toEqual({ day: DAY, ...USED, more: MORE });
    expect(cards.kept.blocked).toEqual(new Set([OLD, NEW]));
  });
});

describe('a card in the place of one that was lost', () => {
  const LEDGER: CarriedLedger = {
    family: 1,
    closing: 6,
    day: DAY,
    usage: [...USED.usage],
    more: { tallies: [], balances: [], papers: [] },
  };

  test('begins with what the centre knows, and the old serial is blocked before anything else', async () => {
    const cards = { fresh: blankCard('type4'), kept: durable() };
    const lost = { card: OLD, heldSince: 1_700_000_000, ledgers: [LEDGER] };
    await expect(attemptLost(cards, lost, new Power(1))).rejects.toBeInstanceOf(PowerCut);
    expect([cards.kept.blocked, cards.kept.lines]).toEqual([new Set([OLD]), []]);
    await attemptLost(cards, lost);
    expect((await atTerminal(cards.fresh, NEW))[0]).toMatchObject({ ...USED, sequence: 9, day: DAY });
    expect(cards.kept.events).toMatchObject([{ cause: 'lost', closing: 6, opening: 8, ...USED }]);
    await expect(attemptLost(cards, lost)).rejects.toMatchObject({ code: 'ERR_ORDER_REPLACED' });
  });
});

/** Cuts a replacement before one step and then before another one, and finishes it. */
async function cutTwice(
  kind: 'ntag216' | 'type4',
  cuts: readonly number[],
): Promise<{ readonly cards: Cards; readonly steps: number }> {
  const cards = await used(kind);
  for (const until of cuts) {
    const power = new Power(until);
    const isCut = await attempt(cards, power).then(
      () => false,
      (error: unknown) => error instanceof PowerCut,
    );
    const [old, fresh] = [await atTerminal(cards.old, OLD), await atTerminal(cards.fresh, NEW).catch(emptyOf)];
    // Never both: what the old card still gives the new one does not, and what the new one gives the old one does not.
    const draws = (verdicts: readonly (LedgerRecord | string)[]): boolean => verdicts.some(isRecord);
    expect([draws(old), draws(fresh)]).not.toEqual([true, true]);
    if (!isCut) return { cards, steps: power.steps };
  }
  const power = new Power();
  await attempt(cards, power);
  return { cards, steps: power.steps };
}

function emptyOf(error: unknown): readonly string[] {
  if (isWaslError(error)) return [error.code];
  throw error;
}

describe('a power cut', () => {
  test.each(['ntag216', 'type4'] as const)(
    'before any step leaves one card that draws at most, and the same command finishes it: %s',
    async (kind) => {
      const { steps } = await cutTwice(kind, []);
      expect(steps).toBeGreaterThan(15);
      for (let until = 0; until < steps; until += 1) {
        const { cards } = await cutTwice(kind, [until]);
        expect(stated((await atTerminal(cards.fresh, NEW))[0]), `cut before step ${until}`).toEqual({
          day: DAY,
          ...USED,
          more: MORE,
        });
        for (const verdict of await atTerminal(cards.old, OLD)) expect(verdict).toBe('ERR_LEDGER_ENDED');
        expect(cards.kept.blocked).toEqual(new Set([OLD]));
        // Told once, or twice with the same words.
        expect(new Set(cards.kept.events.map((event) => JSON.stringify(event))).size).toBe(kind === 'type4' ? 2 : 1);
      }
    },
  );

  test('twice, anywhere, comes to the same', async () => {
    const cut = fc.integer({ min: 0, max: 160 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('ntag216' as const, 'type4' as const), cut, cut, async (kind, first, second) => {
        const { cards } = await cutTwice(kind, [first, second]);
        expect(stated((await atTerminal(cards.fresh, NEW))[0])).toEqual({ day: DAY, ...USED, more: MORE });
        expect(new Set(cards.kept.events.map((event) => JSON.stringify(event))).size).toBe(kind === 'type4' ? 2 : 1);
      }),
      { numRuns: 25 },
    );
  });

  test('while the old card still draws changes nothing: what it gave since is carried as well', async () => {
    const cards = await used('ntag216');
    await expect(attempt(cards, new Power(1))).rejects.toBeInstanceOf(PowerCut);
    const later = { usage: [{ commodity: 1, usedDay: 9, usedMonth: 94 }], more: MORE };
    await serve(cards.old, 1, later);
    await attempt(cards);
    expect(stated((await atTerminal(cards.fresh, NEW))[0])).toEqual({ day: DAY, ...later });
  });
});

describe('replacing a card again and again', () => {
  const amounts = fc.record({
    usage: fc.uniqueArray(
      fc.record({
        commodity: fc.integer({ min: 1, max: 400 }),
        usedDay: fc.integer({ min: 0, max: 200 }),
        usedMonth: fc.integer({ min: 0, max: 900 }),
      }),
      { maxLength: 4, selector: ({ commodity }) => commodity },
    ),
    balances: fc.uniqueArray(
      fc.record({ account: fc.integer({ min: 1, max: 400 }), value: fc.integer({ min: 1, max: 60_000 }) }),
      { minLength: 1, maxLength: 3, selector: ({ account }) => account },
    ),
    ago: fc.integer({ min: 0, max: 200 }),
  });

  test('conserves every balance, and never grants more', async () => {
    const kinds = fc.array(fc.constantFrom('ntag216' as const, 'type4' as const), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(amounts, kinds, async ({ usage, balances, ago }, media) => {
        const more = { tallies: [], balances, papers: [] };
        const day = DAY - ago;
        let old = await issued('type4');
        await serve(old, 1, { usage, more, day });
        const before = stated((await atTerminal(old, OLD))[0]);
        const kept = durable();
        for (const [at, kind] of media.entries()) {
          const fresh = blankCard(kind);
          await attempt({ old, fresh, kept }, new Power(), orderFor(NEW + at));
          expect(stated((await atTerminal(fresh, NEW + at))[0])).toEqual(before);
          old = fresh;
        }
        expect(kept.blocked.size).toBe(media.length);
      }),
      { numRuns: 20 },
    );
  });
});
