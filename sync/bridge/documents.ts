/**
 * The documents of the centre. Bytes are base64url without padding, times ISO 8601 (UTC). An event's document is a pure function of
 * the event: a node that receives it twice, or two nodes at once, make the very same revision.
 */
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { eventId, periodOf, type WaslEvent } from '../../agent/domain/event.js';
import type { BatchEvent, BatchRange, OpenBatch } from '../protocol/batch.js';
import { decodeEvent } from '../protocol/event-codec.js';
import type { StoredDocument } from './store.js';

/** Databases that are not per period. */
export const DATABASES = {
  registry: 'wasl-registry',
  centre: 'wasl-centre',
  cases: 'wasl-cases',
  deadLetters: 'wasl-deadletter',
} as const;

/** Database of the events of an epoch: follows from its name alone, so an event sent again always lands in the same one. */
export function eventsDatabase(epoch: string): string {
  return `wasl-events-${periodOf(epoch)}`;
}

/** Database of the batches of an epoch. */
export function batchesDatabase(epoch: string): string {
  return `wasl-batches-${periodOf(epoch)}`;
}

/** base64url without padding. */
export function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}

/** Bytes of {@link textOf}'s text, or null for anything that is not such a text of `length` bytes. */
export function bytesOf(text: unknown, length: number): Uint8Array | null {
  if (typeof text !== 'string') return null;
  const bytes = Uint8Array.from(Buffer.from(text, 'base64url'));
  return bytes.length === length && textOf(bytes) === text ? bytes : null;
}

/** The document of an event: raw bytes, what proves them, and their JSON projection. */
export function eventDocument(range: BatchRange, event: BatchEvent): StoredDocument {
  const { terminal, epoch } = range;
  return {
    _id: eventId(terminal, epoch, event.seq),
    terminal,
    epoch,
    seq: event.seq,
    bytes: textOf(event.bytes),
    salt: textOf(event.salt),
    bodyHash: textOf(event.bodyHash),
    head: textOf(event.head),
    ...projectionOf(event.bytes),
  };
}

/** The document of a second event in the same place: as {@link eventDocument}, under an id that its head makes its own. */
export function secondEventDocument(range: BatchRange, event: BatchEvent): StoredDocument {
  const document = eventDocument(range, event);
  return { ...document, _id: `${document._id}:${shortHex(event.head)}` };
}

/** The case that two events in one place are. */
export function equivocationCase(
  range: Pick<BatchRange, 'terminal' | 'epoch'>,
  event: Pick<BatchEvent, 'seq' | 'head'>,
  storedHead: unknown,
): StoredDocument {
  const first = eventId(range.terminal, range.epoch, event.seq);
  return {
    _id: `equivocation:${first}:${shortHex(event.head)}`,
    kind: 'equivocation',
    terminal: range.terminal,
    epoch: range.epoch,
    seq: event.seq,
    events: [
      { id: first, head: storedHead },
      { id: `${first}:${shortHex(event.head)}`, head: textOf(event.head) },
    ],
  };
}

/**
 * The case that a dead terminal makes by going on: the epoch was closed at `closing.seq` when its journal was read at the centre, or was
 * begun after that, and events came beyond. They are kept in their places; somebody has to find out who made them.
 */
export function closedEpochCase(
  { terminal, epoch }: Pick<BatchRange, 'terminal' | 'epoch'>,
  closing: Closing,
): StoredDocument {
  const { seq, head } = closing;
  const closed = { seq, head, import: closing.import };
  return { _id: `closed-epoch:${terminal}:${epoch}`, kind: 'closed-epoch', terminal, epoch, closed };
}

/** Where an epoch was closed; sequence 0 and no head for one that began after its terminal was declared dead. */
export interface Closing {
  readonly seq: number;
  /** Base64url. */
  readonly head: string | null;
  /** Id of the import's record. */
  readonly import: string;
}

/** The document of a batch: its header and the terminal's signature over it, so that each of its events stays provable. */
export function batchDocument(batch: OpenBatch, publicKey: Uint8Array): StoredDocument {
  const { terminal, epoch, first, last, base, head, signature } = batch;
  return {
    _id: `${eventId(terminal, epoch, first)}-${String(last).padStart(8, '0')}:${shortHex(head)}`,
    terminal,
    epoch,
    first,
    last,
    base: textOf(base),
    head: textOf(head),
    signature: textOf(signature),
    publicKey: hexOf(publicKey),
  };
}

/** What could not be taken, and why. The same bytes make the same document. */
export function deadLetterDocument(letter: {
  readonly id: string;
  readonly code: ErrorCode;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly bytesMax: number;
  readonly atMs: number;
}): StoredDocument {
  return {
    _id: letter.id,
    code: letter.code,
    topic: letter.topic,
    size: letter.payload.length,
    bytes: textOf(letter.payload.subarray(0, letter.bytesMax)),
    time: new Date(letter.atMs).toISOString(),
  };
}

/** Lower-case hex, as keys are written everywhere. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

function shortHex(head: Uint8Array): string {
  return hexOf(head.subarray(0, 8));
}

/** Latest second that a `Date` can name (ECMA-262 §21.4.1.1). */
const SECONDS_MAX = 8_640_000_000_000;

/** The event as JSON. One that this version cannot read is kept all the same: its bytes are the truth. */
function projectionOf(bytes: Uint8Array): object {
  let event: WaslEvent;
  try {
    event = decodeEvent(bytes);
  } catch {
    return { type: 'unknown' };
  }
  const { time, ...rest } = event;
  const iso = time <= SECONDS_MAX ? new Date(time * 1000).toISOString() : null;
  const projection = { ...rest, time: iso, timeS: time };
  if (event.type !== 'epoch' || event.previous === null) return projection;
  return { ...projection, previous: { ...event.previous, head: textOf(event.previous.head) } };
}
