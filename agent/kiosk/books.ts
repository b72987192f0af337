/**
 * The books of a desk as the screen shows them: the shift that is opened and closed, and the goods of the outlet. They lie over the idle screen:
 *
 *              shift                    shift-open            shift                        shift-close
 *   service ───────────▶ shift-open ──────────────▶ service ─────────▶ shift-close ─────────────────────▶ shift-closed ─ leave ─▶ service
 *      │  ▲                                                              │ leave, half an hour
 *      │  └──────────────────────────────────────────────────────────────┘
 *      └─ goods ─▶ stock ─ leave, half an hour ─▶ service
 *
 * Where a shift is demanded, `shift-open` takes the place of service until there is one of whoever works here. No card is read while a screen of the books is
 * shown: nothing is served behind the back of a count.
 */
import { calendarOf } from '../domain/calendar.js';
import type { Clock, Timers } from '../domain/clock.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import {
  cashDifference,
  expectedCash,
  type OpenShift,
  type ShiftClosedEvent,
  type ShiftTally,
} from '../domain/shift.js';
import type { RunningShift, ShiftKeeper } from '../services/shift.js';
import type { StockKeeper, StockLine } from '../services/stock.js';
import type { Session, Supervisors, Trust } from '../trust/trust.js';
import type { BooksCommand, BooksScreen, IdleBooks, ShiftView, SumsView } from './books-state.js';
import { goodsOfDesk, itemsOf, named, stockView } from './names.js';
import { reasonText } from './reason-texts.js';

/** How long a screen of the books waits for somebody, ms: as long as a drawer takes to be counted, twice. */
export const BOOKS_WAIT_MS = 30 * 60_000;

/** What the books are made from. */
export interface BooksParts {
  /** Absent: this desk has no shifts. */
  readonly shifts?: ShiftKeeper;
  readonly stock: StockKeeper;
  /** The goods of the outlet are kept on the screen. */
  readonly keepsStock: boolean;
  /** Ids of the programmes that this desk serves. */
  readonly programmes: readonly string[];
  readonly session: Session;
  readonly supervisors: Supervisors;
  readonly trust: Trust;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Nobody is being served, and no card is worked on. */
  isIdle(): boolean;
}

/** The books of a desk. */
export interface Books {
  /** What lies over the idle screen; null for nothing. */
  screen(): BooksScreen | null;
  /** Whether a card that is presented now may be read. */
  mayServe(): boolean;
  /** Why nobody is served now, where {@link mayServe} says so. */
  refusal(): ErrorCode;
  /** What the idle screen says of them. */
  idle(): IdleBooks;
  /** Rejects with `ERR_TAP_STATE` for what cannot be done now, and as `ShiftKeeper` and `StockKeeper` do; what a wrong PIN comes to on a screen of the books is in the next state. */
  carryOut(command: BooksCommand): Promise<void>;
  /** Calls `listener` after every change; returns how to stop. */
  subscribe(listener: () => void): () => void;
}

type Overlay =
  | { readonly name: 'shift-open' }
  | { readonly name: 'shift-close'; readonly running: RunningShift; readonly hint: ErrorCode | null }
  | { readonly name: 'shift-closed'; readonly closed: ShiftClosedEvent }
  | { readonly name: 'stock'; readonly book: readonly StockLine[]; readonly hint: ErrorCode | null };

/** What the screen says itself, in the place of an answer. */
const HINTS: readonly ErrorCode[] = [
  ...(['ERR_PIN', 'ERR_PIN_LOCKED', 'ERR_VOID_ROLE'] as const),
  ...(['ERR_SHIFT_OPERATOR', 'ERR_SHIFT_DIFFERENCE'] as const),
];

/** Opens the books; no screen of them is shown. */
export function createBooks(parts: BooksParts): Books {
  return new DeskBooks(parts);
}

class DeskBooks implements Books {
  readonly #parts: BooksParts;
  readonly #listeners = new Set<() => void>();
  #overlay: Overlay | null = null;
  /** Something is being recorded: no card is read, and nothing else is begun. */
  #isBusy = false;
  #callOff: () => void = () => undefined;

