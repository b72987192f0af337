/** What the ledger must show before, what a unit takes off accounts, and what it adds to them. */
import { isoDay, monthOfDay } from '../../domain/calendar.js';
import type { Account, AccountChange, AccountNeed, Commodity } from '../../domain/policy.js';
import { accountOf, spendable } from '../entitlement.js';
import { atMost, type Finding, type ItemRule, when } from '../rule.js';
import type { LedgerState, ServiceSnapshot } from '../service.js';
import { balanceOf } from '../state.js';
import { addMonths } from '../time.js';

/** The ledger shows what the commodity needs: before the service, so nothing that is done in it counts. */
export const needs: ItemRule = {
  per: 'item',
  name: 'needs',
  reason: 'ERR_ACCOUNT_NEEDED',
  look: ({ snapshot, commodity, opening }) =>
    (commodity.needs ?? []).flatMap((need) => {
      const account = accountOf(snapshot, need.account);
      const value = balanceOf(opening, need.account);
      const facts =
        account?.kind === 'until'
          ? { until: isoDay(value), day: isoDay(opening.day), graceDays: need.graceDays ?? 0 }
          : { value, atLeast: need.atLeast ?? 1 };
      return named(account, when(meetsNeed(snapshot, need, { state: opening, day: opening.day }), facts));
    }),
};

/** Accounts of value are touched only on a medium that proves itself. */
export const accountProof: ItemRule = {
  per: 'item',
  name: 'proof',
  reason: 'ERR_MEDIUM_PROTECTION',
  look: ({ snapshot, commodity }) =>
    touched(commodity).flatMap((number) => {
      const account = accountOf(snapshot, number);
      const { kind, isCopyable } = snapshot.medium;
      return account?.needsProof === true ? named(account, when(!isCopyable, { medium: kind, isCopyable })) : [];
    }),
};

/** There is enough on the account. What a ledger in doubt says counts as nothing. */
export const costs: ItemRule = {
  per: 'item',
  name: 'costs',
  reason: 'ERR_ACCOUNT_BALANCE',
  look: ({ snapshot, commodity, state }) =>
    changes(snapshot, commodity.costs).flatMap(({ account, number, amount }) => {
      const balance = spendable(snapshot, state, number);
      return named(account, atMost(Math.floor(balance / amount), { balance, each: amount }));
    }),
};

/** The account can hold what is added: an amount up to its maximum, a flag that is not set yet, a day that is not after the account's last one. */
export const gives: ItemRule = {
  per: 'item',
  name: 'gives',
  reason: 'ERR_ACCOUNT_FULL',
  look: ({ snapshot, commodity, state }) => [
    ...changes(snapshot, commodity.gives).flatMap(({ account, number, amount }) => {
      const max = account === undefined ? 0 : maxOf(account);
      const balance = balanceOf(state, number);
      return named(account, atMost(Math.floor((max - balance) / amount), { balance, each: amount, max }));
    }),
    ...(commodity.gives ?? []).flatMap(({ account: number, months }) => {
      const account = accountOf(snapshot, number);
      if (account?.kind !== 'until' || months === undefined) return [];
      const from = Math.max(balanceOf(state, number), state.day);
      const facts = { from: isoDay(from), months, last: isoDay(account.max) };
      return named(account, atMost(Math.floor(monthsUntil(from, account.max) / months), facts));
    }),
  ],
};

/** Whether the ledger meets a need on a day. An account that the policy does not know meets none. */
export function meetsNeed(
  snapshot: ServiceSnapshot,
  need: AccountNeed,
  on: { readonly state: LedgerState; readonly day: number },
): boolean {
  const { coverage } = snapshot.holder;
  if (coverage !== null && need.exceptClasses?.includes(coverage.class) === true) return true;
  const account = accountOf(snapshot, need.account);
  const value = balanceOf(on.state, need.account);
  if (account === undefined) return false;
  return account.kind === 'until' ? on.day <= value + (need.graceDays ?? 0) : value >= (need.atLeast ?? 1);
}

/** Most months that a day can be moved on without coming after another one. */
function monthsUntil(from: number, last: number): number {
  const months = monthOfDay(last) - monthOfDay(from);
  return addMonths(from, months) <= last ? months : months - 1;
}

/** Most that an account holds; a flag is set or not. */
function maxOf(account: Account): number {
  return account.kind === 'flag' ? 1 : account.max;
}

function touched({ costs: off = [], gives: on = [] }: Commodity): readonly number[] {
  return [...new Set([...off, ...on].map(({ account }) => account))];
}

interface AmountChange {
  readonly account: Account | undefined;
  readonly number: number;
  readonly amount: number;
}

function changes(snapshot: ServiceSnapshot, list: readonly AccountChange[] = []): readonly AmountChange[] {
  return list.flatMap(({ account: number, amount }) => {
    const account = accountOf(snapshot, number);
    return amount === undefined || amount === 0 || account?.kind === 'until' ? [] : [{ account, number, amount }];
  });
}

function named(account: Account | undefined, findings: readonly Finding[]): readonly Finding[] {
  return findings.map((finding) => ({ ...finding, of: account?.id ?? 'unknown' }));
}
