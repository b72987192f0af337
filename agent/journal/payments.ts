/** Payments that are not over, folded from the journal. Pure. */
import type { OpenPayment, PayingStep, PaymentMove } from './journal.js';

/** Payments by tap id, changed in place. */
export type OpenPayments = Map<string, OpenPayment>;

/** Takes in what happened to a payment. What has no beginning here (it was in a damaged frame) changes nothing. */
export function foldPayment(payments: OpenPayments, payment: PayingStep | PaymentMove): void {
  if (payment.step === 'paying') {
    const { step: _, ...begun } = payment;
    // Whoever takes cash has it in hand; a machine has only been asked.
    payments.set(begun.tapId, { ...begun, phase: begun.method === 'cash' ? 'approved' : 'asked', machine: '' });
    return;
  }
  const open = payments.get(payment.tapId);
  if (open === undefined) return;
  if (payment.step === 'over') payments.delete(payment.tapId);
  else
    payments.set(payment.tapId, {
      ...open,
      phase: phaseAfter(open, payment.step),
      machine: payment.machine || open.machine,
    });
}

function phaseAfter({ phase }: OpenPayment, step: 'approved' | 'reversing'): OpenPayment['phase'] {
  return step === 'reversing' && (phase === 'served' || phase === 'returning') ? 'returning' : step;
}

/** The service of a payment stands on the card, or in the journal where there is none. */
export function foldServed(payments: OpenPayments, tapId: string): void {
  const open = payments.get(tapId);
  if (open !== undefined) payments.set(tapId, { ...open, phase: 'served' });
}

/** The service was handed over, or taken back: a payment that is not on its way back is over. */
export function foldDispensed(payments: OpenPayments, tapId: string): void {
  if (payments.get(tapId)?.phase === 'served') payments.delete(tapId);
}
