/** Entries by day and commodity: the lines of a statement. The money of a service with several commodities is shared by their prices, to the minor unit. Pure. */
import type { TakenItem } from '../../../agent/domain/event.js';
import type { Commodity, Policy } from '../../../agent/domain/policy.js';
import type { Entry } from './figures.js';

/** One commodity on one day, voids subtracted: a day with more voids than services is below 0. */
export interface StatementLine {
  readonly day: string;
  readonly programme: number;
  readonly commodity: number;
  readonly services: number;
  /** In the commodity's unit. */
  readonly quantity: number;
  readonly gross: number;
  readonly holder: number;
  /** As in `Totals`. */
  readonly purse: number;
}

/** What was paid from an account of the cards in place of money, such as points: the authority settles it apart. */
export interface AccountLine {
  readonly programme: number;
  readonly account: number;
  readonly amount: number;
}

/** The policy of a version; null for one that is not known. */
export type PolicyOf = (version: number) => Policy | null;

/** The lines of entries, by day, programme and commodity. Their sums are those of the entries. */
export function linesOf(entries: readonly Entry[], policyOf: PolicyOf): readonly StatementLine[] {
  const lines = new Map<string, StatementLine>();
  for (const entry of entries) {
    const { day, programme, kind, items } = entry;
    const sign = kind === 'void' ? -1 : 1;
    for (const [at, share] of sharesOf(entry, policyOf).entries()) {
      const { commodity, quantity } = items[at] ?? NOTHING;
      const key = JSON.stringify([day, programme, commodity]);
      const line = lines.get(key) ?? { day, programme, commodity, ...NO_FIGURES };
      lines.set(key, {
        ...line,
        services: line.services + sign,
        quantity: line.quantity + sign * quantity,
        gross: line.gross + sign * share.gross,
        holder: line.holder + sign * share.holder,
        purse: line.purse + sign * share.purse,
      });
    }
  }
  return [...lines.values()].sort(
    (a, b) => compare(a.day, b.day) || a.programme - b.programme || a.commodity - b.commodity,
  );
}

/** What was paid from accounts, by programme and account. Entries of a policy that is not known count nothing here. */
export function accountLinesOf(entries: readonly Entry[], policyOf: PolicyOf): readonly AccountLine[] {
  const lines = new Map<string, AccountLine>();
  for (const entry of entries) {
    const sign = entry.kind === 'void' ? -1 : 1;
    for (const { commodity, quantity } of entry.items) {
      for (const { account, amount = 0 } of commodityOf(entry, commodity, policyOf)?.costs ?? []) {
        const { programme } = entry;
        const key = `${programme} ${account}`;
        const before = lines.get(key)?.amount ?? 0;
        lines.set(key, { programme, account, amount: before + sign * amount * quantity });
      }
    }
  }
  return [...lines.values()].sort((a, b) => a.programme - b.programme || a.account - b.account);
}

const NO_FIGURES = { services: 0, quantity: 0, gross: 0, holder: 0, purse: 0 };
const NOTHING: TakenItem = { commodity: 0, quantity: 0 };

/** The money of each item, in the order of the items. */
function sharesOf(entry: Entry, policyOf: PolicyOf): readonly Pick<Entry, 'gross' | 'holder' | 'purse'>[] {
  const prices = entry.items.map(
    ({ commodity, quantity }) => (commodityOf(entry, commodity, policyOf)?.price?.amount ?? 0) * quantity,
  );
  const gross = apportion(entry.gross, prices);
  const holder = apportion(entry.holder, gross);
  return gross.map((share, at) => {
    const part = holder[at] ?? 0;
    // A service is paid from the card whole, or not at all.
    return { gross: share, holder: part, purse: entry.purse === 0 ? 0 : part };
  });
}

/**
 * A sum shared out by weights, in whole numbers that add up to it: what is over goes to the largest remainders, of equal ones to the first. Exact shares
 * where the weights add up to the sum. Without any weight the first has all of it.
 */
export function apportion(sum: number, weights: readonly number[]): readonly number[] {
  const all = weights.reduce((total, weight) => total + BigInt(weight), 0n);
  if (all === 0n) return weights.map((_, at) => (at === 0 ? sum : 0));
  const parts = weights.map((weight, at) => {
    const exact = BigInt(sum) * BigInt(weight);
    return { at, whole: exact / all, rest: exact % all };
  });
  let over = Number(BigInt(sum) - parts.reduce((total, { whole }) => total + whole, 0n));
  const shares = parts.map(({ whole }) => Number(whole));
  for (const { at } of [...parts].sort((a, b) => (a.rest === b.rest ? a.at - b.at : a.rest > b.rest ? -1 : 1))) {
    if (over === 0) break;
    shares[at] = (shares[at] ?? 0) + 1;
    over -= 1;
  }
  return shares;
}

function commodityOf({ policy, programme }: Entry, number: number, policyOf: PolicyOf): Commodity | undefined {
  const rules = policyOf(policy)?.programmes.find((one) => one.number === programme);
  return rules?.commodities.find((one) => one.number === number);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
