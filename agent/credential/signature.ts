/** Ed25519 (RFC 8032) on `node:crypto`, and what every Wasl signature covers: the Sig_structure of RFC 9052 §4.4. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { WaslError } from '../domain/errors.js';
import type { Signer, Verifier } from '../domain/keys.js';
import { encodeCbor } from './cbor.js';
import type { Label } from './hash.js';

export type { Signer, Verifier } from '../domain/keys.js';

/** Bytes of an Ed25519 signature. */
export const SIGNATURE_BYTES = 64;

/** Bytes of a raw Ed25519 public key and of a private seed. */
export const KEY_BYTES = 32;

/** Bytes of a key id: the first of the SHA-256 of the raw public key. Ids may collide: all keys that share one are tried. */
export const KEY_ID_BYTES = 8;

/** Protected header of every signature that carries none of its own: `{1: -8}`, EdDSA (RFC 9053 §2.2). */
export const EDDSA_PROTECTED: Uint8Array = encodeCbor(new Map([[1, -8]]));

/** What a COSE signature covers, with the label and what else binds it as external_aad: `[label, ...context]`. */
export function sigStructure(label: Label, payload: Uint8Array, context: readonly unknown[] = []): Uint8Array {
  return coseSigStructure(EDDSA_PROTECTED, encodeCbor([label, ...context]), payload);
}

/** The Sig_structure of a COSE_Sign1 (RFC 9052 §4.4) from its three parts. */
export function coseSigStructure(protectedBytes: Uint8Array, externalAad: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', protectedBytes, externalAad, payload]);
}

/** The key id of a raw public key. */
export function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(publicKey).digest().subarray(0, KEY_ID_BYTES));
}

/** A signer from a 32-byte seed (RFC 8032 §5.1.5). */
export function signerFromSeed(seed: Uint8Array): Signer {
  if (seed.length !== KEY_BYTES)
    throw new WaslError('ERR_SECRET', `a signing key has ${KEY_BYTES} bytes, this one ${seed.length}`);
  const key = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  const publicKey = Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES));
  return { keyId: keyIdOf(publicKey), publicKey, sign: (message) => new Uint8Array(sign(null, message, key)) };
}

/**
 * A verifier from a raw 32-byte public key, its `KeyObject` made once. Throws `ERR_KEY_WEAK` for a key of small order, under which
 * anything can be made to verify, and for a non-canonical encoding, which would give one key two ids; `node:crypto` checks neither.
 */
export function verifierFromKey(publicKey: Uint8Array): Verifier {
  assertSoundKey(publicKey);
  const raw = Uint8Array.from(publicKey);
  const key: KeyObject = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  return {
    keyId: keyIdOf(raw),
    publicKey: raw,
    verify: (message, signature) => signature.length === SIGNATURE_BYTES && verify(null, message, key, signature),
  };
}

/** RFC 8410 §7 and §4: the DER that stands before a raw private seed and a raw public key. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** 2^255 - 19. */
const FIELD_PRIME = 2n ** 255n - 19n;

/** y of the two pairs of points of order 8 (one is the negative of the other). */
const ORDER_8_Y = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;

/** y of every point whose order divides 8; the sign of x does not matter. */
const SMALL_ORDER_Y: readonly bigint[] = [0n, 1n, FIELD_PRIME - 1n, ORDER_8_Y, FIELD_PRIME - ORDER_8_Y];

function assertSoundKey(publicKey: Uint8Array): void {
  if (publicKey.length !== KEY_BYTES)
    throw new WaslError('ERR_KEY_WEAK', `a public key has ${KEY_BYTES} bytes, this one ${publicKey.length}`);
  const reversed = Buffer.from(publicKey).reverse();
  const y = BigInt(`0x${reversed.toString('hex')}`) & (2n ** 255n - 1n);
  if (y >= FIELD_PRIME) throw new WaslError('ERR_KEY_WEAK', 'the public key is not in its canonical encoding');
  if (SMALL_ORDER_Y.includes(y)) throw new WaslError('ERR_KEY_WEAK', 'the public key has a small order');
}
