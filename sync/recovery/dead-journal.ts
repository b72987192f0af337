/** The journal of a dead terminal, as the import reads it: a port, since sync knows no journal. */
import type { ChainedEvent, TakenItem } from '../../agent/domain/event.js';
import type { SeqRange } from '../protocol/ack.js';

/** One of its epochs. */
export interface DeadEpoch {
  readonly name: string;
  /** 32 bytes: what event 1 chains on. */
  readonly base: Uint8Array;
  /** 32 bytes: what the salts are derived from. */
  readonly saltKey: Uint8Array;
  readonly lastSeq: number;
  /** 32 bytes: head after the last event. */
  readonly head: Uint8Array;
  /** Events that damage destroyed, ascending. */
  readonly missing: readonly SeqRange[];
  /** The last event that was pruned, and the head after it; null when none was. */
  readonly pruned: { readonly seq: number; readonly head: Uint8Array } | null;
  /** What the centre had acknowledged of it; 0 for nothing. */
  readonly acknowledged: number;
}

/** A tap that was begun and neither finished nor told to the centre: the card may have been debited. */
export interface OpenTap {
  readonly tapId: string;
  readonly atMs: number;
  readonly card: number;
  readonly ledgerSequence: number;
  readonly programme: number;
  readonly items: readonly TakenItem[];
}

/** Damage of the journal, in words for a person. */
export interface JournalLoss {
  /** e.g. `segment 3, bytes 1024 to 4096 (frame)`. */
  readonly what: string;
  /** True when events or taps may have been in it that {@link DeadEpoch.missing} does not tell of. */
  readonly uncounted: boolean;
}

/** A journal that was read and verified, and can be read again. */
export interface DeadJournal {
  readonly terminal: string;
  /** Hex SHA-256 over its files, as they were read. */
  readonly sha256: string;
  readonly files: number;
  readonly bytes: number;
  /** Bytes of a torn write at the end; nothing of them had been promised to anybody. */
  readonly tornBytes: number;
  /** Oldest first. */
  readonly epochs: readonly DeadEpoch[];
  readonly openTaps: readonly OpenTap[];
  /** Grants that nobody confirmed as handed over. */
  readonly undispensed: number;
  readonly losses: readonly JournalLoss[];
  /** Every event that can be read, in order, verified. */
  events(): AsyncIterable<ChainedEvent>;
}
