/** What one item does to a ledger: the one place where a service is counted, for the decision and for the record alike. */

import { monthOfDay } from '../domain/calendar.js';
import type { TakenItem } from '../domain/event.js';
import type { LedgerPaper } from '../domain/ledger.js';
import type { AccountChange, Commodity, Programme, Quota } from '../domain/policy.js';
import { type Allotment, accountOf, aheadWithin, allot, boundsOf, familyOf, quotaOf } from './entitlement.js';
import { standsIn, usablePapers } from './rules/papers.js';
import { coversHolder } from './rules/scheme.js';
import type {
  CountedItem,
  LedgerState,
  PaperOnSlip,
  PaperUsed,
  ServiceClaims,
  ServiceEffects,
  ServiceSnapshot,
} from './service.js';
import { balanceOf, tallyOf, usageOf, withBalance, withTally, withUsage } from './state.js';
import { addMonths, lastDayOf } from './time.js';

/** The ledger after an item, and how it was counted. */
export interface Taken {
  readonly state: LedgerState;
  readonly counted: CountedItem;
  readonly used: readonly PaperUsed[];
}

/** What is taken: the item, its commodity, and what was claimed. */
export interface Taking {
  readonly item: TakenItem;
  readonly commodity: Commodity;
  readonly claims: ServiceClaims;
}

/**
 * Takes an item off the ledger: papers, counters, the account it accumulates in, costs, and then what it gives. Decides nothing: of what is not there,
 * what is there is taken.
 */
export function take(snapshot: ServiceSnapshot, before: LedgerState, { item, commodity, claims }: Taking): Taken {
  const papers = standsIn(snapshot, commodity, claims) ? [] : usablePapers(snapshot, before, commodity);
  const used = split(papers, item.quantity);
  const bounds = boundsOf(snapshot, before, commodity);
  const places = allot(before, item.commodity, { quantity: item.quantity, bounds });
  let state = count(snapshot, withoutPapers(before, used), { item, commodity, places });
  if (commodity.carryOver !== undefined && places.drawn > 0) {
    const { account } = commodity.carryOver;
    state = withBalance(state, account, balanceOf(state, account) - places.drawn);
  }
  for (const change of commodity.costs ?? []) {
    const left = balanceOf(state, change.account) - (change.amount ?? 0) * item.quantity;
    state = withBalance(state, change.account, Math.max(0, left));
  }
  for (const change of commodity.gives ?? []) state = given(snapshot, state, { change, quantity: item.quantity });
  const { rest: _, ...counted } = places;
  return { state, counted: { commodity: item.commodity, ...counted }, used };
}

/** The state without the units that were used; a paper with none left is removed. What stands on a slip is no part of a state. */
export function withoutPapers(state: LedgerState, used: readonly PaperUsed[]): LedgerState {
  if (used.length === 0) return state;
  const papers = state.more.papers
    .map((paper) => {
      const units = used.find((one) => one.slip === undefined && isSamePaper(one.before, paper))?.units ?? 0;
      return { ...paper, left: paper.left - units };
    })
    .filter(({ left }) => left > 0);
  return { ...state, more: { ...state.more, papers } };
}

/** Whether both are the same paper, however much is left of it. */
export function isSamePaper(a: LedgerPaper, b: LedgerPaper): boolean {
  return a.number === b.number && a.commodity === b.commodity;
}

/**
 * The state of a ledger in doubt after items were served to it. What the damaged record said is not known, nor of which programme it was, so the quotas of every commodity
 * of every programme that shares the ledger count as used up: else each slot that somebody spoils would give `doubtfulLedgerMax`, and then what the spoilt record had
 * used once more, of that programme or of another. For the same reason no paper is left of those that stood there, and of an account that can be spent only what this very
 * service gave: the damaged record may have used the paper and spent the rest, and whoever spoils it would do so again at each terminal. The centre, which has the
 * events, can give it back. A trial used nothing, and what the holder is not entitled to cannot be had twice: neither takes up room.
 */
export function withQuotasUsedUp(snapshot: ServiceSnapshot, served: LedgerState, effects: ServiceEffects): LedgerState {
  const programmes = familyOf(snapshot).filter(
    (one) => one === snapshot.programme || (one.isTrial !== true && coversHolder(one, snapshot.holder)),
  );
  const given = (account: number): number => effects.balances.find((change) => change.account === account)?.by ?? 0;
  const start = spendable(programmes).reduce<LedgerState>(
    (state, account) => withBalance(state, account, Math.max(0, given(account))),
    { ...served, more: { ...served.more, papers: [] } },
  );
  return programmes
    .flatMap(({ commodities }) => commodities)
    .reduce((state, commodity) => usedUp(snapshot, state, commodity), start);
}

