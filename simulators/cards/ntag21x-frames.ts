/** Commands and answers of an NTAG21x, and the log of its writes. Source: NXP data sheet NTAG213_215_216, Rev. 3.2, sections 9.3 and 10. */

/** Command codes (table 22). */
export const NTAG_COMMAND = {
  getVersion: 0x60,
  read: 0x30,
  fastRead: 0x3a,
  write: 0xa2,
  readCounter: 0x39,
  passwordAuth: 0x1b,
  readSignature: 0x3c,
  halt: 0x50,
} as const;

/** NAK codes (section 9.3, table 23): 0 invalid argument, 1 parity or CRC error, 4 too many wrong passwords, 5 EEPROM write error. */
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
