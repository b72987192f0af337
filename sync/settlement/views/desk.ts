/** What is asked of the databases of parties: their records, and what these come to. Every call rejects with `ERR_DATABASE`. */
import { z } from 'zod';
import { WaslError } from '../../../agent/domain/errors.js';
import type { DocumentStore } from '../../bridge/store.js';
import { documentsFrom } from '../desk.js';
import { type Party, viewDatabase } from './parties.js';
import { readViewPosition, VIEWS_DATABASE, writeViewPosition } from './position.js';

const recordSchema = z.looseObject({
  _id: z.string(),
  record: z.enum(['service', 'void', 'refusal', 'case']),
  site: z.string().optional(),
  day: z.string().optional(),
  programme: z.int().nullish(),
  items: z.array(z.object({ commodity: z.int(), quantity: z.int() })).optional(),
  gross: z.int().optional(),
  holder: z.int().optional(),
  purse: z.int().optional(),
  owed: z.int().optional(),
  status: z.string().optional(),
  why: z.string().optional(),
  breach: z.boolean().optional(),
});
/** One record of a party's database, as it is there. */
export type ViewRecord = z.infer<typeof recordSchema>;

/** What records come to. Sums are in minor units; voids are subtracted in them. */
export interface ViewTotals {
  readonly services: number;
  readonly voids: number;
  readonly refusals: number;
  readonly cases: number;
  readonly gross: number;
  readonly holder: number;
  /** Of the holders' part, what they paid from their cards, paid or not: statements pay it to outlets beside what is owed. */
  readonly purse: number;
  /** Gross less the holder's part, of everything. */
  readonly owed: number;
  /** Of that what is paid, and what waits or is refused. */
  readonly payable: number;
  readonly unpaid: number;
  /** Services at sites that were not accredited; only a regulator's records tell. */
  readonly breaches: number;
}

/** The records of a party, in the order of days (UTC). */
export async function* recordsOf(store: DocumentStore, party: Party): AsyncGenerator<ViewRecord> {
  const database = viewDatabase(party);
  for await (const document of documentsFrom(store, database, '')) {
    if (document._id.startsWith('_')) continue;
    const parsed = recordSchema.safeParse(document);
    if (!parsed.success)
      throw new WaslError('ERR_DATABASE', `the document ${document._id} of ${database} is no record of a view`, {
        cause: parsed.error,
      });
    yield parsed.data;
  }
}

/** What the records of a party come to, all together and by site. */
export async function totalsOfView(
  store: DocumentStore,
  party: Party,
): Promise<{ readonly totals: ViewTotals; readonly sites: ReadonlyMap<string, ViewTotals> }> {
  let totals = NOTHING;
  const sites = new Map<string, ViewTotals>();
  for await (const record of recordsOf(store, party)) {
    totals = plus(totals, record);
    if (record.site !== undefined) sites.set(record.site, plus(sites.get(record.site) ?? NOTHING, record));
  }
  return { totals, sites: new Map([...sites].sort(([a], [b]) => (a < b ? -1 : 1))) };
}

/** Whether each party's database is there and complete, as far as the last round went: by party. */
export async function standOfViews(store: DocumentStore): Promise<ReadonlyMap<string, 'building' | 'following'>> {
  const { position } = await readViewPosition(store);
  return new Map(
    position.cohorts.flatMap(({ parties, whole }) =>
      Object.keys(parties).map((party) => [party, whole ? 'building' : 'following'] as const),
    ),
  );
}

/** Has databases made anew from nothing, by the settlement that runs or the next build. */
export async function requestNewViews(store: DocumentStore, parties: readonly Party[]): Promise<void> {
  await store.ensure(VIEWS_DATABASE, { partitioned: false });
  const held = await readViewPosition(store);
  const anew = new Set(parties.map(({ party }) => party));
  // A mark that no party has: it is as if the party saw something else now.
  const marksOf = (marks: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(marks).map(([party, mark]) => [party, anew.has(party) ? '' : mark]));
  const cohorts = held.position.cohorts.map((cohort) => ({ ...cohort, parties: marksOf(cohort.parties) }));
  await writeViewPosition(store, held, { ...held.position, cohorts });
}

const NOTHING: ViewTotals = {
  ...{ services: 0, voids: 0, refusals: 0, cases: 0, gross: 0, holder: 0 },
  ...{ purse: 0, owed: 0, payable: 0, unpaid: 0, breaches: 0 },
};

function plus(totals: ViewTotals, one: ViewRecord): ViewTotals {
  const { record, gross = 0, holder = 0, purse = 0, owed = 0, status, breach } = one;
  const isPaid = status === 'payable';
  return {
    services: totals.services + (record === 'service' ? 1 : 0),
    voids: totals.voids + (record === 'void' ? 1 : 0),
    refusals: totals.refusals + (record === 'refusal' ? 1 : 0),
    cases: totals.cases + (record === 'case' ? 1 : 0),
    gross: totals.gross + gross,
    holder: totals.holder + holder,
    purse: totals.purse + purse,
    owed: totals.owed + owed,
    payable: totals.payable + (isPaid ? owed : 0),
    unpaid: totals.unpaid + (isPaid ? 0 : owed),
    breaches: totals.breaches + (record === 'service' && breach === true ? 1 : 0),
  };
}
