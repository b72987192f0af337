/**
 * ECDSA over secp128r1 (SEC 2, version 1.0, §2.3.2; SEC 1, version 2, §4.1), for the originality signatures of NTAG chips alone:
 * `node:crypto` hashes what it signs, and those sign the UID as it is. Not in constant time, and 64 bits strong: for public data.
 */
const P = 0xfffffffdffffffffffffffffffffffffn;
const A = P - 3n;
const B = 0xe87579c11079f43dd824993c2cee5ed3n;
/** Order of the base point. */
export const SECP128R1_ORDER = 0xfffffffe0000000075a30d1b9038a115n;
const G: Point = { x: 0x161ff7528b899b2d0c28607ca52c5b86n, y: 0xcf5ac8395bafeb13c02da292dded7a83n };
/** Bytes of a coordinate, and of r and of s. */
const FIELD_BYTES = 16;

/** A point of the curve; null is the point at infinity. */
export interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** `scalar` times the base point. */
export function publicPoint(scalar: bigint): Point | null {
  return multiply(scalar, G);
}

/** The 32 bytes of r and s for the number `e` under a private key and a nonce in [1, order); null for a nonce that gives none. */
export function signNumber(e: bigint, key: { readonly secret: bigint; readonly nonce: bigint }): Uint8Array | null {
  const r = mod(multiply(key.nonce, G)?.x ?? 0n, SECP128R1_ORDER);
  const s = mod(inverse(key.nonce, SECP128R1_ORDER) * (e + r * key.secret), SECP128R1_ORDER);
  if (r === 0n || s === 0n) return null;
  return Uint8Array.from(Buffer.from(hexOf(r) + hexOf(s), 'hex'));
}

/** True when r and s are a signature of the number `e`. False for anything malformed; never throws. */
export function verifyNumber(e: bigint, signature: Uint8Array, publicKey: Uint8Array): boolean {
  const q = pointIn(publicKey);
  if (q === null || signature.length !== 2 * FIELD_BYTES) return false;
  const r = numberOf(signature.subarray(0, FIELD_BYTES));
  const s = numberOf(signature.subarray(FIELD_BYTES));
  if (r === 0n || r >= SECP128R1_ORDER || s === 0n || s >= SECP128R1_ORDER) return false;
  const w = inverse(s, SECP128R1_ORDER);
  const sum = add(multiply(mod(e * w, SECP128R1_ORDER), G), multiply(mod(r * w, SECP128R1_ORDER), q));
  return sum !== null && mod(sum.x, SECP128R1_ORDER) === r;
}

/** A big-endian number. */
export function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** An uncompressed point, `04 x y`, that lies on the curve; else null. The curve has the cofactor 1, so no point has a small order. */
function pointIn(bytes: Uint8Array): Point | null {
  if (bytes.length !== 1 + 2 * FIELD_BYTES || bytes[0] !== 0x04) return null;
  const x = numberOf(bytes.subarray(1, 1 + FIELD_BYTES));
  const y = numberOf(bytes.subarray(1 + FIELD_BYTES));
  return x < P && y < P && mod(y * y - (x * x * x + A * x + B), P) === 0n ? { x, y } : null;
}

/** A multiple of a point. In Jacobian coordinates (x / z², y / z³), which need one inverse at the end in place of one for each addition. */
function multiply(scalar: bigint, point: Point | null): Point | null {
  if (point === null) return null;
  let sum: Jacobian | null = null;
  for (const bit of scalar === 0n ? '' : scalar.toString(2)) {
    sum = sum === null ? null : doubled(sum);
    if (bit === '1') sum = sum === null ? { ...point, z: 1n } : withPoint(sum, point);
  }
  if (sum === null) return null;
  const w = inverse(sum.z, P);
  const square = mod(w * w, P);
  return { x: mod(sum.x * square, P), y: mod(sum.y * mod(square * w, P), P) };
}

interface Jacobian extends Point {
  readonly z: bigint;
}

function doubled({ x, y, z }: Jacobian): Jacobian | null {
  if (y === 0n) return null;
  const square = mod(y * y, P);
  const s = mod(4n * x * square, P);
  const z2 = mod(z * z, P);
  const m = mod(3n * x * x + A * mod(z2 * z2, P), P);
  const next = mod(m * m - 2n * s, P);
  return { x: next, y: mod(m * (s - next) - 8n * mod(square * square, P), P), z: mod(2n * y * z, P) };
}

/** The sum with a point in plain coordinates. */
function withPoint(a: Jacobian, b: Point): Jacobian | null {
  const z2 = mod(a.z * a.z, P);
  const h = mod(b.x * z2 - a.x, P);
  const r = mod(b.y * mod(z2 * a.z, P) - a.y, P);
  if (h === 0n) return r === 0n ? doubled(a) : null;
  const h2 = mod(h * h, P);
  const h3 = mod(h2 * h, P);
  const v = mod(a.x * h2, P);
  const x = mod(r * r - h3 - 2n * v, P);
  return { x, y: mod(r * (v - x) - a.y * h3, P), z: mod(a.z * h, P) };
}

function add(a: Point | null, b: Point | null): Point | null {
  if (a === null) return b;
  if (b === null) return a;
  if (a.x === b.x && mod(a.y + b.y, P) === 0n) return null;
  const slope =
    a.x === b.x ? mod((3n * a.x * a.x + A) * inverse(2n * a.y, P), P) : mod((b.y - a.y) * inverse(b.x - a.x, P), P);
  const x = mod(slope * slope - a.x - b.x, P);
  return { x, y: mod(slope * (a.x - x) - a.y, P) };
}

/** Extended Euclid; `modulus` is prime. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, t0, t1] = [modulus, mod(value, modulus), 0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  return mod(t0, modulus);
}

function mod(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

function hexOf(value: bigint): string {
  return value.toString(16).padStart(2 * FIELD_BYTES, '0');
}