  constructor(parts: BooksParts) {
    this.#parts = parts;
    parts.session.subscribe(() => this.#show(null));
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  mayServe = (): boolean => !this.#isBusy && this.#overlay === null && !this.#isForced();

  refusal = (): ErrorCode => (this.#overlay === null && !this.#isBusy ? 'ERR_SHIFT_NONE' : 'ERR_TAP_STATE');

  idle = (): IdleBooks => {
    const { shifts, keepsStock } = this.#parts;
    const open = shifts?.current() ?? null;
    return {
      ...(shifts === undefined ? {} : { shift: open === null ? null : this.#view(open) }),
      ...(keepsStock ? { keepsStock } : {}),
    };
  };

  screen = (): BooksScreen | null => {
    const overlay = this.#overlay;
    if (overlay === null) return this.#isForced() ? this.#opening() : null;
    switch (overlay.name) {
      case 'shift-open':
        return this.#opening();
      case 'shift-close':
        return this.#closing(overlay.running, overlay.hint);
      case 'shift-closed':
        return this.#closed(overlay.closed);
      case 'stock': {
        const { trust, supervisors, programmes } = this.#parts;
        const goods = stockView(goodsOfDesk(overlay.book, trust.policy(), programmes), trust.policy());
        return { name: 'stock', goods, supervisors: supervisors.here(), hint: hintOf(overlay.hint) };
      }
    }
  };

  carryOut = async (command: BooksCommand): Promise<void> => {
    if (!this.#parts.isIdle() || this.#isBusy) throw new WaslError('ERR_TAP_STATE');
    if (command.type === 'leave') return this.#show(null);
    this.#isBusy = true;
    try {
      await this.#carryOut(command);
    } catch (error) {
      if (!this.#hinted(error)) throw error;
    } finally {
      this.#isBusy = false;
    }
  };

  #carryOut(command: Exclude<BooksCommand, { readonly type: 'leave' }>): Promise<void> {
    switch (command.type) {
      case 'shift':
        return this.#askShift();
      case 'shift-open':
        return this.#open(command.float);
      case 'shift-close':
        return this.#close(command);
      case 'goods':
        return this.#goods();
      case 'stock':
        return this.#stock(command);
    }
  }

  /** Whoever works here now; 0 where the site has no log-in. Throws `ERR_TAP_STATE` where nobody is logged in and somebody has to be. */
  #operator(): number {
    const { session } = this.#parts;
    const operator = session.current();
    if (operator === null && session.isNeeded()) throw new WaslError('ERR_TAP_STATE');
    return operator?.number ?? 0;
  }

  #shifts(): ShiftKeeper {
    const { shifts } = this.#parts;
    if (shifts === undefined) throw new WaslError('ERR_TAP_STATE');
    return shifts;
  }

  async #askShift(): Promise<void> {
    const shifts = this.#shifts();
    this.#operator();
    if (shifts.current() === null) return this.#show({ name: 'shift-open' });
    this.#show({ name: 'shift-close', running: await shifts.running(), hint: null });
  }

  async #open(float: number | null): Promise<void> {
    await this.#shifts().open({ operator: this.#operator(), float });
    this.#show(null);
  }

  async #close(command: Extract<BooksCommand, { readonly type: 'shift-close' }>): Promise<void> {
    const { supervisors, trust } = this.#parts;
    const { shift, counted, reason, supervisor, pin } = command;
    const stock = itemsOf(command.stock, trust.policy());
    const closedBy = this.#operator();
    if (supervisor !== undefined) {
      if (pin === undefined) throw new WaslError('ERR_API_REQUEST', 'pin: a supervisor allows nothing without one');
      const verdict = await supervisors.authorise(supervisor, pin);
      if (!verdict.allowed) throw new WaslError(verdict.code);
    }
    const count = { counted, stock, reason, closedBy, supervisor: supervisor ?? 0 };
    this.#show({ name: 'shift-closed', closed: await this.#shifts().close(shift, count) });
  }

  async #goods(): Promise<void> {
    if (!this.#parts.keepsStock) throw new WaslError('ERR_TAP_STATE');
    this.#operator();
    this.#show({ name: 'stock', book: await this.#parts.stock.book(), hint: null });
  }

  /** Only while nobody is being served: what the terminal believes to have is then what the last service left. */
  async #stock(command: Extract<BooksCommand, { readonly type: 'stock' }>): Promise<void> {
    const { trust, supervisors, stock } = this.#parts;
    const { kind, quantities, reference, supervisor, pin } = command;
    const items = itemsOf(quantities, trust.policy());
    const verdict = await supervisors.authorise(supervisor, pin);
    if (!verdict.allowed) throw new WaslError(verdict.code);
    await stock.record({ kind, items, reference: reference ?? null, operator: supervisor });
    if (this.#overlay?.name === 'stock') this.#show({ name: 'stock', book: await stock.book(), hint: null });
  }

  /** Whether the screen that is shown says it. */
  #hinted(error: unknown): boolean {
    const overlay = this.#overlay;
    if (overlay?.name !== 'shift-close' && overlay?.name !== 'stock') return false;
    if (!isWaslError(error) || !HINTS.includes(error.code)) return false;
    this.#show({ ...overlay, hint: error.code });
    return true;
  }

