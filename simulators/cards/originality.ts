/**
 * Originality signatures for simulated NTAG chips: as NXP makes them (data sheet NTAG213/215/216, Rev. 3.2, section "Originality signature"), **under a key made for
 * tests**. NXP's own public key refuses them, so no simulated chip passes for a real one.
 */
import { createHash } from 'node:crypto';
import { numberOf, publicPoint, SECP128R1_ORDER, signNumber } from '../../drivers/media/secp128r1.js';

/** Private key for tests: a published number, worth nothing. */
const SECRET = 0x5741534c0e570e570e57000000000001n;

/** The public key of every simulated chip, `04 x y`. */
export function testOriginalityKey(): Uint8Array {
  const point = publicPoint(SECRET);
  if (point === null) throw new RangeError('the test key is no key');
  const coordinate = (value: bigint): string => value.toString(16).padStart(32, '0');
  return Uint8Array.from(Buffer.from(`04${coordinate(point.x)}${coordinate(point.y)}`, 'hex'));
}

/** The 32 bytes that `READ_SIG` returns for this UID. The same UID gives the same signature: the nonce follows from it. */
export function signOriginality(uid: Uint8Array): Uint8Array {
  for (let attempt = 0; ; attempt += 1) {
    const seed = createHash('sha256').update('nonce').update(uid).update(Uint8Array.of(attempt)).digest();
    const nonce = (numberOf(seed) % (SECP128R1_ORDER - 1n)) + 1n;
    const signature = signNumber(numberOf(uid), { secret: SECRET, nonce });
    if (signature !== null) return signature;
  }
}
