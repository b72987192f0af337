/** Arithmetic on secp128r1, against what any group of prime order must do. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  numberOf,
  SECP128R1_ORDER as ORDER,
  publicPoint,
  signNumber,
  verifyNumber,
} from '../../../drivers/media/secp128r1.js';

/** SEC 2, version 1.0, section 2.3.2. */
const P = 0xfffffffdffffffffffffffffffffffffn;
const BASE = { x: 0x161ff7528b899b2d0c28607ca52c5b86n, y: 0xcf5ac8395bafeb13c02da292dded7a83n };
const scalar = (): bigint => (numberOf(randomBytes(24)) % (ORDER - 1n)) + 1n;

describe('multiples of the base point', () => {
  test('go round after the order, and are negated by it', () => {
    expect(publicPoint(1n)).toEqual(BASE);
    expect(publicPoint(0n)).toBeNull();
    expect(publicPoint(ORDER)).toBeNull();
    expect(publicPoint(ORDER + 1n)).toEqual(BASE);
    expect(publicPoint(ORDER - 1n)).toEqual({ x: BASE.x, y: P - BASE.y });
    const k = scalar();
    const point = publicPoint(k);
    expect(publicPoint(ORDER - k)).toEqual({ x: point?.x, y: P - (point?.y ?? 0n) });
  });

  test('sign what verifies, and nothing else', () => {
    for (let round = 0; round < 8; round += 1) {
      const [secret, nonce, e] = [scalar(), scalar(), scalar()];
      const point = publicPoint(secret);
      const hex = [point?.x ?? 0n, point?.y ?? 0n].map((value) => value.toString(16).padStart(32, '0')).join('');
      const key = Uint8Array.from(Buffer.from(`04${hex}`, 'hex'));
      const signature = signNumber(e, { secret, nonce });
      if (signature === null) throw new Error('a nonce without a signature');
      expect(verifyNumber(e, signature, key)).toBe(true);
      expect(verifyNumber(e + 1n, signature, key)).toBe(false);
      signature[31] = (signature[31] ?? 0) ^ 1;
      expect(verifyNumber(e, signature, key)).toBe(false);
    }
  });
});
