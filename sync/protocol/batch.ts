/**
 * A batch: a run of consecutive events of one epoch, signed by the terminal and sealed to the centre.
 * Published as `docs/formats/sync.cddl`.
 *
 *   [1, terminal, epoch, first, last, sealed]
 *   sealed content: base (32) ‖ salt key (32) ‖ signature (64) ‖ raw deflate of the CBOR array of the events
 *
 * Only terminal, epoch and range are in clear. The head after the last event is not carried: it follows from base and events, and
 * the signature covers it.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeCbor, encodeCbor } from '../../agent/credential/cbor.js';
import { LABELS } from '../../agent/credential/hash.js';
import { SIGNATURE_BYTES, type Signer, sigStructure, type Verifier } from '../../agent/credential/signature.js';
import type { Randomness } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { bodyHash, bodySalt, epochBase, HASH_BYTES, nextHead } from './chain.js';
import { decodeEvent, EVENT_BYTES_MAX } from './event-codec.js';
import { fieldsOf } from './fields.js';
import { openSealed, type SealKey, seal } from './seal.js';
import { EPOCH_CHARS_MAX, isEpochName, isTerminalName, SEQ_MAX, TERMINAL_CHARS_MAX } from './topics.js';

/** Version of the batch format: the first element of every batch. */
export const BATCH_VERSION = 1;

/** Most events in a batch. */
export const BATCH_EVENTS_MAX = 500;

/** Most bytes of all events of a batch together, before compression. */
export const BATCH_EVENTS_BYTES_MAX = 60_000;

/** Largest batch on the wire. Events that do not compress at all still fit. */
export const BATCH_BYTES_MAX = 65_536;

/** Which events a batch holds: all that the broker sees. */
export interface BatchRange {
  readonly terminal: string;
  readonly epoch: string;
  /** Sequence of the first event, from 1. */
  readonly first: number;
  readonly last: number;
}

/** What a terminal puts into a batch. */
export interface BatchContent extends BatchRange {
  /** 32 bytes: head of the chain before the first event. */
  readonly base: Uint8Array;
  /** 32 bytes: what the salts of this epoch are derived from. */
  readonly saltKey: Uint8Array;
  /** Canonical bytes of each event, `last - first + 1` of them. */
  readonly events: readonly Uint8Array[];
}

/** A batch as it travels, its content still sealed. */
export interface SealedBatch extends BatchRange {
  readonly sealed: Uint8Array;
}

/** An event with what the chain makes of it. */
export interface BatchEvent {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** 16 bytes. */
  readonly salt: Uint8Array;
  /** 32 bytes: salted hash of the body. */
  readonly bodyHash: Uint8Array;
  /** 32 bytes: head of the chain after this event. */
  readonly head: Uint8Array;
}

/** An opened batch. Until {@link verifyBatch} it is what somebody claims. */
export interface OpenBatch extends BatchRange {
  readonly base: Uint8Array;
  /** 32 bytes: head of the chain after the last event. */
  readonly head: Uint8Array;
  readonly signature: Uint8Array;
  readonly events: readonly BatchEvent[];
}

/** Keys that a batch is made with. */
export interface BatchKeys {
  readonly signer: Signer;
  /** Raw X25519 public key of the centre. */
  readonly centrePublicKey: Uint8Array;
  readonly random: Randomness;
}

const ENVELOPE_LIMITS = { bytesMax: BATCH_BYTES_MAX, depthMax: 1, itemsMax: 8 };
const EVENTS_LIMITS = {
  bytesMax: BATCH_EVENTS_BYTES_MAX + 8,
  depthMax: 8,
  itemsMax: BATCH_EVENTS_BYTES_MAX,
};
const BASE_END = HASH_BYTES;
const SALT_KEY_END = BASE_END + HASH_BYTES;
const SIGNATURE_END = SALT_KEY_END + SIGNATURE_BYTES;

/** Makes a batch ready for the wire. Throws `ERR_BATCH_FORMAT` for content that no reader would take. */
export function encodeBatch(content: BatchContent, keys: BatchKeys): Uint8Array {
  checkRange(content);
  const events = chainOf(content);
  const head = events.at(-1)?.head ?? content.base;
  const signature = keys.signer.sign(signedBytes({ ...content, head }));
  const packed = deflateRawSync(arrayOf(content.events), { level: 9, memLevel: 9 });
  const plaintext = Buffer.concat([content.base, content.saltKey, signature, packed]);
  const { terminal, epoch, first, last } = content;
  const sealed = seal(plaintext, keys.centrePublicKey, keys.random);
  return encodeCbor([BATCH_VERSION, terminal, epoch, first, last, sealed]);
}

/** Reads the part of a batch that is in clear. Throws `ERR_BATCH_FORMAT`. Nothing of it is verified yet. */
export function readSealedBatch(bytes: Uint8Array): SealedBatch {
  const decoded = decodeCbor(bytes, ENVELOPE_LIMITS);
  if (!decoded.ok) throw formatError(`the batch is not canonical CBOR (${decoded.problem})`);
  const fields = fieldsOf(decoded.value, 'ERR_BATCH_FORMAT');
  if (fields.uint() !== BATCH_VERSION) throw formatError('the batch has an unknown version');
  const batch = {
    terminal: fields.text(TERMINAL_CHARS_MAX),
    epoch: fields.text(EPOCH_CHARS_MAX),
    first: fields.uint(),
    last: fields.uint(),
    sealed: fields.bytesUpTo(BATCH_BYTES_MAX),
  };
  fields.end();
  checkRange(batch);
  return batch;
}

