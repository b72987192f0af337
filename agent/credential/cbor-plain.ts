/**
 * The part of CBOR that our own structures consist of, read and written directly: arrays and (read only) maps of integers, byte strings,
 * texts, null and booleans, in the deterministic form (RFC 8949 §4.2.1). For anything else these say so, and cborg decides; where they
 * answer, cborg would have answered the same. A journal of a hundred thousand events goes through here a million times, and each card once a tap.
 */

/** Bounds on a piece of CBOR that comes from outside. */
export interface CborLimits {
  readonly bytesMax: number;
  /** Nesting of arrays and maps; 1 for a flat array. */
  readonly depthMax: number;
  /** Data items in all, containers included. */
  readonly itemsMax: number;
}

const MAJOR = { uint: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5 } as const;
const [FALSE, TRUE, NULL] = [0xf4, 0xf5, 0xf6];
const UINT32 = 0x1_0000_0000;
const BYTE_ORDER_MARK = '\ufeff';
/** Refuses what is not UTF-8 (RFC 3629: shortest form, no surrogates). */
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The item that fills `bytes`, or undefined when it is not plain, not well-formed, or not within `limits`. */
export function decodePlain(bytes: Uint8Array, limits: CborLimits): unknown {
  const reader = new PlainReader(bytes, limits);
  const value = reader.item(0);
  return reader.failed || reader.position !== bytes.length ? undefined : value;
}

class PlainReader {
  failed = false;
  position = 0;
  readonly #bytes: Uint8Array;
  readonly #limits: CborLimits;
  #items = 0;

  constructor(bytes: Uint8Array, limits: CborLimits) {
    // A slice of a Buffer would be another Buffer, and a view of the same memory.
    this.#bytes = Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
    this.#limits = limits;
  }

  /** The next item; undefined, and `failed`, for what is not plain. */
  item(depth: number): unknown {
    this.#items += 1;
    if (this.#items > this.#limits.itemsMax) return this.#fail();
    const first = this.#bytes[this.position] ?? 0xff;
    this.position += 1;
    if (first >= FALSE) return this.#simple(first);
    const argument = this.#argument(first & 0x1f);
    if (this.failed) return undefined;
    switch (first >> 5) {
      case MAJOR.uint:
        return argument;
      case MAJOR.negative:
        return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : this.#fail();
      case MAJOR.bytes: {
        const start = this.#skip(argument);
        return this.failed ? undefined : this.#bytes.slice(start, this.position);
      }
      case MAJOR.text:
        return this.#text(argument);
      case MAJOR.array:
        return this.#array(argument, depth + 1);
      case MAJOR.map:
        return this.#map(argument, depth + 1);
      default:
        return this.#fail();
    }
  }

  #simple(first: number): unknown {
    if (first === NULL) return null;
    if (first === TRUE || first === FALSE) return first === TRUE;
    return this.#fail();
  }

  /** The argument of a head, which must be written as short as it can be (RFC 8949 §3, §4.2.1). */
  #argument(info: number): number {
    if (info < 24) return info;
    if (info > 27) return this.#bad();
    const width = 1 << (info - 24);
    let value = 0;
    const end = this.position + width;
    if (end > this.#bytes.length) return this.#bad();
    for (let at = this.position; at < end; at += 1) value = value * 256 + (this.#bytes[at] ?? 0);
    this.position = end;
    const least = width === 1 ? 24 : width === 2 ? 0x100 : width === 4 ? 0x1_0000 : UINT32;
    return value < least || value > Number.MAX_SAFE_INTEGER ? this.#bad() : value;
  }

  #skip(length: number): number {
    const start = this.position;
    if (start + length > this.#bytes.length) this.failed = true;
    else this.position += length;
    return start;
  }

  #text(length: number): unknown {
    const start = this.#skip(length);
    let text = '';
    for (let at = start; at < this.position; at += 1) {
      const code = this.#bytes[at] ?? 0xff;
      if (code > 0x7f) return this.#wideText(start);
      text += String.fromCharCode(code);
    }
    return this.failed ? undefined : text;
  }

  #wideText(start: number): unknown {
    if (this.failed) return undefined;
    try {
      const text = UTF8.decode(this.#bytes.subarray(start, this.position));
      // Decoders differ in what they make of a byte-order mark: cborg decides.
      return text.startsWith(BYTE_ORDER_MARK) ? this.#fail() : text;
    } catch {
      return this.#fail();
    }
  }

  #array(length: number, depth: number): unknown {
    // Each item takes a byte at least, so a length that is not true reserves nothing.
    if (depth > this.#limits.depthMax || length > this.#bytes.length - this.position) return this.#fail();
    const values: unknown[] = [];
    for (let i = 0; i < length && !this.failed; i += 1) values.push(this.item(depth));
    return values;
  }

