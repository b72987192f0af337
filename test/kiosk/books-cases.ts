/** Screens of the log-in, the shift and the outlet's goods: on a good day and on the worst one. */
import { reasonText } from '../../agent/kiosk/reason-texts.js';
import type { BooksScreen, Screen, ShiftView, StockView, SumsView } from '../../agent/kiosk/state.js';
import { BREAD, ITEMS, LONG_HOLDER, offer, SAMPLE_NOW_MS } from './samples.js';

const LONG_NAME = 'منى عبد الرحيم بدران الشناوي';

/** A shift of whoever works here. */
export const SHIFT: ShiftView = {
  ...{ id: '0011223344556677', operator: 'Tarek Morsi', sinceMs: SAMPLE_NOW_MS - 7 * 3_600_000 },
  ...{ isOwn: true, isOld: false },
};
const FORGOTTEN: ShiftView = {
  ...SHIFT,
  ...{ operator: LONG_NAME, sinceMs: SAMPLE_NOW_MS - 3 * 86_400_000, isOwn: false, isOld: true },
};

const NOTHING = { paid: 0, returned: 0, held: 0 };

/** 200 pounds at the beginning, 60 more since. */
export const SUMS: SumsView = {
  ...{ services: 14, voids: 1, isWhole: true, float: 20_000, expected: 26_000 },
  ...{ cash: { paid: 6_500, returned: 500, held: 0 }, machine: { paid: 3_000, returned: 0, held: 0 } },
  goods: [{ ...named(BREAD), quantity: 130 }],
};
const WORST: SumsView = {
  ...{ services: 1_204, voids: 12, isWhole: false, float: 1_000_000, expected: 21_534_567 },
  cash: { paid: 20_639_567, returned: 120_000, held: 15_000 },
  machine: { paid: 30_000_000, returned: 0, held: 0 },
  goods: ITEMS.map((item) => ({ ...named(item), quantity: 1_200 })),
};
const NO_MONEY: SumsView = { ...SUMS, float: null, expected: null, cash: NOTHING, machine: NOTHING };

function named({ commodity, name, unit }: typeof BREAD) {
  return { commodity, name, unit };
}

function line(item: typeof BREAD, onHand: number | null, entries = 1): StockView {
  const sums = { opening: 0, delivered: 500, dispensed: 70, returned: 0, writtenOff: 0, adjusted: 0 };
  const lastCount = { time: SAMPLE_NOW_MS / 1000 - 86_400, counted: 433, believed: 435 };
  return { ...named(item), ...sums, onHand, entries, lastCount: entries === 0 ? null : lastCount };
}

/** What the outlet has. */
export const GOODS: readonly StockView[] = ITEMS.map((item, at) => line(item, at === 1 ? -3 : 430, at === 3 ? 0 : 1));

/** The shift is to be counted. */
export const CLOSING: Extract<BooksScreen, { readonly name: 'shift-close' }> = {
  ...{ name: 'shift-close', shift: SHIFT, currency: 'EGP', sums: SUMS, limits: { cash: 100, stock: 0 } },
  ...{ stock: [], supervisors: [{ number: 9, name: 'سامية عبد الحميد' }], hint: null },
};
const OPENING: Extract<BooksScreen, { readonly name: 'shift-open' }> = {
  ...{ name: 'shift-open', takesCash: true, currency: 'EGP', open: null, operator: 'Tarek Morsi', isForced: false },
};
const CLOSED: Extract<BooksScreen, { readonly name: 'shift-closed' }> = {
  ...{ name: 'shift-closed', shift: SHIFT, closedMs: SAMPLE_NOW_MS, currency: 'EGP', sums: SUMS },
  ...{ counted: 26_000, difference: 0, reason: 'none', supervisor: null },
};
const STOCK: Extract<BooksScreen, { readonly name: 'stock' }> = {
  ...{ name: 'stock', goods: GOODS, supervisors: [{ number: 9, name: 'سامية عبد الحميد' }], hint: null },
};

/** The goods of the outlet. */
export const STOCK_SCREEN = STOCK;

const BAD_PIN = { code: 'ERR_PIN', text: reasonText('ERR_PIN') } as const;

const STAFF = [
  { number: 3, name: LONG_NAME, role: 'nurse' },
  { number: 4, name: 'Tarek', role: 'clerk' },
];

/** Each with its name. */
export const BOOKS_CASES: readonly { readonly name: string; readonly screen: Screen }[] = [
  { name: 'log-in', screen: { name: 'log-in', operators: STAFF.slice(0, 1), hint: null } },
  { name: 'log-in, many, the wrong PIN', screen: { name: 'log-in', operators: STAFF, hint: BAD_PIN } },
  { name: 'idle, somebody is logged in', screen: { name: 'idle', pending: [], operator: LONG_NAME } },
  { name: 'idle, no shift', screen: { name: 'idle', pending: [], operator: 'Tarek Morsi', shift: null } },
  {
    name: 'idle, a shift, goods, persons without cards',
    screen: { name: 'idle', pending: [], operator: LONG_NAME, shift: SHIFT, keepsStock: true, canSearch: true },
  },
  {
    name: 'idle, a forgotten shift',
    screen: { name: 'idle', pending: [], operator: 'Tarek Morsi', shift: FORGOTTEN, keepsStock: true },
  },
  { name: 'shift-open', screen: OPENING },
  { name: 'shift-open, demanded', screen: { ...OPENING, isForced: true, operator: LONG_NAME } },
  { name: 'shift-open without money', screen: { ...OPENING, takesCash: false, isForced: true } },
  { name: 'shift-open, somebody else’s is open', screen: { ...OPENING, open: FORGOTTEN, isForced: true } },
  { name: 'shift-close', screen: CLOSING },
  { name: 'shift-close, all that there can be', screen: { ...CLOSING, shift: FORGOTTEN, sums: WORST } },
  { name: 'shift-close, the wrong PIN', screen: { ...CLOSING, hint: BAD_PIN } },
  { name: 'shift-close without money', screen: { ...CLOSING, sums: NO_MONEY } },
  { name: 'shift-closed', screen: CLOSED },
  {
    name: 'shift-closed, all that there can be',
    screen: {
      ...{ ...CLOSED, sums: WORST, counted: 21_000_000, difference: -534_567 },
      ...{ reason: 'float', supervisor: LONG_NAME, shift: FORGOTTEN },
    },
  },
  { name: 'offer, little is left of it', screen: offer('o1', [{ ...BREAD, left: 3 }]) },
  {
    name: 'offer of six, nothing is left of one',
    screen: offer('o2', [{ ...BREAD, left: 0 }, ...ITEMS.slice(1)], LONG_HOLDER),
  },
  { name: 'stock', screen: STOCK },
  { name: 'stock, one commodity', screen: { ...STOCK, goods: GOODS.slice(0, 1) } },
];
