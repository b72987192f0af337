/** What the page is told of a shift and of the outlet's goods, and what it may ask for there. Part of the state of the kiosk. */
import type { StockKind } from '../domain/event.js';
import type { ShiftReason, Takings } from '../domain/shift.js';
import type { CountedTexts, Texts } from '../domain/texts.js';
import type { HintView, SupervisorView } from './offer-state.js';

/** A shift, as a clerk knows it. */
export interface ShiftView {
  readonly id: string;
  /** Name of whose it is; null where the site has no log-in. */
  readonly operator: string | null;
  readonly sinceMs: number;
  /** It is that of whoever works here now. */
  readonly isOwn: boolean;
  /** It was opened on an earlier day of the site: somebody forgot it. */
  readonly isOld: boolean;
}

/** What a shift has come to; money in minor units. */
export interface SumsView {
  readonly services: number;
  readonly voids: number;
  /** False where events are gone and the sums are too low. */
  readonly isWhole: boolean;
  /** In the drawer at the beginning, and what should be in it now; null at a desk that takes no money. */
  readonly float: number | null;
  readonly expected: number | null;
  readonly cash: Takings;
  readonly machine: Takings;
  /** What was handed out and not taken back. */
  readonly goods: readonly {
    readonly commodity: string;
    readonly name: Texts;
    readonly unit: CountedTexts;
    readonly quantity: number;
  }[];
}

/** What the terminal believes to have of one commodity: see `StockLine` in `agent/services/stock.ts`. */
export interface StockView {
  readonly commodity: string;
  readonly name: Texts;
  readonly unit: CountedTexts;
  readonly opening: number | null;
  readonly delivered: number;
  readonly dispensed: number;
  readonly returned: number;
  readonly writtenOff: number;
  readonly adjusted: number;
  readonly onHand: number | null;
  /** Deliveries, counts and write-offs; with none nobody keeps stock of it. */
  readonly entries: number;
  /** `time` in seconds since 1970. */
  readonly lastCount: { readonly time: number; readonly counted: number; readonly believed: number } | null;
}

/** Screens of the books: nobody is served while one is shown. */
export type BooksScreen =
  /** Open a shift. `open`: somebody else's, which has to be closed first. `isForced`: nobody is served before. */
  | {
      readonly name: 'shift-open';
      readonly takesCash: boolean;
      /** ISO 4217; null where the policy has none. */
      readonly currency: string | null;
      readonly open: ShiftView | null;
      readonly operator: string | null;
      readonly isForced: boolean;
    }
  /** Count and close. */
  | {
      readonly name: 'shift-close';
      readonly shift: ShiftView;
      readonly currency: string | null;
      readonly sums: SumsView;
      /** Largest differences without a supervisor, either way: money, and of each commodity. */
      readonly limits: { readonly cash: number; readonly stock: number };
      /** What is counted with it: the goods that the outlet keeps. */
      readonly stock: readonly StockView[];
      readonly supervisors: readonly SupervisorView[];
      readonly hint: HintView | null;
    }
  /** Closed: to be looked at, copied or photographed. */
  | {
      readonly name: 'shift-closed';
      readonly shift: ShiftView;
      readonly closedMs: number;
      readonly currency: string | null;
      readonly sums: SumsView;
      readonly counted: number | null;
      /** Counted less expected. */
      readonly difference: number;
      readonly reason: ShiftReason;
      /** Name of who answers for it; null for nobody. */
      readonly supervisor: string | null;
    }
  /** The goods of the outlet. `goods`: all that this desk hands out, whether stock is kept of it yet or not. */
  | {
      readonly name: 'stock';
      readonly goods: readonly StockView[];
      readonly supervisors: readonly SupervisorView[];
      readonly hint: HintView | null;
    };

/** What the page may ask of the books. */
export type BooksCommand =
  /** Show what there is to open or to close; only while nobody is being served. */
  | { readonly type: 'shift' }
  /** Open a shift with this in the drawer, minor units; null at a desk that takes no money. */
  | { readonly type: 'shift-open'; readonly float: number | null }
  /** Close this one. A supervisor where the count is off or the shift is somebody else's; what a wrong PIN comes to is in the next state. */
  | {
      readonly type: 'shift-close';
      readonly shift: string;
      readonly counted: number | null;
      readonly stock: Readonly<Record<string, number>>;
      readonly reason: ShiftReason;
      readonly supervisor?: number;
      readonly pin?: string;
    }
  /** Show the goods of the outlet; only while nobody is being served. */
  | { readonly type: 'goods' }
  /** Back to service from any screen of the books. */
  | { readonly type: 'leave' }
  /** Goods came in, were counted or written off: a supervisor answers for it with their PIN. Only while nobody is being served. */
  | {
      readonly type: 'stock';
      readonly kind: StockKind;
      readonly quantities: Readonly<Record<string, number>>;
      /** Number of the delivery note. */
      readonly reference?: string;
      readonly supervisor: number;
      readonly pin: string;
    };

/** What the idle screen says of the books. */
export interface IdleBooks {
  /** The desk has shifts, and which one is open. */
  readonly shift?: ShiftView | null;
  /** The goods of the outlet can be looked at here. */
  readonly keepsStock?: true;
}

/** What is left of the outlet's goods, and below how much of it an offer says so, by the id of the commodity. */
export interface LowStock {
  readonly below: Readonly<Record<string, number>>;
  /** By number; null where it is not known. */
  onHand(commodity: number): number | null;
}
