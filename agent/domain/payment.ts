/** Payments of holders: what they pay for a service, and how. */

/** How a holder pays. `machine`: by bank card or wallet, at a payment machine beside the terminal. Events have them by their place: new ones go to the end. */
export const PAYMENT_METHODS = ['cash', 'machine'] as const;

/** One of {@link PAYMENT_METHODS}. */
export type PaymentMethod = (typeof PAYMENT_METHODS)[number];

/**
 * What a clerk may choose when something is to be paid. `purse`: from the account of the card that the programme names. No money comes in, so nothing of it
 * goes through the till: it is a part of the service itself, of its one ledger record and its one event.
 */
export const WAYS_TO_PAY = [...PAYMENT_METHODS, 'purse'] as const;

/** One of {@link WAYS_TO_PAY}. */
export type WayToPay = (typeof WAYS_TO_PAY)[number];

/** What was paid for a service, and how. */
export interface Paid {
  readonly method: WayToPay;
  /** In minor units of the policy's currency. */
  readonly amount: number;
}

/**
 * What became of a payment, as events tell it. `paid`: with a service. `returned`: of a `paid` one, since its service was taken back. `undone`: taken by the machine and
 * given back, without a service. `held`: taken, or perhaps taken, and what it belongs to is not known: a case, until a later event of the same reference.
 * What a method took in is the sum of `paid` less the sum of `returned`. Events have them by their place: new ones go to the end.
 */
export const PAYMENT_STATES = ['paid', 'returned', 'undone', 'held'] as const;

/** One of {@link PAYMENT_STATES}. */
export type PaymentState = (typeof PAYMENT_STATES)[number];

/** Longest reference of a payment machine, in characters, each of them of ASCII. */
export const MACHINE_REFERENCE_CHARS_MAX = 32;

/** What a payment is for: the service under a sequence of a card's ledger, or one to a person on a roster without a card, whose event has the payment's reference. */
export type PaidFor =
  | {
      readonly card: number;
      /** Sequence of the ledger record of the service. */
      readonly ledgerSequence: number;
      readonly roster?: never;
      readonly person?: never;
    }
  | {
      /** Number of the roster, and of the person in it. */
      readonly roster: number;
      readonly person: number;
      readonly card?: never;
      readonly ledgerSequence?: never;
    };

/** What a payment is for, and nothing else of it. */
export function paidFor(of: PaidFor): PaidFor {
  if (of.card === undefined) return { roster: of.roster, person: of.person };
  return { card: of.card, ledgerSequence: of.ledgerSequence };
}

/** A payment that was begun: what it is for, and how much. */
export type Payment = PaidFor & {
  /** Our reference: the id of the tap, 16 hex digits. */
  readonly tapId: string;
  readonly atMs: number;
  readonly programme: number;
  readonly method: PaymentMethod;
  /** The holder's part, in minor units of the policy's currency. */
  readonly amount: number;
};

/** What a holder paid, or got back. */
export type PaymentEvent = PaidFor & {
  readonly type: 'payment';
  readonly time: number;
  readonly programme: number;
  readonly method: PaymentMethod;
  readonly state: PaymentState;
  /** In minor units of the policy's currency. */
  readonly amount: number;
  /** Our reference, 16 hex digits: the same in every event of one payment. */
  readonly reference: string;
  /** The machine's own reference; empty for cash, and where it gave none. */
  readonly machine: string;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
};
