/**
 * What a shift comes to, as a terminal's events tell of it, and who may close it. Pure. Where a payment stands is what its last event says: one that was held
 * and then paid counts as paid.
 */
import type { ErrorCode } from '../domain/error-codes.js';
import type { RedemptionEvent, RosterEvent, TakenItem } from '../domain/event.js';
import type { PaymentMethod, PaymentState } from '../domain/payment.js';
import {
  cashDifference,
  type OpenShift,
  SHIFT_GOODS_MAX,
  type ShiftClosedEvent,
  type ShiftGoods,
  type ShiftReason,
  type ShiftTally,
  type Takings,
} from '../domain/shift.js';
import type { StockLine, ToldEvent } from './stock.js';

/** What a site demands of shifts. */
export interface ShiftRules {
  /** Nobody is served without one. */
  readonly isRequired: boolean;
  /** There is a drawer to be counted. */
  readonly takesCash: boolean;
  /** Largest difference of the drawer, either way, that the clerk may close with alone; minor units. */
  readonly cashDifferenceMax: number;
  /** The same of each commodity that is counted, in its unit. */
  readonly stockDifferenceMax: number;
}

/** What somebody closes a shift with. */
export interface ShiftCount {
  /** In the drawer, minor units; null at a desk that takes no money. */
  readonly counted: number | null;
  /** What was counted of the outlet's goods; none where nobody counts them. */
  readonly stock: readonly TakenItem[];
  readonly reason: ShiftReason;
  /** Number of who counts; 0 where the site has no log-in. */
  readonly closedBy: number;
  /** Number of the supervisor who has shown their PIN for it; 0 for nobody. */
  readonly supervisor: number;
}

/** A shift that is open, with what it has come to. */
export interface RunningShift {
  readonly shift: OpenShift;
  readonly tally: ShiftTally;
  /** The book of the outlet, where one is kept. */
  readonly stock: readonly StockLine[];
}

/** The shifts of a terminal, as whoever works at it uses them. */
export interface ShiftKeeper {
  readonly rules: ShiftRules;
  /** The shift that is open; null for none. */
  current(): OpenShift | null;
  /** Opens one, durably. Rejects with `ERR_SHIFT_OPEN` where one is, with `ERR_QUANTITY` for a float that does not fit the desk, and with `ERR_JOURNAL_*`. */
  open(order: Pick<OpenShift, 'operator' | 'float'>): Promise<OpenShift>;
  /** The open one with its sums. Rejects with `ERR_SHIFT_NONE` and `ERR_JOURNAL_*`. */
  running(): Promise<RunningShift>;
  /**
   * Closes it, durably: what was counted of the goods and of the drawer is recorded at once or not at all. Rejects with `ERR_SHIFT_NONE` where this shift is not open,
   * with what {@link closingRefusal} says, with `ERR_QUANTITY` for a count that does not fit the desk, and with `ERR_JOURNAL_*`.
   */
  close(id: string, count: ShiftCount): Promise<ShiftClosedEvent>;
}

/** Sums of the events of a shift; they are all of its events and no other, each once. */
export function shiftTally(told: Iterable<ToldEvent>, isWhole: boolean): ShiftTally {
  const goods = new Map<number, { out: number; back: number }>();
  const payments = new Map<string, { method: PaymentMethod; amount: number; states: Set<PaymentState> }>();
  const seen = new Set<string>();
  let services = 0;
  let voids = 0;
  const move = (items: readonly TakenItem[], to: 'out' | 'back'): void => {
    for (const { commodity, quantity } of items) {
      const line = goods.get(commodity) ?? { out: 0, back: 0 };
      line[to] += quantity;
      goods.set(commodity, line);
    }
  };
  for (const { mark, event } of told) {
    if (seen.has(mark)) continue;
    seen.add(mark);
    if (event.type === 'redemption' || event.type === 'roster') {
      if (isTrial(event)) continue;
      services += 1;
      move(event.items, 'out');
    } else if (event.type === 'void' || event.type === 'roster-void') {
      voids += 1;
      move(event.items, 'back');
    } else if (event.type === 'payment') {
      const { reference, method, amount, state } = event;
      const payment = payments.get(reference) ?? { method, amount, states: new Set() };
      payment.states.add(state);
      payments.set(reference, payment);
    }
  }
  const takings = { cash: takingsOf('cash', payments.values()), machine: takingsOf('machine', payments.values()) };
  return { services, voids, takings, goods: largest(goods), isWhole };
}

function isTrial({ details }: RedemptionEvent | RosterEvent): boolean {
  return details?.isTrial === true;
}

function takingsOf(
  method: PaymentMethod,
  payments: Iterable<{
    readonly method: PaymentMethod;
    readonly amount: number;
    readonly states: ReadonlySet<PaymentState>;
  }>,
): Takings {
  const sums = { paid: 0, returned: 0, held: 0 };
  for (const { method: by, amount, states } of payments) {
    if (by !== method) continue;
    if (states.has('paid')) sums.paid += amount;
    if (states.has('returned')) sums.returned += amount;
    if (states.has('held') && !states.has('paid') && !states.has('undone') && !states.has('returned'))
      sums.held += amount;
  }
  return sums;
}

/** By number; where they are too many for an event, those of which most was handed out. */
function largest(goods: ReadonlyMap<number, { readonly out: number; readonly back: number }>): ShiftGoods[] {
  const lines = [...goods].map(([commodity, line]) => ({ commodity, ...line }));
  return lines
    .sort((a, b) => b.out - a.out || a.commodity - b.commodity)
    .slice(0, SHIFT_GOODS_MAX)
    .sort((a, b) => a.commodity - b.commodity);
}

/** What has to be shown before it may be closed with this count; null when nothing has. */
export function closingRefusal(
  { shift, tally, stock }: RunningShift,
  count: ShiftCount,
  rules: ShiftRules,
): ErrorCode | null {
  const { closedBy, supervisor, counted, reason } = count;
  // Whoever does not answer for the drawer does not count it alone.
  if (closedBy !== shift.operator && supervisor === 0) return 'ERR_SHIFT_OPERATOR';
  const cash = Math.abs(cashDifference({ float: shift.float, tally, counted }));
  const isOff =
    cash > rules.cashDifferenceMax ||
    count.stock.some(({ commodity, quantity }) => {
      const believed = stock.find((line) => line.commodity === commodity)?.onHand ?? 0;
      return Math.abs(quantity - believed) > rules.stockDifferenceMax;
    });
  return isOff && (supervisor === 0 || reason === 'none') ? 'ERR_SHIFT_DIFFERENCE' : null;
}
