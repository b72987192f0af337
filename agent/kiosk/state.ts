/**
 * What the kiosk page is told: the whole screen as one value, sent again whenever it changes. The page keeps no
 * state of its own beyond language and the quantity being chosen, so a reload in the middle of a tap loses nothing.
 */
import type { ErrorCode } from '../domain/error-codes.js';
import type { WayToPay } from '../domain/payment.js';
import type { CopaymentLine, Factor } from '../domain/policy.js';
import type { CountedTexts, Texts } from '../domain/texts.js';
import type { OperatorView } from '../trust/trust.js';
import type { BooksCommand, BooksScreen, IdleBooks, StockView } from './books-state.js';
import type { HealthCommand, HealthScreen } from './health-state.js';
import type { HolderView, IdentityView, PersonView, StandInView } from './holder-state.js';
import type { HintView, OfferMore, PaperChoice, PaymentView, SupervisorView, WritesView } from './offer-state.js';
import type { PinCommand, PinScreen } from './pin-state.js';
import type { BroughtSlipView, SlipView } from './slip-state.js';

/** The outlet's goods and the shift. */
export type { BooksCommand, BooksScreen, IdleBooks, LowStock, ShiftView, StockView, SumsView } from './books-state.js';
/** Health records. */
export type { HealthRecordView } from './health-state.js';
/** Whom the screen is about. */
export type { HolderView, IdentityView, PersonView, StandInView } from './holder-state.js';
/** What an offer asks for besides quantities, and what is paid. */
export type {
  HintView,
  OfferMore,
  PaperChoice,
  PaperView,
  PaymentView,
  ProofView,
  PurseView,
  SupervisorView,
  WritesView,
} from './offer-state.js';
/** Slips. */
export type { BroughtSlipView, SlipPaperView, SlipView } from './slip-state.js';

/** One commodity on offer, all quantities in its unit. */
export interface ItemView {
  readonly commodity: string;
  readonly name: Texts;
  readonly unit: CountedTexts;
  /** Most that may be taken now. */
  readonly available: number;
  /** What was taken today and this month, and the quotas that bound it. */
  readonly usedDay: number;
  readonly quotaDay: number;
  readonly usedMonth: number;
  readonly quotaMonth: number;
  /** It is chosen and not handed out: the screen begins with none of it. */
  readonly isChosen?: boolean;
  /** What one unit costs, in minor units of the offer's currency, and what the policy says of the holder's part (absent: all of it). */
  readonly price?: { readonly each: number; readonly line?: CopaymentLine };
  /** What is left in the store, where that is little. */
  readonly left?: number;
  /** The paper that it writes. */
  readonly writes?: WritesView;
}

/** A quantity of one commodity. */
export interface TakenView {
  readonly commodity: string;
  readonly name: Texts;
  readonly unit: CountedTexts;
  readonly quantity: number;
}

/** A grant whose goods have not been confirmed as handed over: shown again after a restart. */
export interface HandoverView {
  readonly tapId: string;
  /** Id of the event, as printed on the receipt: `terminal:epoch:seq`. */
  readonly receipt: string;
  readonly atMs: number;
  readonly taken: readonly TakenView[];
  readonly cardEnding: string;
  /** As in {@link HolderView}. */
  readonly isListed?: true;
  /**
   * Whether it can be taken back: `offered` where the rules know it and there are supervisors; `begun` when its card was being written and was taken
   * away, so that it can only be finished.
   */
  readonly takeBack: 'no' | 'offered' | 'begun';
  /** What was paid for it. */
  readonly paid?: PaymentView;
  /** The slip that is handed over. */
  readonly slip?: SlipView;
}