  /** Keys are integers or texts, each behind the one before in the bytewise order of their encodings: so none is there twice (RFC 8949 §4.2.1). */
  #map(length: number, depth: number): unknown {
    if (depth > this.#limits.depthMax || length * 2 > this.#bytes.length - this.position) return this.#fail();
    const map = new Map<unknown, unknown>();
    let before = -1;
    let beforeEnd = -1;
    for (let i = 0; i < length && !this.failed; i += 1) {
      const start = this.position;
      const key = this.item(depth);
      if (typeof key !== 'number' && typeof key !== 'string') return this.#fail();
      if (before >= 0 && !this.#follows([before, beforeEnd], [start, this.position])) return this.#fail();
      before = start;
      beforeEnd = this.position;
      map.set(key, this.item(depth));
    }
    return map;
  }

  /** True when the bytes of the second span sort behind those of the first. */
  #follows(first: readonly [number, number], second: readonly [number, number]): boolean {
    const length = Math.min(first[1] - first[0], second[1] - second[0]);
    for (let i = 0; i < length; i += 1) {
      const difference = (this.#bytes[second[0] + i] ?? 0) - (this.#bytes[first[0] + i] ?? 0);
      if (difference !== 0) return difference > 0;
    }
    return second[1] - second[0] > first[1] - first[0];
  }

  #fail(): undefined {
    this.failed = true;
    return undefined;
  }

  #bad(): number {
    this.failed = true;
    return 0;
  }
}

/** The bytes of a plain value, or null when it is not plain. */
export function encodePlain(value: unknown): Uint8Array | null {
  const length = sizeOf(value, 0);
  if (length < 0) return null;
  const bytes = length <= SMALL_BYTES ? new Uint8Array(length) : pooled(length);
  writeItem(bytes, 0, value);
  return bytes;
}

/** Up to here V8 keeps bytes on its own heap, which is the quickest there is. */
const SMALL_BYTES = 64;

/** Bytes that hold anything: every one of them is written. */
function pooled(length: number): Uint8Array {
  const { buffer, byteOffset } = Buffer.allocUnsafe(length);
  return new Uint8Array(buffer, byteOffset, length);
}

/** Nesting that is written here; deeper, or round in circles, is left to cborg. */
const DEPTH_MAX = 16;

/** Bytes that a value takes up; negative when it is not plain. */
function sizeOf(value: unknown, depth: number): number {
  if (typeof value === 'number') return isUint(value) ? headSize(value) : -1;
  if (typeof value === 'string') return isAscii(value) ? headSize(value.length) + value.length : -1;
  if (value === null || value === true || value === false) return 1;
  if (value instanceof Uint8Array) return headSize(value.length) + value.length;
  if (!Array.isArray(value) || depth >= DEPTH_MAX) return -1;
  let size = headSize(value.length);
  for (const item of value) {
    const itemSize = sizeOf(item, depth + 1);
    if (itemSize < 0) return -1;
    size += itemSize;
  }
  return size;
}

function isUint(value: number): boolean {
  return Number.isSafeInteger(value) && (value > 0 || Object.is(value, 0));
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}

function headSize(argument: number): number {
  if (argument < 24) return 1;
  if (argument < 0x100) return 2;
  if (argument < 0x1_0000) return 3;
  return argument < UINT32 ? 5 : 9;
}

/** Writes a plain value at an offset; returns the offset behind it. */
function writeItem(bytes: Uint8Array, at: number, value: unknown): number {
  if (typeof value === 'number') return writeHead(bytes, at, { major: MAJOR.uint, argument: value });
  if (typeof value === 'string') {
    const start = writeHead(bytes, at, { major: MAJOR.text, argument: value.length });
    for (let i = 0; i < value.length; i += 1) bytes[start + i] = value.charCodeAt(i);
    return start + value.length;
  }
  if (value instanceof Uint8Array) {
    const start = writeHead(bytes, at, { major: MAJOR.bytes, argument: value.length });
    bytes.set(value, start);
    return start + value.length;
  }
  if (Array.isArray(value)) {
    let next = writeHead(bytes, at, { major: MAJOR.array, argument: value.length });
    for (const item of value) next = writeItem(bytes, next, item);
    return next;
  }
  bytes[at] = value === null ? NULL : value === true ? TRUE : FALSE;
  return at + 1;
}

function writeHead(bytes: Uint8Array, at: number, head: { readonly major: number; readonly argument: number }): number {
  const { major, argument } = head;
  const size = headSize(argument);
  if (size === 1) {
    bytes[at] = (major << 5) | argument;
    return at + 1;
  }
  bytes[at] = (major << 5) | (size === 2 ? 24 : size === 3 ? 25 : size === 5 ? 26 : 27);
  let rest = argument;
  for (let i = at + size - 1; i > at; i -= 1) {
    bytes[i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + size;
}
