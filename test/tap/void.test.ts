/** Taking a service back: by a supervisor, within limits, before anything was handed over, and safe against every cut. */
import { describe, expect, it } from 'vitest';
import type { WaslEvent } from '../../agent/domain/event.js';
import type { TapState } from '../../agent/tap/tap.js';
import { makeSmartCard, makeTag, presentedCard, type SimulatedCard } from '../../simulators/cards/media.js';
import { people } from '../../simulators/site/population.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import {
  DAY,
  firstPerson,
  ISSUER,
  openDesk,
  POLICY,
  READS_AND_WRITES,
  type TestDesk,
  testTrust,
} from '../support/desk.js';
import { NOW } from '../support/people.js';

const order = { person: firstPerson(), issuer: ISSUER, issuedAt: NOW - 60, expiresAt: NOW + 1e7, day: DAY };
const SUPERVISOR = { operator: 9, role: 'supervisor' } as const;
const withVoids = (voids = { withinSeconds: 3600, perDayMax: 2 }) =>
  testTrust({ programmes: POLICY.programmes.map((programme) => ({ ...programme, voids })) });

async function lay(desk: TestDesk, card: SimulatedCard): Promise<TapState> {
  await desk.tap.present(presentedCard(card), READS_AND_WRITES);
  return desk.tap.state();
}

async function granted(desk: TestDesk, card: SimulatedCard, loaves: number): Promise<string> {
  await lay(desk, card);
  const state = await desk.take(loaves);
  if (state.name !== 'granted') throw new Error(state.name);
  return state.tapId;
}

/** What the clerk and the supervisor do; the card is still to be laid down. */
async function takeBack(desk: TestDesk, tapId: string): Promise<void> {
  await desk.tap.askBack(tapId);
  await desk.tap.takeBack(tapId, SUPERVISOR);
}

async function leave(desk: TestDesk): Promise<void> {
  const state = desk.tap.state();
  if ('tapId' in state) await desk.tap.dismiss(state.tapId);
}

async function events(desk: TestDesk): Promise<WaslEvent[]> {
  const epoch = desk.journal.epochs().at(-1)?.name ?? '';
  const read = await desk.journal.readEvents(epoch, 1, { countMax: 100, bytesMax: 100_000 });
  return read.map(({ bytes }) => decodeEvent(bytes));
}

