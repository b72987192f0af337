/** Cards in the place of others, at the centre: nothing is counted twice, and what the old card gives afterwards is a case, in whatever order it is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReplacedEvent, WaslEvent } from '../../../agent/domain/event.js';
import { cardAtCentre } from '../../../sync/settlement/card-ledger.js';
import { requestRebuild } from '../../../sync/settlement/position.js';
import {
  type Bench,
  chainOf,
  documentsOf,
  MORNING_S,
  outcomeOf,
  redemption,
  startBench,
  withoutClock,
} from './bench.js';

const [OLD, NEW] = [100_009, 100_109] as const;
const DAY_S = 86_400;
const DAY = Math.floor(MORNING_S / DAY_S);
const NOTHING = { tallies: [], balances: [], papers: [] };

function replaced(
  more: Partial<ReplacedEvent> & { readonly used?: readonly [day: number, month: number] } = {},
): ReplacedEvent {
  const { used = [5, 140], ...fields } = more;
  const [usedDay, usedMonth] = used;
  return {
    ...{ type: 'replaced', time: MORNING_S + 3_600, card: NEW, replaces: OLD, cause: 'in-hand', family: 1 },
    ...{
      closing: 29,
      opening: 30,
      day: DAY,
      usage: [{ commodity: 1, usedDay, usedMonth }],
      more: NOTHING,
      operator: 0,
    },
    ...fields,
  };
}

const told = (terminal: string, ...events: readonly WaslEvent[]) => documentsOf(chainOf(terminal, events)).slice(1);

async function centreWith(
  documents: readonly ReturnType<typeof told>[number][],
  order?: readonly number[],
): Promise<Bench> {
  const bench = startBench();
  for (const at of order ?? documents.keys()) {
    const document = documents[at];
    if (document !== undefined) await bench.put(document);
    await bench.time.advance(3_000);
  }
  await bench.settled();
  return bench;
}

const kinds = async (bench: Bench): Promise<string[]> => (await bench.cases()).map(({ _id }) => _id);

describe('a card in the place of another one', () => {
  it('goes on with what that had drawn: both together have one quota', async () => {
    const within = await centreWith(
      told('desk', replaced(), redemption(NEW, 32, { time: MORNING_S + DAY_S, loaves: 5 })),
    );
    expect(await kinds(within)).toEqual([]);
    expect(await within.projection(`usage:${NEW}:1:2026-11`)).toMatchObject({ drawn: { 1: { month: 5 } } });
    await within.stop();
    const above = await centreWith(
      told('desk', replaced(), redemption(NEW, 32, { time: MORNING_S + 7_200, loaves: 3 })),
    );
    expect(await above.case(`over-draw:${NEW}:1:1:2026-11-21`)).toMatchObject({ status: 'open', eventCount: 2 });
    await above.stop();
  });

  it('leaves what the old card drew before where it was, and nothing of it is counted twice', async () => {
    const bench = await centreWith([...told('outlet-1', redemption(OLD, 29)), ...told('desk', replaced())]);
    expect(await kinds(bench)).toEqual([]);
    expect(await bench.projection(`usage:${OLD}:1:2026-11`)).toMatchObject({ drawn: { 1: { month: 5 } } });
    expect(await bench.projection(`usage:${NEW}:1:2026-11`)).toBeNull();
    await bench.stop();
  });
});

describe('a replaced card that is served', () => {
  it('is a case of a copy where the card itself was ended', async () => {
    const late = redemption(OLD, 30, { time: MORNING_S + 7_200 });
    const bench = await centreWith([...told('desk', replaced()), ...told('outlet-2', late)]);
    expect(await bench.case(`replaced:${OLD}:30`)).toMatchObject({
      ...{ kind: 'replaced', status: 'open', cause: 'clone', eventCount: 1 },
      subject: { card: OLD, ledgerSequence: 30, terminal: 'outlet-2' },
    });
    await bench.stop();
  });

  it.each([
    ['after it was replaced', 7_200, 'after card 100109 had taken its place'],
    ['before, at a terminal that the centre had not heard of', 1_800, 'the centre had not heard of it'],
  ])('is a case where it was lost: %s', async (_when, afterS, words) => {
    const served = redemption(OLD, 30, { time: MORNING_S + afterS });
    const lost = replaced({ cause: 'lost' });
    const bench = await centreWith([...told('desk', lost), ...told('outlet-2', served)]);
    expect(await bench.case(`replaced:${OLD}:30`)).toMatchObject({
      cause: 'card',
      reason: expect.stringContaining(words),
    });
    await bench.stop();
  });

  it('closes where the service was taken back', async () => {
    const served = redemption(OLD, 30, { time: MORNING_S + 7_200 });
    const { items, versions, programme } = served;
    const back: WaslEvent = {
      ...{
        type: 'void',
        time: MORNING_S + 7_260,
        card: OLD,
        ledgerSequence: 31,
        voided: 30,
        programme,
        items,
        versions,
      },
      ...{ operator: 0, supervisor: 9 },
    };
    const bench = await centreWith([...told('desk', replaced()), ...told('outlet-2', served, back)]);
    expect(await bench.case(`replaced:${OLD}:30`)).toMatchObject({ status: 'closed', decision: null });
    await bench.stop();
  });

  it('comes to the same in whatever order it is told, a page at a time or at once, and computed anew', async () => {
    const documents = [
      ...told('outlet-1', redemption(OLD, 29)),
      ...told('desk', replaced(), replaced({ family: 2, closing: 1, opening: 2, usage: [] })),
      ...told('outlet-2', redemption(OLD, 30, { time: MORNING_S + 7_200 })),
      ...told('outlet-3', redemption(NEW, 32, { time: MORNING_S + 7_300, loaves: 3 })),
    ];
    const places = documents.map((_, at) => at);
    const first = await centreWith(documents);
    const wanted = withoutClock(await outcomeOf(first.store));
    expect(wanted).toContain(`replaced:${OLD}:30`);
    expect(wanted).toContain(`over-draw:${NEW}`);
    await requestRebuild(first.store);
    await first.restart();
    await first.settled();
    expect(withoutClock(await outcomeOf(first.store))).toBe(wanted);
    await first.stop();
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(places, { minLength: places.length }),
        fc.boolean(),
        async (order, atOnce) => {
          const bench = atOnce ? startBench() : await centreWith(documents, order);
          if (atOnce) await bench.put(...order.flatMap((at) => documents[at] ?? []));
          await bench.settled();
          expect(withoutClock(await outcomeOf(bench.store))).toBe(wanted);
          await bench.stop();
        },
      ),
      { numRuns: 12 },
    );
  });

  it('is a case where two cards took its place', async () => {
    const other = replaced({ card: NEW + 1, time: MORNING_S + 4_000 });
    const bench = await centreWith([...told('desk-1', replaced()), ...told('desk-2', other)]);
    expect(await bench.case(`replaced:${OLD}`)).toMatchObject({ status: 'open', cause: 'terminal', eventCount: 2 });
    await bench.stop();
  });
});

describe('what the centre knows of a card', () => {
  const holder = {
    ...{ card: OLD, household: 1, householdSize: 1, draws: 1, homeSite: 0, coverage: null, rationScheme: 1 },
    ...{ issuedDay: DAY - 30, expiresDay: DAY + 1_000 },
  };
  const known = async (documents: readonly ReturnType<typeof told>[number][]) => {
    const bench = await centreWith(documents);
    const ledgers = await cardAtCentre(bench.store, bench.rules, holder);
    await bench.stop();
    return ledgers.get(1);
  };

  it('is nothing of a card that was never served', async () => {
    expect(await known([])).toMatchObject({ day: DAY - 30, usage: [], closing: 1, services: 0 });
  });

  it('goes on from what it was issued with, where an older system had come to something', async () => {
    const opening = {
      day: DAY - 2,
      usage: [{ commodity: 1, usedDay: 0, usedMonth: 40 }],
      more: NOTHING,
      firstSequence: 2,
    };
    const openings = new Map([[1, { ...opening, previous: new Uint8Array(8) }]]);
    const bench = await centreWith(told('outlet-1', redemption(OLD, 4)));
    const ledgers = await cardAtCentre(bench.store, bench.rules, { ...holder, openings });
    expect(ledgers.get(1)).toMatchObject({ usage: [{ commodity: 1, usedDay: 5, usedMonth: 45 }], closing: 4 });
    await bench.stop();
  });

  it('is what all its services come to, each once', async () => {
    const service = redemption(OLD, 3, { time: MORNING_S + DAY_S, loaves: 2 });
    const again = documentsOf(chainOf('outlet-1', [service], { epoch: '2026q4-zzzzzzzz' })).slice(1);
    const ledger = await known([...told('outlet-1', redemption(OLD, 2), service), ...again]);
    expect(ledger).toMatchObject({
      day: DAY + 1,
      usage: [{ commodity: 1, usedDay: 2, usedMonth: 7 }],
      closing: 3,
      services: 2,
    });
  });

  it('counts an interrupted tap as used unless its terminal told the end, and what was taken back not at all', async () => {
    const items = [{ commodity: 1, quantity: 5 }];
    const open: WaslEvent = {
      ...{ type: 'unresolved', time: MORNING_S + 60, card: OLD, ledgerSequence: 2, programme: 1, items },
      reason: 'ERR_CARD_LOST',
    };
    expect(await known(told('outlet-1', open))).toMatchObject({ usage: [{ usedMonth: 5 }], closing: 2 });
    expect(await known(told('outlet-1', open, redemption(OLD, 2)))).toMatchObject({
      usage: [{ usedMonth: 5 }],
      services: 1,
    });
    const back: WaslEvent = {
      ...{ type: 'void', time: MORNING_S + 200, card: OLD, ledgerSequence: 3, voided: 2, programme: 1, items },
      ...{ versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' }, operator: 0, supervisor: 9 },
    };
    expect(await known(told('outlet-1', redemption(OLD, 2), back))).toMatchObject({
      usage: [],
      closing: 3,
      services: 0,
    });
  });

  it('goes on from what it began with, where it was made in the place of another one', async () => {
    const before = replaced({ card: OLD, replaces: OLD - 1, used: [0, 140] });
    const ledger = await known(told('desk', before, redemption(OLD, 32, { time: MORNING_S + 7_200 })));
    expect(ledger).toMatchObject({ usage: [{ commodity: 1, usedDay: 5, usedMonth: 145 }], closing: 32 });
  });
});
