/** The details of a service in an event, published as `details` in `docs/formats/event.cddl`. */
import { LEDGER_MORE_MAX } from '../../agent/credential/ledger-more.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { ServiceDetails } from '../../agent/domain/event.js';
import type { LedgerPaper } from '../../agent/domain/ledger.js';
import { FACTORS } from '../../agent/domain/policy.js';
import type { Fields } from './fields.js';

/** Flags. */
const TRIAL = 1;
const REMINDED = 2;
/** The place of the proof among its kinds follows the flags. */
const FACTOR = 4;
/** The serial of the card of whoever collected follows. */
const REPRESENTED = 8;
/** The reference of a payment comes last. */
const PAID = 16;
const REFERENCE_BYTES = 8;

/** Zero or one element for the event's array. */
export function detailsOut(details: ServiceDetails | undefined): readonly unknown[] {
  if (details === undefined) return [];
  const { balances, used, written, charge, exemption, supervisor } = details;
  const { isTrial, isReminded, factor, representative, reference } = details;
  return [
    [
      balances.flatMap((one) => [one.account, one.value]),
      used.flatMap((one) => [one.paper, one.units]),
      written.flatMap(paperOut),
      charge.gross,
      charge.holder,
      exemption,
      supervisor,
      (isTrial ? TRIAL : 0) |
        (isReminded === true ? REMINDED : 0) |
        (factor === undefined ? 0 : FACTOR) |
        (representative === undefined ? 0 : REPRESENTED) |
        (reference === undefined ? 0 : PAID),
      ...(factor === undefined ? [] : [FACTORS.indexOf(factor)]),
      ...(representative === undefined ? [] : [representative]),
      ...(reference === undefined ? [] : [Buffer.from(reference, 'hex')]),
    ],
  ];
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
  if ((flags & ~(TRIAL | REMINDED | FACTOR | REPRESENTED | PAID)) !== 0 || charge.holder > charge.gross)
    throw new WaslError('ERR_EVENT_FORMAT', 'the details of the service are not possible');
  const factor = (flags & FACTOR) === 0 ? {} : { factor: inner.oneOf(FACTORS) };
  const by = (flags & REPRESENTED) === 0 ? {} : { representative: inner.uint() };
  const paid = (flags & PAID) === 0 ? {} : { reference: Buffer.from(inner.bytes(REFERENCE_BYTES)).toString('hex') };
  inner.end();
  const told = (flags & REMINDED) === 0 ? {} : ({ isReminded: true } as const);
  return { details: { ...details, isTrial: (flags & TRIAL) !== 0, ...told, ...factor, ...by, ...paid } };
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
