/**
 * What has to be looked at together. A service and whatever takes it back stand under one number of one card, which is a document of settlement; the services to one person
 * of a roster are another; a refusal stands for itself. Each service, void and refusal is of exactly one group.
 */
import { isoDay } from '../../../agent/domain/calendar.js';
import type { RefusalEvent } from '../../../agent/domain/event.js';
import { DATABASES } from '../../bridge/documents.js';
import type { DocumentStore, StoredDocument } from '../../bridge/store.js';
import { terminalOf as recordOf } from '../../bridge/terminals.js';
import { personId, SETTLEMENT_DATABASE, serviceId } from '../documents.js';
import { type Evidence, eventsDatabaseOf, evidenceOf, isTrial } from '../evidence.js';
import { dayOfTime, type SettlementRules } from '../rules.js';
import { type Entry, entriesOf, markOf, type OutletEvent } from '../statement/figures.js';

const REFUSAL = 'refusal:';

/** Events of one group. */
export interface Group {
  readonly id: string;
  /** Every event of it that says something of a service. */
  readonly events: readonly OutletEvent[];
  /** What they come to. */
  readonly entries: readonly Entry[];
  readonly refusals: readonly (OutletEvent & { readonly event: RefusalEvent })[];
}

/** The group that an event is of; null for one that no party hears of. */
export function groupOf({ id, event }: Pick<Evidence, 'id' | 'event'>): string | null {
  if (event === null || isTrial(event)) return null;
  switch (event.type) {
    case 'redemption':
      return serviceId(event.card, event.ledgerSequence);
    case 'void':
      return serviceId(event.card, event.voided);
    case 'roster':
    case 'roster-void':
      return personId(event.roster, event.person, event.programme);
    case 'refusal':
      return `${REFUSAL}${id}`;
    default:
      return null;
  }
}

/** Whether a document of settlement tells that a group has changed. */
export function isGroupDocument(id: string): boolean {
  return id.startsWith('service:') || id.startsWith('person:');
}

/** The groups that events are of, by their ids; those that the centre does not hold are of none. Rejects with `ERR_DATABASE`. */
export async function groupsOfEvents(store: DocumentStore, ids: readonly string[]): Promise<readonly string[]> {
  const groups = (await eventDocuments(store, ids)).map((document) => {
    const evidence = evidenceOf(document);
    return evidence === null ? null : groupOf(evidence);
  });
  return [...new Set(groups.filter((group) => group !== null))].sort();
}

/** Reads groups with all their events. Rejects with `ERR_DATABASE`. */
export async function readGroups(
  { store, rules }: { readonly store: DocumentStore; readonly rules: SettlementRules },
  groups: readonly string[],
): Promise<readonly Group[]> {
  const named = groups.filter((id) => !id.startsWith(REFUSAL));
  const ids = new Map(groups.filter((id) => id.startsWith(REFUSAL)).map((id) => [id, [id.slice(REFUSAL.length)]]));
  for (const [at, document] of (await store.read(SETTLEMENT_DATABASE, named)).entries())
    ids.set(named[at] ?? '', Object.keys((document?.events ?? {}) as object));
  const documents = await eventDocuments(store, [...new Set([...ids.values()].flat())]);
  const byId = new Map(documents.map((document) => [document._id, document]));
  return groups.map((id) =>
    groupFrom(
      id,
      (ids.get(id) ?? []).map((event) => byId.get(event)),
      rules,
    ),
  );
}

function groupFrom(id: string, documents: readonly (StoredDocument | undefined)[], rules: SettlementRules): Group {
  const events: OutletEvent[] = [];
  for (const document of documents) {
    const evidence = document === undefined ? null : evidenceOf(document);
    // A void stands under its own number as well, where it is no part of the group.
    if (evidence === null || evidence.event === null || groupOf(evidence) !== id) continue;
    if (typeof document?.bytes !== 'string') continue;
    const { terminal, event } = evidence;
    const mark = markOf(terminal, Buffer.from(document.bytes, 'base64url'));
    events.push({ id: evidence.id, terminal, mark, day: isoDay(dayOfTime(event.time, rules)), event });
  }
  const refusals = events.filter((one): one is Group['refusals'][number] => one.event.type === 'refusal');
  return { id, events, entries: entriesOf(events), refusals };
}

/** The sites of terminals as they are enrolled now; those that are not are left out. Rejects with `ERR_DATABASE`. */
export async function sitesOfTerminals(
  store: DocumentStore,
  terminals: Iterable<string>,
): Promise<ReadonlyMap<string, string>> {
  const names = [...new Set(terminals)].sort();
  const found = new Map<string, string>();
  for (const [at, document] of (await store.read(DATABASES.registry, names)).entries()) {
    const record = recordOf(document);
    if (record !== null) found.set(names[at] ?? '', record.site);
  }
  return found;
}

/** The documents of events that the centre holds, a database at a time. */
async function eventDocuments(store: DocumentStore, ids: readonly string[]): Promise<readonly StoredDocument[]> {
  const byDatabase = new Map<string, string[]>();
  for (const id of ids) {
    const database = eventsDatabaseOf(id);
    byDatabase.set(database, [...(byDatabase.get(database) ?? []), id]);
  }
  const found: StoredDocument[] = [];
  for (const [database, some] of byDatabase)
    for (const document of await store.read(database, some)) if (document !== null) found.push(document);
  return found;
}