/**
 * Opens a batch and computes its part of the chain. Throws `ERR_BATCH_SEAL` when none of `keys` opens it, and `ERR_BATCH_FORMAT` for
 * content that is not as published. An event of a type that is not known here is taken as it is: the chain covers its bytes.
 */
export function openBatch(batch: SealedBatch, keys: readonly SealKey[]): OpenBatch {
  const plaintext = openSealed(batch.sealed, keys);
  if (plaintext === null) throw new WaslError('ERR_BATCH_SEAL');
  if (plaintext.length <= SIGNATURE_END) throw formatError('the sealed content is too short');
  const base = plaintext.slice(0, BASE_END);
  const saltKey = plaintext.slice(BASE_END, SALT_KEY_END);
  const signature = plaintext.slice(SALT_KEY_END, SIGNATURE_END);
  const { terminal, epoch, first, last } = batch;
  const range = { terminal, epoch, first, last };
  const events = chainOf({ ...range, base, saltKey, events: readEvents(plaintext.subarray(SIGNATURE_END), range) });
  return { ...range, base, head: events.at(-1)?.head ?? base, signature, events };
}

/**
 * Checks that the terminal signed exactly these events in these places, and that a batch which begins an epoch begins it rightly:
 * with an epoch event whose link gives the base. Throws `ERR_BATCH_SIGNATURE` or `ERR_BATCH_CHAIN`.
 */
export function verifyBatch(batch: OpenBatch, verifier: Verifier): void {
  if (!verifier.verify(signedBytes(batch), batch.signature)) throw new WaslError('ERR_BATCH_SIGNATURE');
  const opening = batch.events[0];
  if (batch.first !== 1 || opening === undefined) return;
  const base = baseFromFirstEvent(batch.terminal, batch.epoch, opening.bytes);
  if (base === null || Buffer.compare(base, batch.base) !== 0)
    throw new WaslError('ERR_BATCH_CHAIN', 'the first event does not link this epoch to the one before');
}

/** The base hash of an epoch from the canonical bytes of its first event, or null when that is not an epoch event. */
export function baseFromFirstEvent(terminal: string, epoch: string, bytes: Uint8Array): Uint8Array | null {
  let event: ReturnType<typeof decodeEvent>;
  try {
    event = decodeEvent(bytes);
  } catch {
    return null;
  }
  return event.type === 'epoch' ? epochBase({ terminal, epoch, previous: event.previous }) : null;
}

/** What the terminal's signature over a batch covers (Sig_structure of RFC 9052 §4.4). */
export function signedBytes(batch: BatchRange & { readonly base: Uint8Array; readonly head: Uint8Array }): Uint8Array {
  const { terminal, epoch, first, last, base, head } = batch;
  return sigStructure(LABELS.batch, encodeCbor([terminal, epoch, first, last, base, head]));
}

function checkRange({ terminal, epoch, first, last }: BatchRange): void {
  if (!isTerminalName(terminal)) throw formatError('the batch names no terminal');
  if (!isEpochName(epoch)) throw formatError('the batch names no epoch');
  if (first < 1 || last < first || last > SEQ_MAX) throw formatError('the range of the batch is not possible');
  if (last - first >= BATCH_EVENTS_MAX) throw formatError(`a batch has at most ${BATCH_EVENTS_MAX} events`);
}

function chainOf(content: BatchContent): BatchEvent[] {
  const { base, saltKey, first, last, events } = content;
  if (base.length !== HASH_BYTES || saltKey.length !== HASH_BYTES) throw formatError('a hash has 32 bytes');
  if (events.length !== last - first + 1) throw formatError('the batch does not hold the events of its range');
  let head = base;
  return events.map((bytes, index) => {
    const seq = first + index;
    const salt = bodySalt(saltKey, seq);
    const hash = bodyHash(salt, bytes);
    head = nextHead(head, seq, hash);
    return { seq, bytes, salt, bodyHash: hash, head };
  });
}

/** Canonical items one after the other, behind the head of an array, are a canonical array (RFC 8949 §3). */
function arrayOf(events: readonly Uint8Array[]): Uint8Array {
  const length = events.reduce((sum, event) => sum + event.length, 0);
  if (length > BATCH_EVENTS_BYTES_MAX)
    throw formatError(`a batch has at most ${BATCH_EVENTS_BYTES_MAX} bytes of events`);
  const head = encodeCbor(new Array(events.length).fill(0)).subarray(0, -events.length);
  return Buffer.concat([head, ...events]);
}

function readEvents(packed: Uint8Array, { first, last }: BatchRange): Uint8Array[] {
  let inflated: Uint8Array;
  try {
    inflated = inflateRawSync(packed, { maxOutputLength: EVENTS_LIMITS.bytesMax });
  } catch (cause) {
    throw new WaslError('ERR_BATCH_FORMAT', 'the compressed events are damaged or too large', { cause });
  }
  const decoded = decodeCbor(inflated, EVENTS_LIMITS);
  if (!decoded.ok) throw formatError(`the events are not canonical CBOR (${decoded.problem})`);
  if (!Array.isArray(decoded.value) || decoded.value.length !== last - first + 1)
    throw formatError('the batch does not hold the events of its range');
  // The whole array was canonical, so encoding an item again gives the very bytes that came.
  return decoded.value.map((item: unknown) => {
    const bytes = encodeCbor(item);
    if (bytes.length > EVENT_BYTES_MAX) throw formatError(`an event has at most ${EVENT_BYTES_MAX} bytes`);
    return bytes;
  });
}

function formatError(message: string): WaslError {
  return new WaslError('ERR_BATCH_FORMAT', message);
}
