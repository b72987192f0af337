/** The details of a service in an event, published as `details` in `docs/formats/event.cddl`. */
import { LEDGER_MORE_MAX } from '../../agent/credential/ledger-more.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { ServiceDetails } from '../../agent/domain/event.js';
import type { LedgerPaper } from '../../agent/domain/ledger.js';
import { FACTORS } from '../../agent/domain/policy.js';
import { SLIP_ID_BYTES, type SlipUsed } from '../../agent/domain/slip.js';
import type { Fields } from './fields.js';

/** Flags. */
const TRIAL = 1;
const REMINDED = 2;
/** The place of the proof among its kinds follows the flags. */
const FACTOR = 4;
/** The serial of the card of whoever collected follows. */
const REPRESENTED = 8;
/** The reference of a payment follows. */
const PAID = 16;
const REFERENCE_BYTES = 8;
/** The id of the slip that the papers were written on follows. */
const ON_SLIP = 32;
/** What was used of slips comes last. */
const OF_SLIPS = 64;
/** Nothing follows: the account is the one that the programme names. */
const FROM_PURSE = 128;
const KNOWN = TRIAL | REMINDED | FACTOR | REPRESENTED | PAID | ON_SLIP | OF_SLIPS | FROM_PURSE;

/** Zero or one element for the event's array. */
export function detailsOut(details: ServiceDetails | undefined): readonly unknown[] {
  if (details === undefined) return [];
  const { balances, used, written, charge, exemption, supervisor } = details;
  const { factor, representative, reference, slip, slips = [] } = details;
  return [
    [
      balances.flatMap((one) => [one.account, one.value]),
      used.flatMap((one) => [one.paper, one.units]),
      written.flatMap(paperOut),
      charge.gross,
      charge.holder,
      exemption,
      supervisor,
      flagsOf(details),
      ...(factor === undefined ? [] : [FACTORS.indexOf(factor)]),
      ...(representative === undefined ? [] : [representative]),
      ...(reference === undefined ? [] : [Buffer.from(reference, 'hex')]),
      ...(slip === undefined ? [] : [Buffer.from(slip, 'hex')]),
      ...slipsOut(slips),
    ],
  ];
}

function flagsOf(details: ServiceDetails): number {
  const { isTrial, isReminded, factor, representative, reference, slip, slips = [], isFromPurse } = details;
  return (
    (isTrial ? TRIAL : 0) |
    (isReminded === true ? REMINDED : 0) |
    (factor === undefined ? 0 : FACTOR) |
    (representative === undefined ? 0 : REPRESENTED) |
    (reference === undefined ? 0 : PAID) |
    (slip === undefined ? 0 : ON_SLIP) |
    (slips.length === 0 ? 0 : OF_SLIPS) |
    (isFromPurse === true ? FROM_PURSE : 0)
  );
}

/** Units of slips, as zero or one element of an event's array. */
export function slipsOut(slips: readonly SlipUsed[] = []): readonly unknown[] {
  return slips.length === 0 ? [] : [slips.flatMap(slipOut)];
}

/** Reads the element that {@link slipsOut} made of some. Throws what the fields throw, and `ERR_EVENT_FORMAT` for none, or more than a service can use. */
export function readSlips(fields: Fields): readonly SlipUsed[] {
  const slips = readRows(fields.array(), { countMax: LEDGER_MORE_MAX.papers, code: 'ERR_EVENT_FORMAT' }, readSlipUsed);
  // Each thing has one form: nothing is left out.
  if (slips.length === 0) throw new WaslError('ERR_EVENT_FORMAT', 'the event names slips, and there are none');
  return slips;
}

function slipOut({ slip, commodity, units, of }: SlipUsed): unknown[] {
  return [Buffer.from(slip, 'hex'), commodity, units, of];
}

function readSlipUsed(row: Fields): SlipUsed {
  const slip = readSlipId(row);
  return { slip, commodity: row.uint(), units: row.uint(), of: row.uint() };
}

function readSlipId(fields: Fields): string {
  return Buffer.from(fields.bytes(SLIP_ID_BYTES)).toString('hex');
}

/** Reads them where they are: at the end of an event. Throws what the fields throw, and `ERR_EVENT_FORMAT`. */
export function readDetails(fields: Fields): { readonly details?: ServiceDetails } {
  if (fields.left() === 0) return {};
  const inner = fields.array();
  const balances = readRows(inner.array(), { countMax: LEDGER_MORE_MAX.balances, code: 'ERR_EVENT_FORMAT' }, (row) => ({
    account: row.uint(),
    value: row.uint(),
  }));
  const used = readRows(inner.array(), { countMax: LEDGER_MORE_MAX.papers, code: 'ERR_EVENT_FORMAT' }, (row) => ({
    paper: row.uint(),
    units: row.uint(),
  }));
  const written = readRows(inner.array(), { countMax: LEDGER_MORE_MAX.papers, code: 'ERR_EVENT_FORMAT' }, readPaper);
  const charge = { gross: inner.uint(), holder: inner.uint() };
  const details = { balances, used, written, charge, exemption: inner.uint(), supervisor: inner.uint() };
  const flags = inner.uint();
  const isFromPurse = (flags & FROM_PURSE) !== 0;
  // Whoever has no card has no purse.
  const isPossible = !isFromPurse || (charge.holder > 0 && (flags & PAID) === 0);
  if ((flags & ~KNOWN) !== 0 || !isPossible || charge.holder > charge.gross)
    throw new WaslError('ERR_EVENT_FORMAT', 'the details of the service are not possible');
  const factor = (flags & FACTOR) === 0 ? {} : { factor: inner.oneOf(FACTORS) };
  const by = (flags & REPRESENTED) === 0 ? {} : { representative: inner.uint() };
  const paid = (flags & PAID) === 0 ? {} : { reference: Buffer.from(inner.bytes(REFERENCE_BYTES)).toString('hex') };
  const on = (flags & ON_SLIP) === 0 ? {} : { slip: readSlipId(inner) };
  const of = (flags & OF_SLIPS) === 0 ? {} : { slips: readSlips(inner) };
  inner.end();
  const told = {
    ...((flags & REMINDED) === 0 ? {} : ({ isReminded: true } as const)),
    ...(isFromPurse ? ({ isFromPurse: true } as const) : {}),
  };
  const isTrial = (flags & TRIAL) !== 0;
  return { details: { ...details, isTrial, ...told, ...factor, ...by, ...paid, ...on, ...of } };
}

/** The six numbers of a paper, as events, intents and records have them. */
export function paperOut(paper: LedgerPaper): number[] {
  return [paper.kind, paper.number, paper.commodity, paper.left, paper.untilDay, paper.site];
}

/** Reads what {@link paperOut} made. Throws as the fields do. */
export function readPaper(row: Fields): LedgerPaper {
  return {
    kind: row.uint(),
    number: row.uint(),
    commodity: row.uint(),
    left: row.uint(),
    untilDay: row.uint(),
    site: row.uint(),
  };
}

/** Reads rows of a flat array to its end. Throws as the fields do, and `code` for more than `countMax` of them. */
export function readRows<T>(
  fields: Fields,
  { countMax, code }: { readonly countMax: number; readonly code: ErrorCode },
  read: (row: Fields) => T,
): T[] {
  const found: T[] = [];
  while (fields.left() > 0) {
    if (found.length === countMax) throw new WaslError(code, 'a service did more than any can');
    found.push(read(fields));
  }
  return found;
}
