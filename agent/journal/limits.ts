/** Bounds of a journal. */
export interface JournalLimits {
  /** Size at which a segment is closed and the next one begun. */
  readonly segmentBytesMax: number;
  /** Room that is written ahead in one piece. */
  readonly allocateBytes: number;
  /** Room that only the end of a tap may use: once an intent is recorded, its commit cannot meet a full disk. */
  readonly reserveBytes: number;
  /** Content of one flush. */
  readonly flushBytesMax: number;
  /** Appends that may wait for a flush, and what they hold. Beyond, `ERR_JOURNAL_BUSY`. */
  readonly waitingMax: number;
  readonly waitingBytesMax: number;
  /** Taps that may be open at a time. Beyond, an intent is refused with `ERR_JOURNAL_BUSY`. */
  readonly openIntentsMax: number;
  /** Frames after which a checkpoint is written: what opening after a cut has to read again. */
  readonly checkpointFrames: number;
  /** Centre days (see `backup-window.ts`) for which the centre must have held an event before it is pruned: 1 to 366. */
  readonly backupWindowDays: number;
  /**
   * What all segments together may hold. When nothing is acknowledged for so long that this is reached, services are refused with
   * `ERR_JOURNAL_SPACE` before a card is debited; an eighth beyond it everything but the ends of taps and acknowledgements is.
   */
  readonly journalBytesMax: number;
}

/** What a terminal in the field runs with. */
export const JOURNAL_LIMITS: JournalLimits = {
  segmentBytesMax: 4 * 1024 * 1024,
  allocateBytes: 256 * 1024,
  reserveBytes: 64 * 1024,
  flushBytesMax: 512 * 1024,
  waitingMax: 4096,
  waitingBytesMax: 2 * 1024 * 1024,
  openIntentsMax: 4096,
  checkpointFrames: 8192,
  backupWindowDays: 35,
  journalBytesMax: 1024 * 1024 * 1024,
};

/** Most that the end of one tap takes: a frame with the commit and its redemption event. */
export const TAP_END_BYTES_MAX = 1024;

/** Most that the beginning of one tap takes: a frame with the intent and the events about a doubtful ledger. */
export const TAP_BEGIN_BYTES_MAX = 4096;

/**
 * What an append is for. `tap-end`: only ends of taps, for which room is kept back. `upkeep`: only acknowledgements and what the journal
 * notes for itself, which help to make room. `record`: anything else.
 */
export type AppendUse = 'tap-end' | 'upkeep' | 'record';
