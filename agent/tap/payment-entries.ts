/** What the journal is told of payments as part of a tap: in one frame with what they belong to. */
import { type Paid, type PaymentState, paidFor } from '../domain/payment.js';
import type { JournalEntry, JournalState, OpenPayment } from '../journal/journal.js';

/** When something happened, and under whose hands. */
export interface At {
  readonly atMs: number;
  /** 0 where the site has no log-in. */
  readonly operator: number;
}

/** The event that says where a payment stands. */
export function paymentEvent(payment: OpenPayment, state: PaymentState, { atMs, operator }: At): JournalEntry {
  const { programme, method, amount, tapId, machine } = payment;
  const about = { ...paidFor(payment), programme, method, amount, reference: tapId, machine };
  return { kind: 'event', event: { type: 'payment', time: Math.floor(atMs / 1000), ...about, state, operator } };
}

/** What was paid for a service of a card that was not handed over yet: at the till, or from the card. Undefined where nothing was, as far as this desk knows. */
export function paidWithGrant(
  { payments, undispensed }: Pick<JournalState, 'payments' | 'undispensed'>,
  tapId: string,
): Paid | undefined {
  const payment = payments.get(tapId);
  if (payment !== undefined) return { method: payment.method, amount: payment.amount };
  const service = undispensed.get(tapId)?.intent.service;
  return service?.paidFrom === undefined ? undefined : { method: 'purse', amount: service.effects.charge.holder };
}

/** With the commit of a service: it was paid for. Nothing where it was not paid at this desk. */
export function paidEntries({ payments }: Pick<JournalState, 'payments'>, tapId: string, at: At): JournalEntry[] {
  const payment = payments.get(tapId);
  return payment === undefined ? [] : [paymentEvent(payment, 'paid', at)];
}

/** As {@link paidEntries} for a service without an intent: `taken` is recorded in the same frame, before these. */
export function paidWith(
  { payments }: Pick<JournalState, 'payments'>,
  taken: readonly JournalEntry[],
  { tapId, ...at }: At & { readonly tapId: string },
): JournalEntry[] {
  const begun = payments.get(tapId);
  for (const entry of taken) {
    if (entry.kind !== 'payment') continue;
    const { payment } = entry;
    if (payment.step === 'paying') return [paymentEvent({ ...payment, phase: 'approved', machine: '' }, 'paid', at)];
    if (begun !== undefined) return [paymentEvent({ ...begun, machine: payment.machine }, 'paid', at)];
  }
  return [];
}

/** With the commit of a void: cash is given back by hand, and a machine is asked for it, durably from here on. */
export function returnEntries({ payments }: Pick<JournalState, 'payments'>, tapId: string, at: At): JournalEntry[] {
  const payment = payments.get(tapId);
  if (payment?.phase !== 'served') return [];
  if (payment.method === 'cash') return [paymentEvent(payment, 'returned', at)];
  return [{ kind: 'payment', payment: { step: 'reversing', tapId, atMs: at.atMs, machine: '' } }];
}

/** With the report of a service whose effect on the card is not known: its money is held. */
export function heldEntries({ payments }: Pick<JournalState, 'payments'>, tapId: string, at: At): JournalEntry[] {
  const payment = payments.get(tapId);
  return payment === undefined ? [] : [paymentEvent(payment, 'held', at)];
}

/**
 * With the end of a service that will not be completed here. A machine gives the money back by itself, as for any payment without a service; that cash
 * has to be is a case, which the event before this told of.
 */
export function strandedEntries(
  { payments }: Pick<JournalState, 'payments'>,
  tapId: string,
  { atMs }: At,
): JournalEntry[] {
  if (payments.get(tapId)?.method !== 'cash') return [];
  return [{ kind: 'payment', payment: { step: 'over', tapId, atMs, machine: '' } }];
}
