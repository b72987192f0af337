/** Health records on their way to cards: their entries as bytes, laid out in `docs/formats/journal.md`, and what is remembered of them. */
import { decodeEvent, EVENT_BYTES_MAX, encodeEvent } from '../../../sync/protocol/event-codec.js';
import type { Fields } from '../../../sync/protocol/fields.js';
import { sameBytes } from '../../credential/cbor.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { HEALTH_ID_BYTES } from '../../domain/health-record.js';
import type { HealthMove, JournalEntry, OpenHealthRecord } from '../journal.js';

/** The entries that this file knows. */
export type HealthEntry = Extract<JournalEntry, { readonly kind: 'health-begun' | 'health-moved' }>;

/** Records that are not seen to their end, by serial of the card. */
export type OpenHealthRecords = Map<number, OpenHealthRecord>;

/** Kinds of the entries. */
export const HEALTH_ENTRY_KINDS = { begun: 25, moved: 26 } as const;

/** Records that are remembered, the newest: the centre has been told of each. */
export const HEALTH_OPEN_MAX = 4096;

/** Longest record that a card takes. */
const IMAGE_BYTES_MAX = 255;
const MOVES: readonly HealthMove[] = ['reported', 'written'];

/** An entry as an array for CBOR. */
export function healthOut(entry: HealthEntry): unknown[] {
  if (entry.kind === 'health-moved') return [HEALTH_ENTRY_KINDS.moved, entry.card, entry.id, MOVES.indexOf(entry.to)];
  const { atMs, image, event, isReported } = entry.record;
  return [HEALTH_ENTRY_KINDS.begun, atMs, image, encodeEvent(event), isReported ? 1 : 0];
}

/** Reads what follows the kind of an entry. Throws `code` for anything that {@link healthOut} does not make. */
export function readHealth(kind: number, fields: Fields, code: ErrorCode): HealthEntry {
  if (kind === HEALTH_ENTRY_KINDS.moved)
    return { kind: 'health-moved', card: fields.uint(), id: fields.bytes(HEALTH_ID_BYTES), to: fields.oneOf(MOVES) };
  const atMs = fields.uint();
  const image = fields.bytesUpTo(IMAGE_BYTES_MAX);
  const event = eventIn(fields.bytesUpTo(EVENT_BYTES_MAX), code);
  return { kind: 'health-begun', record: { atMs, image, event, isReported: fields.oneOf([false, true]) } };
}

/** Remembers a record that was begun, and what became of it. */
export function foldHealth(open: OpenHealthRecords, entry: HealthEntry): void {
  if (entry.kind === 'health-begun') {
    const { card } = entry.record.event;
    // Deleted first, so that the order is that of their beginnings.
    open.delete(card);
    open.set(card, entry.record);
    const oldest = open.keys().next();
    if (open.size > HEALTH_OPEN_MAX && oldest.done !== true) open.delete(oldest.value);
    return;
  }
  const known = open.get(entry.card);
  if (known === undefined || !sameBytes(known.event.id, entry.id)) return;
  if (entry.to === 'written') open.delete(entry.card);
  else open.set(entry.card, { ...known, isReported: true });
}

function eventIn(bytes: Uint8Array, code: ErrorCode): OpenHealthRecord['event'] {
  try {
    const event = decodeEvent(bytes);
    if (event.type === 'health-added') return event;
  } catch (cause) {
    if (!isWaslError(cause, 'ERR_EVENT_FORMAT')) throw cause;
  }
  throw new WaslError(code, 'the entry does not hold the event of a health record');
}
