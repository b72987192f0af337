/** Says again, in a new epoch, what the centre cannot take in the old one. */
import { sameBytes } from '../../agent/credential/cbor.js';
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { EpochInfo, Journal, JournalEntry, JournalReader } from '../../agent/journal/journal.js';
import { decodeEvent } from '../protocol/event-codec.js';
import { newestIncarnation } from './ack-check.js';
import { damagedEpoch, readableEvents } from './readable.js';

/** The epoch that is over, as of an acknowledgement that did not fit, or for a hole in it. */
export interface LostEpoch {
  readonly epoch: string;
  /** First sequence that has to be said again. */
  readonly resumeFrom: number;
  /** Why it is over: the centre holds another chain, or ours has a hole that it can never be given. */
  readonly cause: 'mismatch' | 'damage';
  /** Newest life of the centre, and when it was last heard of. */
  readonly incarnation: number;
  readonly atMs: number;
}

/** Events that are recorded in one step. */
const ENTRIES_MAX = 100;

/**
 * Begins a new epoch unless the lost one is already history, and records the lost one's events from `resumeFrom` on again, in order.
 * Its cursor moves to its end in one frame with the last of them. Until then the centre goes on to refuse the old epoch, which brings
 * us here again after a cut: what was said before it is recognised by its bytes, so that nothing is said twice. The events keep their
 * content, so settlement sees which they are.
 */
export async function reemit(journal: Journal, lost: LostEpoch): Promise<void> {
  if (journal.epochs().at(-1)?.name === lost.epoch) await journal.beginEpoch(lost.cause);
  const epochs = journal.epochs();
  const place = epochs.findIndex((info) => info.name === lost.epoch);
  const old = epochs[place];
  if (old === undefined) return;
  const left = eventsFrom(journal, old, lost.resumeFrom);
  let next = await left.next();
  for (const later of epochs.slice(place + 1)) {
    for await (const event of eventsFrom(journal, later, 1)) {
      if (next.done !== true && sameBytes(event.bytes, next.value.bytes)) next = await left.next();
    }
  }
  let entries: JournalEntry[] = [];
  for (; next.done !== true; next = await left.next()) {
    entries.push({ kind: 'event', event: decodeEvent(next.value.bytes) });
    if (entries.length < ENTRIES_MAX) continue;
    await journal.append(entries);
    entries = [];
  }
  const { epoch, incarnation, atMs } = lost;
  const mark: JournalEntry = { kind: 'acknowledged', mark: { epoch, seq: old.lastSeq, incarnation, atMs } };
  await journal.append([...entries, mark]);
}

/** The events of an epoch that can be read, from `fromSeq` on, but for the one that began it: that belongs to the epoch itself. */
function eventsFrom(journal: JournalReader, epoch: EpochInfo, fromSeq: number): AsyncGenerator<ChainedEvent> {
  return readableEvents(journal, epoch, Math.max(2, fromSeq));
}

/**
 * Where an event that is not acknowledged cannot be read any more, what can be read of its epoch is said again in a new one. False when
 * there is no such event. Rejects as the journal does.
 */
export async function leaveDamaged(journal: Journal): Promise<boolean> {
  const damaged = await damagedEpoch(journal);
  if (damaged === null) return false;
  const state = journal.state();
  // Nobody was heard of now: the mark must not look like a contact.
  const atMs = state.lastContactMs ?? 0;
  const { epoch, cursor } = damaged;
  const incarnation = newestIncarnation(state);
  await reemit(journal, { epoch: epoch.name, resumeFrom: cursor + 1, cause: 'damage', incarnation, atMs });
  return true;
}
