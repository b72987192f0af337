/**
 * The record store port: the queryable record of the same events that the journal holds. It is a copy: whatever happens to it, it is
 * rebuilt from the journal. Implementations pass `test/compliance/record-store.ts`.
 */
import type { ChainedEvent } from '../domain/event.js';

/** An event as it is kept for questions: what is in clear names no card and no person. */
export interface EventRecord {
  /** `terminal:epoch:seq`. */
  readonly id: string;
  readonly type: string;
  /** Seconds since 1970. */
  readonly time: number;
  /** Keyed pseudonym of the card, or null. */
  readonly card: string | null;
  readonly event: ChainedEvent;
}

/** The record store. Every call rejects with `ERR_RECORD_STORE` when the store below fails. */
export interface RecordStore {
  /** Adds records; one that is already there with the same id is left as it is. */
  put(records: readonly EventRecord[]): Promise<void>;
  /** The newest records, newest first. */
  recent(limit: number): Promise<readonly EventRecord[]>;
  /** The newest records of one card, newest first. */
  byCard(pseudonym: string, limit: number): Promise<readonly EventRecord[]>;
  /** Highest sequence that is stored of an epoch; 0 for none. */
  lastSeq(terminal: string, epoch: string): Promise<number>;
  /** Records of an epoch that are stored. */
  countOf(terminal: string, epoch: string): Promise<number>;
  count(): Promise<number>;
  /** Sets aside all that is stored, and goes on empty. */
  clear(): Promise<void>;
  /** Forgets a calendar period, e.g. `2026q4`, at once and for good. */
  dropPeriod(period: string): Promise<void>;
  close(): Promise<void>;
}
