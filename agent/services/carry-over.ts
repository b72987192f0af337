/** What becomes of what was not taken by the end of a month: it stays in an account, becomes points, or lapses. */
import { monthOfDay } from '../domain/calendar.js';
import type { LedgerBalance } from '../domain/ledger.js';
import type { CarryOver, Commodity } from '../domain/policy.js';
import { accountOf, aheadWithin, familyOf, quotaOf, UNBOUNDED } from './entitlement.js';
import { meetsNeed } from './rules/accounts.js';
import { daysRunning } from './rules/dates.js';
import { coversHolder } from './rules/scheme.js';
import type { LedgerState, ServiceSnapshot } from './service.js';
import { balanceOf, tallyOf, usageOf, withBalance } from './state.js';
import { firstDayOf, lastDayOf } from './time.js';

/** Most months that are looked at, whatever a policy says and however far a clock jumps. */
const MONTHS_MAX = 120;

/**
 * The balances on `day`, a day of a later month than the ledger's. Of each month that is over, what the holder was entitled to and did not take counts once:
 * of the ledger's own month its entitlement less its use, of months without any tap all of it. Of the months that are over, the latest `monthsMax` count;
 * what is older lapses, as does what an account has no room for. From a ledger in doubt nothing is carried over: what it used is not known.
 *
 * A month entitles to the quota of each of its days, at most to the quota of the month. Days on which the programme did not run, or the holder's coverage did
 * not count yet, entitle to nothing; nor does a month at whose end the ledger lacked what the commodity needs (an inert card earns no points).
 * A trial carries nothing over.
 */
export function carryOver(snapshot: ServiceSnapshot, day: number): readonly LedgerBalance[] {
  const { ledger } = snapshot;
  if (ledger.isDoubtful) return ledger.more.balances;
  let state: LedgerState = ledger;
  for (const programme of familyOf(snapshot)) {
    if (programme.isTrial === true || !coversHolder(programme, snapshot.holder)) continue;
    for (const commodity of programme.commodities) {
      const { carryOver: rule } = commodity;
      if (rule === undefined) continue;
      state = carried({ ...snapshot, programme }, { state, commodity, rule, month: monthOfDay(day) });
    }
  }
  return state.more.balances;
}

interface Carrying {
  readonly state: LedgerState;
  readonly commodity: Commodity;
  readonly rule: CarryOver;
  /** The month that has begun. */
  readonly month: number;
}

function carried(snapshot: ServiceSnapshot, { state, commodity, rule, month }: Carrying): LedgerState {
  const account = accountOf(snapshot, rule.account);
  if (account === undefined || (account.needsProof === true && snapshot.medium.isCopyable)) return state;
  const max = rule.kind === 'accumulate' ? Math.min(rule.max, account.max) : account.max;
  const first = Math.max(monthOfDay(snapshot.ledger.day), month - Math.min(rule.monthsMax, MONTHS_MAX));
  let value = balanceOf(state, account.number);
  for (let one = first; one < month; one += 1) {
    const unused = Math.max(0, entitledIn(snapshot, commodity, one) - usedIn(snapshot, commodity, one));
    const worth = rule.kind === 'accumulate' ? unused : unused * rule.amountEach;
    value += Math.max(0, Math.min(worth, max - value));
  }
  return withBalance(state, account.number, value);
}

/** What a month entitles to; 0 without a quota for day or month. */
function entitledIn(snapshot: ServiceSnapshot, commodity: Commodity, month: number): number {
  const { ledger, holder } = snapshot;
  const last = lastDayOf(month);
  const isLacking = (commodity.needs ?? []).some((need) => !meetsNeed(snapshot, need, { state: ledger, day: last }));
  const days = isLacking ? 0 : daysRunning(snapshot, { from: firstDayOf(month), until: last });
  if (days === 0) return 0;
  const quotaDay = quotaOf(commodity, 'day', holder);
  const quotaMonth = quotaOf(commodity, 'month', holder);
  if (quotaDay === null) return quotaMonth ?? 0;
  return Math.min(quotaDay * days, quotaMonth ?? UNBOUNDED);
}

/** What was taken for the days of a month that is over. */
function usedIn({ ledger, holder }: ServiceSnapshot, commodity: Commodity, month: number): number {
  if (month === monthOfDay(ledger.day)) return usageOf(ledger, commodity.number).usedMonth;
  const from = firstDayOf(month) - 1 - ledger.day;
  const to = lastDayOf(month) - ledger.day;
  return aheadWithin(tallyOf(ledger, commodity.number).ahead, quotaOf(commodity, 'day', holder) ?? 0, { from, to });
}
