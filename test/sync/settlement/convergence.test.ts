/** Whatever the order, however often, wherever it is cut: the same events give the same documents, byte for byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WaslEvent } from '../../../agent/domain/event.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { DATABASES, eventsDatabase } from '../../../sync/bridge/documents.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { createSettlementCounters } from '../../../sync/settlement/counters.js';
import { SETTLEMENT_DATABASE } from '../../../sync/settlement/documents.js';
import { evidenceOf } from '../../../sync/settlement/evidence.js';
import { SETTLEMENT_LIMITS } from '../../../sync/settlement/limits.js';
import { Projector } from '../../../sync/settlement/projector.js';
import {
  chainOf,
  documentsOf,
  MORNING_S,
  NOW_S,
  outcomeOf,
  redemption,
  secondDocumentsOf,
  startBenchOn,
  testRules,
  unresolved,
  withoutClock,
} from './bench.js';

interface Spec {
  readonly terminal: number;
  readonly card: number;
  readonly number: number;
  readonly kind: 'redemption' | 'unresolved' | 'destroyed' | 'untrusted';
  readonly minute: number;
  readonly loaves: number;
  readonly hotlist: number;
}

const specs = fc.array(
  fc.record({
    terminal: fc.nat(2),
    card: fc.nat(2),
    number: fc.integer({ min: 2, max: 5 }),
    kind: fc.constantFrom('redemption', 'redemption', 'unresolved', 'destroyed', 'untrusted'),
    minute: fc.nat(2_800),
    loaves: fc.integer({ min: 1, max: 6 }),
    hotlist: fc.integer({ min: 1, max: 3 }),
  }) satisfies fc.Arbitrary<Spec>,
  { minLength: 3, maxLength: 24 },
);

/** A history with everything in it: an epoch said again in part, one that goes on from a wrong end, rivals, lost events. */
const histories = fc
  .tuple(specs, fc.nat(5), fc.array(fc.nat(40), { maxLength: 3 }))
  .map(([all, from, lost]) => documentsFor(all, from).filter((_, index) => !lost.includes(index)));

function documentsFor(all: readonly Spec[], from: number): StoredDocument[] {
  const of = (terminal: number): WaslEvent[] => all.filter((spec) => spec.terminal === terminal).map(eventOf);
  const chains = [0, 1, 2].map((terminal) => chainOf(`outlet-${terminal}`, of(terminal)));
  const [zero, one] = chains;
  if (zero === undefined || one === undefined) throw new Error('three chains');
  const end = zero.events.length;
  const previous = { epoch: zero.epoch, seq: end, head: zero.headAt(end) };
  const again = chainOf('outlet-0', of(0).slice(from), { epoch: '2026q4-zzzzzzzz', previous });
  const other = chainOf('outlet-1', [redemption(9, 9), redemption(8, 8)], {
    epoch: '2027q1-yyyyyyyy',
    previous: { epoch: one.epoch, seq: 1, head: new Uint8Array(32) },
  });
  const rival = secondDocumentsOf(chainOf('outlet-1', [redemption(7, 7)]), 2);
  return [...chains.flatMap(documentsOf), ...documentsOf(again), ...documentsOf(other), rival.event];
}

function eventOf({ card, number, kind, minute, loaves, hotlist }: Spec): WaslEvent {
  const time = MORNING_S + 60 * minute;
  const items = [{ commodity: 1, quantity: loaves }];
  if (kind === 'redemption') {
    return redemption(card, number, { time, items, versions: { keys: 1, hotlist, policy: 1, time: 'set' } });
  }
  if (kind === 'unresolved') return unresolved(card, number, { time, items });
  const reason = kind === 'destroyed' ? 'ERR_LEDGER_DAMAGED' : 'ERR_LEDGER_UNTRUSTED';
  return unresolved(card, number, { time, items: [], reason });
}

function rules() {
  const known = testRules();
  known.addHotlist({ version: 2, issuedAt: MORNING_S, cards: [1] });
  return known;
}

/** A projector over a store that holds all these events already. */
async function projectorOn(documents: readonly StoredDocument[]) {
  const store = new MemoryStore();
  for (const name of [SETTLEMENT_DATABASE, DATABASES.cases]) await store.ensure(name);
  await fill(store, documents);
  const projector = new Projector({
    store,
    rules: rules(),
    limits: SETTLEMENT_LIMITS,
    counters: createSettlementCounters(),
    nowMs: () => NOW_S * 1000,
    missing: () => {},
  });
  const take = (page: readonly StoredDocument[]) =>
    projector.take(
      page.flatMap((one) => evidenceOf(one) ?? []),
      true,
    );
  return { store, take };
}

