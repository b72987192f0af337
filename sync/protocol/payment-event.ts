/** The body of a payment event, published as `payment` in `docs/formats/event.cddl`. */
import { WaslError } from '../../agent/domain/errors.js';
import type { PaymentEvent } from '../../agent/domain/event.js';
import {
  MACHINE_REFERENCE_CHARS_MAX,
  PAYMENT_METHODS,
  PAYMENT_STATES,
  type PaidFor,
} from '../../agent/domain/payment.js';
import type { Fields } from './fields.js';

const REFERENCE_BYTES = 8;
const REFERENCE = /^[0-9a-f]{16}$/;

/** What follows the head of the event. Throws `ERR_EVENT_FORMAT` for a reference that is none. */
export function paymentOut(event: PaymentEvent): unknown[] {
  const { programme, method, state, amount, reference, machine, operator } = event;
  if (!REFERENCE.test(reference))
    throw new WaslError('ERR_EVENT_FORMAT', 'the reference of a payment is 16 hex digits');
  return [
    ...[...paidForOut(event), programme, PAYMENT_METHODS.indexOf(method), PAYMENT_STATES.indexOf(state), amount],
    ...[Buffer.from(reference, 'hex'), Buffer.from(machine, 'latin1'), operator],
  ];
}

/** Reads what {@link paymentOut} made. Throws as the fields do. */
export function readPayment(time: number, fields: Fields): PaymentEvent {
  return {
    type: 'payment',
    time,
    ...readPaidFor(fields),
    programme: fields.uint(),
    method: fields.oneOf(PAYMENT_METHODS),
    state: fields.oneOf(PAYMENT_STATES),
    amount: fields.uint(),
    reference: Buffer.from(fields.bytes(REFERENCE_BYTES)).toString('hex'),
    machine: Buffer.from(fields.bytesUpTo(MACHINE_REFERENCE_CHARS_MAX)).toString('latin1'),
    operator: fields.uint(),
  };
}

/** What a payment is for, as two elements: a card and its ledger sequence; or null and the numbers of roster and person. */
export function paidForOut(of: PaidFor): readonly unknown[] {
  return of.card === undefined ? [null, [of.roster, of.person]] : [of.card, of.ledgerSequence];
}

/** Reads what {@link paidForOut} made. Throws as the fields do. */
export function readPaidFor(fields: Fields): PaidFor {
  const card = fields.uintOrNull();
  if (card !== null) return { card, ledgerSequence: fields.uint() };
  const inner = fields.array();
  const who = { roster: inner.uint(), person: inner.uint() };
  inner.end();
  return who;
}
