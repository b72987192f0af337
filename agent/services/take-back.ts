/** Taking a service back: the ledger as if it had not been, as far as that can still be. Whether it may be taken back at all is said in `void.ts`. */
import { monthOfDay } from '../domain/calendar.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { LedgerPaper } from '../domain/ledger.js';
import { accountOf, aheadWithin, quotaOf } from './entitlement.js';
import { rollOver } from './roll-over.js';
import type {
  CountedItem,
  LedgerState,
  PaperUsed,
  ServiceEffects,
  ServiceGrant,
  ServiceRefusal,
  ServiceSnapshot,
} from './service.js';
import { balanceOf, tallyOf, usageOf, withBalance, withTally, withUsage } from './state.js';
import { isSamePaper } from './take.js';
import { lastDayOf, yearOfDay } from './time.js';

/** The next record gives the service back. */
export interface ServiceTakenBack {
  readonly outcome: 'void';
  readonly state: LedgerState;
}

/**
 * The ledger after a service on it was taken back; `snapshot` is that of the void, `grant` what was decided then. Counters, accounts and papers are changed by
 * what the service changed them by, so services in between stay as they are. A paper that was used up is written again, unless it does not hold any more. What was used on an
 * earlier day comes off the month alone, and nothing comes off a month or year that is over: it was carried over, or lapsed, as it was then.
 * Never below zero; an account may end above its maximum rather than lose what was paid from it.
 *
 * Refused where it would give twice: from a ledger in doubt, where a paper that the service wrote is used already, or where what it gave is spent.
 * A trial changed nothing, so nothing is given back.
 */
export function takeBack(snapshot: ServiceSnapshot, grant: ServiceGrant): ServiceTakenBack | ServiceRefusal {
  const { day, usage, more } = snapshot.ledger;
  if (grant.isTrial) return { outcome: 'void', state: { day, usage, more } };
  const { effects } = grant;
  const opening = rollOver(snapshot);
  const refuse = (reason: ErrorCode, name: string): ServiceRefusal => ({
    ...{ outcome: 'refuse', programme: grant.programme, reason, rule: `${snapshot.programme.id}.${name}` },
    versions: snapshot.versions,
  });
  if (snapshot.ledger.isDoubtful) return refuse('ERR_LEDGER_UNTRUSTED', 'void-ledger');
  // A slip is in somebody's hand: nobody here can strike it off.
  if (effects.isOnSlip === true) return refuse('ERR_VOID_LIMIT', 'void-slip');
  if (!effects.written.every((paper) => isUntouched(snapshot.ledger, paper)))
    return refuse('ERR_PAPER_EXHAUSTED', 'void-paper');
  const isSpent = effects.balances.some(({ account, by }) => balanceOf(opening, account) < by);
  if (isSpent) return refuse('ERR_ACCOUNT_BALANCE', 'void-account');
  const uncounted = effects.counted.reduce((state, counted) => {
    const commodity = snapshot.programme.commodities.find(({ number }) => number === counted.commodity);
    const quotaDay = commodity === undefined ? null : quotaOf(commodity, 'day', snapshot.holder);
    return withoutCounted(state, counted, { servedDay: effects.day, quotaDay: quotaDay ?? 0 });
  }, opening);
  return { outcome: 'void', state: withPapersBack(withBalancesBack(snapshot, uncounted, effects), effects) };
}

/** The state without the units of one item, served on `servedDay` of the ledger. `quotaDay`: what of it that was collected ahead is used up in a day. */
export function withoutCounted(
  state: LedgerState,
  counted: CountedItem,
  at: { readonly servedDay: number; readonly quotaDay: number },
): LedgerState {
  const { commodity } = counted;
  const { usedDay, usedMonth } = usageOf(state, commodity);
  const tally = tallyOf(state, commodity);
  const passed = state.day - at.servedDay;
  const units = counted.day + counted.ahead;
  // Units for today or a later day: they come off the far end, so that no day before it is left empty.
  const current =
    passed === 0 ? units : Math.min(counted.ahead, Math.max(0, counted.ahead - (passed - 1) * at.quotaDay));
  const fromAhead = Math.min(tally.ahead, current);
  const fromDay = Math.min(usedDay, current - fromAhead);
  const ahead = tally.ahead - fromAhead;
  const toMonthEnd = { from: 0, to: lastDayOf(monthOfDay(state.day)) - state.day };
  const inMonth = (units: number): number => aheadWithin(units, at.quotaDay, toMonthEnd);
  const isSameMonth = monthOfDay(state.day) === monthOfDay(at.servedDay);
  const before = isSameMonth ? units - current : 0;
  const drawn = isSameMonth ? counted.drawn : 0;
  const fromMonth = before + fromDay + inMonth(tally.ahead) - inMonth(ahead) - drawn;
  const isSameYear = yearOfDay(state.day) === yearOfDay(at.servedDay);
  const less = withUsage(state, {
    commodity,
    usedDay: Math.max(0, usedDay - fromDay),
    usedMonth: Math.max(0, usedMonth - fromMonth),
  });
  const usedYear = Math.max(0, tally.usedYear - (isSameYear ? units : 0));
  return withTally(less, { commodity, usedYear, usedEver: Math.max(0, tally.usedEver - units), ahead });
}

function withBalancesBack(snapshot: ServiceSnapshot, state: LedgerState, effects: ServiceEffects): LedgerState {
  return effects.balances.reduce((so, { account, value, by }) => {
    const now = balanceOf(so, account);
    // A day that had passed was moved on from that of the service, not from where it stood: months that were added since begin there too, and are kept.
    const isMovedOn = accountOf(snapshot, account)?.kind === 'until' && now > value;
    const less = isMovedOn ? value - Math.max(value - by, effects.day) : by;
    return withBalance(so, account, now - less);
  }, state);
}

function withPapersBack(state: LedgerState, { used, written }: ServiceEffects): LedgerState {
  const kept = state.more.papers.filter((paper) => !written.some((one) => isSamePaper(one, paper)));
  const ofLedger = used.filter(({ slip }) => slip === undefined);
  const papers = kept.map((paper) => ({ ...paper, left: paper.left + unitsOf(ofLedger, paper) }));
  const again = ofLedger
    .filter(({ before }) => before.untilDay >= state.day && !kept.some((paper) => isSamePaper(paper, before)))
    .map(({ before, units }) => ({ ...before, left: units }));
  return { ...state, more: { ...state.more, papers: [...papers, ...again] } };
}

function unitsOf(used: readonly PaperUsed[], paper: LedgerPaper): number {
  return used.find(({ before }) => isSamePaper(before, paper))?.units ?? 0;
}

/** Whether a paper stands on the ledger as it was written. Of one that ended and was dropped since, nobody knows; one that ended and still stands there will do. */
function isUntouched({ more }: LedgerState, written: LedgerPaper): boolean {
  return more.papers.some((paper) => isSamePaper(paper, written) && paper.left === written.left);
}
