/**
 * Slips and services to cards without a ledger: their entries as bytes, laid out in `docs/formats/journal.md`, and what is remembered of them. On
 * paper nothing can be struck off, and such a card has no place that says what was served: this is where both are said.
 */
import type { Fields } from '../../../sync/protocol/fields.js';
import { SLIP_CHARS_MAX } from '../../credential/slip.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import type { JournalEntry, KeptStep, PlacedKept, SlipBook, SlipStep } from '../journal.js';
import { slipPaperKey } from '../slips.js';
import { readItems } from './intent-codec.js';
import { readTapId, tapIdBytes } from './tap-id.js';

/** The entries that this file knows; `seq`: the redemption event that was recorded with a service. */
export type SlipEntry =
  | Extract<JournalEntry, { readonly kind: 'slip' }>
  | { readonly kind: 'kept'; readonly kept: KeptStep; readonly seq: number };

/** Kind of the entries, and what each of them is: its second element. */
export const SLIP_ENTRY_KIND = 24;
const FORMS = { written: 0, kept: 1, used: 2, back: 3 } as const;

/** Slips that are remembered as not handed over, the newest. */
export const SLIPS_WRITTEN_MAX = 4096;
/** Papers of slips whose use is remembered, the newest: at a hundred a day, two years of slips that hold for a year. */
export const SLIPS_USED_MAX = 65_536;
/** Services to cards without a ledger that are remembered, the newest, and for how long: what counts for a month is in the last sixty-two days. */
export const KEPT_MAX = 16_384;
const KEPT_MS = 62 * 86_400_000;
/** What is over is looked for whenever so many more are remembered. */
const LOOK_EVERY = 512;
const MS_PER_DAY = 86_400_000;

/** What is remembered, as it is changed in place. */
export interface FoldedSlips extends SlipBook {
  readonly written: Map<string, Extract<SlipStep, { readonly step: 'written' }>>;
  readonly used: Map<string, { readonly units: number; readonly untilDay: number }>;
  readonly kept: Map<string, PlacedKept>;
}

/** Nothing. */
export function emptySlips(): FoldedSlips {
  return { written: new Map(), used: new Map(), kept: new Map() };
}

/** An entry as an array for CBOR. Throws `ERR_INTERNAL` for the id of a tap or slip that is none. */
export function slipOut(entry: SlipEntry): unknown[] {
  if (entry.kind === 'kept') {
    const { tapId, atMs, card, programme, items } = entry.kept;
    const flat = items.flatMap((item) => [item.commodity, item.quantity]);
    return [SLIP_ENTRY_KIND, FORMS.kept, tapIdBytes(tapId), atMs, card, programme, flat, entry.seq];
  }
  const { slip } = entry;
  const form = [SLIP_ENTRY_KIND, FORMS[slip.step]];
  if (slip.step === 'written') return [...form, tapIdBytes(slip.tapId), slip.atMs, slip.text];
  const use = [tapIdBytes(slip.slip), slip.commodity, slip.units, slip.atMs];
  return slip.step === 'used' ? [...form, ...use, slip.untilDay] : [...form, ...use];
}

/** Reads what follows the kind and the form of an entry. Throws as the fields do, `code` for what {@link slipOut} does not make, and `ERR_JOURNAL_VERSION` for a form that is not known here. */
export function readSlip(form: number, fields: Fields, code: ErrorCode): SlipEntry {
  switch (form) {
    case FORMS.written: {
      const step = { step: 'written', tapId: readTapId(fields), atMs: fields.uint() } as const;
      return { kind: 'slip', slip: { ...step, text: fields.text(SLIP_CHARS_MAX) } };
    }
    case FORMS.kept: {
      const who = { tapId: readTapId(fields), atMs: fields.uint(), card: fields.uint(), programme: fields.uint() };
      const kept = { ...who, items: readItems(fields.array(), code) };
      return { kind: 'kept', kept, seq: fields.uint() };
    }
    case FORMS.used: {
      const use = readUse(fields);
      return { kind: 'slip', slip: { step: 'used', ...use, untilDay: fields.uint() } };
    }
    case FORMS.back:
      return { kind: 'slip', slip: { step: 'back', ...readUse(fields) } };
    default:
      throw new WaslError('ERR_JOURNAL_VERSION');
  }
}

