/**
 * ELATEC TWN4 "Simple Protocol" in its ASCII form without checksum, pure: a command or an answer is a line of hex digits that ends with CR.
 * Numbers of more than a byte are little-endian; a byte string of varying length has its length before it.
 *
 * Source: ELATEC, "TWN4 Simple Protocol", DocRev25 of 29 April 2022, §1.1 to §1.5; sections are named at each command. A second one that agrees in every byte is the
 * public library Elatec.NET (c3rebro), which runs against real readers. Nothing here has been tried on a TWN4 of ours: `docs/integrators/readers.md` says what that leaves open.
 */

/** First byte of an answer (§1.2): 00 the command was carried out; else the protocol's own error (1 unknown function, 2 missing, 3 unused parameters, 4 invalid function, 5 parser). */
export const TWN4_OK = 0x00;

/** Longest line that is read: the longest answer is 255 bytes with a few before them. */
export const TWN4_LINE_CHARS_MAX = 600;

/** Longest UID (ISO/IEC 14443-3): what SearchTag is asked for at most. */
const UID_BYTES_MAX = 10;

/** Tag type of all ISO/IEC 14443 A cards (the example of §1.5.4.1). */
export const TAG_ISO14443A = 0x80;

/** GetVersionString (§1.5.1.4), at most 64 characters. */
export function versionCommand(): Uint8Array {
  return Uint8Array.of(0x00, 0x04, 0x40);
}

/** SearchTag (§1.5.4.1): finds one card and selects it. */
export function searchCommand(): Uint8Array {
  return Uint8Array.of(0x05, 0x00, UID_BYTES_MAX);
}

/** ISO14443A_GetSAK of the card that was found: API 18, function 5 (Elatec.NET, `TWN4ReaderDevice.Iso.cs`). */
export function sakCommand(): Uint8Array {
  return Uint8Array.of(0x12, 0x05);
}

/** MifareUltralight_ReadPage (§1.5.11.1): four pages from this one. */
export function readPagesCommand(page: number): Uint8Array {
  return Uint8Array.of(0x0c, 0x00, page);
}

/** MifareUltralight_WritePage (§1.5.11.2): four bytes. */
export function writePageCommand(page: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(0x0c, 0x01, page, ...bytes);
}

/** Beep (§1.5.3.8): volume in percent, frequency in hertz, on and off in milliseconds. */
export function beepCommand(sound: {
  readonly hertz: number;
  readonly onMs: number;
  readonly offMs: number;
}): Uint8Array {
  const word = (value: number): readonly number[] => [value & 0xff, value >> 8];
  return Uint8Array.of(0x04, 0x07, 100, ...word(sound.hertz), ...word(sound.onMs), ...word(sound.offMs));
}

/** A line for a command or an answer, CR included. */
export function encodeLine(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(`${Buffer.from(bytes).toString('hex').toUpperCase()}\r`);
}

/** The bytes of a line without its CR, or `null` when it is not whole bytes in hex. */
export function decodeLine(line: string): Uint8Array | null {
  return line.length % 2 === 0 && /^[0-9A-Fa-f]+$/.test(line) ? Uint8Array.from(Buffer.from(line, 'hex')) : null;
}

/** What came of a command: `refused` with the protocol's error, else whether the card did it, and what it gave. */
export type Twn4Answer =
  | { readonly kind: 'refused'; readonly error: number }
  | { readonly kind: 'done'; readonly result: boolean; readonly bytes: Uint8Array };

/** Reads the answer to a command whose first result is a truth value, as is that of every command for cards. `null` when it is none. */
export function parseAnswer(bytes: Uint8Array): Twn4Answer | null {
  const [error, result] = bytes;
  if (error === undefined) return null;
  if (error !== TWN4_OK) return { kind: 'refused', error };
  if (result !== 0 && result !== 1) return null;
  return { kind: 'done', result: result === 1, bytes: bytes.slice(2) };
}

/** A card that SearchTag found. */
export interface FoundTag {
  readonly type: number;
  readonly uid: Uint8Array;
}

/** Reads what SearchTag gave (§1.5.4.1): tag type, bits of the id, its bytes. `null` when the lengths do not fit. */
export function parseTag(bytes: Uint8Array): FoundTag | null {
  const [type, bits, length] = bytes;
  if (type === undefined || bits === undefined || length === undefined) return null;
  const uid = bytes.slice(3);
  return uid.length === length && length <= UID_BYTES_MAX && Math.ceil(bits / 8) === length ? { type, uid } : null;
}

/** Cuts a stream into lines at CR (or LF), whatever pieces it comes in; a line that is too long is dropped up to its end. Holds at most one line. */
export class Twn4Lines {
  #line = '';
  #isTooLong = false;

  /** The lines that end with this piece; empty ones are left out, one that was too long comes as `null`. */
  push(piece: Uint8Array): readonly (string | null)[] {
    const lines: (string | null)[] = [];
    for (const byte of piece) {
      if (byte === 0x0d || byte === 0x0a) {
        if (this.#isTooLong) lines.push(null);
        else if (this.#line !== '') lines.push(this.#line);
        this.#line = '';
        this.#isTooLong = false;
      } else if (this.#line.length >= TWN4_LINE_CHARS_MAX) this.#isTooLong = true;
      else this.#line += String.fromCharCode(byte);
    }
    return lines;
  }
}
