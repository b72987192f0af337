/**
 * The journal key of a terminal, sealed to the centre when the terminal is provisioned: with it the centre can read the journal of a
 * terminal that died. Deterministic CBOR, sealed as `docs/formats/sync.cddl` has it:
 *
 *   seal([1, terminal's public key (32), journal key (32)])
 */
import { decodeCbor, encodeCbor } from '../../agent/credential/cbor.js';
import type { Randomness } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { fieldsOf } from './fields.js';
import { openSealed, type SealKey, seal } from './seal.js';

/** Version of the escrow format. */
const ESCROW_VERSION = 1;

const KEY_BYTES = 32;
const LIMITS = { bytesMax: 128, depthMax: 1, itemsMax: 4 };

/** What an escrow holds. */
export interface EscrowedKey {
  /** Raw Ed25519 public key of the terminal: tells whose journal it is when a name was given to several machines. */
  readonly terminalKey: Uint8Array;
  /** 32 bytes. */
  readonly journalKey: Uint8Array;
}

/** Seals a journal key so that only the centre reads it. */
export function makeEscrow(key: EscrowedKey, centrePublicKey: Uint8Array, random: Randomness): Uint8Array {
  return seal(encodeCbor([ESCROW_VERSION, key.terminalKey, key.journalKey]), centrePublicKey, random);
}

/** Opens an escrow; null when it was not sealed to any of `keys` or was changed. Throws `ERR_SECRET` when it holds something else. */
export function openEscrow(sealed: Uint8Array, keys: readonly SealKey[]): EscrowedKey | null {
  const plaintext = openSealed(sealed, keys);
  if (plaintext === null) return null;
  const decoded = decodeCbor(plaintext, LIMITS);
  if (!decoded.ok) throw new WaslError('ERR_SECRET', 'what was sealed is not the key of a journal');
  const fields = fieldsOf(decoded.value, 'ERR_SECRET');
  if (fields.uint() !== ESCROW_VERSION)
    throw new WaslError('ERR_SECRET', 'the escrow was made by a newer version of this software');
  const key = { terminalKey: fields.bytes(KEY_BYTES), journalKey: fields.bytes(KEY_BYTES) };
  fields.end();
  return key;
}