/** What fills the screen. */
export type Screen =
  | { readonly name: 'starting' }
  /** Nobody there: present a card. `pending` lists hand-overs that were never confirmed. */
  | (IdleBooks & {
      readonly name: 'idle';
      readonly pending: readonly HandoverView[];
      /** Name of whoever is logged in; absent where the site has no log-in. */
      readonly operator?: string;
      /** Persons of a list are served here without a card. */
      readonly canSearch?: true;
      /** Somebody may collect for a holder here. */
      readonly canRepresent?: true;
      /** Who collects for the holder whose card comes next. */
      readonly standIn?: StandInView;
      /** A slip that was read: the card of its holder comes next. */
      readonly slip?: BroughtSlipView;
    })
  /** Somebody is to collect for a holder: their own card comes first. `hint`: why the last card did not do. */
  | { readonly name: 'represent'; readonly tapId: string; readonly hint: HintView | null }
  | BooksScreen
  /** Nobody is logged in, and somebody has to. `hint`: why the last PIN did not do. */
  | { readonly name: 'log-in'; readonly operators: readonly OperatorView[]; readonly hint: HintView | null }
  /** Somebody without a card: who of the list it is. `typed` is what `found` answers; `total` counts those that are not shown as well. */
  | {
      readonly name: 'search';
      readonly tapId: string;
      readonly typed: string;
      readonly found: readonly PersonView[];
      readonly total: number;
    }
  | { readonly name: 'reading' }
  /** The card is good: choose how much and confirm. */
  | {
      readonly name: 'offer';
      readonly tapId: string;
      readonly programme: Texts;
      readonly holder: HolderView;
      readonly items: readonly ItemView[];
      /** The card was renewed or changed at this tap. */
      readonly isRenewed?: boolean;
      readonly more?: OfferMore;
      /** Who collects for the holder. */
      readonly standIn?: HolderView;
      /** The card expires in so many days, and the holder is to be told. */
      readonly expiresInDays?: number;
      /** Whoever serves may open the health records of the card. */
      readonly hasRecords?: true;
      /** The PIN of the card can be set, changed or unblocked here. */
      readonly hasPin?: true;
    }
  /** The payment machine waits for the holder. */
  | {
      readonly name: 'paying';
      readonly tapId: string;
      readonly holder: HolderView;
      readonly payment: PaymentView;
      readonly isCancelled: boolean;
    }
  /** The card is being written: it must stay where it is. */
  | { readonly name: 'writing'; readonly tapId: string }
  /** Green: recorded. Hand over, then confirm. */
  | {
      readonly name: 'granted';
      readonly tapId: string;
      readonly holder: HolderView;
      readonly handover: HandoverView;
      /** As in the offer. */
      readonly expiresInDays?: number;
    }
  /** Red: nothing to hand over, and why. `holder` is null when the card told nothing that can be trusted. */
  | {
      readonly name: 'refused';
      readonly tapId: string;
      readonly code: ErrorCode;
      readonly text: Texts;
      readonly holder: HolderView | null;
      /** Where the code of another issuer was presented. */
      readonly identity?: IdentityView;
      /** Where a slip was read that cannot be used. */
      readonly slip?: SlipView;
      /** As in the offer. */
      readonly hasRecords?: true;
      /** What the person was given, and nobody has handed over yet. */
      readonly given?: HandoverView;
      readonly hasPin?: true;
      /** It is the PIN of the card that was refused, and no service. */
      readonly isAboutPin?: true;
    }
  | HealthScreen
  | PinScreen
  /** Amber: the card may have been debited. Present the same card again, or go on: the case is recorded. */
  | { readonly name: 'unresolved'; readonly tapId: string; readonly code: ErrorCode; readonly text: Texts }
  /** A grant is to be taken back, and a supervisor has to allow it with their PIN. `hint`: why the last PIN did not do. */
  | {
      readonly name: 'authorise';
      readonly tapId: string;
      readonly handover: HandoverView;
      readonly supervisors: readonly SupervisorView[];
      readonly hint: HintView | null;
    }
  /** Allowed: lay down the card that was served. `hint`: why the last card did not do. */
  | {
      readonly name: 'return';
      readonly tapId: string;
      readonly handover: HandoverView;
      readonly hint: HintView | null;
    }
  /** Taken back: nothing to hand over, and the card has these quantities again. */
  | {
      readonly name: 'voided';
      readonly tapId: string;
      readonly holder: HolderView;
      readonly taken: readonly TakenView[];
      /** What was paid for it: cash is given back by hand, a machine does it by itself. */
      readonly paid?: PaymentView;
    };

/** The bar at the edge of the screen. */
export interface StatusBar {
  readonly terminal: string;
  readonly site: string;
  /** IANA name of the site's time zone, e.g. `Africa/Cairo`: the clock on the screen shows it, whatever the machine is set to. */
  readonly timeZone: string;
  readonly connection: 'online' | 'connecting' | 'offline';
  /** Events recorded here that the centre has not acknowledged yet. */
  readonly backlog: number;
  /** When the centre last acknowledged something, ms since 1970; null when never. */
  readonly lastContactMs: number | null;
  readonly readers: readonly { readonly name: string; readonly ready: boolean; readonly message: string | null }[];
  /** Services recorded since the site's midnight, without those of the day that were taken back. */
  readonly servedToday: number;
}

