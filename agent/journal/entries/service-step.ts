/** What a service does besides handing out, in the intent of its tap. Published in `docs/formats/journal.md`. */

import type { Fields } from '../../../sync/protocol/fields.js';
import { paperOut, readPaper, readRows } from '../../../sync/protocol/service-details.js';
import { LEDGER_MORE_MAX } from '../../credential/ledger-more.js';
import { WaslError } from '../../domain/errors.js';
import { FACTORS } from '../../domain/policy.js';
import type { ServiceStep } from '../journal.js';
import { readTapId, tapIdBytes } from './tap-id.js';

const ITEMS_MAX = 16;

/** As an array for CBOR: what was counted, accounts, papers used and written, money, exemption, supervisor, the proof where one was given, and the account that the holder's part is paid from. */
export function serviceStepOut({ effects, exemption, supervisor, factor, paidFrom }: ServiceStep): unknown[] {
  const { day, counted, balances, used, written, charge } = effects;
  return [
    day,
    counted.flatMap((one) => [one.commodity, one.day, one.ahead, one.month, one.drawn]),
    // The value before: a difference may be below zero.
    balances.flatMap((one) => [one.account, one.value, one.value - one.by]),
    used.flatMap((one) => [one.paper, one.units, ...paperOut(one.before)]),
    written.flatMap(paperOut),
    charge.gross,
    charge.holder,
    exemption,
    supervisor,
    ...(factor === undefined ? (paidFrom === undefined ? [] : [null]) : [FACTORS.indexOf(factor)]),
    ...(paidFrom === undefined ? [] : [paidFrom]),
  ];
}

/** What a service has to do with slips, for an intent that says so before the rest: whether it writes one, and which of `used` stand on some. Null for nothing. */
export function slipPartOut({ effects }: ServiceStep): unknown[] | null {
  const of = effects.used.flatMap(({ slip }, i) => (slip === undefined ? [] : [i, tapIdBytes(slip.id), slip.of]));
  return effects.isOnSlip === undefined && of.length === 0 ? null : [effects.isOnSlip === true ? 1 : 0, of];
}

/** Puts what {@link slipPartOut} made back into its service. Throws as the fields do, and `ERR_JOURNAL_DAMAGED` for what names no paper of it. */
export function withSlipPart(part: Fields, step: ServiceStep): ServiceStep {
  const isOnSlip = part.oneOf([false, true]);
  const rows = readRows(
    part.array(),
    { countMax: LEDGER_MORE_MAX.papers, code: 'ERR_JOURNAL_DAMAGED' },
    (row) => [row.uint(), { id: readTapId(row), of: row.uint() }] as const,
  );
  part.end();
  const slips = new Map(rows);
  if ([...slips.keys()].some((i) => i >= step.effects.used.length))
    throw new WaslError('ERR_JOURNAL_DAMAGED', 'a slip is named for a paper that was not used');
  const used = step.effects.used.map((one, i) => {
    const slip = slips.get(i);
    return slip === undefined ? one : { ...one, slip };
  });
  return { ...step, effects: { ...step.effects, used, ...(isOnSlip ? { isOnSlip } : {}) } };
}

/** Reads what {@link serviceStepOut} made. Throws as the fields do, and `ERR_JOURNAL_DAMAGED` for more than a service can do. */
export function readServiceStep(fields: Fields): ServiceStep {
  const day = fields.uint();
  const counted = readRows(fields.array(), { countMax: ITEMS_MAX, code: 'ERR_JOURNAL_DAMAGED' }, (row) => ({
    commodity: row.uint(),
    day: row.uint(),
    ahead: row.uint(),
    month: row.uint(),
    drawn: row.uint(),
  }));
  const balances = readRows(
    fields.array(),
    { countMax: LEDGER_MORE_MAX.balances, code: 'ERR_JOURNAL_DAMAGED' },
    (row) => {
      const change = { account: row.uint(), value: row.uint() };
      return { ...change, by: change.value - row.uint() };
    },
  );
  const used = readRows(fields.array(), { countMax: LEDGER_MORE_MAX.papers, code: 'ERR_JOURNAL_DAMAGED' }, (row) => ({
    paper: row.uint(),
    units: row.uint(),
    before: readPaper(row),
  }));
  const written = readRows(
    fields.array(),
    { countMax: LEDGER_MORE_MAX.papers, code: 'ERR_JOURNAL_DAMAGED' },
    readPaper,
  );
  const charge = { gross: fields.uint(), holder: fields.uint() };
  const step = { effects: { day, counted, balances, used, written, charge }, exemption: fields.uint() };
  const supervisor = fields.uint();
  const proof = fields.left() === 0 ? null : fields.uintOrNull();
  const factor = proof === null ? undefined : FACTORS[proof];
  if (proof !== null && factor === undefined) throw new WaslError('ERR_JOURNAL_DAMAGED', 'a proof of no known kind');
  const paid = fields.left() === 0 ? {} : { paidFrom: fields.uint() };
  fields.end();
  return { ...step, supervisor, ...(factor === undefined ? {} : { factor }), ...paid };
}