describe.each([
  ['an NTAG216', () => makeTag('ntag216', order)],
  ['a smart card', () => makeSmartCard(order)],
] as const)('a service on %s', (_kind, make) => {
  it('is taken back: the card has its quota again, the journal a void of its own, and nothing is left to hand over', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const card = await make();
    const tapId = await granted(desk, card, 6);
    await takeBack(desk, tapId);
    expect(await lay(desk, card)).toMatchObject({ name: 'voided', items: [{ commodity: 1, quantity: 6 }] });
    expect(desk.journal.state().undispensed.size).toBe(0);
    expect((await events(desk)).at(-1)).toMatchObject({
      type: 'void',
      ledgerSequence: 3,
      voided: 2,
      items: [{ commodity: 1, quantity: 6 }],
      supervisor: 9,
    });
    await leave(desk);
    expect(await lay(await openDesk({ terminal: 1 }), card)).toMatchObject({
      offer: { items: [{ available: 10, usedDay: 0 }] },
    });
    await expect(desk.tap.askBack(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });
});

describe('a void', () => {
  it('needs a supervisor', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const card = await makeTag('ntag216', order);
    const tapId = await granted(desk, card, 1);
    await expect(desk.tap.takeBack(tapId, SUPERVISOR)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await desk.tap.askBack(tapId);
    expect(desk.tap.state()).toMatchObject({ name: 'authorise', tapId, code: null });
    const clerk = { operator: 4, role: 'clerk' } as const;
    await expect(desk.tap.takeBack(tapId, clerk)).rejects.toMatchObject({ code: 'ERR_VOID_ROLE' });
    await desk.tap.deny(tapId, 'ERR_PIN');
    expect(desk.tap.state()).toMatchObject({ name: 'authorise', code: 'ERR_PIN' });
    // The card lies there while the supervisor types: nothing is done with it.
    expect(await lay(desk, card)).toMatchObject({ name: 'authorise' });
    await desk.tap.takeBack(tapId, SUPERVISOR);
    expect(desk.tap.state()).toMatchObject({ name: 'return', tapId, code: null });
  });

  it('is told to the centre once when a supervisor was locked out', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const tapId = await granted(desk, await makeTag('ntag216', order), 1);
    await desk.tap.askBack(tapId);
    for (const code of ['ERR_PIN', 'ERR_PIN_LOCKED', 'ERR_PIN_LOCKED'] as const) await desk.tap.deny(tapId, code);
    expect((await events(desk)).filter(({ type }) => type === 'alarm')).toMatchObject([{ code: 'ERR_PIN_LOCKED' }]);
  });

  it('needs rules that allow it, and a grant that nobody handed over', async () => {
    const desk = await openDesk();
    const card = await makeTag('ntag216', order);
    const tapId = await granted(desk, card, 1);
    await desk.tap.askBack(tapId);
    expect(desk.tap.state()).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
    await leave(desk);
    await desk.tap.handover(tapId);
    await expect(desk.tap.askBack(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });

  it('and the hand-over exclude each other, whichever comes first', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const card = await makeTag('ntag216', order);
    const tapId = await granted(desk, card, 1);
    const handing = desk.tap.handover(tapId);
    await expect(desk.tap.askBack(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await expect(desk.tap.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    await handing;
    const second = await granted(desk, card, 1);
    await takeBack(desk, second);
    const laid = lay(desk, card);
    await expect(desk.tap.handover(second)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    expect(await laid).toMatchObject({ name: 'voided' });
    await expect(desk.tap.handover(second)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
  });

  it('is refused when the service is too old, also where it grows old while the card is awaited', async () => {
    const desk = await openDesk({ trust: withVoids({ withinSeconds: 60, perDayMax: 1 }) });
    const card = await makeTag('ntag216', order);
    const late = await granted(desk, card, 1);
    await takeBack(desk, late);
    desk.clock.ms += 61_000;
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
    await leave(desk);
    await desk.tap.askBack(late);
    expect(desk.tap.state()).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
  });

  it('counts towards the limit of its day over restarts, and not towards that of the next', async () => {
    const trust = withVoids({ withinSeconds: 3600, perDayMax: 2 });
    const card = await makeTag('ntag216', order);
    let desk = await openDesk({ trust });
    for (const expected of ['voided', 'voided', 'refused']) {
      const tapId = await granted(desk, card, 1);
      await desk.tap.askBack(tapId);
      if (expected === 'refused') break;
      await desk.tap.takeBack(tapId, SUPERVISOR);
      expect(await lay(desk, card)).toMatchObject({ name: expected });
      await leave(desk);
      desk.disk.cut();
      desk = await openDesk({ trust, disk: desk.disk });
    }
    expect(desk.tap.state()).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
    await leave(desk);
    desk.clock.ms += 24 * 3_600_000;
    const tapId = await granted(desk, card, 1);
    await takeBack(desk, tapId);
    expect(await lay(desk, card)).toMatchObject({ name: 'voided' });
  });

  it('that was begun and not finished counts towards the limit as well', async () => {
    const trust = withVoids({ withinSeconds: 3600, perDayMax: 1 });
    const desk = await openDesk({ trust });
    const [, person = firstPerson()] = people(2);
    const [torn, other] = [await makeTag('ntag216', order), await makeTag('ntag216', { ...order, person })];
    const begun = await granted(desk, torn, 1);
    await takeBack(desk, begun);
    torn.tearAt(5, { bits: ({ oldBit }) => oldBit });
    expect(await lay(desk, torn)).toMatchObject({ name: 'unresolved' });
    await leave(desk);
    await desk.tap.askBack(await granted(desk, other, 1));
    expect(desk.tap.state()).toMatchObject({ name: 'refused', code: 'ERR_VOID_LIMIT' });
  });

  it('leaves another card as it is, and waits on until it is called off', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const [, person = firstPerson()] = people(2);
    const [mine, other] = [await makeTag('ntag216', order), await makeTag('ntag216', { ...order, person })];
    const tapId = await granted(desk, mine, 2);
    await takeBack(desk, tapId);
    await expect(desk.tap.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
    const before = other.dump();
    expect(await lay(desk, other)).toMatchObject({ name: 'return', code: 'ERR_CARD_CHANGED' });
    expect(other.dump()).toEqual(before);
    await desk.tap.cancel(tapId);
    expect(desk.tap.state()).toEqual({ name: 'idle' });
    expect(await lay(desk, mine)).toMatchObject({ name: 'offer' });
    await desk.tap.handover(tapId);
    await takeBackRefused(desk, tapId);
  });

  it('waits on for a card that was not read, and is off for one whose content was put back', async () => {
    const desk = await openDesk({ trust: withVoids() });
    const card = await makeTag('ntag216', order);
    const old = card.dump();
    const tapId = await granted(desk, card, 2);
    await takeBack(desk, tapId);
    card.loseFieldAfter(3);
    expect(await lay(desk, card)).toMatchObject({ name: 'return', code: 'ERR_CARD_LOST' });
    card.clearFaults();
    if ('restoreUserPages' in card) card.restoreUserPages(old);
    expect(await lay(desk, card)).toMatchObject({ name: 'refused', code: 'ERR_LEDGER_OLD_IMAGE' });
  });

  it('gives back once, wherever its write is cut, after a restart as well, and names the supervisor who allowed it', async () => {
    for (let write = 0; write < 25; write += 3) {
      const trust = withVoids();
      const desk = await openDesk({ trust });
      const card = await makeTag('ntag216', order);
      const tapId = await granted(desk, card, 6);
      await takeBack(desk, tapId);
      card.tearAt(write, { bits: ({ oldBit, newBit, bit }) => (bit % 2 === 0 ? newBit : oldBit) });
      expect(await lay(desk, card), `write ${write}`).toMatchObject({ name: 'unresolved', code: 'ERR_CARD_LOST' });
      await expect(desk.tap.handover(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
      desk.disk.cut();
      const again = await openDesk({ trust, disk: desk.disk });
      expect(await lay(again, card)).toMatchObject({ name: 'voided', items: [{ quantity: 6 }] });
      const told = (await events(again)).filter((event) => event.type === 'void' || event.type === 'unresolved');
      expect(told).toMatchObject([
        { type: 'unresolved', items: [] },
        { type: 'void', voided: 2, ledgerSequence: 3, supervisor: SUPERVISOR.operator },
      ]);
      expect(await lay(again, card)).toMatchObject({ offer: { items: [{ available: 10 }] } });
      expect(again.faults).toEqual([]);
    }
  });
});

async function takeBackRefused(desk: TestDesk, tapId: string): Promise<void> {
  await expect(desk.tap.askBack(tapId)).rejects.toMatchObject({ code: 'ERR_TAP_STATE' });
}
