/** The content of a checkpoint. Pure. CBOR; long lists are packed into byte strings of fixed-size records. Laid out in `docs/formats/journal.md`. */
import { HASH_BYTES } from '../../../sync/protocol/chain.js';
import { type Fields, fieldsOf } from '../../../sync/protocol/fields.js';
import { EPOCH_CHARS_MAX } from '../../../sync/protocol/topics.js';
import { decodeCbor, encodeCbor } from '../../credential/cbor.js';
import { CREDENTIAL_NAME_BYTES } from '../../credential/endorsement.js';
import { RECORD_HASH_BYTES } from '../../credential/ledger.js';
import { WaslError } from '../../domain/errors.js';
import { LEDGER_FAMILIES } from '../../domain/ledger.js';
import type { HeldMark } from '../backup-window.js';
import { decodeEntry, encodeEntry, type StoredEntry } from '../entries/entry-codec.js';
import { foldHealth } from '../entries/health-entries.js';
import { Packer, Unpacker } from '../entries/packed.js';
import { openPaymentOut, readOpenPayment } from '../entries/payment-codec.js';
import { placedShiftOut, readPlacedShift } from '../entries/shift-codec.js';
import { foldKept, foldSlipEntry, slipEntries } from '../entries/slip-entries.js';
import { EPOCH_CAUSES } from '../epochs.js';
import { createEventIndex, type EventIndex, type EventPlace } from '../event-index.js';
import type { History, PrunedSegments, SegmentRecord } from '../history.js';
import type { EndorsementMark, HighWaterMark, SeqRange } from '../journal.js';
import { FILE_SALT_BYTES, SEAL_TAG_BYTES } from '../keys.js';
import type { SegmentLink } from '../segments/segment-head.js';
import { type EpochState, emptyState, type FoldedState } from '../state.js';

/** Largest checkpoint: about two million cards. A journal that outgrows it goes without. */
export const CHECKPOINT_BYTES_MAX = 64 * 1024 * 1024;

/** A checkpoint. */
export interface Checkpoint {
  readonly history: History;
  /** The segment that it ends in, and where. Null when there was no segment. */
  readonly at: { readonly segment: number; readonly end: SegmentLink } | null;
  /** True when something that could not be read made its writer doubt the segments: the next opening reads all of them. */
  readonly suspect: boolean;
}

const CODE = 'ERR_JOURNAL_DAMAGED';
const LIMITS = { bytesMax: CHECKPOINT_BYTES_MAX, depthMax: 6, itemsMax: 4_000_000 };
const PACKED_BYTES_MAX = CHECKPOINT_BYTES_MAX;
/** segment u32, end u32, frames u32, salt, tag, epoch u32 (its place in the list), seq u32, head. */
const SEGMENT_BYTES = 20 + FILE_SALT_BYTES + SEAL_TAG_BYTES + HASH_BYTES;
/** seq u32, centre day u32. */
const HELD_BYTES = 8;
/** seq u32, segment u32, offset u32. */
const PLACE_BYTES = 12;
/** card u64, sequence u64, record hash. */
const MARK_BYTES = 16 + RECORD_HASH_BYTES;
/** card u64, number u64, name of the credential. */
const ENDORSEMENT_MARK_BYTES = 16 + CREDENTIAL_NAME_BYTES;
const NO_HASH = new Uint8Array(RECORD_HASH_BYTES);

