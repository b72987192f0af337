/**
 * The keys of the health roles, on their way to the terminals of accredited health sites: a file that the authority signs, sealed to those terminals as lists
 * of persons are (`agent/roster/sealed-roster.ts`). Newest epoch first; older ones open cards that have not been wrapped anew since. Published in
 * `docs/formats/roster.md`:
 *
 *   [1, "health-keys", key id of the authority, [public key of the health authority, [[epoch, secret], …]], signature]
 */

import { fieldsOf } from '../../sync/protocol/fields.js';
import { SEAL_KEY_BYTES, type SealKey, sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { decodeCbor, encodeCbor, sameBytes } from '../credential/cbor.js';
import { LABELS } from '../credential/hash.js';
import { KEY_ID_BYTES, SIGNATURE_BYTES, sigStructure } from '../credential/signature.js';
import type { Randomness } from '../domain/clock.js';
import { WaslError } from '../domain/errors.js';
import type { Signer, Verifier } from '../domain/keys.js';
import { openSealedFile, sealFile, type TerminalSealKey } from '../roster/sealed-roster.js';

/** Name of the file in the folder that lists are brought to. */
export const HEALTH_KEYS_FILE = 'health.keys';

/** Most epochs that terminals are given. */
export const HEALTH_EPOCHS_MAX = 16;

const VERSION = 1;
const KIND = 'health-keys';
const NAME = 'health';
const EPOCH_MAX = 0xffff;
const BYTES_MAX = 4096;
const LIMITS = { bytesMax: BYTES_MAX, depthMax: 4, itemsMax: 4 * HEALTH_EPOCHS_MAX + 16 };

/** One key of the health roles. */
export interface HealthEpoch {
  /** From 1 on. */
  readonly epoch: number;
  readonly key: SealKey;
}

/** What a terminal of a health site has. */
export interface HealthKeys {
  /** X25519, 32 bytes: whom the centre's copies are sealed to. */
  readonly authorityPublicKey: Uint8Array;
  /** At least one, newest first. */
  readonly epochs: readonly [HealthEpoch, ...HealthEpoch[]];
}

/** Signs the keys and seals them to terminals, by their raw Ed25519 public keys. Throws `ERR_LIST_FORMAT` for none of them, too many, or no epoch. */
export function sealHealthKeys(
  keys: HealthKeys,
  to: { readonly authority: Signer; readonly terminals: readonly Uint8Array[] },
  random: Randomness,
): Uint8Array {
  const epochs = keys.epochs.map(({ epoch, key }) => [epoch, key.secretKey]);
  const payload = encodeCbor([keys.authorityPublicKey, epochs]);
  const signature = to.authority.sign(sigStructure(LABELS.list, payload, [KIND]));
  const signed = encodeCbor([VERSION, KIND, to.authority.keyId, payload, signature]);
  readSigned(signed, null);
  return sealFile(signed, { kind: KIND, name: NAME, terminals: to.terminals }, random);
}

/** Opens what {@link sealHealthKeys} made. Throws `ERR_LIST_FORMAT` where it is not sealed to this terminal, and `ERR_LIST_SIGNATURE`. */
export function openHealthKeys(bytes: Uint8Array, terminal: TerminalSealKey, authority: Verifier): HealthKeys {
  const { signed } = openSealedFile(bytes, terminal, KIND);
  return readSigned(signed, authority);
}

function readSigned(signed: Uint8Array, authority: Verifier | null): HealthKeys {
  const decoded = decodeCbor(signed, LIMITS);
  if (!decoded.ok) throw format('are not canonical CBOR');
  const fields = fieldsOf(decoded.value, 'ERR_LIST_FORMAT');
  if (fields.uint() !== VERSION || fields.text(KIND.length) !== KIND) throw format('are of another version');
  const keyId = fields.bytes(KEY_ID_BYTES);
  const payload = fields.bytesUpTo(BYTES_MAX);
  const signature = fields.bytes(SIGNATURE_BYTES);
  fields.end();
  const isOurs = authority === null || sameBytes(keyId, authority.keyId);
  const message = sigStructure(LABELS.list, payload, [KIND]);
  if (!isOurs || authority?.verify(message, signature) === false)
    throw new WaslError('ERR_LIST_SIGNATURE', 'the health keys were not signed by the authority of this terminal');
  const inner = decodeCbor(payload, LIMITS);
  if (!inner.ok) throw format('are not canonical CBOR');
  const content = fieldsOf(inner.value, 'ERR_LIST_FORMAT');
  const authorityPublicKey = content.bytes(SEAL_KEY_BYTES);
  const list = content.array();
  content.end();
  const epochs: HealthEpoch[] = [];
  while (list.left() > 0) {
    const one = list.array();
    const epoch = one.uint();
    const before = epochs.at(-1)?.epoch ?? EPOCH_MAX + 1;
    if (epoch < 1 || epoch >= before || epochs.length === HEALTH_EPOCHS_MAX)
      throw format(`have 1 to ${HEALTH_EPOCHS_MAX} epochs, the newest first`);
    epochs.push({ epoch, key: sealKeyFromSecret(one.bytes(SEAL_KEY_BYTES)) });
    one.end();
  }
  const [newest, ...older] = epochs;
  if (newest === undefined) throw format('have no epoch');
  return { authorityPublicKey, epochs: [newest, ...older] };
}

function format(what: string): WaslError {
  return new WaslError('ERR_LIST_FORMAT', `the health keys ${what}`);
}
