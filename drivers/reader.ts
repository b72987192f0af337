/**
 * The reader port: what every card reader looks like to the terminal, whatever is behind it (PC/SC, a serial line,
 * a simulation). Implementations live in the folders beside this file; each passes `test/compliance/reader.ts`.
 */
import type { ErrorCode } from '../agent/domain/error-codes.js';

/** What a reader can do. The terminal decides from this, never from the name of a driver. */
export interface ReaderCapabilities {
  /** It presents cards whose memory can be read in blocks. */
  readonly readBlocks: boolean;
  /** It can write blocks to such cards. A reader without this never serves a programme that keeps a ledger on the card. */
  readonly writeBlocks: boolean;
  /** It presents lines of text (a QR scanner, a UID reader). */
  readonly text: boolean;
  /** It reports when a card is taken away. */
  readonly removal: boolean;
}

/**
 * A contactless card whose memory is read and written in pages of 4 bytes (NFC Forum Type 2).
 * All calls on one card are serialised by the caller; a call after the card is gone rejects with `ERR_CARD_LOST`,
 * one that outlasts its deadline with `ERR_CARD_TIMEOUT`, any other failure with `ERR_CARD_IO`.
 */
export interface PageCard {
  readonly kind: 'pages';
  /** UID as the card sends it: 4, 7 or 10 bytes. Not authenticated: anyone can copy it. */
  readonly uid: Uint8Array;
  /** Reads `count` pages from page `first`; resolves to exactly `4 × count` bytes. */
  readPages(first: number, count: number): Promise<Uint8Array>;
  /** Writes one page of exactly 4 bytes. Resolves when the card has answered; does not read back. Rejects with `ERR_READER_UNSUPPORTED` where the reader cannot write. */
  writePage(page: number, bytes: Uint8Array): Promise<void>;
}

/** A line of text that a scanner sent, without its line end, at most {@link TEXT_CHARS_MAX} characters. */
export interface TextCard {
  readonly kind: 'text';
  readonly text: string;
}

/** What was presented to a reader. */
export type PresentedCard = PageCard | TextCard;

/** Longest line that a reader passes on; a longer one is reported as `ERR_READER_LINE` and dropped. */
export const TEXT_CHARS_MAX = 4096;

/** What a reader tells its listener. `error` never ends the reader: it goes on, or says `unavailable`. */
export type ReaderEvent =
  | { readonly type: 'ready' }
  | { readonly type: 'unavailable'; readonly code: ErrorCode; readonly message: string }
  | { readonly type: 'presented'; readonly card: PresentedCard }
  | { readonly type: 'removed' }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string };

/** A reader. It is given its listener once, at {@link Reader.start}, and calls it from then on until {@link Reader.stop} resolves. */
export interface Reader {
  /** Stable name for logs, configuration and transcripts, e.g. `pcsc:ACS ACR122U 00 00` or `serial:/dev/ttyUSB0`. */
  readonly name: string;
  readonly capabilities: ReaderCapabilities;
  /**
   * Begins to watch for cards. Resolves when watching has begun, even if the device is not there yet: then the listener gets
   * `unavailable`, and `ready` when the device appears. Rejects only when it never can work (`ERR_READER_UNAVAILABLE`, e.g. a native part is not installed).
   */
  start(listener: (event: ReaderEvent) => void): Promise<void>;
  /** Stops and frees the device. No event is delivered after it resolves. Safe to call twice and before start. */
  stop(): Promise<void>;
}