async function fill(store: MemoryStore, documents: readonly StoredDocument[]): Promise<void> {
  for (const document of documents) {
    const database = eventsDatabase(String(document.epoch));
    await store.ensure(database);
    await store.create(database, [document]);
  }
}

async function reference(documents: readonly StoredDocument[]): Promise<string> {
  const { store, take } = await projectorOn(documents);
  await take(documents);
  return outcomeOf(store);
}

describe('the same events', () => {
  it('give the same projections and cases in any order, in pages of any size, each any number of times', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.infiniteStream(fc.nat()), async (documents, choices) => {
        const wanted = await reference(documents);
        const choose = (below: number): number => (choices.next().value ?? 0) % below;
        const { store, take } = await projectorOn(documents);
        const left = documents.flatMap((document) => (choose(3) === 0 ? [document, document] : [document]));
        while (left.length > 0) {
          const page: StoredDocument[] = [];
          for (let size = 1 + choose(6); size > 0 && left.length > 0; size -= 1) {
            page.push(...left.splice(choose(left.length), 1));
          }
          await take(page);
        }
        expect(await outcomeOf(store)).toBe(wanted);
      }),
      { numRuns: 80 },
    );
  }, 120_000);

  it('give them as well when they arrive while settlement runs, is killed and begun again, and the database fails now and then', async () => {
    await fc.assert(
      fc.asyncProperty(histories, fc.infiniteStream(fc.nat()), async (documents, choices) => {
        const choose = (below: number): number => (choices.next().value ?? 0) % below;
        const store = new MemoryStore();
        const bench = startBenchOn(store, { rules: rules(), limits: { pageMax: 3, passPageMax: 4, pollMs: 200 } });
        store.plan = () => (['fail', 'lose the answer'] as const)[choose(12)] ?? 'go';
        const left = [...documents];
        while (left.length > 0) {
          const [document] = left.splice(choose(left.length), 1);
          const attempt = async (): Promise<void> => {
            if (document !== undefined) await bench.put(document).catch(attempt);
          };
          await attempt();
          if (choose(4) === 0) await bench.time.advance(choose(400));
          if (choose(10) === 0) await bench.restart();
        }
        store.plan = () => 'go';
        await bench.settled();
        await bench.stop();
        expect(withoutClock(await outcomeOf(store))).toBe(withoutClock(await reference(documents)));
      }),
      { numRuns: 10 },
    );
  }, 240_000);
});

describe('settlement that is killed', () => {
  const documents = documentsFor(
    [
      { terminal: 0, card: 0, number: 2, kind: 'unresolved', minute: 1, loaves: 5, hotlist: 1 },
      { terminal: 0, card: 0, number: 2, kind: 'redemption', minute: 2, loaves: 5, hotlist: 2 },
      { terminal: 1, card: 0, number: 2, kind: 'redemption', minute: 3, loaves: 5, hotlist: 1 },
      { terminal: 2, card: 1, number: 3, kind: 'redemption', minute: 4, loaves: 6, hotlist: 2 },
    ],
    1,
  );

  it.each(['fail', 'lose the answer'] as const)(
    'at any call to the store (%s) ends up the same when begun again',
    async (verdict) => {
      const limits = { pageMax: 4, passPageMax: 3, pollMs: 200 };
      const wanted = await reference(documents);
      let calls = Number.POSITIVE_INFINITY;
      for (let cutAt = 0; cutAt < calls; cutAt += 1) {
        const store = new MemoryStore();
        await fill(store, documents);
        let made = 0;
        // From this call on, the process is gone: nothing that it still does reaches the store.
        store.plan = () => {
          made += 1;
          if (made <= cutAt) return 'go';
          return made === cutAt + 1 ? verdict : 'fail';
        };
        const bench = startBenchOn(store, { rules: rules(), limits });
        await bench.time.advance(cutAt === 0 ? 0 : 1);
        await bench.stop();
        const reached = made;
        store.plan = () => 'go';
        await bench.restart();
        await bench.settled();
        await bench.stop();
        expect(withoutClock(await outcomeOf(store)), `cut at call ${cutAt}`).toBe(withoutClock(wanted));
        // A life that was never cut made fewer calls than that.
        if (reached <= cutAt) calls = cutAt;
      }
      expect(calls).toBeGreaterThan(30);
    },
    240_000,
  );
});
