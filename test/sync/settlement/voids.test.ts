/** Services taken back, at the centre: what a card drew is what stands on the card, whatever the order in which it was told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isoDay } from '../../../agent/domain/calendar.js';
import type { VoidEvent, WaslEvent } from '../../../agent/domain/event.js';
import type { LedgerRecord } from '../../../agent/domain/ledger.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { DATABASES, eventsDatabase } from '../../../sync/bridge/documents.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { createSettlementCounters } from '../../../sync/settlement/counters.js';
import { SETTLEMENT_DATABASE } from '../../../sync/settlement/documents.js';
import { evidenceOf } from '../../../sync/settlement/evidence.js';
import { SETTLEMENT_LIMITS } from '../../../sync/settlement/limits.js';
import { Projector } from '../../../sync/settlement/projector.js';
import { applyRation, applyVoid } from '../../services/ration-desk.js';
import { chainOf, documentsOf, MORNING_S, NOW_S, outcomeOf, redemption, testRules, unresolved } from './bench.js';

const CARD = 7;
/** The calendar day of {@link MORNING_S}. */
const DAY = Math.floor(MORNING_S / 86_400);

function voidOf(
  ledgerSequence: number,
  voided: number,
  more: Partial<VoidEvent> & { readonly loaves?: number } = {},
): VoidEvent {
  const { loaves = 5, ...fields } = more;
  return {
    type: 'void',
    time: MORNING_S + 60 * ledgerSequence,
    card: CARD,
    ledgerSequence,
    voided,
    programme: 1,
    items: [{ commodity: 1, quantity: loaves }],
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' },
    operator: 0,
    supervisor: 9,
    ...fields,
  };
}

async function centre() {
  const store = new MemoryStore();
  for (const name of [SETTLEMENT_DATABASE, DATABASES.cases]) await store.ensure(name);
  const projector = new Projector({
    store,
    rules: testRules(),
    limits: SETTLEMENT_LIMITS,
    counters: createSettlementCounters(),
    nowMs: () => NOW_S * 1000,
    missing: () => {},
  });
  return {
    take: async (...page: readonly StoredDocument[]) => {
      for (const document of page) {
        const database = eventsDatabase(String(document.epoch));
        await store.ensure(database);
        await store.create(database, [document]);
      }
      await projector.take(
        page.flatMap((one) => evidenceOf(one) ?? []),
        true,
      );
    },
    drawn: async (month = '2026-11') => {
      const [usage] = await store.read(SETTLEMENT_DATABASE, [`usage:${CARD}:1:${month}`]);
      return (
        (usage?.drawn as Record<string, { month: number; days: Record<string, number> }> | undefined)?.['1'] ?? null
      );
    },
    /** What does not depend on which came first: all but cases that later events closed, and notes of those. */
    outcome: async () =>
      (await outcomeOf(store))
        .split('\n')
        .map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), cases: null }))
        .filter((one) => !('status' in one) || one.status !== 'closed')
        .map((one) => JSON.stringify(one))
        .join('\n'),
    open: async () => {
      const cases = await store.range(DATABASES.cases, { from: '', to: '~', limit: 100 });
      return cases.filter(({ status }) => status === 'open').map(({ _id, reason }) => [_id, String(reason)] as const);
    },
  };
}

const events = (terminal: string, all: readonly WaslEvent[]) => documentsOf(chainOf(terminal, all)).slice(1);

