/** The body of the event of a replaced card, published as `replaced` in `docs/formats/event.cddl`. */
import { LEDGER_MORE_MAX } from '../../agent/credential/ledger-more.js';
import { REPLACEMENT_CAUSES, type ReplacedEvent } from '../../agent/domain/event.js';
import type { LedgerMore } from '../../agent/domain/ledger.js';
import type { Fields } from './fields.js';
import { paperOut, readPaper, readRows } from './service-details.js';

const CODE = 'ERR_EVENT_FORMAT';
/** As many as a ledger record has. */
const USAGE_MAX = 16;

/** What follows the head of the event. */
export function replacedOut(event: ReplacedEvent): unknown[] {
  const { card, replaces, cause, family, closing, opening, day, usage, more, operator } = event;
  return [
    ...[card, replaces, REPLACEMENT_CAUSES.indexOf(cause), family, closing, opening, day],
    usage.flatMap((one) => [one.commodity, one.usedDay, one.usedMonth]),
    [
      more.tallies.flatMap((one) => [one.commodity, one.usedYear, one.usedEver, one.ahead]),
      more.balances.flatMap((one) => [one.account, one.value]),
      more.papers.flatMap(paperOut),
    ],
    operator,
  ];
}

/** Reads what {@link replacedOut} made. Throws as the fields do. */
export function readReplaced(time: number, fields: Fields): ReplacedEvent {
  return {
    type: 'replaced',
    time,
    card: fields.uint(),
    replaces: fields.uint(),
    cause: fields.oneOf(REPLACEMENT_CAUSES),
    family: fields.uint(),
    closing: fields.uint(),
    opening: fields.uint(),
    day: fields.uint(),
    usage: readRows(fields.array(), { countMax: USAGE_MAX, code: CODE }, (row) => ({
      commodity: row.uint(),
      usedDay: row.uint(),
      usedMonth: row.uint(),
    })),
    more: readMore(fields.array()),
    operator: fields.uint(),
  };
}

function readMore(inner: Fields): LedgerMore {
  const { tallies: talliesMax, balances: balancesMax, papers: papersMax } = LEDGER_MORE_MAX;
  const tallies = readRows(inner.array(), { countMax: talliesMax, code: CODE }, (row) => ({
    commodity: row.uint(),
    usedYear: row.uint(),
    usedEver: row.uint(),
    ahead: row.uint(),
  }));
  const balances = readRows(inner.array(), { countMax: balancesMax, code: CODE }, (row) => ({
    account: row.uint(),
    value: row.uint(),
  }));
  const papers = readRows(inner.array(), { countMax: papersMax, code: CODE }, readPaper);
  inner.end();
  return { tallies, balances, papers };
}
