/** Sealing to the centre: X25519, XSalsa20 and Poly1305 (NaCl `box`) under an ephemeral key, published in `docs/formats/sync.cddl`. */
import { createHash } from 'node:crypto';
import nacl from 'tweetnacl';
import { encodeCbor } from '../../agent/credential/cbor.js';
import { LABELS } from '../../agent/credential/hash.js';
import type { Randomness } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';

/** Bytes of an X25519 key, public or secret. */
export const SEAL_KEY_BYTES = 32;

/** Bytes that sealing adds: the ephemeral public key and the authenticator. */
export const SEAL_OVERHEAD_BYTES = SEAL_KEY_BYTES + nacl.box.overheadLength;

/** A key of the centre that opens what was sealed to its public half. */
export interface SealKey {
  readonly publicKey: Uint8Array;
  readonly secretKey: Uint8Array;
}

/** The key pair of a raw 32-byte X25519 secret. Throws `ERR_SECRET` for another length. */
export function sealKeyFromSecret(secret: Uint8Array): SealKey {
  if (secret.length !== SEAL_KEY_BYTES)
    throw new WaslError('ERR_SECRET', `a sealing key has ${SEAL_KEY_BYTES} bytes, this one ${secret.length}`);
  return nacl.box.keyPair.fromSecretKey(secret);
}

/** Seals `plaintext` so that only the holder of the centre's secret key reads it: ephemeral public key ‖ box. Each call uses a fresh key. */
export function seal(plaintext: Uint8Array, centrePublicKey: Uint8Array, random: Randomness): Uint8Array {
  const ephemeral = nacl.box.keyPair.fromSecretKey(random.bytes(SEAL_KEY_BYTES));
  const nonce = nonceOf(ephemeral.publicKey, centrePublicKey);
  const box = nacl.box(plaintext, nonce, centrePublicKey, ephemeral.secretKey);
  const sealed = new Uint8Array(SEAL_KEY_BYTES + box.length);
  sealed.set(ephemeral.publicKey);
  sealed.set(box, SEAL_KEY_BYTES);
  return sealed;
}

/** Opens what {@link seal} made with the first of `keys` that fits, or null: not sealed to any of them, or changed on the way. */
export function openSealed(sealed: Uint8Array, keys: readonly SealKey[]): Uint8Array | null {
  if (sealed.length < SEAL_OVERHEAD_BYTES) return null;
  const ephemeralPublicKey = sealed.subarray(0, SEAL_KEY_BYTES);
  const box = sealed.subarray(SEAL_KEY_BYTES);
  for (const key of keys) {
    const nonce = nonceOf(ephemeralPublicKey, key.publicKey);
    const plaintext = nacl.box.open(box, nonce, ephemeralPublicKey, key.secretKey);
    if (plaintext !== null) return plaintext;
  }
  return null;
}

/** Both keys name the box and the ephemeral one is used once, so the nonce needs no bytes on the wire. */
function nonceOf(ephemeralPublicKey: Uint8Array, centrePublicKey: Uint8Array): Uint8Array {
  const covered = encodeCbor([LABELS.seal, ephemeralPublicKey, centrePublicKey]);
  return createHash('sha512').update(covered).digest().subarray(0, nacl.box.nonceLength);
}
