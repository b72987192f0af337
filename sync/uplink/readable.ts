/** Reads what the disk still gives back. */
import { isWaslError } from '../../agent/domain/errors.js';
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { EpochInfo, JournalReader } from '../../agent/journal/journal.js';
import { holeAt } from './outbox.js';

/** Events that are read in one step. */
const CHUNK = { countMax: 100, bytesMax: 32_768 };

/**
 * The events of an epoch that can be read, from `fromSeq` on, in order: without those that damage destroyed, be it known or met only
 * now. Throws what reading the journal throws for any other reason.
 */
export async function* readableEvents(
  journal: JournalReader,
  epoch: EpochInfo,
  fromSeq: number,
): AsyncGenerator<ChainedEvent> {
  for await (const events of runsOf(journal, epoch, fromSeq)) if (events !== null) yield* events;
}

/**
 * The oldest epoch of which something is not acknowledged and cannot be sent, though the journal counted on it when it was opened: an
 * event cannot be read, or the one before them, which the next batch would chain on. Null for none.
 */
export async function damagedEpoch(journal: JournalReader): Promise<{ epoch: EpochInfo; cursor: number } | null> {
  for (const epoch of journal.epochs()) {
    const cursor = journal.state().acknowledged.get(epoch.name)?.seq ?? 0;
    if (cursor < epoch.lastSeq && !(await hasHeadAt(journal, epoch, cursor))) return { epoch, cursor };
    for await (const events of runsOf(journal, epoch, cursor + 1)) if (events === null) return { epoch, cursor };
  }
  return null;
}

/** Runs of events in order; null for an event that cannot be read. Known holes are passed over. */
async function* runsOf(
  journal: JournalReader,
  epoch: EpochInfo,
  fromSeq: number,
): AsyncGenerator<readonly ChainedEvent[] | null> {
  for (let from = fromSeq; from <= epoch.lastSeq; ) {
    const hole = holeAt(epoch, from);
    if (hole !== null) {
      from = hole.last + 1;
      continue;
    }
    const events = await eventsAt(journal, epoch, from);
    yield events;
    // Of an event that cannot be read nothing says where the next one is: they are tried one by one.
    from = events === null ? from + 1 : (events.at(-1)?.seq ?? epoch.lastSeq) + 1;
  }
}

async function hasHeadAt(journal: JournalReader, epoch: EpochInfo, seq: number): Promise<boolean> {
  try {
    // One that was pruned, or is known as destroyed, is another matter, and dealt with elsewhere.
    await journal.headAt(epoch.name, seq);
    return true;
  } catch (error) {
    if (isWaslError(error, 'ERR_JOURNAL_DAMAGED')) return false;
    throw error;
  }
}

/** Events from `seq` on; null when damage is met at the very first of them. */
async function eventsAt(
  journal: JournalReader,
  epoch: EpochInfo,
  seq: number,
): Promise<readonly ChainedEvent[] | null> {
  try {
    return await journal.readEvents(epoch.name, seq, CHUNK);
  } catch (error) {
    if (isWaslError(error, 'ERR_JOURNAL_DAMAGED')) return null;
    throw error;
  }
}
