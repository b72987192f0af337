/**
 * The pseudo-APDUs that a PC/SC reader takes for a contactless storage card, as bytes in and bytes out: no I/O here.
 * Sources: PC/SC specification part 3 §3.2 (`FF CA`, `FF B0`, `FF D6`), ACR122U application programming interface §5–6
 * (direct transmit `FF 00 00 00`), PN532 user manual UM0701 §7.3.9 (`InCommunicateThru`, D4 42) and §7.1 (error codes).
 */

/** Bytes of one page of a Type 2 card. */
export const PAGE_BYTES = 4;

/** Bytes that one READ of a Type 2 card returns, and so the most that `FF B0` is asked for. */
export const READ_BYTES_MAX = 16;

/**
 * Pages in one FAST_READ. A PN53x passes at most 262 bytes back from the card (UM0701 §7.3.9), and a short APDU at most 256
 * with the 3 bytes before them: 60 pages are 240 bytes, inside both.
 */
export const FAST_READ_PAGES_MAX = 60;

/** Status word of success. */
export const STATUS_OK = 0x9000;

/** An answer, split into its data and its status word (SW1 SW2 as one number). */
export interface ApduResponse {
  readonly data: Uint8Array;
  readonly status: number;
}

/** Splits an answer; `null` when it is too short to have a status word. */
export function parseResponse(bytes: Uint8Array): ApduResponse | null {
  const first = bytes[bytes.length - 2];
  const second = bytes[bytes.length - 1];
  if (first === undefined || second === undefined) return null;
  return { data: bytes.slice(0, -2), status: (first << 8) | second };
}

/** Writes a status word the way people look it up: `6A81`. */
export function statusText(status: number): string {
  return status.toString(16).toUpperCase().padStart(4, '0');
}

/** GET DATA for the UID of the card in the field (`FF CA 00 00 00`). */
export function uidCommand(): Uint8Array {
  return Uint8Array.of(0xff, 0xca, 0x00, 0x00, 0x00);
}

/** READ BINARY of 1 to {@link READ_BYTES_MAX} bytes from the start of a page. */
export function readCommand(page: number, byteCount: number): Uint8Array {
  return Uint8Array.of(0xff, 0xb0, 0x00, page, byteCount);
}

/** UPDATE BINARY of one page. `bytes` must be {@link PAGE_BYTES} long. */
export function writeCommand(page: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(0xff, 0xd6, 0x00, page, PAGE_BYTES, ...bytes);
}

/** GET_VERSION of NTAG21x (data sheet §10.1), passed through: a card that answers it also knows FAST_READ. */
export function versionCommand(): Uint8Array {
  return passThrough(0x60);
}

/** FAST_READ of NTAG21x (data sheet §10.3), passed through: pages `first` to `last`, both included. */
export function fastReadCommand(first: number, last: number): Uint8Array {
  return passThrough(0x3a, first, last);
}

/** Longest command of a card that is passed through: PN53x takes at most 262 bytes from the host (UM0701 §7.3.9), a short APDU 255, two of them `D4 42`. */
export const PASSED_BYTES_MAX = 253;

/** Any command of the card itself, passed through; 1 to {@link PASSED_BYTES_MAX} bytes. */
export function passThroughCommand(command: Uint8Array): Uint8Array {
  return passThrough(...command);
}

/** LEDs as they should end up, and how they and the buzzer get there; times in units of 100 ms, at most 255. */
export interface AcrSignal {
  /** P2 of the command: which LEDs change, to what, and whether they blink (ACR122U API §6.2, table "LED State Control"). */
  readonly leds: number;
  readonly onUnits: number;
  readonly offUnits: number;
  readonly repeats: number;
  /** 1: the buzzer sounds while a blink is on; 0: it does not. */
  readonly buzzer: 0 | 1;
}

/** "Bi-color LED and buzzer control" of the ACR122U (API §6.2). Answered with 90 and the state of the LEDs. */
export function acrSignalCommand({ leds, onUnits, offUnits, repeats, buzzer }: AcrSignal): Uint8Array {
  return Uint8Array.of(0xff, 0x00, 0x40, leds, 0x04, onUnits, offUnits, repeats, buzzer);
}

function passThrough(...command: readonly number[]): Uint8Array {
  return Uint8Array.of(0xff, 0x00, 0x00, 0x00, command.length + 2, 0xd4, 0x42, ...command);
}

/**
 * What came of a command that was passed through to the card.
 * `no-answer`: the reader tried and the card did not answer it: not a word about the reader, and maybe the card is gone.
 * `refused`: the reader itself does not pass commands through.
 */
export type PassThroughAnswer =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'no-answer' }
  | { readonly kind: 'refused' };

/** Reads the answer to a passed-through command (`D5 43 status data… 90 00`). Total: every answer has a meaning. */
export function parsePassThrough(response: ApduResponse): PassThroughAnswer {
  const [code, subcode, state] = response.data;
  if (response.status === STATUS_OK && code === 0xd5 && subcode === 0x43 && state !== undefined) {
    // The two top bits are flags (NAD, more information), not an error code.
    return (state & 0x3f) === 0 ? { kind: 'data', bytes: response.data.slice(3) } : { kind: 'no-answer' };
  }
  // ACR122U: 6300 failed, 6301 time-out of the card, 6327 checksum of the card's answer.
  return { kind: response.status >> 8 === 0x63 ? 'no-answer' : 'refused' };
}
