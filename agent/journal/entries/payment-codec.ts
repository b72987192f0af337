/** Entries about payments. Published in `docs/formats/journal.md`. */
import type { Fields } from '../../../sync/protocol/fields.js';
import { MACHINE_REFERENCE_CHARS_MAX, PAYMENT_METHODS } from '../../domain/payment.js';
import type { OpenPayment, PayingStep, PaymentMove } from '../journal.js';
import { readTapId, tapIdBytes } from './tap-id.js';

/** Kinds of the entries. */
export const PAYMENT_KINDS = { paying: 21, moved: 22, over: 23 } as const;

const MOVES = ['approved', 'reversing'] as const;
const PHASES = ['asked', 'approved', 'served', 'reversing', 'returning'] as const;

/** An entry as an array for CBOR, its kind first. */
export function paymentOut(payment: PayingStep | PaymentMove): unknown[] {
  const { tapId, atMs } = payment;
  const head = [tapIdBytes(tapId), atMs];
  if (payment.step === 'over') return [PAYMENT_KINDS.over, ...head];
  if (payment.step !== 'paying')
    return [PAYMENT_KINDS.moved, ...head, MOVES.indexOf(payment.step), machineOut(payment.machine)];
  const { card, ledgerSequence, programme, method, amount } = payment;
  return [PAYMENT_KINDS.paying, ...head, card, ledgerSequence, programme, PAYMENT_METHODS.indexOf(method), amount];
}

/** Reads what {@link paymentOut} made, behind its kind. Throws as the fields do. */
export function readPayment(kind: number, fields: Fields): PayingStep | PaymentMove {
  const head = { tapId: readTapId(fields), atMs: fields.uint() };
  if (kind === PAYMENT_KINDS.over) return { step: 'over', ...head, machine: '' };
  if (kind === PAYMENT_KINDS.moved) return { ...head, step: fields.oneOf(MOVES), machine: readMachine(fields) };
  return {
    ...{ step: 'paying', ...head, card: fields.uint(), ledgerSequence: fields.uint(), programme: fields.uint() },
    method: fields.oneOf(PAYMENT_METHODS),
    amount: fields.uint(),
  };
}

/** A payment that is not over, for a checkpoint. */
export function openPaymentOut({ phase, machine, ...payment }: OpenPayment): unknown[] {
  const [, ...begun] = paymentOut({ step: 'paying', ...payment });
  return [...begun, PHASES.indexOf(phase), machineOut(machine)];
}

/** Reads what {@link openPaymentOut} made. Throws as the fields do. */
export function readOpenPayment(fields: Fields): OpenPayment {
  const begun = readPayment(PAYMENT_KINDS.paying, fields) as PayingStep;
  const { step: _, ...payment } = begun;
  return { ...payment, phase: fields.oneOf(PHASES), machine: readMachine(fields) };
}

/** As bytes: it may be empty. */
function machineOut(machine: string): Uint8Array {
  return Buffer.from(machine, 'latin1');
}

function readMachine(fields: Fields): string {
  return Buffer.from(fields.bytesUpTo(MACHINE_REFERENCE_CHARS_MAX)).toString('latin1');
}
