/**
 * The port of a payment machine: a device beside the terminal that takes bank cards and wallets. It decides about nothing but money; what is paid for, and whether, is
 * for the terminal. Every request carries the terminal's own reference, by which the machine knows it again: a machine never takes the same reference twice.
 */

/** A payment that is asked for. */
export interface PaymentRequest {
  /** Ours: 16 hex digits, used for one payment and never again. */
  readonly reference: string;
  /** In minor units of the currency, at least 1. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
}

/**
 * Where a payment stands by the machine's own word. `approved`: it took the money. `declined`, `cancelled`: it did not, and never will. `reversed`: it took it, and
 * gave it back. `none`: it knows of no such payment, and will take none by this reference that was sent before. `pending`: it is at it. `unknown`: it did not say.
 */
export type PaymentStanding =
  | { readonly outcome: 'approved'; readonly amount: number; readonly machine: string }
  | { readonly outcome: 'declined' | 'cancelled' | 'reversed' | 'none' | 'pending' | 'unknown' };

/** One machine. No method rejects: a machine that cannot be reached has not said anything, which is `unknown`. */
export interface PaymentMachine {
  /** For the log and the bar. */
  readonly name: string;
  /** Asks for a payment and waits for its end, for as long as a holder may take. Never `pending`. */
  pay(request: PaymentRequest): Promise<PaymentStanding>;
  /** Asks to give up a payment that is under way; what becomes of it is the answer to {@link PaymentMachine.pay}. */
  cancel(reference: string): Promise<void>;
  /** Where a payment stands. */
  query(reference: string): Promise<PaymentStanding>;
  /** Gives a payment back: `reversed` when that is done; asked again it is done once. */
  reverse(reference: string): Promise<PaymentStanding>;
  /** Frees the device. */
  close(): Promise<void>;
}
