/** A centre's store filled by hand, and settlement on it in virtual time. */

import type { RedemptionEvent, TakenItem, UnresolvedEvent, WaslEvent } from '../../../agent/domain/event.js';
import type { Policy, Quota } from '../../../agent/domain/policy.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import {
  DATABASES,
  equivocationCase,
  eventDocument,
  eventsDatabase,
  secondEventDocument,
} from '../../../sync/bridge/documents.js';
import type { DocumentStore, StoredDocument } from '../../../sync/bridge/store.js';
import type { BatchEvent } from '../../../sync/protocol/batch.js';
import { bodyHash, bodySalt } from '../../../sync/protocol/chain.js';
import { SETTLEMENT_DATABASE } from '../../../sync/settlement/documents.js';
import { SETTLEMENT_LIMITS, type SettlementLimits } from '../../../sync/settlement/limits.js';
import { type ListRules, listRules } from '../../../sync/settlement/lists.js';
import type { HouseholdShare } from '../../../sync/settlement/rules.js';
import { Settlement } from '../../../sync/settlement/settlement.js';
import { OPENING_S, type TestChain, testChain } from '../../support/sync-events.js';
import { type VirtualTime, virtualTime } from '../../support/virtual-time.js';

export { OPENING_S, type TestChain, testChain };

/** Opening time of the outlets, in seconds since 1970: 08:00 in Cairo. */
export const MORNING_S = OPENING_S;

/** When the tests begin: two days later, so that nothing of these days is ahead of the centre. */
export const NOW_S = MORNING_S + 2 * 86_400;

/** A redemption of loaves. */
export function redemption(
  card: number,
  ledgerSequence: number,
  more: Partial<RedemptionEvent> & { readonly loaves?: number } = {},
): RedemptionEvent {
  const { loaves = 5, ...fields } = more;
  return {
    type: 'redemption',
    time: MORNING_S + 60 * ledgerSequence,
    card,
    ledgerSequence,
    programme: 1,
    items: [{ commodity: 1, quantity: loaves }],
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' },
    operator: 0,
    ...fields,
  };
}

/** An interrupted tap. */
export function unresolved(card: number, ledgerSequence: number, more: Partial<UnresolvedEvent> = {}): UnresolvedEvent {
  const items: readonly TakenItem[] = [{ commodity: 1, quantity: 5 }];
  const time = MORNING_S + 60 * ledgerSequence;
  return { type: 'unresolved', time, card, ledgerSequence, programme: 1, items, reason: 'ERR_CARD_LOST', ...more };
}

/** The documents of a chain, as the bridge makes them; event 1 at index 0. */
export function documentsOf(chain: TestChain): StoredDocument[] {
  return placedEvents(chain).map((event) => eventDocument(rangeOf(chain), event));
}

/** The document of an event as the second one in its place, and the bridge's case. */
export function secondDocumentsOf(
  chain: TestChain,
  seq: number,
): { readonly event: StoredDocument; readonly opened: StoredDocument } {
  const event = placedEvents(chain)[seq - 1];
  if (event === undefined) throw new Error(`the chain has no event ${seq}`);
  const range = rangeOf(chain);
  return { event: secondEventDocument(range, event), opened: equivocationCase(range, event, 'the head of the first') };
}

function rangeOf({ terminal, epoch, events }: TestChain) {
  return { terminal, epoch, first: 1, last: events.length };
}

function placedEvents(chain: TestChain): BatchEvent[] {
  return chain.events.map((bytes, index) => {
    const seq = index + 1;
    const salt = bodySalt(chain.saltKey, seq);
    return { seq, bytes, salt, bodyHash: bodyHash(salt, bytes), head: chain.headAt(seq) };
  });
}

/** A policy with one programme and one commodity. */
export function breadPolicy(version: number, quotas: readonly Quota[]): Policy {
  const texts = { ar: 'خبز', fr: 'pain', en: 'bread' };
  return {
    version,
    name: 'bread',
    expiresAt: MORNING_S + 400 * 86_400,
    timeZone: 'Africa/Cairo',
    programmes: [
      {
        id: 'bread',
        number: 1,
        title: texts,
        family: 1,
        schemes: [1],
        commodities: [{ id: 'loaf', number: 1, name: texts, unit: texts, quotas }],
        doubtfulLedgerMax: 5,
      },
    ],
  };
}

/** Five loaves a card and day, 150 a month. */
export const CARD_QUOTAS: readonly Quota[] = [
  { per: 'card', every: 'day', amount: 5 },
  { per: 'card', every: 'month', amount: 150 },
];

