/**
 * The key of a card's health records, as the card carries it: wrapped for the health roles, and for the health authority, signed by the terminal that made it.
 * Deterministic CBOR, at most 255 bytes, published in `docs/formats/card.md` and `card.cddl`:
 *
 *   [1, epoch, box to the role's key, box to the authority's key, key id of the terminal, signature]
 *
 * Each box is what `docs/formats/sync.cddl` calls sealed: an ephemeral X25519 key, then NaCl `box`. The signature covers the card as well: somebody who put
 * a key of their own on a card would read whatever is written to it afterwards.
 */

import { fieldsOf } from '../../sync/protocol/fields.js';
import { openSealed, SEAL_OVERHEAD_BYTES, type SealKey, seal } from '../../sync/protocol/seal.js';
import { cardKeyId } from '../credential/card-proof.js';
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import { LABELS } from '../credential/hash.js';
import { KEY_ID_BYTES, SIGNATURE_BYTES, sigStructure } from '../credential/signature.js';
import type { Randomness } from '../domain/clock.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { HealthOwner } from '../domain/health-record.js';
import type { Signer } from '../domain/keys.js';
import { CARD_HEALTH_KEY_BYTES } from './record.js';

/** Version of a wrapped key. */
const VERSION = 1;

const BOX_BYTES = CARD_HEALTH_KEY_BYTES + SEAL_OVERHEAD_BYTES;
const EPOCH_MAX = 0xffff;
const LIMITS = { bytesMax: 255, depthMax: 1, itemsMax: 8 };

/** Whom keys of cards are wrapped for. */
export interface WrapKeys {
  /** From 1 on; the role has another key in each. */
  readonly epoch: number;
  /** X25519, 32 bytes each. */
  readonly rolePublicKey: Uint8Array;
  readonly authorityPublicKey: Uint8Array;
}

/** A wrapped key, taken apart. Nothing of it is verified or opened yet. */
export interface WrappedKey {
  readonly epoch: number;
  readonly roleBox: Uint8Array;
  readonly authorityBox: Uint8Array;
  readonly signer: Uint8Array;
  readonly signature: Uint8Array;
  /** What the signature must cover. */
  readonly message: Uint8Array;
}

/** Wraps the key of a card. */
export function wrapCardKey(
  cardKey: Uint8Array,
  by: { readonly owner: HealthOwner; readonly keys: WrapKeys; readonly signer: Signer; readonly random: Randomness },
): Uint8Array {
  const { owner, keys, signer, random } = by;
  const boxes = [seal(cardKey, keys.rolePublicKey, random), seal(cardKey, keys.authorityPublicKey, random)];
  const covered = [VERSION, keys.epoch, ...boxes, signer.keyId];
  return encodeCbor([...covered, signer.sign(messageOf(owner, covered))]);
}

/** Takes a wrapped key apart; null for bytes that {@link wrapCardKey} does not make, empty ones included. */
export function readWrappedKey(wrapped: Uint8Array, owner: HealthOwner): WrappedKey | null {
  const decoded = decodeCbor(wrapped, LIMITS);
  if (!decoded.ok) return null;
  try {
    const fields = fieldsOf(decoded.value, 'ERR_HEALTH_KEY');
    if (fields.uint() !== VERSION) return null;
    const epoch = fields.uint();
    const roleBox = fields.bytes(BOX_BYTES);
    const authorityBox = fields.bytes(BOX_BYTES);
    const signer = fields.bytes(KEY_ID_BYTES);
    const signature = fields.bytes(SIGNATURE_BYTES);
    fields.end();
    if (epoch < 1 || epoch > EPOCH_MAX) return null;
    const message = messageOf(owner, [VERSION, epoch, roleBox, authorityBox, signer]);
    return { epoch, roleBox, authorityBox, signer, signature, message };
  } catch (error) {
    if (isWaslError(error, 'ERR_HEALTH_KEY')) return null;
    throw error;
  }
}

/** The key in a box; null where it was sealed to none of `keys`. Throws `ERR_SECRET` for a box that holds something else. */
export function openBox(box: Uint8Array, keys: readonly SealKey[]): Uint8Array | null {
  const key = openSealed(box, keys);
  if (key !== null && key.length !== CARD_HEALTH_KEY_BYTES)
    throw new WaslError('ERR_SECRET', 'what was sealed is not the key of a card');
  return key;
}

function messageOf({ card, cardKey }: HealthOwner, covered: readonly unknown[]): Uint8Array {
  return sigStructure(LABELS.healthKey, encodeCbor(covered), [cardKeyId(cardKey), card]);
}
