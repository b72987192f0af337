/** The record of a terminal that is stopped: asked, or made anew from its journal. */
import { openJournal } from '../../journal/open-journal.js';
import { cardPseudonym, pseudonymKey } from '../../journal/pseudonym.js';
import { openPouchStore } from '../../journal/record/pouch-store.js';
import { type RebuildProgress, RecordProjector } from '../../journal/record/record-projector.js';
import type { RecordStore } from '../../journal/record-store.js';
import type { VerifyOptions } from '../../journal/verify.js';
import { systemClock, systemRandom, systemTimers } from '../../system.js';

/** A terminal's journal, and the folder of its record. */
export interface RecordSource extends VerifyOptions {
  readonly terminal: string;
  readonly recordFolder: string;
}

/** Opens the record, asks it, and closes it. Rejects with `ERR_RECORD_STORE`, also while the terminal runs. */
export async function askRecord<T>(from: RecordSource, question: (store: RecordStore) => Promise<T>): Promise<T> {
  const { key, recordFolder: folder } = from;
  const store = await openPouchStore({ folder, key, clock: systemClock, random: systemRandom, timers: systemTimers });
  try {
    return await question(store);
  } finally {
    await store.close();
  }
}

/** Sets the record aside and fills a new one; resolves to the number of events in it. Rejects with `ERR_JOURNAL_LOCKED` while the terminal runs. */
export async function rebuildRecord(
  from: RecordSource,
  onProgress: (progress: RebuildProgress) => void,
): Promise<number> {
  const { disk, folder, key, terminal } = from;
  const journal = await openJournal({ disk, folder, key, terminal, clock: systemClock, random: systemRandom });
  try {
    const pseudonyms = pseudonymKey(key);
    const pseudonym = (card: number): string => cardPseudonym(pseudonyms, card);
    return await askRecord(from, async (store) => {
      await new RecordProjector({ journal, store, terminal, pseudonym, timers: systemTimers }).rebuild(onProgress);
      return store.count();
    });
  } finally {
    await journal.close();
  }
}
