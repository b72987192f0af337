/** Reads the events that a journal holds, one page after the other. */
import type { ChainedEvent } from '../../domain/event.js';
import type { EpochInfo, JournalReader, SeqRange } from '../journal.js';

/** Events that are read of the journal at a time. */
export const EVENT_PAGE = { countMax: 256, bytesMax: 65_536 };

/** All events that are here, oldest first: not those that were pruned, nor those that damage destroyed. Rejects with `ERR_JOURNAL_*`. */
export async function* forwards(journal: JournalReader): AsyncGenerator<ChainedEvent, void> {
  for (const epoch of [...journal.epochs()]) {
    for (let first = (epoch.pruned ?? 0) + 1; first <= epoch.lastSeq; first += EVENT_PAGE.countMax) {
      const last = Math.min(epoch.lastSeq, first + EVENT_PAGE.countMax - 1);
      yield* await readRange(journal, epoch, { first, last });
    }
  }
}

/** As {@link forwards}, newest first. */
export async function* backwards(journal: JournalReader): AsyncGenerator<ChainedEvent, void> {
  for (const epoch of [...journal.epochs()].reverse()) {
    for (let last = epoch.lastSeq; last > (epoch.pruned ?? 0); ) {
      const first = Math.max((epoch.pruned ?? 0) + 1, last - EVENT_PAGE.countMax + 1);
      yield* (await readRange(journal, epoch, { first, last })).reverse();
      last = first - 1;
    }
  }
}

/** The events of a range that are here: not those that damage destroyed. Rejects with `ERR_JOURNAL_*`. */
export async function readRange(journal: JournalReader, epoch: EpochInfo, range: SeqRange): Promise<ChainedEvent[]> {
  const events: ChainedEvent[] = [];
  for (let next = range.first; next <= range.last; ) {
    const hole = epoch.missing?.find(({ first, last }) => first <= next && next <= last);
    if (hole !== undefined) {
      next = hole.last + 1;
      continue;
    }
    const read = await journal.readEvents(epoch.name, next, { ...EVENT_PAGE, countMax: range.last - next + 1 });
    if (read.length === 0) break;
    events.push(...read);
    next += read.length;
  }
  return events;
}