describe('a service that was taken back', () => {
  it('is not drawn, in whatever order both arrive, and no case is left open', async () => {
    const [served, back] = events('outlet-0', [redemption(CARD, 2), voidOf(3, 2)]);
    if (served === undefined || back === undefined) throw new Error('two events');
    for (const order of [
      [served, back],
      [back, served],
    ]) {
      const at = await centre();
      for (const one of order) await at.take(one);
      expect(await at.drawn()).toBeNull();
      expect(await at.open()).toEqual([]);
    }
  });

  it('leaves the quota for another service on the same day: no over-draw', async () => {
    const at = await centre();
    await at.take(...events('outlet-0', [redemption(CARD, 2), voidOf(3, 2), redemption(CARD, 4)]));
    expect(await at.drawn()).toMatchObject({ month: 5 });
    expect(await at.open()).toEqual([]);
  });

  it('is an open case while nobody has told of it, and closes when it is told of', async () => {
    const at = await centre();
    const [served, back] = events('outlet-0', [redemption(CARD, 2), voidOf(3, 2)]);
    if (served === undefined || back === undefined) throw new Error('two events');
    await at.take(back);
    const [[id, reason] = ['', '']] = await at.open();
    expect([id, reason]).toEqual([`void:${CARD}:2`, expect.stringContaining('No terminal has told of the service')]);
    await at.take(served);
    expect(await at.open()).toEqual([]);
  });

  it('counts as drawn, and is a case, where another terminal says that it took it back', async () => {
    const at = await centre();
    await at.take(...events('outlet-0', [redemption(CARD, 2)]), ...events('outlet-1', [voidOf(3, 2)]));
    expect(await at.drawn()).toMatchObject({ month: 5 });
    expect(await at.open()).toEqual([[`void:${CARD}:2`, expect.stringContaining('served at outlet-0')]]);
  });

  it('counts as drawn, and is a case, where other goods were taken back', async () => {
    const at = await centre();
    await at.take(...events('outlet-0', [redemption(CARD, 2), voidOf(3, 2, { loaves: 4 })]));
    expect(await at.drawn()).toMatchObject({ month: 5 });
    expect(await at.open()).toEqual([[`void:${CARD}:2`, expect.stringContaining('not what was served')]]);
  });

  it('is a case when it is taken back twice, and what was then drawn twice is an over-draw', async () => {
    const at = await centre();
    const told = [redemption(CARD, 2), voidOf(3, 2), voidOf(4, 2), redemption(CARD, 5), redemption(CARD, 6)];
    await at.take(...events('outlet-0', told));
    expect((await at.open()).map(([id]) => id)).toEqual([`over-draw:${CARD}:1:1:2026-11-21`, `void:${CARD}:2`]);
  });

  it('told again in another epoch is taken back once, and is no case', async () => {
    const at = await centre();
    const told = [redemption(CARD, 2), voidOf(3, 2)];
    const again = documentsOf(chainOf('outlet-0', told, { epoch: '2026q4-zzzzzzzz' })).slice(1);
    await at.take(...events('outlet-0', told), ...again);
    expect(await at.drawn()).toBeNull();
    expect(await at.open()).toEqual([]);
  });

  it('uses a number of the ledger: a service under the same one is a card in two places', async () => {
    const at = await centre();
    await at.take(
      ...events('outlet-0', [redemption(CARD, 2), voidOf(3, 2)]),
      ...events('outlet-1', [redemption(CARD, 3, { time: MORNING_S + 86_400 })]),
    );
    expect((await at.open()).map(([id]) => id)).toEqual([`two-places:${CARD}:3`]);
  });

  it('on the last day of a month and taken back on the first of the next is taken off the month that it was drawn in', async () => {
    const time = Date.UTC(2026, 10, 30, 21, 30) / 1000;
    const at = await centre();
    await at.take(...events('outlet-0', [redemption(CARD, 2, { time }), voidOf(3, 2, { time: time + 3_600 })]));
    expect(await at.drawn('2026-11')).toBeNull();
    expect(await at.drawn('2026-12')).toBeNull();
  });

  it('that was interrupted is an open case until its terminal finished it', async () => {
    const at = await centre();
    const torn = unresolved(CARD, 3, { items: [], reason: 'ERR_CARD_LOST' });
    const [served, lost, back] = events('outlet-0', [
      redemption(CARD, 2),
      torn,
      voidOf(3, 2, { time: MORNING_S + 900 }),
    ]);
    if (served === undefined || lost === undefined || back === undefined) throw new Error('three events');
    await at.take(served, lost);
    expect(await at.open()).toEqual([
      [`unresolved:${CARD}:3:outlet-0`, expect.stringContaining('may not have got the quota back')],
    ]);
    expect(await at.drawn()).toMatchObject({ month: 5 });
    await at.take(back);
    expect(await at.open()).toEqual([]);
    expect(await at.drawn()).toBeNull();
  });
});

/** What clerks did with one card: served, or took the newest service of an outlet back, after so many hours. */
const deeds = fc.array(
  fc.record({
    outlet: fc.nat(2),
    hours: fc.integer({ min: 0, max: 30 }),
    loaves: fc.integer({ min: 1, max: 6 }),
    back: fc.boolean(),
  }),
  { minLength: 1, maxLength: 14 },
);

interface Kept {
  readonly ledger: LedgerRecord;
  readonly told: ReadonlyMap<string, readonly WaslEvent[]>;
}

