/** Writes verified batches: create, and compare on conflict. Nothing that is stored is ever overwritten. */
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { BatchEvent, OpenBatch } from '../protocol/batch.js';
import type { BridgeCounters } from './counters.js';
import {
  batchDocument,
  batchesDatabase,
  type Closing,
  closedEpochCase,
  DATABASES,
  equivocationCase,
  eventDocument,
  eventsDatabase,
  secondEventDocument,
  textOf,
} from './documents.js';
import { type RetryParts, withRetry } from './retry.js';
import type { DocumentStore, StoredDocument } from './store.js';

/** A batch whose signature was checked, and the key that it was checked with. */
export interface VerifiedBatch {
  readonly batch: OpenBatch;
  readonly publicKey: Uint8Array;
  /** Where its epoch was closed; null or absent for one that nobody closed. */
  readonly closing?: Closing | null;
}

/** What recording events counts. */
export type RecordingCounters = Pick<
  BridgeCounters,
  'eventsStored' | 'eventsKnown' | 'equivocations' | 'databaseFailures'
>;

/** What events are recorded with. */
export interface EventRecorderParts {
  readonly store: DocumentStore;
  readonly counters: RecordingCounters;
  readonly retry: RetryParts;
  /** Hears of every write that failed for good. */
  readonly report: (problem: unknown) => void;
  /** Hears of a run of which an event's place holds another one. */
  readonly contested?: (run: EventRun) => void;
}

/** What a recorder is made of. */
export interface RecorderParts extends EventRecorderParts {
  readonly counters: BridgeCounters;
}

/** Events of one epoch in their places: a batch, or what a journal holds without a terminal's signature. */
export type EventRun = Pick<OpenBatch, 'terminal' | 'epoch' | 'first' | 'last' | 'events'>;

interface PlacedEvent {
  readonly batch: EventRun;
  readonly event: BatchEvent;
  readonly document: StoredDocument;
}

interface Creation {
  /** Ids that were taken before. */
  readonly taken: ReadonlySet<string>;
  /** Ids of which it is not known whether they are there. */
  readonly failed: ReadonlySet<string>;
}

/**
 * Writes batches of one period whose ranges do not overlap, and resolves to those that are stored for good; the others may be there
 * in part. Headers go first, so that an event that is there can always be proved. Never rejects because of the database.
 */
export async function recordBatches(
  batches: readonly VerifiedBatch[],
  parts: RecorderParts,
): Promise<ReadonlySet<VerifiedBatch>> {
  const epoch = batches[0]?.batch.epoch;
  if (epoch === undefined) return new Set();
  const headers = batches.map(({ batch, publicKey }) => batchDocument(batch, publicKey));
  // The id of a header follows from its content, so one that is there already is the same.
  const headed = await createAll(batchesDatabase(epoch), headers, { partitioned: true, parts });
  const proved = batches.filter((_, index) => !headed.failed.has(headers[index]?._id ?? ''));
  const unopened = await openClosedCases(proved, parts);
  const undone = await recordEvents(
    proved.map(({ batch }) => batch),
    parts,
  );
  const stored = proved.filter(({ batch }) => !undone.has(batch) && !unopened.has(batch));
  parts.counters.batchesStored += stored.length;
  return new Set(stored);
}

/**
 * Writes the events of runs of one period whose ranges do not overlap; an event whose place holds another one is kept beside it and
 * becomes a case. Resolves to the runs that are not stored for good. Never rejects because of the database.
 */
export async function recordEvents(
  runs: readonly EventRun[],
  parts: EventRecorderParts,
): Promise<ReadonlySet<EventRun>> {
  const epoch = runs[0]?.epoch;
  if (epoch === undefined) return new Set();
  const placed = runs.flatMap((batch) =>
    batch.events.map((event) => ({ batch, event, document: eventDocument(batch, event) })),
  );
  const documents = placed.map((place) => place.document);
  const created = await createAll(eventsDatabase(epoch), documents, { partitioned: true, parts });
  const rivals = placed.filter((place) => created.taken.has(place.document._id));
  const undone = new Set(placed.filter((place) => created.failed.has(place.document._id)).map((place) => place.batch));
  for (const batch of await settleRivals(epoch, rivals, parts)) undone.add(batch);
  parts.counters.eventsStored += placed.length - created.taken.size - created.failed.size;
  return undone;
}

