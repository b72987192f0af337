/**
 * The ledger as it stands on a later day. Counters of a day, month or year that is over begin at zero; what was collected ahead uses up the quota of the
 * days that passed; papers that no longer hold are dropped; and what was not taken of the months that are over becomes what the policy says.
 *
 * Every programme that shares the ledger is rolled over, whichever is served: the next record is of the later day, so nobody could do it afterwards.
 * That, and nothing else, is why it happens once.
 */
import { monthOfDay } from '../domain/calendar.js';
import type { LedgerTally, LedgerUsage } from '../domain/ledger.js';
import { carryOver } from './carry-over.js';
import { aheadWithin, familyOf, quotaOf } from './entitlement.js';
import type { LedgerState, ServiceSnapshot } from './service.js';
import { tallyOf, usageOf } from './state.js';
import { firstDayOf, lastDayOf, ledgerDay, yearOfDay } from './time.js';

/** The snapshot's ledger as it stands on the snapshot's day, or on its own where that is later: a clock set back changes nothing. */
export function rollOver(snapshot: ServiceSnapshot): LedgerState {
  const { ledger, holder } = snapshot;
  const known = new Map(familyOf(snapshot).flatMap(({ commodities }) => commodities.map((one) => [one.number, one])));
  const state = rollCounters(ledger, snapshot.day, (number) => {
    const commodity = known.get(number);
    return commodity === undefined ? null : quotaOf(commodity, 'day', holder);
  });
  if (monthOfDay(state.day) === monthOfDay(ledger.day)) return state;
  return { ...state, more: { ...state.more, balances: carryOver(snapshot, state.day) } };
}

/**
 * The same without anything that is carried over. `quotaDayOf`: the holder's quota of the day of a commodity; where it is not known, what was collected
 * ahead stays: its days cannot be counted.
 */
export function rollCounters(
  ledger: LedgerState,
  today: number,
  quotaDayOf: (commodity: number) => number | null,
): LedgerState {
  const day = ledgerDay(ledger, today);
  const { usage, more } = ledger;
  if (day === ledger.day) return { day, usage, more };
  const rolls = [...new Set([...usage, ...more.tallies].map(({ commodity }) => commodity))]
    .sort((a, b) => a - b)
    .map((commodity) => rolled(ledger, day, { commodity, quotaDay: quotaDayOf(commodity) }));
  return {
    day,
    usage: rolls.map((one) => one.usage).filter(({ usedDay, usedMonth }) => usedDay > 0 || usedMonth > 0),
    more: {
      tallies: rolls.map((one) => one.tally).filter((one) => one.usedYear > 0 || one.usedEver > 0 || one.ahead > 0),
      balances: more.balances,
      papers: more.papers.filter((paper) => paper.untilDay >= day),
    },
  };
}

function rolled(
  ledger: LedgerState,
  day: number,
  { commodity, quotaDay }: { readonly commodity: number; readonly quotaDay: number | null },
): { readonly usage: LedgerUsage; readonly tally: LedgerTally } {
  const { usedMonth } = usageOf(ledger, commodity);
  const { ahead, usedYear, usedEver } = tallyOf(ledger, commodity);
  const month = monthOfDay(day);
  /** Of what was collected ahead, the units for the days after `from` up to `until`. */
  const within = (from: number, until: number): number =>
    quotaDay === null ? 0 : aheadWithin(ahead, quotaDay, { from: from - ledger.day, to: until - ledger.day });
  const isSameMonth = month === monthOfDay(ledger.day);
  return {
    usage: {
      commodity,
      usedDay: within(day - 1, day),
      usedMonth: isSameMonth ? usedMonth : within(firstDayOf(month) - 1, lastDayOf(month)),
    },
    tally: {
      commodity,
      usedYear: yearOfDay(day) === yearOfDay(ledger.day) ? usedYear : 0,
      usedEver,
      ahead: ahead - within(ledger.day, day),
    },
  };
}
