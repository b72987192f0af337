/** What the screens of the books work out: sums in words, and what a count is off by. */
import type { BooksScreen, StockView } from '../state.js';
import type { Speech } from './speech.js';

/** A screen on which a shift is counted. */
export type Closing = Extract<BooksScreen, { readonly name: 'shift-close' }>;

/** A sum in minor units; a plain number where the policy names no currency. */
export function moneyIn(minorUnits: number, currency: string | null, speech: Speech): string {
  return currency === null ? speech.number(minorUnits) : speech.money(minorUnits, currency);
}

/** What is counted, one after the other: the drawer first, then each commodity that the outlet keeps. */
export function countsOf({ sums, stock }: Closing): readonly ('cash' | StockView)[] {
  return [...(sums.expected === null ? [] : (['cash'] as const)), ...stock];
}

/** What was counted so far, by the id of the commodity; the drawer apart. */
export interface Counted {
  readonly cash: number | null;
  readonly stock: Readonly<Record<string, number>>;
}

/** Whether a supervisor has to answer for it: the count is off by more than the site lets pass, or the shift is somebody else's. */
export function needsSupervisor(closing: Closing, counted: Counted): boolean {
  return !closing.shift.isOwn || isOff(closing, counted);
}

/** Whether the count is off by more than the site lets pass. */
export function isOff({ sums, stock, limits }: Closing, counted: Counted): boolean {
  const cash = sums.expected === null || counted.cash === null ? 0 : Math.abs(counted.cash - sums.expected);
  return (
    cash > limits.cash ||
    stock.some(({ commodity, onHand }) => {
      const units = counted.stock[commodity];
      return units !== undefined && Math.abs(units - (onHand ?? 0)) > limits.stock;
    })
  );
}
