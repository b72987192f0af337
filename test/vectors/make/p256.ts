/**
 * ECDSA on P-256 with deterministic nonces (RFC 6979), so that vectors are the same at every run. Plain and slow, for test keys alone:
 * nothing here runs in constant time.
 */
import { createHash, createHmac } from 'node:crypto';
import { concat, hex, unhex } from './support.js';

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
/** The order of the group (SP 800-186 §3.2.1.3). */
export const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const A = P - 3n;
const G: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

const mod = (value: bigint, by: bigint): bigint => ((value % by) + by) % by;

function inverse(value: bigint, by: bigint): bigint {
  let [r0, r1, s0, s1] = [mod(value, by), by, 1n, 0n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [s0, s1] = [s1, s0 - quotient * s1];
  }
  return mod(s0, by);
}

function add(p: Point | null, q: Point | null): Point | null {
  if (p === null || q === null) return p ?? q;
  if (p.x === q.x && mod(p.y + q.y, P) === 0n) return null;
  const slope =
    p.x === q.x ? mod((3n * p.x * p.x + A) * inverse(2n * p.y, P), P) : mod((q.y - p.y) * inverse(q.x - p.x, P), P);
  const x = mod(slope * slope - p.x - q.x, P);
  return { x, y: mod(slope * (p.x - x) - p.y, P) };
}

function times(point: Point, factor: bigint): Point {
  let sum: Point | null = null;
  let power: Point | null = point;
  for (let rest = factor; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) sum = add(sum, power);
    power = add(power, power);
  }
  if (sum === null) throw new Error('a factor between 1 and the order gives a point');
  return sum;
}

const to32 = (value: bigint): Uint8Array => unhex(value.toString(16).padStart(64, '0'));
const toInteger = (bytes: Uint8Array): bigint => BigInt(`0x${hex(bytes)}`);

/** The public key of a private one, uncompressed: 04 ‖ x ‖ y. */
export function p256PublicKey(secret: Uint8Array): Uint8Array {
  const { x, y } = times(G, toInteger(secret));
  return concat([4], to32(x), to32(y));
}

/** The nonce of RFC 6979 §3.2 for SHA-256. */
function nonce(secret: Uint8Array, digest: Uint8Array): bigint {
  const mac = (key: Uint8Array, ...parts: (Uint8Array | readonly number[])[]): Uint8Array =>
    Uint8Array.from(
      createHmac('sha256', key)
        .update(concat(...parts))
        .digest(),
    );
  const message = to32(toInteger(digest) % P256_ORDER);
  let value: Uint8Array = new Uint8Array(32).fill(1);
  let key: Uint8Array = mac(new Uint8Array(32), value, [0], secret, message);
  value = mac(key, value);
  key = mac(key, value, [1], secret, message);
  value = mac(key, value);
  for (;;) {
    value = mac(key, value);
    const k = toInteger(value);
    if (k > 0n && k < P256_ORDER) return k;
    key = mac(key, value, [0]);
    value = mac(key, value);
  }
}

/** An ES256 signature (RFC 9053 §2.1): r ‖ s, 64 bytes. */
export function p256Sign(secret: Uint8Array, message: Uint8Array): Uint8Array {
  const digest = Uint8Array.from(createHash('sha256').update(message).digest());
  const k = nonce(secret, digest);
  const r = mod(times(G, k).x, P256_ORDER);
  const s = mod(inverse(k, P256_ORDER) * (toInteger(digest) + r * toInteger(secret)), P256_ORDER);
  return concat(to32(r), to32(s));
}
