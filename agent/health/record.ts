/**
 * A health record as a card has it, at most 255 bytes. Published in `docs/formats/card.md` and `card.cddl`:
 *
 *   [ version ][ id (8) ][ XSalsa20-Poly1305 of: signature (64) ‖ key id of the terminal (8) ‖ content, deterministic CBOR ]
 *
 * Key and nonce are those of this record alone: HKDF-SHA-512 (RFC 5869) of the card's own key, salted with the id. The signature is the terminal's, over the
 * content, the card and the id, and lies inside: nobody without the key learns even who wrote it.
 */
import { hkdfSync } from 'node:crypto';
import nacl from 'tweetnacl';
import { fieldsOf } from '../../sync/protocol/fields.js';
import { cardKeyId } from '../credential/card-proof.js';
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import { LABELS } from '../credential/hash.js';
import { showableText } from '../credential/plain-text.js';
import { KEY_ID_BYTES, SIGNATURE_BYTES, sigStructure } from '../credential/signature.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import {
  HEALTH_ID_BYTES,
  HEALTH_KINDS,
  HEALTH_ROLE_CHARS_MAX,
  HEALTH_TEXT_BYTES_MAX,
  type HealthContent,
  type HealthOwner,
} from '../domain/health-record.js';
import type { Signer } from '../domain/keys.js';

/** Version of a sealed record: its first byte. */
export const HEALTH_RECORD_VERSION = 1;

/** Longest sealed record: what a card takes in one command. */
export const SEALED_RECORD_BYTES_MAX = 255;

/** Bytes of the key of a card. */
export const CARD_HEALTH_KEY_BYTES = 32;

const HEAD_BYTES = 1 + HEALTH_ID_BYTES;
const SIGNED_BYTES = SIGNATURE_BYTES + KEY_ID_BYTES;
const CONTENT_LIMITS = { bytesMax: SEALED_RECORD_BYTES_MAX, depthMax: 1, itemsMax: 12 };
const DAY_MAX = 0xffff_ffff;
const NOTHING = new Uint8Array(0);

/** A record that opened under the key of its card. Who signed it is not verified yet. */
export interface UnsealedRecord {
  readonly id: Uint8Array;
  readonly content: HealthContent;
  /** Key id of the terminal that says it wrote it. */
  readonly signer: Uint8Array;
  readonly signature: Uint8Array;
  /** What the signature must cover. */
  readonly message: Uint8Array;
}

/** Seals and signs a record. Throws `ERR_HEALTH_ROOM` for a content that no reader would take back, or that does not fit. */
export function sealRecord(
  content: HealthContent,
  by: { readonly cardKey: Uint8Array; readonly owner: HealthOwner; readonly signer: Signer; readonly id: Uint8Array },
): Uint8Array {
  const { cardKey, owner, signer, id } = by;
  const payload = encodeContent(content);
  const signature = signer.sign(messageOf(owner, id, payload));
  const plain = Uint8Array.from(Buffer.concat([signature, signer.keyId, payload]));
  const { key, nonce } = keysOf(cardKey, owner, id);
  const image = Uint8Array.of(HEALTH_RECORD_VERSION, ...id, ...nacl.secretbox(plain, nonce, key));
  if (image.length > SEALED_RECORD_BYTES_MAX) throw new WaslError('ERR_HEALTH_ROOM');
  return image;
}

/** Opens a record; null for bytes of another version, another card, or that were changed. Never throws. */
export function unsealRecord(
  image: Uint8Array,
  by: { readonly cardKey: Uint8Array; readonly owner: HealthOwner },
): UnsealedRecord | null {
  const { cardKey, owner } = by;
  if (image[0] !== HEALTH_RECORD_VERSION || image.length <= HEAD_BYTES || image.length > SEALED_RECORD_BYTES_MAX)
    return null;
  const id = image.slice(1, HEAD_BYTES);
  const { key, nonce } = keysOf(cardKey, owner, id);
  const plain = nacl.secretbox.open(Uint8Array.from(image.subarray(HEAD_BYTES)), nonce, key);
  if (plain === null || plain.length <= SIGNED_BYTES) return null;
  const payload = plain.slice(SIGNED_BYTES);
  const content = decodeContent(payload);
  if (content === null) return null;
  return {
    ...{ id, content, signature: plain.slice(0, SIGNATURE_BYTES) },
    signer: plain.slice(SIGNATURE_BYTES, SIGNED_BYTES),
    message: messageOf(owner, id, payload),
  };
}

/** Deterministic CBOR of a content: `[kind, day, site, role, operator, text, answers]`. Throws `ERR_HEALTH_ROOM` for one that no reader would take back. */
export function encodeContent(content: HealthContent): Uint8Array {
  const { kind, day, site, role, operator, text, answers } = content;
  const bytes = encodeCbor([HEALTH_KINDS.indexOf(kind), day, site, role, operator, text, answers ?? NOTHING]);
  if (decodeContent(bytes) === null)
    throw new WaslError('ERR_HEALTH_ROOM', `a health record is one line of at most ${HEALTH_TEXT_BYTES_MAX} bytes`);
  return bytes;
}

/** Reads what {@link encodeContent} made; null for anything else. */
export function decodeContent(bytes: Uint8Array): HealthContent | null {
  const decoded = decodeCbor(bytes, CONTENT_LIMITS);
  if (!decoded.ok) return null;
  try {
    const fields = fieldsOf(decoded.value, 'ERR_HEALTH_ROOM');
    const kind = fields.oneOf(HEALTH_KINDS);
    const at = { day: fields.uint(), site: fields.uint() };
    const by = { role: fields.text(HEALTH_ROLE_CHARS_MAX), operator: fields.uint() };
    const text = fields.text(HEALTH_TEXT_BYTES_MAX);
    const answers = fields.bytesUpTo(HEALTH_ID_BYTES);
    fields.end();
    const isWhole = answers.length === 0 || answers.length === HEALTH_ID_BYTES;
    const fits =
      Buffer.byteLength(text) <= HEALTH_TEXT_BYTES_MAX &&
      showableText(text, HEALTH_TEXT_BYTES_MAX) !== null &&
      at.day <= DAY_MAX;
    return isWhole && fits ? { kind, ...at, ...by, text, answers: answers.length === 0 ? null : answers } : null;
  } catch (error) {
    if (isWaslError(error, 'ERR_HEALTH_ROOM')) return null;
    throw error;
  }
}

/** The id is random and names one record, so that no pair of key and nonce is used twice. */
function keysOf(
  cardKey: Uint8Array,
  owner: HealthOwner,
  id: Uint8Array,
): { readonly key: Uint8Array; readonly nonce: Uint8Array } {
  const info = encodeCbor([LABELS.healthRecord, cardKeyId(owner.cardKey), owner.card]);
  const { keyLength, nonceLength } = nacl.secretbox;
  const okm = new Uint8Array(hkdfSync('sha512', cardKey, id, info, keyLength + nonceLength));
  return { key: okm.subarray(0, keyLength), nonce: okm.subarray(keyLength) };
}

function messageOf(owner: HealthOwner, id: Uint8Array, payload: Uint8Array): Uint8Array {
  return sigStructure(LABELS.healthRecord, payload, [cardKeyId(owner.cardKey), owner.card, id]);
}
