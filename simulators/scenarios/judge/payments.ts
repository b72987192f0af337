/** PS11: what was paid, by the events of the centre and the books of the machines. The prices are written down here once more, apart from any policy. */
import type { PaymentEvent } from '../../../agent/domain/event.js';
import { atLeast, type Clause, type JudgedService, none, quantityOf, row, servicesOf } from './checks.js';
import type { Evidence, JudgedEvent } from './evidence.js';
import type { Verdict } from './verdict.js';

/** Piasters for one unit of each commodity: holders pay all of it. */
const PRICES = new Map<number, number>([
  [2, 1_260],
  [3, 3_000],
]);
const RATIONS = 1;
/** Terminal at which payments are taken. */
const GROCER = 'manakh-grocer';

interface JudgedPayment extends JudgedEvent {
  readonly event: PaymentEvent;
}

/** Judges the row. */
export function judgePayments(evidence: Evidence): Verdict {
  const payments = evidence.events.filter((one): one is JudgedPayment => one.event.type === 'payment');
  const of = (method: string, state: string): JudgedPayment[] =>
    payments.filter(({ event }) => event.method === method && event.state === state);
  const priced = servicesOf(evidence, RATIONS).filter((one) => one.site === GROCER && priceOf(one) > 0);
  return row('PS11', {
    'services were paid in cash': atLeast(1, of('cash', 'paid')),
    'services were paid at the machine': atLeast(1, of('machine', 'paid')),
    'each service that has a price has one payment of exactly that': onePaymentEach(priced, payments),
    'each payment is of one service': none(
      payments.filter(({ event }) => event.state === 'paid' && !priced.some((one) => isOf(event, one))),
    ),
    'services that were taken back gave their payments back': returned(evidence, payments),
    'payments without a service were undone': undone(payments),
    'the machine took what the events say, and nothing twice': booksAgree(evidence, payments),
    'what was declined gave nothing': declined(evidence, payments),
  });
}

function priceOf({ event }: JudgedService): number {
  return [...PRICES].reduce((sum, [commodity, price]) => sum + price * quantityOf(event.items, commodity), 0);
}

function isOf(payment: PaymentEvent, { event }: JudgedService): boolean {
  return payment.card === event.card && payment.ledgerSequence === event.ledgerSequence;
}

function onePaymentEach(priced: readonly JudgedService[], payments: readonly JudgedPayment[]): Clause {
  const wrong = priced.filter((service) => {
    const mine = payments.filter(({ event }) => event.state === 'paid' && isOf(event, service));
    return mine.length !== 1 || mine[0]?.event.amount !== priceOf(service);
  });
  return {
    holds: priced.length > 0 && wrong.length === 0,
    found: { services: priced.length, wrong: wrong.slice(0, 5) },
  };
}

/** Exactly those whose service has a void. */
function returned(evidence: Evidence, payments: readonly JudgedPayment[]): Clause {
  const voids = evidence.events.flatMap(({ event }) =>
    event.type === 'void' ? [`${event.card} ${event.voided}`] : [],
  );
  const back = payments.filter(({ event }) => event.state === 'returned').map(({ event }) => keyOf(event));
  const paid = new Set(payments.filter(({ event }) => event.state === 'paid').map(({ event }) => keyOf(event)));
  const due = voids.filter((key) => paid.has(key));
  const isSame = back.length === due.length && due.every((key) => back.includes(key));
  return { holds: due.length > 0 && isSame, found: { voids: due.length, returned: back.length } };
}

function keyOf({ card, ledgerSequence }: PaymentEvent): string {
  return `${card} ${ledgerSequence}`;
}

/** What was held is not held any more. */
function undone(payments: readonly JudgedPayment[]): Clause {
  const references = (state: string): Set<string> =>
    new Set(payments.filter(({ event }) => event.state === state).map(({ event }) => event.reference));
  const [held, paid, over] = [references('held'), references('paid'), references('undone')];
  const open = [...held].filter((reference) => !paid.has(reference) && !over.has(reference));
  const both = [...over].filter((reference) => paid.has(reference));
  return { holds: over.size > 0 && open.length + both.length === 0, found: { undone: over.size, open, both } };
}

/** For each reference: taken once at most, and what is left of it is what the events say is left. */
function booksAgree({ machines }: Evidence, payments: readonly JudgedPayment[]): Clause {
  const wrong = machines.filter(({ reference, amount, taken, returned: back }) => {
    const mine = payments.filter(({ event }) => event.reference === reference);
    const sum = (state: string): number =>
      mine.filter(({ event }) => event.state === state).reduce((all, { event }) => all + event.amount, 0);
    return taken > 1 || back > taken || amount * (taken - back) !== sum('paid') - sum('returned');
  });
  const known = new Set(machines.map(({ reference }) => reference));
  const unknown = payments.filter(({ event }) => event.method === 'machine' && !known.has(event.reference));
  const found = { payments: machines.length, wrong: wrong.slice(0, 5), unknown: unknown.length };
  return { holds: machines.length > 0 && wrong.length + unknown.length === 0, found };
}

/** Payments that the machine never took: no event says that they were paid. */
function declined({ machines }: Evidence, payments: readonly JudgedPayment[]): Clause {
  const refused = machines.filter(({ taken }) => taken === 0).map(({ reference }) => reference);
  const served = payments.filter(({ event }) => event.state === 'paid' && refused.includes(event.reference));
  return {
    holds: refused.length > 0 && served.length === 0,
    found: { refused: refused.length, served: served.length },
  };
}
