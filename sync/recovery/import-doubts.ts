/** Where an imported journal leaves doubt: what becomes a case. */

import { WaslError } from '../../agent/domain/errors.js';
import { eventId } from '../../agent/domain/event.js';
import { bytesOf, closedEpochCase, eventsDatabase, textOf } from '../bridge/documents.js';
import { type RetryParts, withRetry } from '../bridge/retry.js';
import type { DocumentStore, IdRange, StoredDocument } from '../bridge/store.js';
import type { SeqRange } from '../protocol/ack.js';
import { HASH_BYTES } from '../protocol/chain.js';
import { SEQ_MAX } from '../protocol/topics.js';
import type { DeadEpoch, DeadJournal } from './dead-journal.js';
import { importDamageCase, importForkCase, importGapCase, importId, unresolvedCase } from './import-documents.js';

/** Documents read at once. */
const PAGE = 1_000;

/** Gaps of one epoch that become cases of their own; what is behind them becomes one. */
const GAPS_MAX = 100;

/** The database, and how often it is tried. */
export interface DoubtParts {
  readonly store: DocumentStore;
  readonly retry: RetryParts;
}

/**
 * After the events were recorded: taps that were never finished, events that neither journal nor centre has, damage of unknown extent,
 * another history at the centre.
 */
export async function doubtCases(journal: DeadJournal, at: string, parts: DoubtParts): Promise<StoredDocument[]> {
  const made = { journal, at };
  const cases = journal.openTaps.map((tap) => unresolvedCase(tap, made));
  for (const epoch of journal.epochs) {
    for (const range of await lostOf(journal.terminal, epoch, parts))
      cases.push(importGapCase(epoch.name, range, made));
    const centre = await headAt(journal.terminal, epoch, parts);
    if (centre === null || textOf(centre) === textOf(epoch.head)) continue;
    cases.push(importForkCase(epoch.name, { seq: epoch.lastSeq, journal: epoch.head, centre }, made));
  }
  const unknown = journal.losses.filter(({ uncounted }) => uncounted);
  if (unknown.length > 0) cases.push(importDamageCase(unknown, made));
  return cases;
}

/** Cases of epochs that go on at the centre beyond the end that the journal has: an older copy of it was read, or somebody goes on. */
export async function lateCases(journal: DeadJournal, { store, retry }: DoubtParts): Promise<StoredDocument[]> {
  const { terminal } = journal;
  const cases: StoredDocument[] = [];
  for (const { name, lastSeq, head } of journal.epochs) {
    if (lastSeq >= SEQ_MAX) continue;
    const range = { from: eventId(terminal, name, lastSeq + 1), to: eventId(terminal, name, SEQ_MAX), limit: 1 };
    const [beyond] = await withRetry(() => store.range(eventsDatabase(name), range), retry);
    if (beyond === undefined) continue;
    const closing = { seq: lastSeq, head: textOf(head), import: importId(journal) };
    cases.push(closedEpochCase({ terminal, epoch: name }, closing));
  }
  return cases;
}

/** Creates documents that are not there yet. Rejects with `ERR_DATABASE`. */
export async function createDocuments(
  database: string,
  documents: readonly StoredDocument[],
  { store, retry }: DoubtParts,
): Promise<void> {
  let left = documents;
  if (left.length === 0) return;
  await withRetry(async () => {
    await store.ensure(database, { partitioned: false });
    const outcomes = await store.create(database, left);
    left = left.filter((_, index) => outcomes[index] !== 'created' && outcomes[index] !== 'conflict');
    if (left.length > 0)
      throw new WaslError('ERR_DATABASE', `${left.length} documents of ${database} were not written`);
  }, retry);
}

/** What the journal does not have, because it was destroyed or pruned, and the centre does not have either. */
async function lostOf(terminal: string, epoch: DeadEpoch, parts: DoubtParts): Promise<SeqRange[]> {
  const pruned = epoch.pruned === null ? [] : [{ first: 1, last: epoch.pruned.seq }];
  const lost: SeqRange[] = [];
  for (const range of [...pruned, ...epoch.missing]) lost.push(...(await lackingIn({ terminal, epoch, range }, parts)));
  if (lost.length <= GAPS_MAX) return lost;
  const rest = lost.slice(GAPS_MAX - 1);
  return [...lost.slice(0, GAPS_MAX - 1), { first: rest[0]?.first ?? 1, last: rest.at(-1)?.last ?? epoch.lastSeq }];
}

async function lackingIn(
  { terminal, epoch, range }: { readonly terminal: string; readonly epoch: DeadEpoch; readonly range: SeqRange },
  { store, retry }: DoubtParts,
): Promise<SeqRange[]> {
  const lacking: SeqRange[] = [];
  const to = eventId(terminal, epoch.name, range.last);
  let next = range.first;
  for (let from: string | null = eventId(terminal, epoch.name, next); from !== null; ) {
    const query: IdRange = { from, to, limit: PAGE };
    const documents: readonly StoredDocument[] = await withRetry(
      () => store.range(eventsDatabase(epoch.name), query),
      retry,
    );
    for (const { seq } of documents.filter(({ _id }) => _id.split(':').length === 3)) {
      const at = Number(seq);
      if (at > next) lacking.push({ first: next, last: at - 1 });
      next = at + 1;
    }
    // No id stands between this one and itself with the lowest printable character behind it.
    from = documents.length < PAGE ? null : `${documents.at(-1)?._id}!`;
  }
  if (next <= range.last) lacking.push({ first: next, last: range.last });
  return lacking;
}

async function headAt(terminal: string, epoch: DeadEpoch, { store, retry }: DoubtParts): Promise<Uint8Array | null> {
  if (epoch.lastSeq === 0) return null;
  const ids = [eventId(terminal, epoch.name, epoch.lastSeq)];
  const [last] = await withRetry(() => store.read(eventsDatabase(epoch.name), ids), retry);
  return bytesOf(last?.head, HASH_BYTES);
}