/** Accounts that something of these programmes is paid from. */
function spendable(programmes: readonly Programme[]): readonly number[] {
  const drawn = programmes
    .flatMap(({ commodities }) => commodities)
    .flatMap(({ costs = [], carryOver }) => [
      ...costs.map(({ account }) => account),
      ...(carryOver?.kind === 'accumulate' ? [carryOver.account] : []),
    ]);
  return [...new Set([...drawn, ...programmes.flatMap(({ purse = [] }) => purse)])];
}

function usedUp({ holder }: ServiceSnapshot, state: LedgerState, commodity: Commodity): LedgerState {
  const { number, aheadDays = 0 } = commodity;
  const bound = (every: Quota['every']): number | null => quotaOf(commodity, every, holder);
  const { usedDay, usedMonth } = usageOf(state, number);
  const { ahead, usedYear, usedEver } = tallyOf(state, number);
  const quotaDay = bound('day');
  const fullDay = Math.max(usedDay, quotaDay ?? 0);
  const fullAhead = Math.max(ahead, (quotaDay ?? 0) * aheadDays);
  const toMonthEnd = { from: 0, to: lastDayOf(monthOfDay(state.day)) - state.day };
  const inMonth = (units: number): number => aheadWithin(units, quotaDay ?? 0, toMonthEnd);
  // A shorter quota bounds what the damaged record can have added to a longer one; without any there is no telling how much of that was used.
  const missingMonth = quotaDay === null ? null : fullDay - usedDay + inMonth(fullAhead) - inMonth(ahead);
  const fullMonth = filled(usedMonth, missingMonth, bound('month'));
  const missingYear =
    quotaDay === null
      ? bound('month') === null
        ? null
        : fullMonth - usedMonth
      : fullDay - usedDay + fullAhead - ahead;
  const tally = {
    commodity: number,
    usedYear: bound('year') === null ? usedYear : filled(usedYear, missingYear, bound('year')),
    usedEver: bound('once') === null ? usedEver : filled(usedEver, missingYear, bound('once')),
    ahead: fullAhead,
  };
  return withTally(withUsage(state, { commodity: number, usedDay: fullDay, usedMonth: fullMonth }), tally);
}

/** What counts as used: with what may be missing on top, or all of the quota where that is not known. */
function filled(used: number, missing: number | null, quota: number | null): number {
  return missing === null ? Math.max(used, quota ?? used) : used + missing;
}

function count(
  { holder }: ServiceSnapshot,
  state: LedgerState,
  { item, commodity, places }: { readonly item: TakenItem; readonly commodity: Commodity; readonly places: Allotment },
): LedgerState {
  const { number } = commodity;
  const usage = usageOf(state, number);
  const tally = tallyOf(state, number);
  const since = (every: 'year' | 'once'): number => (quotaOf(commodity, every, holder) === null ? 0 : item.quantity);
  const used = withUsage(state, {
    commodity: number,
    usedDay: usage.usedDay + places.day,
    usedMonth: usage.usedMonth + places.month,
  });
  return withTally(used, {
    commodity: number,
    usedYear: tally.usedYear + since('year'),
    usedEver: tally.usedEver + since('once'),
    ahead: tally.ahead + places.ahead,
  });
}

function given(
  snapshot: ServiceSnapshot,
  state: LedgerState,
  { change, quantity }: { readonly change: AccountChange; readonly quantity: number },
): LedgerState {
  const account = accountOf(snapshot, change.account);
  const value = balanceOf(state, change.account);
  if (account?.kind !== 'until') return withBalance(state, change.account, value + (change.amount ?? 0) * quantity);
  const from = Math.max(value, state.day);
  return withBalance(state, change.account, addMonths(from, (change.months ?? 0) * quantity));
}

function split(papers: readonly (LedgerPaper | PaperOnSlip)[], quantity: number): readonly PaperUsed[] {
  const used: PaperUsed[] = [];
  let rest = quantity;
  for (const before of papers) {
    const units = Math.min(rest, before.left);
    // A commodity is asked for once, and a paper is for one commodity: no other item looks at what is left of a slip.
    if (units > 0) used.push(usedOf(before, units));
    rest -= units;
  }
  return used;
}

function usedOf(paper: LedgerPaper | PaperOnSlip, units: number): PaperUsed {
  if (!('slip' in paper)) return { paper: paper.number, units, before: paper };
  const { slip, ...before } = paper;
  return { paper: paper.number, units, before, slip };
}
