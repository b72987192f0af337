/** Commands and answers of an NTAG21x, and the log of its writes. Source: NXP data sheet NTAG213_215_216, Rev. 3.2, sections 9.3 and 10. */

/** Command codes (section 9.1). */
export const NTAG_COMMAND = {
  getVersion: 0x60,
  read: 0x30,
  fastRead: 0x3a,
  write: 0xa2,
  compatibilityWrite: 0xa0,
  readCounter: 0x39,
  passwordAuth: 0x1b,
  readSignature: 0x3c,
  halt: 0x50,
} as const;

/** NAK codes (section 9.3): 0 invalid argument, 1 parity or CRC error, 4 too many wrong passwords, 5 EEPROM write error. */
export type NakCode = 0x0 | 0x1 | 0x4 | 0x5;

/** What the card answers to one frame. `ack` is the 4-bit Ah; `none` is silence: no power, or not selected. */
export type NtagAnswer =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak'; readonly code: NakCode }
  | { readonly kind: 'none' };

/** One WRITE that reached the memory. */
export interface NtagWrite {
  /** Counts the writes of this card object from 0, without a gap. */
  readonly index: number;
  readonly page: number;
  /** The 4 bytes as the reader sent them. */
  readonly bytes: Uint8Array;
  /** `torn`: power was lost in it and the card did not answer. */
  readonly outcome: 'written' | 'torn';
}

/** Writes that a {@link WriteLog} keeps at least; of older ones only their number shows, as the first index kept. */
export const TRANSCRIPT_WRITES_MIN = 100_000;

/** The writes of a card, in order. */
export class WriteLog {
  #entries: NtagWrite[] = [];
  #writes = 0;

  /** The writes kept, oldest first. */
  get entries(): readonly NtagWrite[] {
    return this.#entries;
  }

  /** Notes one WRITE. */
  add(write: Omit<NtagWrite, 'index'>): void {
    if (this.#entries.length >= 2 * TRANSCRIPT_WRITES_MIN) this.#entries = this.#entries.slice(-TRANSCRIPT_WRITES_MIN);
    this.#entries.push({ ...write, index: this.#writes });
    this.#writes += 1;
  }
}

/**
 * How long the card takes before it answers, in microseconds (sections 9.2 and 10, the timing tables of each command). A frame that is refused is answered after
 * `ackMin`; programming a page takes up to the time-out, within which a reader must wait.
 */
export const NTAG_TIMES_US = {
  /** (9 × 128 + 84) / 13.56 MHz, rounded up: the earliest start of any answer (section 9.2). */
  ackMin: 92,
  /** Longest until an answer to anything but a write (section 10: T_TimeOut of READ, FAST_READ, GET_VERSION, READ_CNT, PWD_AUTH, READ_SIG). */
  readMax: 5_000,
  /** Longest until the answer to a WRITE, or the second part of a COMPATIBILITY_WRITE. */
  writeMax: 10_000,
} as const;

/** Bits of one byte on the air with its parity, and the duration of a bit: 128 / 13.56 MHz (ISO/IEC 14443-3 §6.1). */
const [BITS_PER_BYTE, BIT_US] = [9, 128 / 13.56] as const;
/** CRC behind every frame but ACK and NAK. */
const CRC_BYTES = 2;

/**
 * The time from the first bit of a command to the last bit of its answer on a card that is as slow as the data sheet allows, in microseconds. `answerBytes` without CRC;
 * 0 for ACK or NAK.
 */
export function slowestUs(command: Uint8Array, answerBytes: number): number {
  const isWrite = command[0] === NTAG_COMMAND.write || command.length === COMPATIBILITY_BYTES;
  const bits = BITS_PER_BYTE * (command.length + CRC_BYTES + (answerBytes === 0 ? 0 : answerBytes + CRC_BYTES));
  return Math.ceil(bits * BIT_US) + (isWrite ? NTAG_TIMES_US.writeMax : NTAG_TIMES_US.readMax);
}

/** Bytes of the second part of a COMPATIBILITY_WRITE (section 10.5). */
export const COMPATIBILITY_BYTES = 16;

/** No answer: the card has no power, or did not see the frame. */
export const NONE: NtagAnswer = { kind: 'none' };
/** ACK (section 9.3). */
export const ACK: NtagAnswer = { kind: 'ack' };
/** NAK for an invalid argument (section 9.3). */
export const INVALID: NtagAnswer = { kind: 'nak', code: 0x0 };

/** An answer with data, a copy of what it is given. */
export function data(bytes: ArrayLike<number>): NtagAnswer {
  return { kind: 'data', bytes: Uint8Array.from(bytes) };
}
