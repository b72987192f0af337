/**
 * What can go wrong with a simulated card: torn writes, a field that drops, disturbed frames, a worn-out memory cell.
 * Every fault is planned by the caller, by count; nothing here draws randomness of its own.
 */

/** One bit of a page whose WRITE was torn, at the moment it is read. */
export interface TornBit {
  readonly page: number;
  /** 0 to 31; bit 0 is the least significant bit of the first byte. */
  readonly bit: number;
  /** What the bit was before the torn WRITE. */
  readonly oldBit: 0 | 1;
  /** What it would be had the WRITE ended. */
  readonly newBit: 0 | 1;
  /** How many times the page was read since it was torn: 0 at the first read. A weak bit may answer otherwise each time. */
  readonly read: number;
}

/** Decides how a torn bit reads. Any answer is physically possible, also when old and new bit are equal: a page is erased before it is programmed. */
export type TornBits = (bit: TornBit) => 0 | 1;

/** A tear before the memory was touched: the page reads as it was. */
export const tornKeepsOld: TornBits = (bit) => bit.oldBit;

/** A tear after the memory was programmed but before the card answered: the page reads as written, and the reader does not know. */
export const tornTakesNew: TornBits = (bit) => bit.newBit;

/** Every torn bit falls to 0 or 1 by chance and stays so. `random` returns numbers in [0, 1). */
export function tornMixed(random: () => number): TornBits {
  const fallen = new Map<number, 0 | 1>();
  return ({ page, bit }) => {
    const key = page * 32 + bit;
    const known = fallen.get(key);
    if (known !== undefined) return known;
    const value = random() < 0.5 ? 0 : 1;
    fallen.set(key, value);
    return value;
  };
}

/** Every torn bit reads as 0 or 1 by chance **at each read**: what matches now may differ at the next read. */
export function tornWeak(random: () => number): TornBits {
  return () => (random() < 0.5 ? 0 : 1);
}

/** A page whose WRITE was torn, until it is written again. */
export class TornPage {
  readonly #page: number;
  readonly #old: Uint8Array;
  readonly #written: Uint8Array;
  readonly #bits: TornBits;
  #reads = 0;

  /** `old` and `written` are the 4 bytes before the WRITE and those it was to leave. */
  constructor(page: number, content: { readonly old: Uint8Array; readonly written: Uint8Array }, bits: TornBits) {
    this.#page = page;
    this.#old = content.old;
    this.#written = content.written;
    this.#bits = bits;
  }

  /** The 4 bytes as they read now. Does not count as a read. */
  look(): Uint8Array {
    const bytes = new Uint8Array(this.#old.length);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const index = bit >> 3;
      const mask = 1 << (bit & 7);
      const value = this.#bits({
        page: this.#page,
        bit,
        oldBit: (this.#old[index] ?? 0) & mask ? 1 : 0,
        newBit: (this.#written[index] ?? 0) & mask ? 1 : 0,
        read: this.#reads,
      });
      if (value === 1) bytes[index] = (bytes[index] ?? 0) | mask;
    }
    return bytes;
  }

  /** The 4 bytes as a READ gets them; the next read may get others. */
  read(): Uint8Array {
    const bytes = this.look();
    this.#reads += 1;
    return bytes;
  }
}

/** A countdown over commands or writes: `hit()` is true exactly once, at the planned one. */
export class Countdown {
  #left: number | null = null;

  /** Plans the hit: 0 is the next call of {@link hit}. A second plan replaces the first. */
  plan(after: number): void {
    if (!Number.isSafeInteger(after) || after < 0)
      throw new RangeError(`a fault is planned after 0 or more, not ${after}`);
    this.#left = after;
  }

  /** Forgets the plan. */
  clear(): void {
    this.#left = null;
  }

  /** Counts one; true when this is the planned one. */
  hit(): boolean {
    if (this.#left === null) return false;
    if (this.#left > 0) {
      this.#left -= 1;
      return false;
    }
    this.#left = null;
    return true;
  }
}

/** The faults of one card: planned here, met by the card where it obeys. */
export class PlannedFaults {
  protected readonly fieldLoss = new Countdown();
  protected readonly disturbed = new Countdown();
  protected readonly wornCell = new Countdown();
  protected readonly tear = new Countdown();
  protected tearBits: TornBits = (bit) => bit.oldBit;

  /** Power is lost in a WRITE: number `writeIndex` from now of those the card accepts, 0 the next. Its page then reads as `bits` decides. */
  tearAt(writeIndex: number, how: { readonly bits: TornBits }): void {
    this.tear.plan(writeIndex);
    this.tearBits = how.bits;
  }

  /** The field drops after `commands` more commands; the one after is neither executed nor answered. */
  loseFieldAfter(commands: number): void {
    this.fieldLoss.plan(commands);
  }

  /** Command number `index` from now arrives disturbed: not executed, NAK 1. */
  disturbFrameAt(index: number): void {
    this.disturbed.plan(index);
  }

  /** Accepted WRITE number `writeIndex` from now fails in the memory: page unchanged, NAK 5. */
  failWriteAt(writeIndex: number): void {
    this.wornCell.plan(writeIndex);
  }

  /** Forgets every fault that is planned and has not happened. */
  clearFaults(): void {
    for (const fault of [this.tear, this.fieldLoss, this.disturbed, this.wornCell]) fault.clear();
  }
}
