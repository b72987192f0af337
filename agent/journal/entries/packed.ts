/** Lists of fixed-size records as one byte string: big-endian, nothing between. Pure. */

/** Puts records into a byte string of a given length. */
export class Packer {
  readonly whole: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.whole = new Uint8Array(length);
    this.#view = new DataView(this.whole.buffer);
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
    return this;
  }

  u64(value: number): this {
    this.#view.setBigUint64(this.#at, BigInt(value));
    this.#at += 8;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.whole.set(value, this.#at);
    this.#at += value.length;
    return this;
  }
}

/** Takes the fields of such records out again. Throws a `RangeError` behind the end: the caller has checked the length. */
export class Unpacker {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4);
  }

  u64(): number {
    this.#at += 8;
    return Number(this.#view.getBigUint64(this.#at - 8));
  }

  bytes(length: number): Uint8Array {
    this.#at += length;
    return this.#bytes.slice(this.#at - length, this.#at);
  }
}