/** A programme that this desk serves. */
export interface ProgrammeView {
  readonly id: string;
  readonly name: Texts;
}

/** What this desk serves. */
export interface ProgrammesView {
  /** In the order of the configuration; those that the policy has. */
  readonly served: readonly ProgrammeView[];
  /** Id of the one that the next card is examined for. */
  readonly selected: string;
}

/** Everything the page shows. `version` grows with every change. */
export interface KioskState {
  readonly version: number;
  readonly nowMs: number;
  readonly screen: Screen;
  readonly programmes: ProgrammesView;
  readonly bar: StatusBar;
}

/** What the page may ask for. Each is checked against the state at that moment: a stale one gets `ERR_TAP_STATE`. */
export type KioskCommand =
  | HealthCommand
  | PinCommand
  /** Serve these quantities. */
  | {
      readonly type: 'confirm';
      readonly tapId: string;
      readonly quantities: Readonly<Record<string, number>>;
      readonly papers?: readonly PaperChoice[];
      /** Where something is to be paid at this desk. */
      readonly payment?: WayToPay;
    }
  /**
   * Make the offer anew with what is claimed; takes the place of what was claimed before. A supervisor where the exemption needs one: what a wrong PIN
   * comes to is in the next state.
   */
  | {
      readonly type: 'claim';
      readonly tapId: string;
      readonly exemption?: number;
      readonly supervisor?: number;
      readonly pin?: string;
      readonly factors?: readonly Factor[];
    }
  /** Somebody stands there for a holder, with a card of their own. */
  | { readonly type: 'represent' }
  /** The holder has typed the PIN of the card that lies there. What the card says of it is in the next state. */
  | { readonly type: 'holder-pin'; readonly tapId: string; readonly pin: string }
  /** Somebody stands there without a card. */
  | { readonly type: 'search' }
  /** An id or names, as far as they are typed. */
  | { readonly type: 'find'; readonly tapId: string; readonly text: string }
  /** It is this person, by number. */
  | { readonly type: 'choose'; readonly tapId: string; readonly person: number }
  /** Do not serve, do not wait for a payment any longer, or do not take back; nothing was written. */
  | { readonly type: 'cancel'; readonly tapId: string }
  /** The goods of this grant were handed over. */
  | { readonly type: 'handover'; readonly tapId: string }
  /** This grant was not handed over and cannot be: take it back. */
  | { readonly type: 'take-back'; readonly tapId: string }
  /** Serve this programme from now on; a card that lies on the reader is examined for it. */
  | { readonly type: 'select'; readonly programme: string }
  /** A supervisor allows it. What a wrong PIN comes to is in the next state. */
  | { readonly type: 'authorise'; readonly tapId: string; readonly supervisor: number; readonly pin: string }
  /** An operator logs in with their PIN, or whoever is logged in goes; only while no card is worked on. What a wrong PIN comes to is in the next state. */
  | { readonly type: 'log-in'; readonly operator: number; readonly pin: string }
  | { readonly type: 'log-out' }
  | BooksCommand
  /** Back to idle from this refusal, unresolved tap or service taken back; never from the one that came after it. */
  | { readonly type: 'dismiss'; readonly tapId: string };

/** The terminal as the kiosk server sees it. */
export interface KioskBackend {
  state(): KioskState;
  /** Calls `listener` after every change; returns how to stop. */
  subscribe(listener: () => void): () => void;
  /** What the terminal believes to have, by number of the commodity. Rejects with `ERR_JOURNAL_*`. */
  stock(): Promise<readonly StockView[]>;
  /** Carries out a command; rejects with a `WaslError` (`ERR_TAP_STATE`, `ERR_QUANTITY`, `ERR_PROGRAMME_UNKNOWN`; `ERR_PIN`, `ERR_PIN_LOCKED` or `ERR_VOID_ROLE` for who may not record
   * stock; `ERR_DATA_FOLDER` or `ERR_JOURNAL_SPACE` when the try of a PIN cannot be counted). */
  command(command: KioskCommand): Promise<void>;
}