/** Opens a case for each batch that goes beyond the end of a closed epoch; resolves to the batches for which that could not be done. */
async function openClosedCases(
  batches: readonly VerifiedBatch[],
  parts: RecorderParts,
): Promise<ReadonlySet<EventRun>> {
  const late = batches.flatMap(({ batch, closing }) =>
    closing !== null && closing !== undefined && batch.last > closing.seq
      ? [{ batch, opened: closedEpochCase(batch, closing) }]
      : [],
  );
  const cases = new Map(late.map(({ opened }) => [opened._id, opened]));
  const { failed } = await createAll(DATABASES.cases, [...cases.values()], { partitioned: false, parts });
  return new Set(late.filter(({ opened }) => failed.has(opened._id)).map(({ batch }) => batch));
}

/** Creates all documents, trying those again whose outcome is not known. */
async function createAll(
  database: string,
  documents: readonly StoredDocument[],
  { partitioned, parts }: { readonly partitioned: boolean; readonly parts: EventRecorderParts },
): Promise<Creation> {
  const { store, retry } = parts;
  const taken = new Set<string>();
  let left = documents;
  const attempt = async (): Promise<void> => {
    await store.ensure(database, { partitioned });
    const outcomes = await store.create(database, left);
    const failed: StoredDocument[] = [];
    left.forEach((document, index) => {
      const outcome = outcomes[index] ?? 'failed';
      if (outcome === 'conflict') taken.add(document._id);
      if (outcome === 'failed') failed.push(document);
    });
    left = failed;
    if (failed.length > 0) throw new WaslError('ERR_DATABASE', `${failed.length} documents were not written`);
  };
  if (left.length > 0) await counted(() => withRetry(attempt, retry), parts);
  return { taken, failed: new Set(left.map((document) => document._id)) };
}

/**
 * Compares events whose place was taken with what stands there; one that differs is kept beside it and becomes a case. Resolves to
 * the batches for which that could not be done.
 */
async function settleRivals(
  epoch: string,
  rivals: readonly PlacedEvent[],
  parts: EventRecorderParts,
): Promise<ReadonlySet<EventRun>> {
  if (rivals.length === 0) return new Set();
  const { counters } = parts;
  const database = eventsDatabase(epoch);
  const occupants = await readOccupants(database, rivals, parts);
  if (occupants === null) return new Set(rivals.map((rival) => rival.batch));
  const different = rivals.filter((rival, index) => !isSame(occupants[index], rival.event));
  counters.eventsKnown += rivals.length - different.length;
  for (const { batch } of different) parts.contested?.(batch);
  const byId = new Map(occupants.map((occupant) => [occupant._id, occupant]));
  const kept = different.map(({ batch, event, document }) => ({
    batch,
    second: secondEventDocument(batch, event),
    opened: equivocationCase(batch, event, byId.get(document._id)?.head),
  }));
  const seconds = await createAll(
    database,
    kept.map(({ second }) => second),
    { partitioned: true, parts },
  );
  const cases = await createAll(
    DATABASES.cases,
    kept.map(({ opened }) => opened),
    { partitioned: false, parts },
  );
  counters.equivocations += kept.length - cases.taken.size - cases.failed.size;
  const undone = kept.filter(({ second, opened }) => seconds.failed.has(second._id) || cases.failed.has(opened._id));
  return new Set(undone.map(({ batch }) => batch));
}

/** What stands in the places of `rivals`, in order, or null when that cannot be read. */
async function readOccupants(
  database: string,
  rivals: readonly PlacedEvent[],
  parts: EventRecorderParts,
): Promise<readonly StoredDocument[] | null> {
  const { store, retry } = parts;
  const ids = rivals.map((rival) => rival.document._id);
  let occupants: readonly StoredDocument[] | null = null;
  await counted(
    () =>
      withRetry(async () => {
        const found = (await store.read(database, ids)).filter((document) => document !== null);
        if (found.length < ids.length) throw new WaslError('ERR_DATABASE', 'what was there a moment ago is gone');
        occupants = found;
      }, retry),
    parts,
  );
  return occupants;
}

/** Runs a task whose failure shows in its result; a database that fails is counted, and what else goes wrong is passed on. */
async function counted(task: () => Promise<void>, { counters, report }: EventRecorderParts): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (!isWaslError(error, 'ERR_DATABASE')) throw error;
    counters.databaseFailures += 1;
    report(error);
  }
}

/** The head covers the bytes and everything before them. A body that was erased by law leaves its hash and its head. */
function isSame(stored: StoredDocument | undefined, event: BatchEvent): boolean {
  if (stored === undefined) return false;
  const sameBytes = stored.bytes === undefined || stored.bytes === textOf(event.bytes);
  return stored.head === textOf(event.head) && sameBytes;
}