/** The content of a checkpoint, to be sealed. */
export function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { history, at, suspect } = checkpoint;
  const { state } = history;
  return encodeCbor([
    at === null ? null : at.segment,
    suspect ? 1 : 0,
    [...state.epochs.values()].map(epochOut),
    prunedOut(history.pruned),
    packSegments([...history.segments.values()], [...state.epochs.keys()]),
    [...history.index.dump()].map(([epoch, places]) => [epoch, packPlaces(places)]),
    packMarks(state.highWater.get(LEDGER_FAMILIES.ration)),
    [...state.openIntents.values()].map((open) => [
      encodeEntry({ kind: 'intent', step: open.intent, family: open.family, recordHash: open.recordHash }),
      open.reported ? 1 : 0,
    ]),
    [
      ...[...state.undispensed.values()].map((grant) => [
        // What only a commit needs is over: neither is read again.
        encodeEntry({ kind: 'intent', step: grant.intent, family: LEDGER_FAMILIES.ration, recordHash: NO_HASH }),
        grant.epoch,
        grant.seq,
      ]),
      ...[...state.undispensedGifts.values()].map(({ given, epoch, seq }) => [
        encodeEntry({ kind: 'given', given, seq }),
        epoch,
        seq,
      ]),
      ...[...state.slips.kept.values()]
        .filter(({ isHandedOver }) => !isHandedOver)
        .map(({ kept, epoch, seq }) => [encodeEntry({ kind: 'kept', kept, seq }), epoch, seq]),
    ],
    [...state.acknowledged.values()].map((mark) => encodeEntry({ kind: 'acknowledged', mark })),
    state.damages.map((damage) => encodeEntry({ kind: 'damage', damage })),
    state.held.contact === null ? null : [state.held.contact.date, state.held.contact.day],
    [...state.held.marks].map(([epoch, marks]) => [epoch, packHeld(marks)]),
    state.lastContactMs,
    state.timeFloorMs,
    packEndorsements(state.endorsements),
    // What is on its way to cards, and what no card says.
    [
      ...[...state.endorsing.values()].map((endorsing) => encodeEntry({ kind: 'endorsing', endorsing })),
      ...[...state.healthRecords.values()].map((record) => encodeEntry({ kind: 'health-begun', record })),
      ...slipEntries(state.slips).map(encodeEntry),
    ],
    [...state.highWater]
      .filter(([family]) => family !== LEDGER_FAMILIES.ration)
      .map(([family, marks]) => [family, packMarks(marks)]),
    [...state.payments.values()].map(openPaymentOut),
    placedShiftOut(state.shift),
  ]);
}

/** Reads what {@link encodeCheckpoint} made. Throws `ERR_JOURNAL_DAMAGED` or `ERR_JOURNAL_VERSION`. */
export function decodeCheckpoint(bytes: Uint8Array): Checkpoint {
  const decoded = decodeCbor(bytes, LIMITS, false);
  if (!decoded.ok) throw new WaslError(CODE, 'the checkpoint does not hold CBOR');
  const fields = fieldsOf(decoded.value, CODE);
  const last = fields.uintOrNull();
  const suspect = fields.oneOf([false, true]);
  const state = emptyState();
  for (const epoch of listOf(fields, readEpoch)) state.epochs.set(epoch.name, epoch);
  const pruned = readPruned(fields);
  const segments = new Map(unpackSegments(fields, [...state.epochs.keys()]).map((record) => [record.segment, record]));
  const index = readIndex(fields);
  readState(fields, state);
  fields.end();
  const end = last === null ? undefined : segments.get(last)?.end;
  const at = last === null || end === undefined ? null : { segment: last, end };
  return { history: { state, index, segments, pruned }, at, suspect };
}

