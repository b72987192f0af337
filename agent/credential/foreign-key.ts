/** Keys of issuers of other systems: Ed25519 (RFC 8032) or ECDSA on P-256 (FIPS 186-5), checked when they are taken in. */
import { createPublicKey, ECDH, type KeyObject, verify } from 'node:crypto';
import { WaslError } from '../domain/errors.js';
import type { ForeignAlgorithm, ForeignKey } from '../domain/keys.js';
import { SIGNATURE_BYTES, verifierFromKey } from './signature.js';

/** COSE algorithm numbers that stand for each: RFC 9053 §2, and the fully specified ones of RFC 9864 §2. */
export const FOREIGN_COSE_ALGORITHMS: Readonly<Record<number, ForeignAlgorithm>> = {
  [-8]: 'EdDSA',
  [-19]: 'EdDSA',
  [-7]: 'ES256',
  [-9]: 'ES256',
};

/** What a {@link ForeignKey} is made from. */
export interface ForeignKeySource extends Omit<ForeignKey, 'verify'> {
  /** Ed25519: 32 bytes. P-256: 65 bytes (04 ‖ x ‖ y) or 33 (02 or 03 ‖ x), SEC 1 §2.3.3. */
  readonly publicKey: Uint8Array;
}

/** A key from its raw public part. Throws `ERR_KEY_WEAK` for one that is malformed, non-canonical, off the curve or of small order. */
export function foreignKey({ publicKey, ...rest }: ForeignKeySource): ForeignKey {
  return { ...rest, verify: rest.algorithm === 'EdDSA' ? edVerify(publicKey) : p256Verify(publicKey) };
}

type Verify = ForeignKey['verify'];

function edVerify(publicKey: Uint8Array): Verify {
  const verifier = verifierFromKey(publicKey);
  return (message, signature) => verifier.verify(message, signature);
}

function p256Verify(publicKey: Uint8Array): Verify {
  const key = p256Key(publicKey);
  return (message, signature) =>
    signature.length === SIGNATURE_BYTES && verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

const COORDINATE_BYTES = 32;

/** The field of P-256 (SP 800-186 §3.2.1.3). */
const P256_PRIME = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n;

/** P-256 has cofactor 1, so a point on the curve that is not infinity, which this encoding cannot say, is of full order. */
function p256Key(publicKey: Uint8Array): KeyObject {
  const point = uncompressed(publicKey);
  const x = point.subarray(1, 1 + COORDINATE_BYTES);
  const y = point.subarray(1 + COORDINATE_BYTES);
  if (toInteger(x) >= P256_PRIME || toInteger(y) >= P256_PRIME)
    throw new WaslError('ERR_KEY_WEAK', 'the public key is not in its canonical encoding');
  try {
    const jwk = { kty: 'EC', crv: 'P-256', x: base64Url(x), y: base64Url(y) };
    return createPublicKey({ key: jwk, format: 'jwk' });
  } catch (cause) {
    throw new WaslError('ERR_KEY_WEAK', 'the public key is no point of P-256', { cause });
  }
}

function uncompressed(publicKey: Uint8Array): Uint8Array {
  const [form] = publicKey;
  if (publicKey.length === 1 + 2 * COORDINATE_BYTES && form === 4) return publicKey;
  if (publicKey.length !== 1 + COORDINATE_BYTES || (form !== 2 && form !== 3))
    throw new WaslError('ERR_KEY_WEAK', 'a public key of P-256 has 65 bytes that begin with 04, or 33 with 02 or 03');
  try {
    const point = ECDH.convertKey(publicKey, 'prime256v1', undefined, undefined, 'uncompressed');
    return Uint8Array.from(Buffer.from(point as Buffer));
  } catch (cause) {
    throw new WaslError('ERR_KEY_WEAK', 'the public key is no point of P-256', { cause });
  }
}

function toInteger(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
