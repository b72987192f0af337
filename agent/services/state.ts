/** Reading and changing the state of a ledger: values, never changed in place. What is zero is not stated, so it takes no room on a card. */
import type { LedgerTally, LedgerUsage } from '../domain/ledger.js';
import type { BalanceChange } from '../domain/service-effects.js';
import type { LedgerState } from './service.js';

/** Use of a commodity; zeros where the ledger states none. */
export function usageOf(state: LedgerState, commodity: number): LedgerUsage {
  return state.usage.find((usage) => usage.commodity === commodity) ?? { commodity, usedDay: 0, usedMonth: 0 };
}

/** Longer counts of a commodity; zeros where the ledger states none. */
export function tallyOf(state: LedgerState, commodity: number): LedgerTally {
  const tally = state.more.tallies.find((one) => one.commodity === commodity);
  return tally ?? { commodity, usedYear: 0, usedEver: 0, ahead: 0 };
}

/** The value of an account; 0 where the ledger states none. */
export function balanceOf(state: LedgerState, account: number): number {
  return state.more.balances.find((balance) => balance.account === account)?.value ?? 0;
}

/** Accounts whose values differ between two states, by number. */
export function balanceChanges(before: LedgerState, after: LedgerState): readonly BalanceChange[] {
  const accounts = new Set([...before.more.balances, ...after.more.balances].map(({ account }) => account));
  return [...accounts]
    .sort((a, b) => a - b)
    .map((account) => {
      const value = balanceOf(after, account);
      return { account, value, by: value - balanceOf(before, account) };
    })
    .filter(({ by }) => by !== 0);
}

/** The state with this use of a commodity in the place of what it stated. */
export function withUsage(state: LedgerState, usage: LedgerUsage): LedgerState {
  const isUsed = usage.usedDay > 0 || usage.usedMonth > 0;
  return { ...state, usage: replaced(state.usage, usage, { by: (one) => one.commodity, isKept: isUsed }) };
}

/** The state with these longer counts of a commodity. */
export function withTally(state: LedgerState, tally: LedgerTally): LedgerState {
  const isKept = tally.usedYear > 0 || tally.usedEver > 0 || tally.ahead > 0;
  const tallies = replaced(state.more.tallies, tally, { by: (one) => one.commodity, isKept });
  return { ...state, more: { ...state.more, tallies } };
}

/** The state with this value of an account. */
export function withBalance(state: LedgerState, account: number, value: number): LedgerState {
  const by = (one: { readonly account: number }): number => one.account;
  const balances = replaced(state.more.balances, { account, value }, { by, isKept: value !== 0 });
  return { ...state, more: { ...state.more, balances } };
}

function replaced<T>(
  list: readonly T[],
  item: T,
  how: { readonly by: (one: T) => number; readonly isKept: boolean },
): readonly T[] {
  const others = list.filter((one) => how.by(one) !== how.by(item));
  return how.isKept ? [...others, item].sort((a, b) => how.by(a) - how.by(b)) : others;
}
