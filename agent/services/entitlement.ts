/**
 * What a policy entitles a holder to, in numbers: shares of quotas, months, and on which day and month a unit is counted.
 *
 * A unit counts for the day that it is taken for. Collected ahead, it uses up the quota of a later day, and of that day's month; so no day and no
 * month ever gets more than its quota, and what was not taken of a month is exact at its end.
 */
import { monthOfDay } from '../domain/calendar.js';
import type { Account, Commodity, HolderLine, Programme, Quota } from '../domain/policy.js';
import type { CountedItem, HolderFacts, LedgerState, ServiceSnapshot } from './service.js';
import { balanceOf, tallyOf, usageOf } from './state.js';

/** No bound: the largest quantity there is. */
export const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** What amounts of a policy depend on: whom they are multiplied by, and which line of several names the holder. */
export type HolderShare = Pick<HolderFacts, 'draws' | 'householdSize' | 'coverage' | 'rationScheme'>;

/** Whether a line names the holder: the scheme of the card, the plan and the class of its coverage, as far as the line states them. */
export function isFor(
  { schemes, plans, classes }: HolderLine,
  { rationScheme, coverage }: Pick<HolderFacts, 'coverage' | 'rationScheme'>,
): boolean {
  const isOfScheme = schemes === undefined || (rationScheme !== null && schemes.includes(rationScheme));
  const isOfPlan = plans === undefined || (coverage !== null && plans.includes(coverage.plan));
  const isOfClass = classes === undefined || (coverage !== null && classes.includes(coverage.class));
  return isOfScheme && isOfPlan && isOfClass;
}

/** This card's bound for a time, by the tightest quota; null without one. */
export function quotaOf(commodity: Commodity, every: Quota['every'], holder: HolderShare): number | null {
  let tightest: number | null = null;
  for (const quota of commodity.quotas) {
    if (quota.every !== every) continue;
    const share = shareOf(quota, holder);
    tightest = tightest === null ? share : Math.min(tightest, share);
  }
  return tightest;
}

function shareOf(quota: Quota, holder: HolderShare): number {
  const { draws, householdSize } = holder;
  const { amount } = quota.lines?.find((line) => isFor(line, holder)) ?? quota;
  if (quota.per === 'member') return amount * draws;
  // Rounded down, so that the shares of all cards of a household never exceed the household's amount.
  return quota.per === 'household' ? Math.floor((amount * draws) / householdSize) : amount;
}

/** Programmes that share the ledger of the one that is served, itself included. */
export function familyOf({ policy, programme }: Pick<ServiceSnapshot, 'policy' | 'programme'>): readonly Programme[] {
  const others = policy.programmes.filter((one) => one.family === programme.family && one.number !== programme.number);
  return [programme, ...others];
}

/** The account that a number stands for: of the programme, or of another one on the same ledger. Undefined for one that the policy does not know. */
export function accountOf(at: Pick<ServiceSnapshot, 'policy' | 'programme'>, number: number): Account | undefined {
  const own = at.programme.accounts?.find((account) => account.number === number);
  if (own !== undefined) return own;
  return familyOf(at)
    .flatMap((programme) => programme.accounts ?? [])
    .find((account) => account.number === number);
}

/** Units collected ahead that are for the days after `from` up to `to`, both counted from the day of the ledger; a quota of the day is used up before the next. */
export function aheadWithin(
  ahead: number,
  quotaDay: number,
  span: { readonly from: number; readonly to: number },
): number {
  const until = (days: number): number => Math.min(ahead, quotaDay * Math.max(0, days));
  return until(span.to) - until(span.from);
}

/** What can be spent of an account: nothing while the ledger is in doubt, since nobody knows what is left. */
export function spendable({ ledger }: Pick<ServiceSnapshot, 'ledger'>, state: LedgerState, account: number): number {
  return ledger.isDoubtful ? 0 : balanceOf(state, account);
}

/** Which bounds an allotment minds. */
export interface AllotmentBounds {
  readonly quotaDay: number | null;
  readonly quotaMonth: number | null;
  /** Days after today whose quota may be collected. */
  readonly aheadDays: number;
  /** Units that may be drawn from the account in which the commodity accumulates. */
  readonly balance: number;
}

/** Where units are counted, and how many of those asked for found no place. */
export interface Allotment extends Omit<CountedItem, 'commodity'> {
  readonly rest: number;
}

/** The bounds of the quotas for day and month of a commodity for this holder. */
export function boundsOf(snapshot: ServiceSnapshot, state: LedgerState, commodity: Commodity): AllotmentBounds {
  const { holder } = snapshot;
  const { carryOver } = commodity;
  return {
    quotaDay: quotaOf(commodity, 'day', holder),
    quotaMonth: quotaOf(commodity, 'month', holder),
    aheadDays: commodity.aheadDays ?? 0,
    balance: carryOver?.kind === 'accumulate' ? spendable(snapshot, state, carryOver.account) : 0,
  };
}

/**
 * Counts `quantity` units day by day, today first. Each takes what its day and that day's month have left; in the month of the ledger the account
 * gives what the month has no more. Where there is no quota for the month, the account gives what goes beyond the day. A day that is not full ends it: nothing is skipped.
 */
export function allot(
  state: LedgerState,
  commodity: number,
  ask: { readonly quantity: number; readonly bounds: AllotmentBounds },
): Allotment {
  const { quotaDay, quotaMonth, aheadDays, balance } = ask.bounds;
  const { usedDay, usedMonth } = usageOf(state, commodity);
  const { ahead: collected } = tallyOf(state, commodity);
  const thisMonth = monthOfDay(state.day);
  const usedIn = new Map([[thisMonth, usedMonth]]);
  const count = { day: 0, ahead: 0, month: 0, drawn: 0, rest: ask.quantity };
  for (let offset = 0; offset <= aheadDays && count.rest > 0; offset += 1) {
    const month = monthOfDay(state.day + offset);
    const isThisMonth = month === thisMonth;
    const filled = offset === 0 ? usedDay : aheadWithin(collected, quotaDay ?? 0, { from: offset - 1, to: offset });
    if (!isThisMonth) usedIn.set(month, (usedIn.get(month) ?? 0) + filled);
    const room = quotaDay === null ? UNBOUNDED : Math.max(0, quotaDay - filled);
    const left = quotaMonth === null ? UNBOUNDED : Math.max(0, quotaMonth - (usedIn.get(month) ?? 0));
    const counted = Math.min(count.rest, room, left);
    const roomDrawn = quotaMonth === null ? UNBOUNDED : room - counted;
    const drawn = isThisMonth ? Math.min(count.rest - counted, roomDrawn, balance - count.drawn) : 0;
    usedIn.set(month, (usedIn.get(month) ?? 0) + counted);
    count[offset === 0 ? 'day' : 'ahead'] += counted + drawn;
    if (isThisMonth) count.month += counted;
    count.drawn += drawn;
    count.rest -= counted + drawn;
    if (counted + drawn < room) break;
  }
  return count;
}

/** Most units that {@link allot} finds a place for. */
export function mostUnder(state: LedgerState, commodity: number, bounds: AllotmentBounds): number {
  return UNBOUNDED - allot(state, commodity, { quantity: UNBOUNDED, bounds }).rest;
}
