/** The books of a desk over its journal, as its configuration wants them. */
import type { Randomness } from '../../domain/clock.js';
import type { ShiftKeeper } from '../../services/shift.js';
import type { StockKeeper } from '../../services/stock.js';
import type { Journal } from '../journal.js';
import { journalShifts } from './shift.js';
import { journalStock } from './stock.js';
import { followStock } from './stock-levels.js';

/** What the configuration of a terminal says of them; a part that is absent is not kept on the screen. */
export interface BooksSettings {
  readonly shift?:
    | { readonly required: boolean; readonly cashDifferenceMax: number; readonly stockDifferenceMax: number }
    | undefined;
  readonly stock?: { readonly low: Readonly<Record<string, number>> } | undefined;
  /** Money is counted where it is taken. */
  readonly payments?: object | undefined;
}

/** The goods of the outlet, and shifts where the configuration speaks of them. `nowMs` is the terminal's time, which never goes back. */
export function journalBooks({ journal, random, settings, nowMs, failed }: JournalBooksParts): JournalBooks {
  const { shift, stock, payments } = settings;
  const low =
    stock === undefined || Object.keys(stock.low).length === 0
      ? {}
      : { low: { below: stock.low, onHand: followStock(journal, failed).onHand } };
  const books = { stock: journalStock({ journal, nowMs }), keepsStock: stock !== undefined, ...low };
  if (shift === undefined) return books;
  const { required: isRequired, cashDifferenceMax, stockDifferenceMax } = shift;
  const rules = { isRequired, takesCash: payments !== undefined, cashDifferenceMax, stockDifferenceMax };
  return { ...books, shifts: journalShifts({ journal, random, rules, nowMs }) };
}

/** What {@link journalBooks} are made from. */
export interface JournalBooksParts {
  readonly journal: Journal;
  readonly random: Randomness;
  readonly settings: BooksSettings;
  readonly nowMs: () => number;
  /** Hears of a journal whose goods could not be followed. */
  readonly failed: (error: unknown) => void;
}

/** The books of a desk. */
export interface JournalBooks {
  readonly stock: StockKeeper;
  readonly keepsStock: boolean;
  readonly shifts?: ShiftKeeper;
  /** What is left of what, and below how much of it an offer says so, by the id of the commodity. */
  readonly low?: { readonly below: Readonly<Record<string, number>>; onHand(commodity: number): number | null };
}