function readUse(fields: Fields): { slip: string; commodity: number; units: number; atMs: number } {
  return { slip: readTapId(fields), commodity: fields.uint(), units: fields.uint(), atMs: fields.uint() };
}

/** Remembers a slip, or what became of it. */
export function foldSlip(slips: FoldedSlips, slip: SlipStep): void {
  if (slip.step === 'written') {
    slips.written.set(slip.tapId, slip);
    forgetOldest(slips.written, SLIPS_WRITTEN_MAX);
    return;
  }
  const key = slipPaperKey(slip.slip, slip.commodity);
  const before = slips.used.get(key);
  if (slip.step === 'back') {
    const units = (before?.units ?? 0) - slip.units;
    if (before !== undefined && units > 0) slips.used.set(key, { ...before, units });
    else slips.used.delete(key);
    return;
  }
  const { untilDay, atMs } = slip;
  slips.used.set(key, { units: (before?.units ?? 0) + slip.units, untilDay });
  // A day to spare: a calendar day of the site may end after that of UTC.
  const today = Math.floor(atMs / MS_PER_DAY) - 1;
  if (slips.used.size % LOOK_EVERY === 0) forget(slips.used, (one) => one.untilDay < today);
  forgetOldest(slips.used, SLIPS_USED_MAX);
}

/** Remembers a service to a card without a ledger: as not handed over, and for its quotas. */
export function foldKept(slips: FoldedSlips, placed: PlacedKept): void {
  slips.kept.set(placed.kept.tapId, placed);
  const since = placed.kept.atMs - KEPT_MS;
  if (slips.kept.size % LOOK_EVERY === 0) forget(slips.kept, (one) => one.isHandedOver && one.kept.atMs < since);
  forgetOldest(slips.kept, KEPT_MAX);
}

/** It was handed over: nobody has to be shown the slip again, and the service goes on counting. */
export function foldHandedOver(slips: FoldedSlips, tapId: string): void {
  slips.written.delete(tapId);
  const kept = slips.kept.get(tapId);
  if (kept !== undefined) slips.kept.set(tapId, { ...kept, isHandedOver: true });
}

/** Everything that is remembered and needs no place in a chain, as entries: for a checkpoint. */
export function slipEntries(slips: SlipBook): SlipEntry[] {
  return [
    ...[...slips.written.values()].map((slip) => ({ kind: 'slip', slip }) as const),
    ...[...slips.used].map(([key, { units, untilDay }]) => {
      const [slip = '', commodity = ''] = key.split(' ');
      return {
        kind: 'slip',
        slip: { step: 'used', slip, commodity: Number(commodity), units, untilDay, atMs: 0 },
      } as const;
    }),
    ...[...slips.kept.values()]
      .filter(({ isHandedOver }) => isHandedOver)
      .map(({ kept, seq }) => ({ kind: 'kept', kept, seq }) as const),
  ];
}

/** Takes one of {@link slipEntries} back. */
export function foldSlipEntry(slips: FoldedSlips, entry: SlipEntry): void {
  if (entry.kind === 'slip') foldSlip(slips, entry.slip);
  else foldKept(slips, { kept: entry.kept, seq: entry.seq, epoch: '', isHandedOver: true });
}

function forget<K, V>(map: Map<K, V>, isOver: (value: V) => boolean): void {
  for (const [key, value] of map) if (isOver(value)) map.delete(key);
}

function forgetOldest<K>(map: Map<K, unknown>, most: number): void {
  const oldest = map.keys().next();
  if (map.size > most && oldest.done !== true) map.delete(oldest.value);
}
