/**
 * CBOR of other issuers (RFC 8949), who need not write the deterministic form: integers may be longer than they must, keys in any order,
 * lengths indefinite, tags anywhere. What makes bytes ambiguous or dangerous is refused all the same: a key twice, keys that are neither
 * integer nor text, broken UTF-8, reserved heads, bytes behind the end, and whatever exceeds the limits.
 */
import type { CborLimits } from './cbor-plain.js';

/** A tagged item (RFC 8949 §3.4), its content not looked at. */
export class CborTag {
  readonly tag: number;
  readonly value: unknown;

  constructor(tag: number, value: unknown) {
    this.tag = tag;
    this.value = value;
  }
}

/** Result of {@link decodeLenient}. */
export type LenientResult = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/**
 * Decodes one CBOR item that must fill `bytes` exactly. Maps come back as `Map` with keys that are numbers or strings, tags as
 * {@link CborTag}; integers beyond 2^53 − 1 as `bigint`. Strings of chunks count as one item for each chunk. Never throws.
 */
export function decodeLenient(bytes: Uint8Array, limits: CborLimits): LenientResult {
  if (bytes.length === 0 || bytes.length > limits.bytesMax) return { ok: false };
  const reader = new LenientReader(bytes, limits);
  try {
    const value = reader.item(0);
    return reader.position === bytes.length ? { ok: true, value } : { ok: false };
  } catch (error) {
    if (error instanceof Malformed) return { ok: false };
    throw error;
  }
}

/** Ends a decoding from any depth; never leaves this file. */
class Malformed extends Error {}

const MAJOR = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6, simple: 7 } as const;
const BREAK = 0xff;
const INDEFINITE = 31;

interface Head {
  readonly major: number;
  readonly info: number;
  /** Number for a definite head; null where the length is indefinite. */
  readonly argument: number | bigint | null;
}

class LenientReader {
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #limits: CborLimits;
  #items = 0;

  constructor(bytes: Uint8Array, limits: CborLimits) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#limits = limits;
  }

  item(depth: number): unknown {
    this.#items += 1;
    // Recursion is as deep as the limit says, which is why no stack overflows here.
    if (this.#items > this.#limits.itemsMax || depth > this.#limits.depthMax) throw new Malformed();
    const head = this.#head();
    switch (head.major) {
      case MAJOR.uint:
        return definite(head);
      case MAJOR.negative:
        return negative(definite(head));
      case MAJOR.bytes:
        return head.argument === null ? this.#chunks(MAJOR.bytes) : this.#take(lengthOf(head));
      case MAJOR.text:
        return head.argument === null ? this.#textChunks() : utf8(this.#take(lengthOf(head)));
      case MAJOR.array:
        return this.#array(head, depth + 1);
      case MAJOR.map:
        return this.#map(head, depth + 1);
      case MAJOR.tag:
        return new CborTag(lengthOf(head), this.item(depth + 1));
      default:
        return this.#simple(head);
    }
  }

  #head(): Head {
    const first = this.#byte();
    const info = first & 0x1f;
    const major = first >> 5;
    if (info < 24) return { major, info, argument: info };
    if (info === INDEFINITE) return { major, info, argument: null };
    if (info > 27) throw new Malformed();
    const width = 1 << (info - 24);
    const at = this.position;
    this.#skip(width);
    if (width === 1) return { major, info, argument: this.#view.getUint8(at) };
    if (width === 2) return { major, info, argument: this.#view.getUint16(at) };
    if (width === 4) return { major, info, argument: this.#view.getUint32(at) };
    const wide = this.#view.getBigUint64(at);
    return { major, info, argument: wide <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(wide) : wide };
  }

  #array(head: Head, depth: number): unknown[] {
    const values: unknown[] = [];
    if (head.argument === null) {
      while (!this.#atBreak()) values.push(this.item(depth));
      return values;
    }
    const length = this.#count(head);
    for (let i = 0; i < length; i += 1) values.push(this.item(depth));
    return values;
  }

  #map(head: Head, depth: number): Map<unknown, unknown> {
    const map = new Map<unknown, unknown>();
    const entry = (): void => {
      const key = this.item(depth);
      if ((typeof key !== 'number' || !Number.isInteger(key)) && typeof key !== 'string') throw new Malformed();
      if (map.has(key)) throw new Malformed();
      map.set(key, this.item(depth));
    };
    if (head.argument === null) {
      while (!this.#atBreak()) entry();
      return map;
    }
    const length = this.#count(head);
    for (let i = 0; i < length; i += 1) entry();
    return map;
  }

  #simple(head: Head): unknown {
    if (head.info === 20 || head.info === 21) return head.info === 21;
    if (head.info === 22) return null;
    if (head.info === 23) return undefined;
    if (head.info === 25) return half(this.#view.getUint16(this.position - 2));
    if (head.info === 26) return this.#view.getFloat32(this.position - 4);
    if (head.info === 27) return this.#view.getFloat64(this.position - 8);
    throw new Malformed();
  }

  /** A declared number of children reserves nothing and cannot exceed what is left: each takes a byte at least. */
  #count(head: Head): number {
    const length = lengthOf(head);
    if (length > this.#bytes.length - this.position) throw new Malformed();
    return length;
  }

  #textChunks(): string {
    let text = '';
    while (!this.#atBreak()) text += utf8(this.#chunk(MAJOR.text));
    return text;
  }

  #chunks(major: number): Uint8Array {
    const parts: Uint8Array[] = [];
    while (!this.#atBreak()) parts.push(this.#chunk(major));
    return Uint8Array.from(Buffer.concat(parts));
  }

  /** One chunk of a string of indefinite length: definite, and of the same kind (RFC 8949 §3.2.3). */
  #chunk(major: number): Uint8Array {
    this.#items += 1;
    if (this.#items > this.#limits.itemsMax) throw new Malformed();
    const head = this.#head();
    if (head.major !== major) throw new Malformed();
    return this.#take(lengthOf(head));
  }

  #atBreak(): boolean {
    if (this.#bytes[this.position] !== BREAK) return false;
    this.position += 1;
    return true;
  }

  #take(length: number): Uint8Array {
    const start = this.position;
    this.#skip(length);
    return this.#bytes.slice(start, this.position);
  }

  #byte(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw new Malformed();
    this.position += 1;
    return byte;
  }

  #skip(length: number): void {
    if (length > this.#bytes.length - this.position) throw new Malformed();
    this.position += length;
  }
}

function definite(head: Head): number | bigint {
  if (head.argument === null) throw new Malformed();
  return head.argument;
}

function lengthOf(head: Head): number {
  const argument = definite(head);
  if (typeof argument === 'bigint') throw new Malformed();
  return argument;
}

function negative(argument: number | bigint): number | bigint {
  if (typeof argument === 'bigint') return -1n - argument;
  // -(2^53 - 1) - 1 is no safe integer any more.
  return argument === Number.MAX_SAFE_INTEGER ? -1n - BigInt(argument) : -1 - argument;
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed();
  }
}

/** Half precision (RFC 8949 appendix D). */
function half(bits: number): number {
  const exponent = (bits >> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (mantissa + 1024) * 2 ** (exponent - 25);
}
