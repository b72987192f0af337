/** Entries about payments. Published in `docs/formats/journal.md`. */
import type { Fields } from '../../../sync/protocol/fields.js';
import { paidForOut, readPaidFor } from '../../../sync/protocol/payment-event.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import { WaslError } from '../../domain/errors.js';
import { MACHINE_REFERENCE_CHARS_MAX, PAYMENT_METHODS, type Payment } from '../../domain/payment.js';
import type { OpenPayment, PayingStep, PaymentMove } from '../journal.js';
import { readTapId, tapIdBytes } from './tap-id.js';

/** Kinds of the entries. A `paying` for a person without a card stands in an entry of persons, see `person-codec.ts`. */
export const PAYMENT_KINDS = { paying: 21, moved: 22, over: 23 } as const;

const MOVES = ['approved', 'reversing'] as const;
const PHASES = ['asked', 'approved', 'served', 'reversing', 'returning'] as const;

/** An entry as an array for CBOR, its kind first. */
export function paymentOut(payment: PayingStep | PaymentMove): unknown[] {
  if (payment.step === 'paying') return [PAYMENT_KINDS.paying, ...payingOut(payment)];
  const head = [tapIdBytes(payment.tapId), payment.atMs];
  if (payment.step === 'over') return [PAYMENT_KINDS.over, ...head];
  return [PAYMENT_KINDS.moved, ...head, MOVES.indexOf(payment.step), machineOut(payment.machine)];
}

/** Reads what {@link paymentOut} made, behind its kind. Throws as the fields do, and `code` for a payment that is written in another way. */
export function readPayment(kind: number, fields: Fields, code: ErrorCode): PayingStep | PaymentMove {
  if (kind === PAYMENT_KINDS.paying) {
    const paying = readPaying(fields);
    if (paying.card === undefined) throw new WaslError(code, 'a payment of a person stands in an entry of persons');
    return paying;
  }
  const head = { tapId: readTapId(fields), atMs: fields.uint() };
  if (kind === PAYMENT_KINDS.over) return { step: 'over', ...head, machine: '' };
  return { ...head, step: fields.oneOf(MOVES), machine: readMachine(fields) };
}

/** What stands behind the kind of a payment that is begun. */
export function payingOut(payment: Payment): unknown[] {
  const { tapId, atMs, programme, method, amount } = payment;
  const how = [programme, PAYMENT_METHODS.indexOf(method), amount];
  return [tapIdBytes(tapId), atMs, ...paidForOut(payment), ...how];
}

/** Reads what {@link payingOut} made. Throws as the fields do. */
export function readPaying(fields: Fields): PayingStep {
  const head = { tapId: readTapId(fields), atMs: fields.uint() };
  const about = { ...readPaidFor(fields), programme: fields.uint() };
  return { step: 'paying', ...head, ...about, method: fields.oneOf(PAYMENT_METHODS), amount: fields.uint() };
}

/** A payment that is not over, for a checkpoint. */
export function openPaymentOut({ phase, machine, ...payment }: OpenPayment): unknown[] {
  return [...payingOut(payment), PHASES.indexOf(phase), machineOut(machine)];
}

/** Reads what {@link openPaymentOut} made. Throws as the fields do. */
export function readOpenPayment(fields: Fields): OpenPayment {
  const { step: _, ...payment } = readPaying(fields);
  return { ...payment, phase: fields.oneOf(PHASES), machine: readMachine(fields) };
}

/** As bytes: it may be empty. */
function machineOut(machine: string): Uint8Array {
  return Buffer.from(machine, 'latin1');
}

function readMachine(fields: Fields): string {
  return Buffer.from(fields.bytesUpTo(MACHINE_REFERENCE_CHARS_MAX)).toString('latin1');
}
