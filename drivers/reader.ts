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
  /** It presents ISO/IEC 14443-4 cards that take APDUs. Absent means no: a driver written before there were such cards is still a driver. */
  readonly apdus?: boolean;
  /** It can beep or show a light, so {@link Reader.signal} does something. Absent means no. */
  readonly signals?: boolean;
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
  /**
   * Passes a command of the card itself through, without its CRC: GET_VERSION, READ_SIG, PWD_AUTH, READ_CNT, never a WRITE. Absent where it is known that
   * the reader cannot. Resolves to the card's answer; to `null` when the reader does not pass this through, or the card did not answer or refused it:
   * then it was selected anew, and has forgotten what it was told before (a password).
   */
  passThrough?(command: Uint8Array): Promise<Uint8Array | null>;
}

/**
 * A contactless card that takes APDUs (ISO/IEC 14443-4 below, ISO/IEC 7816-4 above; NFC Forum Type 4). Nothing was selected on it.
 * All calls on one card are serialised by the caller, as for {@link PageCard}.
 */
export interface ApduCard {
  readonly kind: 'apdu';
  /**
   * UID as the reader tells it: 4, 7 or 10 bytes, or `null` where it tells none. Not authenticated, and on many such cards random at
   * each presentation (ISO/IEC 14443-3 §6.5.4: 4 bytes that begin with 08): nothing may be bound to it.
   */
  readonly uid: Uint8Array | null;
  /** Historical bytes of the card's answer to select (ISO/IEC 14443-4 §5.2.7), at most 15; empty where it has none. */
  readonly historicalBytes: Uint8Array;
  /**
   * One exchange: a command APDU of 4 to {@link COMMAND_BYTES_MAX} bytes in, the answer out: 2 to {@link RESPONSE_BYTES_MAX} bytes, the
   * last two of them the status word, whatever it says. Nothing is repeated, chained or fetched on the caller's behalf (no GET RESPONSE after
   * 61xx, no second try after 6Cxx). Copies the bytes it is given. A call after the card is gone rejects with `ERR_CARD_LOST`, one that outlasts its
   * deadline with `ERR_CARD_TIMEOUT` (the card may have executed it), any other failure with `ERR_CARD_IO`; so does a command that is no short APDU, or
   * whose class byte is FF, which belongs to the reader: neither is sent.
   */
  transmit(apdu: Uint8Array): Promise<Uint8Array>;
}

/** Longest command APDU: header, Lc, 255 bytes and Le (ISO/IEC 7816-4 §5.2, short fields). Many contactless readers take no extended ones. */
export const COMMAND_BYTES_MAX = 261;

/** Longest answer to a short APDU: 256 bytes of data and two of status. */
export const RESPONSE_BYTES_MAX = 258;

/** A line of text that a scanner sent, without its line end, at most {@link TEXT_CHARS_MAX} characters. */
export interface TextCard {
  readonly kind: 'text';
  readonly text: string;
}

/** What was presented to a reader. */
export type PresentedCard = PageCard | ApduCard | TextCard;

/** Longest line that a reader passes on; a longer one is reported as `ERR_READER_LINE` and dropped. */
export const TEXT_CHARS_MAX = 4096;

/** What a reader can be asked to show and sound: service granted, refused, or look at the screen. */
export type ReaderSignal = 'granted' | 'refused' | 'attention';

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
  /**
   * Beeps and lights up, where the reader has the parts; only where {@link ReaderCapabilities.signals} is true. Resolves when the reader has
   * been asked, or has refused: a reader without a buzzer is no reason for anything. Never rejects, and never delays an exchange with a card by more than one exchange.
   */
  signal?(signal: ReaderSignal): Promise<void>;
}
