/**
 * What is left of each commodity, kept at hand for the offer: read once from the journal, and then from each event that comes. It is a hint. What an epoch says again of
 * an earlier time, for a centre that lost it, is older than what was read, and left out.
 */

import { movedBy } from '../../services/stock.js';
import type { Journal, JournalReader } from '../journal.js';
import { readRange } from './read-events.js';
import { journalBook, toldBy } from './stock.js';

/** What is left, by the number of the commodity. */
export interface StockLevels {
  /** Null for what nobody keeps stock of, and before the journal was read. */
  onHand(commodity: number): number | null;
  stop(): void;
}

/** Follows a journal. What goes wrong is told to `failed`; the levels are then not known. */
export function followStock(journal: Journal, failed: (error: unknown) => void): StockLevels {
  let levels: Map<number, number> | null = null;
  let at = endOf(journal);
  let newestSec = 0;
  const read = async (): Promise<void> => {
    const end = endOf(journal);
    if (levels === null) {
      const book = await journalBook(journal);
      levels = new Map(book.flatMap(({ commodity, onHand, entries }) => keptLevel(commodity, onHand, entries)));
      at = end;
      newestSec = Math.floor(journal.state().timeFloorMs / 1000);
      return;
    }
    for (const epoch of [...journal.epochs()]) {
      const first = epoch.name === at.epoch ? at.seq + 1 : 1;
      const isLater = epoch.name === at.epoch || epoch.name === end.epoch;
      if (!isLater || first > epoch.lastSeq) continue;
      const events = await readRange(journal, epoch, { first, last: epoch.lastSeq });
      for (const { event } of events.flatMap(toldBy)) {
        if (event.time < newestSec) continue;
        newestSec = event.time;
        for (const { commodity, units, isEntry } of movedBy(event)) {
          const before = levels.get(commodity);
          if (before !== undefined || isEntry) levels.set(commodity, (before ?? 0) + units);
        }
      }
    }
    at = end;
  };
  let last: Promise<void> = Promise.resolve();
  const again = (): void => {
    last = last.then(read).catch((error: unknown) => {
      levels = null;
      failed(error);
    });
  };
  again();
  const stop = journal.subscribe(again);
  return { onHand: (commodity) => levels?.get(commodity) ?? null, stop };
}

function keptLevel(commodity: number, onHand: number | null, entries: number): [number, number][] {
  return entries === 0 || onHand === null ? [] : [[commodity, onHand]];
}

function endOf(journal: JournalReader): { readonly epoch: string; readonly seq: number } {
  const { name = '', lastSeq = 0 } = journal.epochs().at(-1) ?? {};
  return { epoch: name, seq: lastSeq };
}
