/** Views over a store in memory: parties of every kind, sites of two areas, and everything that a raw look into a party's database shows. */
import type { MemoryStore } from '../../../../simulators/central/memory-store.js';
import type { DocumentStore, StoredDocument } from '../../../../sync/bridge/store.js';
import type { ListRules } from '../../../../sync/settlement/lists.js';
import { type LearningSiteHistory, siteHistory } from '../../../../sync/settlement/sites.js';
import { ViewBuilder } from '../../../../sync/settlement/views/builder.js';
import type { ViewDatabases } from '../../../../sync/settlement/views/databases.js';
import { checkViews, type Party, type Views, viewDatabase } from '../../../../sync/settlement/views/parties.js';
import type { Member } from '../../../../sync/settlement/views/records.js';
import { seedOf } from '../../../support/sync-events.js';
import { MORNING_S } from '../bench.js';

/** Sites of the tests; the clinic is not accredited. */
export const SITES = {
  salam: { kind: 'hospital', area: 'port-said', accredited: true },
  zohour: { kind: 'hospital', area: 'luxor', accredited: true },
  clinic: { kind: 'hospital', area: 'port-said', accredited: false },
  grocer: { kind: 'grocer', area: 'port-said', accredited: false },
} as const;

/** The descriptions of these sites, from the day before. */
export function testSites(): LearningSiteHistory {
  const sites = siteHistory();
  const described = Object.entries(SITES).map(([site, facts]) => ({ site: `site-${site}`, ...facts }));
  sites.add({ version: 1, issuedAt: MORNING_S - 86_400, sites: described });
  return sites;
}

/** Rations are programme 1; hospitals serve programme 103. */
export const PARTIES = [
  ...Object.keys(SITES).map((site) => ({ party: site, kind: 'provider', sites: [`site-${site}`] })),
  { party: 'fund', kind: 'insurer', programmes: [103] },
  { party: 'ministry', kind: 'regulator' },
  { party: 'luxor', kind: 'regulator', areas: ['luxor'], programmes: [103] },
];

/** A document of views. */
export function testViews(parties: readonly object[] = PARTIES, more: object = {}): Views {
  return checkViews({ version: 1, parties, ...more });
}

/** Databases of parties in the same memory. */
export function memoryViews(store: MemoryStore): ViewDatabases & { readonly readers: ReadonlyMap<string, string> } {
  const readers = new Map<string, string>();
  return {
    readers,
    open: async (database, reader) => {
      await store.ensure(database);
      readers.set(database, reader);
    },
    drop: async (database) => {
      store.drop(database);
      readers.delete(database);
    },
  };
}

/** What a builder of the tests may have otherwise. */
export interface BuilderOptions {
  readonly rules: ListRules;
  readonly views?: Views;
  readonly sites?: LearningSiteHistory;
  readonly memberOf?: (card: number) => Member | null;
  readonly surroundings?: readonly string[];
  readonly databases?: ViewDatabases;
  /** As the builder reaches it; the memory itself where nobody says. */
  readonly through?: DocumentStore;
  readonly pageMax?: number;
}

/** A builder. */
export function testBuilder(store: MemoryStore, options: BuilderOptions): ViewBuilder {
  const { rules, views = testViews(), sites = testSites(), memberOf = () => null, pageMax = 500 } = options;
  return new ViewBuilder({
    ...{ store: options.through ?? store, rules, views, memberOf },
    databases: options.databases ?? memoryViews(store),
    accreditation: { sites, kinds: ['hospital'] },
    key: seedOf('views'),
    surroundings: options.surroundings ?? [],
    limits: { pageMax, groupsMax: 3 },
  });
}

/** Rounds that are more than enough. */
const ROUNDS_MAX = 2_000;

/** Builds until there is nothing left to do. */
export async function build(builder: ViewBuilder): Promise<void> {
  for (let round = 0; round < ROUNDS_MAX; round += 1)
    if (!(await builder.round()) && (await builder.caughtUp())) return;
  throw new Error('the views are never caught up');
}

/** What the party's database holds. */
export function recordsIn(store: MemoryStore, party: Pick<Party, 'party'>): StoredDocument[] {
  const database = viewDatabase(party);
  return store.databases().includes(database) ? store.documents(database) : [];
}

/** The very bytes of it, as text. */
export function rawOf(store: MemoryStore, party: Pick<Party, 'party'>): string {
  return JSON.stringify(recordsIn(store, party));
}
