import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { type CborLimits, decodePlain, encodePlain } from './cbor-plain.js';

/** Why a piece of CBOR was refused; `canonical` means well-formed and valid, but not in the deterministic form. */
export type CborProblem = 'size' | 'shape' | 'canonical';

/** Result of {@link decodeCbor}. */
export type CborResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problem: CborProblem };

/** Encodes a value in the core deterministic form of RFC 8949 §4.2.1. Maps with integer keys are given as `Map`. */
export function encodeCbor(value: unknown): Uint8Array {
  return encodePlain(value) ?? encode(value, rfc8949EncodeOptions);
}

/**
 * Decodes one CBOR item that must fill `bytes` exactly: definite lengths, minimal integers, no duplicate keys, no tags, no undefined,
 * no NaN or Infinity, keys that are integers or texts, within `limits`. Maps come back as `Map`. With `canonical` it is also encoded again and compared, since cborg
 * checks neither the order of keys nor the validity of UTF-8. Never throws.
 */
export function decodeCbor(bytes: Uint8Array, limits: CborLimits, canonical = true): CborResult {
  if (bytes.length === 0 || bytes.length > limits.bytesMax) return { ok: false, problem: 'size' };
  const plain = decodePlain(bytes, limits);
  if (plain !== undefined) return { ok: true, value: plain };
  // cborg recurses for each level and believes declared lengths, so shape and size are bounded before it runs.
  if (!withinLimits(bytes, limits)) return { ok: false, problem: 'shape' };
  let value: unknown;
  try {
    value = decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
      useMaps: true,
    });
  } catch {
    return { ok: false, problem: 'shape' };
  }
  if (canonical && !sameBytes(encodeCbor(value), bytes)) return { ok: false, problem: 'canonical' };
  return { ok: true, value };
}

/** Compares two byte strings. Not in constant time: for public data only. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

/** Walks the heads of all items without building anything (RFC 8949 §3). */
function withinLimits(bytes: Uint8Array, limits: CborLimits): boolean {
  const open: { left: number; readonly isMap: boolean }[] = [{ left: 1, isMap: false }];
  let position = 0;
  let items = 0;
  for (let inside = open.at(-1); inside !== undefined; inside = open.at(-1)) {
    if (inside.left === 0) {
      open.pop();
      continue;
    }
    const isKey = inside.isMap && inside.left % 2 === 0;
    inside.left -= 1;
    items += 1;
    if (items > limits.itemsMax) return false;
    const head = readHead(bytes, position);
    if (head === null) return false;
    position = head.next;
    // Our maps have integer keys, JSON-like ones text: cborg can neither sort other keys nor see that two of them are the same.
    if (isKey && head.major !== 0 && head.major !== 1 && head.major !== 3) return false;
    if (head.major === 2 || head.major === 3) {
      position += head.argument;
      if (position > bytes.length) return false;
    } else if (head.major === 4 || head.major === 5) {
      if (open.length > limits.depthMax) return false;
      const children = head.major === 5 ? head.argument * 2 : head.argument;
      if (children > limits.itemsMax) return false;
      open.push({ left: children, isMap: head.major === 5 });
    } else if (head.major === 6) {
      return false;
    }
  }
  return position === bytes.length;
}

function readHead(bytes: Uint8Array, at: number): { major: number; argument: number; next: number } | null {
  const first = bytes[at];
  if (first === undefined) return null;
  const major = first >> 5;
  const info = first & 0x1f;
  if (info < 24) return { major, argument: info, next: at + 1 };
  if (info > 27) return null;
  const width = 1 << (info - 24);
  if (at + 1 + width > bytes.length) return null;
  let argument = 0;
  for (let i = 1; i <= width; i += 1) argument = argument * 256 + (bytes[at + i] ?? 0);
  return { major, argument, next: at + 1 + width };
}
