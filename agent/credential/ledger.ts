/**
 * A ledger record in its slot on the card, published as `docs/formats/card.cddl`:
 *
 *   page 0      commit page: CRC-32 (ISO-HDLC, big-endian) over everything after it; written last
 *   page 1      version, 0, length of what follows in bytes (16 bits, big-endian)
 *   page 2 …    record (deterministic CBOR; what it states besides use, if anything, is its ninth element), then its 64-byte signature, then zeros up to the page
 *
 * The signature covers UID and card id besides the record, so neither needs to be stored and no record fits another card.
 */
import { crc32 } from 'node:zlib';
import { WaslError } from '../domain/errors.js';
import type { Signer, Verifier } from '../domain/keys.js';
import { LEDGER_VERSION, type LedgerCause, type LedgerRecord, type LedgerUsage, type Slot } from '../domain/ledger.js';
import { decodeCbor, encodeCbor } from './cbor.js';
import { hashOf, LABELS } from './hash.js';
import { isReadableMore, isUint, moreIn, moreOut } from './ledger-more.js';
import { KEY_ID_BYTES, SIGNATURE_BYTES, sigStructure } from './signature.js';

/** Bytes of a page of the media that carry ledgers. */
export const PAGE_BYTES = 4;

/** Bytes of a record's hash as it is kept in the next record and in high-water marks. */
export const RECORD_HASH_BYTES = 8;

const SLOT_HEADER_BYTES = 2 * PAGE_BYTES;
const CAUSES: readonly LedgerCause[] = ['issue', 'service', 'void', 'ended'];
const USAGE_MAX = 16;
const SEQUENCE_MAX = 0xffff_ffff;
const LIMITS = { bytesMax: 512, depthMax: 3, itemsMax: 256 };

/** The card that a record belongs to. */
export interface LedgerOwner {
  readonly uid: Uint8Array;
  readonly card: number;
}