  #show(overlay: Overlay | null): void {
    this.#callOff();
    this.#callOff =
      overlay === null ? () => undefined : this.#parts.timers.after(BOOKS_WAIT_MS, () => this.#show(null));
    this.#overlay = overlay;
    for (const listener of this.#listeners) listener();
  }

  #isForced(): boolean {
    const { shifts, session } = this.#parts;
    if (shifts?.rules.isRequired !== true) return false;
    const operator = session.current()?.number ?? 0;
    return shifts.current()?.operator !== operator;
  }

  #view({ id, operator, atMs }: Pick<OpenShift, 'id' | 'operator' | 'atMs'>): ShiftView {
    const { session, trust, clock } = this.#parts;
    const { dayOf } = calendarOf(trust.policy().timeZone);
    const known = session.operators().find(({ number }) => number === operator);
    const name = operator === 0 ? null : (known?.name ?? `#${operator}`);
    const isOwn = operator === (session.current()?.number ?? 0);
    return { id, operator: name, sinceMs: atMs, isOwn, isOld: dayOf(atMs) !== dayOf(clock.nowMs()) };
  }

  #opening(): BooksScreen {
    const { session, trust } = this.#parts;
    const shifts = this.#shifts();
    const open = shifts.current();
    return {
      ...{ name: 'shift-open', takesCash: shifts.rules.takesCash, currency: trust.policy().currency ?? null },
      open: open === null ? null : this.#view(open),
      operator: session.current()?.name ?? null,
      isForced: this.#isForced(),
    };
  }

  #closing({ shift, tally, stock }: RunningShift, hint: ErrorCode | null): BooksScreen {
    const { trust, supervisors, keepsStock } = this.#parts;
    const { cashDifferenceMax, stockDifferenceMax } = this.#shifts().rules;
    const kept = keepsStock ? stock.filter(({ entries }) => entries > 0) : [];
    return {
      ...{ name: 'shift-close', shift: this.#view(shift), currency: trust.policy().currency ?? null },
      sums: this.#sums(shift.float, tally),
      limits: { cash: cashDifferenceMax, stock: stockDifferenceMax },
      stock: stockView(kept, trust.policy()),
      supervisors: supervisors.here(),
      hint: hintOf(hint),
    };
  }

  #closed(closed: ShiftClosedEvent): BooksScreen {
    const { trust, supervisors } = this.#parts;
    const { shift: id, operator, openedAt, time, float, tally, counted, reason, supervisor } = closed;
    const known = supervisors.here().find(({ number }) => number === supervisor);
    return {
      ...{ name: 'shift-closed', shift: this.#view({ id, operator, atMs: openedAt * 1000 }), closedMs: time * 1000 },
      ...{ currency: trust.policy().currency ?? null, sums: this.#sums(float, tally), counted },
      ...{ difference: cashDifference(closed), reason },
      supervisor: supervisor === 0 ? null : (known?.name ?? `#${supervisor}`),
    };
  }

  #sums(float: number | null, tally: ShiftTally): SumsView {
    const policy = this.#parts.trust.policy();
    const { services, voids, isWhole, takings, goods } = tally;
    return {
      ...{ services, voids, isWhole, float, expected: expectedCash(float, tally) },
      ...{ cash: takings.cash, machine: takings.machine },
      goods: goods.map(({ commodity, out, back }) => ({ ...named(policy, commodity), quantity: out - back })),
    };
  }
}

function hintOf(code: ErrorCode | null) {
  return code === null ? null : { code, text: reasonText(code) };
}
