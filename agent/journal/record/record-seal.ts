/** A record as a document: in clear its id, type, time and the card's pseudonym; everything else sealed. Pure. */
import type { KeyObject } from 'node:crypto';
import { HASH_BYTES } from '../../../sync/protocol/chain.js';
import { EVENT_BYTES_MAX } from '../../../sync/protocol/event-codec.js';
import { fieldsOf } from '../../../sync/protocol/fields.js';
import { decodeCbor, encodeCbor } from '../../credential/cbor.js';
import type { Randomness } from '../../domain/clock.js';
import { isWaslError } from '../../domain/errors.js';
import { deriveKey, journalKey, KEY_LABELS, NONCE_BYTES, openBytes, sealBytes } from '../keys.js';
import type { EventRecord } from '../record-store.js';
import type { RecordDoc } from './record-docs.js';

const LIMITS = { bytesMax: EVENT_BYTES_MAX + 128, depthMax: 1, itemsMax: 8 };

/** The key that records are sealed under, from the journal key (32 bytes). */
export function recordKey(key: Uint8Array): KeyObject {
  return deriveKey(journalKey(key), KEY_LABELS.record);
}

/** The document of a record. Nonces are random: the key seals far fewer than the 2^32 records that NIST SP 800-38D §8.3 allows. */
export function sealRecord(key: KeyObject, record: EventRecord, random: Randomness): RecordDoc {
  const { id, type, time, card, event } = record;
  const nonce = random.bytes(NONCE_BYTES);
  const content = encodeCbor([event.bytes, event.bodyHash, event.head]);
  const sealed = sealBytes({ key, nonce, bound: boundOf({ id, type, time, card }) }, content);
  return { id, type, time, card, body: Buffer.concat([nonce, sealed]).toString('base64') };
}

/** The record of a document; null for one that is not as it was written. */
export function openRecord(key: KeyObject, doc: RecordDoc): EventRecord | null {
  const { id, type, time, card, body } = doc;
  if (typeof type !== 'string' || typeof time !== 'number' || typeof body !== 'string') return null;
  if (typeof card === 'number' || card === undefined) return null;
  const bytes = Buffer.from(body, 'base64');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  if (nonce.length !== NONCE_BYTES) return null;
  const clear = { id, type, time, card };
  const content = openBytes({ key, nonce, bound: boundOf(clear) }, bytes.subarray(NONCE_BYTES));
  const place = placeOf(id);
  if (content === null || place === null) return null;
  const body_ = readBody(content);
  return body_ === null ? null : { ...clear, event: { epoch: place.epoch, seq: place.seq, ...body_ } };
}

/** Epoch and sequence of a record, from its id; null for the id of something else. */
export function placeOf(
  id: string,
): { readonly terminal: string; readonly epoch: string; readonly seq: number } | null {
  const [terminal, epoch, seq, ...more] = id.split(':');
  if (terminal === undefined || epoch === undefined || seq === undefined || more.length > 0) return null;
  return /^[0-9]{8}$/.test(seq) ? { terminal, epoch, seq: Number(seq) } : null;
}

function boundOf(clear: Omit<EventRecord, 'event'>): Uint8Array {
  return encodeCbor([clear.id, clear.type, clear.time, clear.card]);
}

function readBody(content: Uint8Array): Pick<EventRecord['event'], 'bytes' | 'bodyHash' | 'head'> | null {
  const decoded = decodeCbor(content, LIMITS);
  if (!decoded.ok) return null;
  try {
    const fields = fieldsOf(decoded.value, 'ERR_RECORD_STORE');
    const body = {
      bytes: fields.bytesUpTo(EVENT_BYTES_MAX),
      bodyHash: fields.bytes(HASH_BYTES),
      head: fields.bytes(HASH_BYTES),
    };
    fields.end();
    return body;
  } catch (error) {
    if (isWaslError(error)) return null;
    throw error;
  }
}
