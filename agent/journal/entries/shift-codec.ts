/** Entries about shifts. Published in `docs/formats/journal.md`. */
import type { Fields } from '../../../sync/protocol/fields.js';
import { EPOCH_CHARS_MAX } from '../../../sync/protocol/topics.js';
import type { OpenShift } from '../../domain/shift.js';
import type { PlacedShift, ShiftStep } from '../journal.js';
import { readTapId, tapIdBytes } from './tap-id.js';

/** Kinds of the entries. */
export const SHIFT_KINDS = { opened: 27, closed: 28 } as const;

/** A step as it is stored: with the sequence of its event, in the same frame. */
export type StoredShift = ShiftStep & { readonly seq: number };

/** An entry as an array for CBOR, its kind first. */
export function shiftEntryOut(step: StoredShift): unknown[] {
  if (step.step === 'closed') return [SHIFT_KINDS.closed, tapIdBytes(step.id), step.atMs, step.seq];
  return [SHIFT_KINDS.opened, ...openOut(step.shift), step.seq];
}

/** Reads what {@link shiftEntryOut} made, behind its kind. Throws as the fields do. */
export function readShiftEntry(kind: number, fields: Fields): StoredShift {
  if (kind === SHIFT_KINDS.closed)
    return { step: 'closed', id: readTapId(fields), atMs: fields.uint(), seq: fields.uint() };
  return { step: 'opened', shift: readOpen(fields), seq: fields.uint() };
}

/** The open shift, for a checkpoint; null for none. */
export function placedShiftOut(shift: PlacedShift | null): unknown[] | null {
  return shift === null ? null : [...openOut(shift), shift.epoch, shift.seq];
}

/** Reads what {@link placedShiftOut} made. Throws as the fields do. */
export function readPlacedShift(fields: Fields): PlacedShift | null {
  const inner = fields.arrayOrNull();
  if (inner === null) return null;
  const shift = { ...readOpen(inner), epoch: inner.text(EPOCH_CHARS_MAX), seq: inner.uint() };
  inner.end();
  return shift;
}

function openOut({ id, atMs, operator, float }: OpenShift): unknown[] {
  return [tapIdBytes(id), atMs, operator, float];
}

function readOpen(fields: Fields): OpenShift {
  return { id: readTapId(fields), atMs: fields.uint(), operator: fields.uint(), float: fields.uintOrNull() };
}