/** Rules with policy 1 and a hotlist 1 that is empty. */
export function testRules(
  quotas: readonly Quota[] = CARD_QUOTAS,
  households: ReadonlyMap<number, HouseholdShare> = new Map(),
): ListRules {
  const rules = listRules({ householdOf: (card) => Promise.resolve(households.get(card) ?? null) });
  rules.addPolicy(breadPolicy(1, quotas));
  rules.addHotlist({ version: 1, issuedAt: MORNING_S - 86_400, cards: [] });
  return rules;
}

/** A store, settlement on it, and the time. */
export interface Bench<S extends DocumentStore = MemoryStore> {
  readonly store: S;
  readonly time: VirtualTime;
  readonly rules: ListRules;
  readonly problems: unknown[];
  /** The settlement that runs now. */
  settlement(): Settlement;
  /** Puts documents where the bridge does. */
  put(...documents: readonly StoredDocument[]): Promise<void>;
  putCase(document: StoredDocument): Promise<void>;
  /** Lets time pass until settlement has taken in everything. Throws after `withinMs`. */
  settled(withinMs?: number): Promise<void>;
  /** Ends settlement, and begins another on the same store. */
  restart(): Promise<void>;
  case(id: string): Promise<StoredDocument | null>;
  cases(): Promise<StoredDocument[]>;
  projection(id: string): Promise<StoredDocument | null>;
  stop(): Promise<void>;
}

/** What a bench may have otherwise. */
export interface BenchOptions {
  readonly rules?: ListRules;
  readonly limits?: Partial<SettlementLimits>;
  readonly time?: VirtualTime;
}

/** Settlement on a store in memory. */
export function startBench(options: BenchOptions = {}): Bench {
  return startBenchOn(new MemoryStore(), options);
}

/** Settlement on a store. */
export function startBenchOn<S extends DocumentStore>(store: S, options: BenchOptions = {}): Bench<S> {
  const time = options.time ?? virtualTime(NOW_S * 1000);
  const rules = options.rules ?? testRules();
  const problems: unknown[] = [];
  const begin = (): Settlement => {
    const settlement = new Settlement({
      store,
      rules,
      clock: time.clock,
      timers: time.timers,
      limits: { ...SETTLEMENT_LIMITS, ...options.limits },
      report: (problem) => problems.push(problem),
    });
    settlement.start();
    return settlement;
  };
  let settlement = begin();
  const stop = async (): Promise<void> => {
    const stopped = settlement.stop();
    await time.advance(1);
    await stopped;
  };
  const one = async (database: string, id: string): Promise<StoredDocument | null> => {
    const [document] = await store.read(database, [id]);
    return document ?? null;
  };
  return {
    store,
    time,
    rules,
    problems,
    settlement: () => settlement,
    put: async (...documents) => {
      for (const document of documents) {
        const database = eventsDatabase(String(document.epoch));
        await store.ensure(database, { partitioned: true });
        await store.create(database, [document]);
      }
    },
    putCase: async (document) => {
      await store.ensure(DATABASES.cases, { partitioned: false });
      await store.create(DATABASES.cases, [document]);
    },
    settled: async (withinMs = 600_000) => {
      const startedMs = time.elapsedMs();
      while (!(await settlement.caughtUp().catch(() => false))) {
        if (time.elapsedMs() - startedMs > withinMs)
          throw new Error(`not settled: ${JSON.stringify(settlement.status())} ${problems.at(-1)}`);
        await time.advance(500);
      }
    },
    restart: async () => {
      await stop();
      settlement = begin();
    },
    case: (id) => one(DATABASES.cases, id),
    cases: async () => (await store.range(DATABASES.cases, { from: '', to: '~', limit: 10_000 })).map(plain),
    projection: (id) => one(SETTLEMENT_DATABASE, id),
    stop,
  };
}

/** A document without its revision. */
export function plain({ _rev, ...document }: StoredDocument): StoredDocument {
  return { ...document, _id: document._id as string };
}

/** Everything that settlement wrote but its position, as one text. */
export async function outcomeOf(store: DocumentStore): Promise<string> {
  const all = { from: '', to: '~', limit: 10_000 };
  const projections = (await store.range(SETTLEMENT_DATABASE, all)).filter(({ _id }) => _id !== 'position');
  const cases = await store.range(DATABASES.cases, all);
  return [...projections, ...cases].map((document) => JSON.stringify(plain(document))).join('\n');
}

/** A chain of one terminal in the period of the tests. */
export function chainOf(
  terminal: string,
  events: readonly WaslEvent[],
  more: { readonly epoch?: string; readonly previous?: Parameters<typeof testChain>[3] } = {},
): TestChain {
  return testChain(terminal, events, more.epoch ?? '2026q4-abcdefgh', more.previous ?? null);
}

/** The text without the times that only the clock of the centre gives. */
export function withoutClock(text: string): string {
  return text.replaceAll(/"(noticedAt|at)":"[^"]*"|"sinceMs":\d+/g, '');
}