/** A key that may have signed a record, and when it was valid (seconds since 1970). */
export interface LedgerKey {
  readonly verifier: Verifier;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** What a slot is judged by. */
export interface SlotContext {
  readonly owner: LedgerOwner;
  /** Family of the ledger that the slot belongs to. */
  readonly family: number;
  /** 0 or 1. */
  readonly index: number;
  /** Every trusted key with this id that may sign records of this cause: issuers the first ones and the last, terminals the others. */
  keys(keyId: Uint8Array, cause: LedgerCause): readonly LedgerKey[];
  /** Records dated later than this, in seconds since 1970, are not trusted. */
  readonly latest: number;
}

/** Signs a record and lays it out as a slot image, padded to whole pages. Throws `ERR_LEDGER_FULL` when it does not fit `slotBytes`. */
export function encodeSlot(
  record: LedgerRecord,
  owner: LedgerOwner,
  options: { signer: Signer; slotBytes: number },
): Uint8Array {
  // Whatever cannot be read back would stand on the card as torn.
  if (!isReadable(record)) throw new WaslError('ERR_LEDGER_FULL', 'the record holds more than the format can say');
  const payload = encodeRecord(record);
  const signature = options.signer.sign(sigStructure(LABELS.ledger, payload, [owner.uid, owner.card]));
  const length = payload.length + signature.length;
  const image = new Uint8Array(Math.ceil((SLOT_HEADER_BYTES + length) / PAGE_BYTES) * PAGE_BYTES);
  if (image.length > options.slotBytes) {
    throw new WaslError('ERR_LEDGER_FULL', undefined, {
      details: { bytes: image.length, slotBytes: options.slotBytes },
    });
  }
  const view = new DataView(image.buffer);
  image[PAGE_BYTES] = LEDGER_VERSION;
  view.setUint16(PAGE_BYTES + 2, length);
  image.set(payload, SLOT_HEADER_BYTES);
  image.set(signature, SLOT_HEADER_BYTES + payload.length);
  view.setUint32(0, crc32(image.subarray(PAGE_BYTES)));
  return image;
}

/** Judges the bytes of a slot. Never throws: whatever stands there is torn, untrusted or valid. */
export function classifySlot(bytes: Uint8Array, context: SlotContext): Slot {
  const torn: Slot = { state: 'torn' };
  if (isNewer(bytes)) return { state: 'newer' };
  const opened = openSlot(bytes);
  if (opened === null) return torn;
  const record = decodeRecord(opened.payload);
  // A record in the other slot's place, or of another family, is one that was copied over: the newest one may be gone.
  if (record === null || record.sequence % 2 !== context.index || record.family !== context.family) return torn;
  const hash = recordHash(opened.payload);
  const message = sigStructure(LABELS.ledger, opened.payload, [context.owner.uid, context.owner.card]);
  const keys = context.keys(record.signer, record.cause);
  if (keys.length === 0) return { state: 'untrusted', record, hash, why: 'signer' };
  const key = keys.find((candidate) => candidate.verifier.verify(message, opened.signature));
  if (key === undefined) return { state: 'untrusted', record, hash, why: 'signature' };
  const inTime = record.time >= key.notBefore && record.time <= key.notAfter && record.time <= context.latest;
  return inTime ? { state: 'valid', record, hash } : { state: 'untrusted', record, hash, why: 'dated' };
}

/** The record in a slot image of our own making and its hash, unverified. Throws `ERR_LEDGER_DAMAGED` for no image of ours. */
export function readSlotImage(image: Uint8Array): { readonly record: LedgerRecord; readonly hash: Uint8Array } {
  const opened = openSlot(image);
  const record = opened === null ? null : decodeRecord(opened.payload);
  if (opened === null || record === null)
    throw new WaslError('ERR_LEDGER_DAMAGED', 'the slot image does not hold a record');
  return { record, hash: recordHash(opened.payload) };
}

/** The sequence of the record that stands whole in a slot, whoever signed it; null when none does. */
export function standingSequence(bytes: Uint8Array): number | null {
  const opened = openSlot(bytes);
  return opened === null ? null : (decodeRecord(opened.payload)?.sequence ?? null);
}

/** Bytes that the record in a slot takes up, from the slot's first two pages; 0 when no record can stand there. */
export function slotBytesUsed(start: Uint8Array): number {
  if (start.length < SLOT_HEADER_BYTES || start[PAGE_BYTES] !== LEDGER_VERSION || start[PAGE_BYTES + 1] !== 0) return 0;
  const length = new DataView(start.buffer, start.byteOffset, start.byteLength).getUint16(PAGE_BYTES + 2);
  return length <= SIGNATURE_BYTES ? 0 : Math.ceil((SLOT_HEADER_BYTES + length) / PAGE_BYTES) * PAGE_BYTES;
}

/** A whole slot of a later version of the format, which keeps commit page and length where they are. */
function isNewer(bytes: Uint8Array): boolean {
  if (bytes.length < SLOT_HEADER_BYTES || (bytes[PAGE_BYTES] ?? 0) <= LEDGER_VERSION) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = Math.ceil((SLOT_HEADER_BYTES + view.getUint16(PAGE_BYTES + 2)) / PAGE_BYTES) * PAGE_BYTES;
  return end <= bytes.length && view.getUint32(0) === crc32(bytes.subarray(PAGE_BYTES, end));
}

function openSlot(bytes: Uint8Array): { payload: Uint8Array; signature: Uint8Array } | null {
  const end = slotBytesUsed(bytes);
  if (end === 0 || end > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(PAGE_BYTES + 2);
  if (view.getUint32(0) !== crc32(bytes.subarray(PAGE_BYTES, end))) return null;
  const body = bytes.subarray(SLOT_HEADER_BYTES, SLOT_HEADER_BYTES + length);
  return { payload: body.subarray(0, length - SIGNATURE_BYTES), signature: body.subarray(length - SIGNATURE_BYTES) };
}

function recordHash(payload: Uint8Array): Uint8Array {
  return hashOf(LABELS.ledgerHash, payload).subarray(0, RECORD_HASH_BYTES);
}

function encodeRecord(record: LedgerRecord): Uint8Array {
  const usage = record.usage.flatMap((item) => [item.commodity, item.usedDay, item.usedMonth]);
  const { family, sequence, previous, day, time, signer } = record;
  const more = moreOut(record.more);
  return encodeCbor([family, CAUSES.indexOf(record.cause), sequence, previous, day, time, signer, usage, ...more]);
}

/** The same bounds as {@link decodeRecord} has, before anything is encoded. */
function isReadable(record: LedgerRecord): boolean {
  const { family, sequence, previous, day, time, usage, signer } = record;
  return (
    isUint(family) &&
    isUint(sequence) &&
    sequence <= SEQUENCE_MAX &&
    isUint(day) &&
    isUint(time) &&
    usage.length <= USAGE_MAX &&
    usage.every((item) => isUint(item.commodity) && isUint(item.usedDay) && isUint(item.usedMonth)) &&
    isBytes(previous, RECORD_HASH_BYTES) &&
    isBytes(signer, KEY_ID_BYTES) &&
    isReadableMore(record.more)
  );
}

function decodeRecord(payload: Uint8Array): LedgerRecord | null {
  const decoded = decodeCbor(payload, LIMITS);
  if (!decoded.ok || !Array.isArray(decoded.value) || decoded.value.length < 8 || decoded.value.length > 9) return null;
  const [family, causeCode, sequence, previous, day, time, signer, flat, extra] = decoded.value as readonly unknown[];
  if (
    !isUint(family) ||
    !isUint(causeCode) ||
    !isUint(sequence) ||
    sequence > SEQUENCE_MAX ||
    !isUint(day) ||
    !isUint(time)
  )
    return null;
  const cause = CAUSES[causeCode];
  const usage = usageIn(flat);
  if (cause === undefined || usage === null || !isBytes(previous, RECORD_HASH_BYTES) || !isBytes(signer, KEY_ID_BYTES))
    return null;
  const plain = { family, cause, sequence, previous, day, time, usage, signer };
  if (decoded.value.length === 8) return plain;
  const more = moreIn(extra);
  return more === null ? null : { ...plain, more };
}

function usageIn(flat: unknown): LedgerUsage[] | null {
  if (!Array.isArray(flat) || flat.length % 3 !== 0 || flat.length / 3 > USAGE_MAX) return null;
  const usage: LedgerUsage[] = [];
  for (let i = 0; i < flat.length; i += 3) {
    const [commodity, usedDay, usedMonth] = flat.slice(i, i + 3) as readonly unknown[];
    if (!isUint(commodity) || !isUint(usedDay) || !isUint(usedMonth)) return null;
    usage.push({ commodity, usedDay, usedMonth });
  }
  return usage;
}

function isBytes(value: unknown, length: number): value is Uint8Array {
  return value instanceof Uint8Array && value.length === length;
}
