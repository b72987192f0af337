/** Part of the journal port: health records on their way to a card. */
import type { HealthAddedEvent } from '../domain/event.js';

/** What became of one that was begun. See `JournalEntry` in `journal.ts`. */
export type HealthMove = 'reported' | 'written';

/** A health record on its way to a card. */
export interface OpenHealthRecord {
  readonly atMs: number;
  /** As the card is to have it: sealed. */
  readonly image: Uint8Array;
  /** What the centre is told once the card holds it. */
  readonly event: HealthAddedEvent;
  readonly isReported: boolean;
}