function readState(fields: Fields, state: FoldedState): void {
  const rations = unpackMarks(fields);
  if (rations.size > 0) state.highWater.set(LEDGER_FAMILIES.ration, rations);
  for (const open of listOf(fields, (inner) => ({ entry: readIntent(inner), reported: inner.oneOf([false, true]) }))) {
    const { step: intent, family, recordHash } = open.entry;
    state.openIntents.set(intent.tapId, { intent, family, recordHash, reported: open.reported });
  }
  const grants = listOf(fields, (inner) => ({
    entry: decodeEntry(inner.array(), CODE),
    at: { epoch: inner.text(EPOCH_CHARS_MAX), seq: inner.uint() },
  }));
  for (const { entry, at } of grants) {
    if (entry.kind === 'intent') state.undispensed.set(entry.step.tapId, { intent: entry.step, ...at });
    else if (entry.kind === 'given') state.undispensedGifts.set(entry.given.tapId, { given: entry.given, ...at });
    else if (entry.kind === 'kept') foldKept(state.slips, { kept: entry.kept, ...at, isHandedOver: false });
    else throw new WaslError(CODE, 'a grant was expected');
  }
  for (const entry of entriesOf(fields))
    if (entry.kind === 'acknowledged') state.acknowledged.set(entry.mark.epoch, entry.mark);
  for (const entry of entriesOf(fields)) if (entry.kind === 'damage') state.damages.push(entry.damage);
  const contact = fields.arrayOrNull();
  if (contact !== null) state.held.contact = { date: contact.uint(), day: contact.uint() };
  contact?.end();
  for (const [epoch, marks] of listOf(fields, readHeld)) state.held.marks.set(epoch, marks);
  state.lastContactMs = fields.uintOrNull();
  state.timeFloorMs = fields.uint();
  // Version 2 ends here.
  if (fields.left() === 0) return;
  for (const [card, mark] of unpackEndorsements(fields)) state.endorsements.set(card, mark);
  for (const entry of entriesOf(fields)) {
    if (entry.kind === 'endorsing') state.endorsing.set(entry.endorsing.card, entry.endorsing);
    if (entry.kind === 'health-begun') foldHealth(state.healthRecords, entry);
    if (entry.kind === 'slip' || entry.kind === 'kept') foldSlipEntry(state.slips, entry);
  }
  // Version 3 ends here.
  if (fields.left() === 0) return;
  for (const [family, marks] of listOf(fields, (inner) => [inner.uint(), unpackMarks(inner)] as const))
    state.highWater.set(family, marks);
  // Version 4 ends here.
  if (fields.left() === 0) return;
  for (const payment of listOf(fields, readOpenPayment)) state.payments.set(payment.tapId, payment);
  // Version 5 ends here.
  if (fields.left() === 0) return;
  state.shift = readPlacedShift(fields);
}

function listOf<T>(fields: Fields, read: (inner: Fields) => T): T[] {
  const list = fields.array();
  const values: T[] = [];
  while (list.left() > 0) {
    const inner = list.array();
    values.push(read(inner));
    inner.end();
  }
  return values;
}

function entriesOf(fields: Fields): StoredEntry[] {
  const list = fields.array();
  const entries: StoredEntry[] = [];
  while (list.left() > 0) entries.push(decodeEntry(list.array(), CODE));
  return entries;
}

function readIntent(fields: Fields): Extract<StoredEntry, { kind: 'intent' }> {
  const entry = decodeEntry(fields.array(), CODE);
  if (entry.kind !== 'intent') throw new WaslError(CODE, 'an intent was expected');
  return entry;
}

function epochOut(epoch: EpochState): unknown[] {
  const { previous, pruned } = epoch;
  const link = previous === null ? null : [previous.epoch, previous.seq, previous.head];
  const missing = epoch.missing.map((range) => [range.first, range.last]);
  const cause = EPOCH_CAUSES.indexOf(epoch.cause);
  const cut = pruned === null ? null : [pruned.seq, pruned.head];
  return [epoch.name, epoch.base, epoch.saltKey, cause, link, epoch.lastSeq, epoch.head, missing, cut];
}

function readEpoch(fields: Fields): EpochState {
  const name = fields.text(EPOCH_CHARS_MAX);
  const base = fields.bytes(HASH_BYTES);
  const saltKey = fields.bytes(HASH_BYTES);
  const cause = fields.oneOf(EPOCH_CAUSES);
  const link = fields.arrayOrNull();
  const previous =
    link === null ? null : { epoch: link.text(EPOCH_CHARS_MAX), seq: link.uint(), head: link.bytes(HASH_BYTES) };
  const lastSeq = fields.uint();
  const head = fields.bytes(HASH_BYTES);
  const missing = listOf(fields, (inner): SeqRange => ({ first: inner.uint(), last: inner.uint() }));
  const cut = fields.arrayOrNull();
  const pruned = cut === null ? null : { seq: cut.uint(), head: cut.bytes(HASH_BYTES) };
  return { name, base, saltKey, cause, previous, lastSeq, head, missing, pruned };
}

function prunedOut(pruned: PrunedSegments | null): unknown[] | null {
  return pruned === null ? null : [pruned.segment, pruned.end.endBytes, pruned.end.frames, pruned.end.tag];
}

function readPruned(fields: Fields): PrunedSegments | null {
  const inner = fields.arrayOrNull();
  if (inner === null) return null;
  const segment = inner.uint();
  const end = { endBytes: inner.uint(), frames: inner.uint(), tag: inner.bytes(SEAL_TAG_BYTES) };
  inner.end();
  return { segment, end };
}