/** Keeps the card's ledger with the rules of the terminals, and the events that they tell. */
function carryOut(all: readonly { outlet: number; hours: number; loaves: number; back: boolean }[]): Kept {
  const none = new Uint8Array(8);
  let ledger: LedgerRecord = {
    ...{ family: 1, cause: 'issue', sequence: 1, previous: none, day: DAY, time: MORNING_S, usage: [], signer: none },
  };
  let time = MORNING_S;
  const told = new Map<string, WaslEvent[]>();
  const grants = new Map<string, { sequence: number; day: number; loaves: number }[]>();
  for (const { outlet, hours, loaves, back } of all) {
    time += hours * 3_600;
    const today = Math.floor((time + 2 * 3_600) / 86_400);
    const name = `outlet-${outlet}`;
    const own = grants.get(name) ?? [];
    grants.set(name, own);
    const sequence = ledger.sequence + 1;
    const grant = back ? own.pop() : undefined;
    const items = [{ commodity: 1, quantity: grant?.loaves ?? loaves }];
    const usage =
      grant === undefined
        ? applyRation(ledger, today, items)
        : applyVoid(ledger, { today, servedDay: grant.day }, items);
    const event =
      grant === undefined
        ? redemption(CARD, sequence, { time, items })
        : voidOf(sequence, grant.sequence, { time, items });
    if (grant === undefined) own.push({ sequence, day: today, loaves });
    ledger = {
      ...ledger,
      cause: grant === undefined ? 'service' : 'void',
      sequence,
      day: Math.max(ledger.day, today),
      usage,
    };
    told.set(name, [...(told.get(name) ?? []), event]);
  }
  return { ledger, told };
}

describe('what a card drew at the centre', () => {
  it('is what its own ledger says, in any order of arrival and each told any number of times', async () => {
    await fc.assert(
      fc.asyncProperty(deeds, fc.infiniteStream(fc.nat()), async (all, choices) => {
        const choose = (below: number): number => (choices.next().value ?? 0) % below;
        const { ledger, told } = carryOut(all);
        const documents = [...told].flatMap(([terminal, list]) => events(terminal, list));
        const inOrder = await centre();
        await inOrder.take(...documents);
        const shuffled = await centre();
        const left = documents.flatMap((one) => (choose(3) === 0 ? [one, one] : [one]));
        while (left.length > 0) await shuffled.take(...left.splice(choose(left.length), 1));
        expect(await shuffled.outcome()).toBe(await inOrder.outcome());
        const [usage] = ledger.usage;
        const iso = isoDay(ledger.day);
        const drawn = await shuffled.drawn(iso.slice(0, 7));
        expect([drawn?.month ?? 0, drawn?.days[iso] ?? 0]).toEqual([usage?.usedMonth ?? 0, usage?.usedDay ?? 0]);
        expect((await shuffled.open()).filter(([id]) => id.startsWith('void:'))).toEqual([]);
      }),
      { numRuns: 60 },
    );
  }, 120_000);

  it('does not depend on the order either where what is told makes no sense', async () => {
    const wild = fc.array(
      fc.record({
        outlet: fc.nat(2),
        sequence: fc.integer({ min: 2, max: 6 }),
        voided: fc.option(fc.integer({ min: 2, max: 6 })),
        loaves: fc.integer({ min: 4, max: 5 }),
      }),
      { minLength: 2, maxLength: 16 },
    );
    await fc.assert(
      fc.asyncProperty(wild, fc.infiniteStream(fc.nat()), async (all, choices) => {
        const choose = (below: number): number => (choices.next().value ?? 0) % below;
        const documents = [0, 1, 2].flatMap((outlet) =>
          events(
            `outlet-${outlet}`,
            all
              .filter((one) => one.outlet === outlet)
              .map(({ sequence, voided, loaves }) =>
                voided === null ? redemption(CARD, sequence, { loaves }) : voidOf(sequence, voided, { loaves }),
              ),
          ),
        );
        const inOrder = await centre();
        await inOrder.take(...documents);
        const shuffled = await centre();
        const left = [...documents];
        while (left.length > 0) await shuffled.take(...left.splice(choose(left.length), 1 + choose(3)));
        expect(await shuffled.outcome()).toBe(await inOrder.outcome());
      }),
      { numRuns: 60 },
    );
  }, 120_000);
});