function packHeld(marks: readonly HeldMark[]): Uint8Array {
  const packed = new Packer(marks.length * HELD_BYTES);
  for (const { seq, day } of marks) packed.u32(seq).u32(day);
  return packed.whole;
}

function readHeld(inner: Fields): [string, HeldMark[]] {
  const epoch = inner.text(EPOCH_CHARS_MAX);
  return [epoch, unpack(inner, HELD_BYTES, (record) => ({ seq: record.u32(), day: record.u32() }))];
}

function packSegments(records: readonly SegmentRecord[], epochs: readonly string[]): Uint8Array {
  const packed = new Packer(records.length * SEGMENT_BYTES);
  const places = new Map(epochs.map((epoch, i) => [epoch, i]));
  for (const { segment, salt, end, epoch, chain } of records) {
    packed.u32(segment).u32(end.endBytes).u32(end.frames).bytes(salt).bytes(end.tag);
    packed
      .u32(places.get(epoch) ?? epochs.length)
      .u32(chain.seq)
      .bytes(chain.head);
  }
  return packed.whole;
}

function unpackSegments(fields: Fields, epochs: readonly string[]): SegmentRecord[] {
  return unpack(fields, SEGMENT_BYTES, (record) => {
    const segment = record.u32();
    const endBytes = record.u32();
    const frames = record.u32();
    const salt = record.bytes(FILE_SALT_BYTES);
    const end = { endBytes, frames, tag: record.bytes(SEAL_TAG_BYTES) };
    const epoch = epochs[record.u32()];
    if (epoch === undefined) throw new WaslError(CODE, 'a segment is of no known epoch');
    return { segment, salt, end, epoch, chain: { seq: record.u32(), head: record.bytes(HASH_BYTES) } };
  });
}

function packPlaces(places: readonly EventPlace[]): Uint8Array {
  const packed = new Packer(places.length * PLACE_BYTES);
  for (const { seq, segment, offset } of places) packed.u32(seq).u32(segment).u32(offset);
  return packed.whole;
}

function readIndex(fields: Fields): EventIndex {
  const read = (inner: Fields): [string, EventPlace[]] => [
    inner.text(EPOCH_CHARS_MAX),
    unpack(inner, PLACE_BYTES, (record) => ({ seq: record.u32(), segment: record.u32(), offset: record.u32() })),
  ];
  return createEventIndex(new Map(listOf(fields, read)));
}

function packMarks(marks: ReadonlyMap<number, HighWaterMark> = new Map()): Uint8Array {
  const packed = new Packer(marks.size * MARK_BYTES);
  for (const [card, mark] of marks) packed.u64(card).u64(mark.sequence).bytes(mark.recordHash);
  return packed.whole;
}

function unpackMarks(fields: Fields): Map<number, HighWaterMark> {
  const marks = unpack(fields, MARK_BYTES, (record): [number, HighWaterMark] => {
    const card = record.u64();
    return [card, { sequence: record.u64(), recordHash: record.bytes(RECORD_HASH_BYTES) }];
  });
  return new Map(marks);
}

function packEndorsements(marks: ReadonlyMap<number, EndorsementMark>): Uint8Array {
  const packed = new Packer(marks.size * ENDORSEMENT_MARK_BYTES);
  for (const [card, mark] of marks) packed.u64(card).u64(mark.number).bytes(mark.credential);
  return packed.whole;
}

function unpackEndorsements(fields: Fields): [number, EndorsementMark][] {
  return unpack(fields, ENDORSEMENT_MARK_BYTES, (record) => {
    const card = record.u64();
    return [card, { number: record.u64(), credential: record.bytes(CREDENTIAL_NAME_BYTES) }];
  });
}

function unpack<T>(fields: Fields, recordBytes: number, read: (record: Unpacker) => T): T[] {
  const bytes = fields.bytesUpTo(PACKED_BYTES_MAX);
  if (bytes.length % recordBytes !== 0) throw new WaslError(CODE, 'a packed list is cut off');
  const unpacker = new Unpacker(bytes);
  return Array.from({ length: bytes.length / recordBytes }, () => read(unpacker));
}
