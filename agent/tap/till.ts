/**
 * The till of a desk: takes what a holder pays, and sees to it that every payment ends.
 *
 *   paying (fsync) → machine ─┬─ approved → (with INTENT, fsync) … COMMIT with `paid` → handed over: over
 *                             ├─ declined, cancelled, never heard of: over
 *                             └─ no answer: asked for by its reference until it is known; taken → reversing → `undone`: over
 *
 * Cash is recorded in one frame with the INTENT. A service that is taken back reverses its payment; so does one that comes to nothing. What is under way survives
 * any cut: each payment is in the journal before the machine hears of it, and is followed after a restart until it is over.
 */
import type { PaymentMachine, PaymentStanding } from '../../drivers/payment.js';
import type { Timers } from '../domain/clock.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { Payment, PaymentMethod } from '../domain/payment.js';
import type { Journal, JournalEntry, OpenPayment, PaymentMove } from '../journal/journal.js';
import { paymentEvent } from './payment-entries.js';

/** What a till is made of. */
export interface TillParts {
  readonly journal: Pick<Journal, 'append' | 'state' | 'hasRoom'>;
  /** Null where only cash is taken. */
  readonly machine: PaymentMachine | null;
  readonly timers: Timers;
  nowMs(): number;
  /** ISO 4217 code of every sum. */
  currency(): string;
  /** Number of the operator; 0 where the site has no log-in. */
  operator(): number;
  /** Hears of what should never happen: a fault inside Wasl. For the log. */
  fault(error: unknown): void;
  /** Hears what keeps a payment from its end. For the log. */
  problem(code: ErrorCode, payment: OpenPayment): void;
}

/** What became of taking a payment: what is recorded with the intent of its service, or why there is none. */
export type Taken =
  | { readonly isPaid: true; readonly entries: readonly JournalEntry[] }
  | { readonly isPaid: false; readonly code: ErrorCode };

/** The till. */
export interface Till {
  /** How a holder can pay here. */
  methods(): readonly PaymentMethod[];
  /** Takes a payment. With a machine it waits for the holder. Never rejects. */
  take(payment: Payment): Promise<Taken>;
  /** Asks the machine to give up a payment that is waited for. */
  cancel(tapId: string): Promise<void>;
  /** The service of a payment came to nothing: it is given back, durably from here on. Never rejects; a journal that fails is tried again. */
  giveBack(tapId: string): Promise<void>;
  /** The tap is over, whatever came of it: its payment is followed from here on. */
  release(tapId: string): void;
  /** Goes through all payments that are not over, now. Resolves when each was asked for once. */
  follow(): Promise<void>;
  /** Follows them until it is stopped. */
  start(): void;
  stop(): Promise<void>;
}

/** How often payments that are not over are asked for, ms. */
export const FOLLOW_EVERY_MS = 15_000;

/** Payments of machines that may be open at a time. */
export const OPEN_PAYMENTS_MAX = 200;

/** Questions after a payment that ended without an answer, before the desk goes on without it. */
const QUERIES_MAX = 3;

/** Opens the till of a desk. */
export function openTill(parts: TillParts): Till {
  const { journal, machine, timers } = parts;
  /** Payments that a tap at this desk is busy with: they are not followed. */
  const busy = new Set<string>();
  /** Payments that were found to be open for too long, told once in each run. */
  const told = new Set<string>();
  let following: Promise<void> = Promise.resolve();
  let callOff: () => void = () => undefined;
  let isRunning = false;

  const moved = (step: PaymentMove['step'], tapId: string, reference = ''): JournalEntry => ({
    kind: 'payment',
    payment: { step, tapId, atMs: parts.nowMs(), machine: reference },
  });
  const over = (tapId: string): Promise<unknown> => journal.append([moved('over', tapId)]);
  const event = (payment: OpenPayment, state: Parameters<typeof paymentEvent>[1]): JournalEntry =>
    paymentEvent(payment, state, { atMs: parts.nowMs(), operator: parts.operator() });

  /** The machine's last word on a payment that was just asked for; asks again where there was none. */
  const outcomeOf = async (by: PaymentMachine, payment: Payment): Promise<PaymentStanding> => {
    const { tapId: reference, amount } = payment;
    let standing = await by.pay({ reference, amount, currency: parts.currency() });
    for (let asked = 0; asked < QUERIES_MAX && standing.outcome === 'unknown'; asked += 1)
      standing = await by.query(reference);
    return standing;
  };

  const takeByMachine = async (by: PaymentMachine, payment: Payment): Promise<Taken> => {
    const { tapId, amount } = payment;
    busy.add(tapId);
    try {
      if (openAtMachine(journal.state().payments) >= OPEN_PAYMENTS_MAX)
        return { isPaid: false, code: 'ERR_PAYMENT_UNKNOWN' };
      // What is taken has to be recorded: a full disk is found out about before.
      if (!(await journal.hasRoom())) return { isPaid: false, code: 'ERR_JOURNAL_SPACE' };
      await journal.append([{ kind: 'payment', payment: { step: 'paying', ...payment } }]);
      const standing = await outcomeOf(by, payment);
      switch (standing.outcome) {
        case 'approved':
          if (standing.amount !== amount) return { isPaid: false, code: 'ERR_PAYMENT_UNKNOWN' };
          return { isPaid: true, entries: [moved('approved', tapId, standing.machine)] };
        case 'declined':
          await over(tapId);
          return { isPaid: false, code: 'ERR_PAYMENT_DECLINED' };
        case 'cancelled':
        case 'none':
          await over(tapId);
          return { isPaid: false, code: 'ERR_PAYMENT_CANCELLED' };
        default:
          return { isPaid: false, code: 'ERR_PAYMENT_UNKNOWN' };
      }
    } catch (error) {
      if (codeOf(error) === 'ERR_INTERNAL') parts.fault(error);
      return { isPaid: false, code: codeOf(error) };
    }
  };

  const finishReversing = async (by: PaymentMachine, payment: OpenPayment): Promise<void> => {
    const { outcome } = await by.reverse(payment.tapId);
    if (outcome !== 'reversed' && outcome !== 'none') return parts.problem('ERR_PAYMENT_UNKNOWN', payment);
    const state = payment.phase === 'returning' ? 'returned' : 'undone';
    // A machine that never took it has nothing to give back, and nothing was ever said of it.
    const isUnsaid = outcome === 'none' && state === 'undone' && payment.machine === '' && !told.has(payment.tapId);
    const says = isUnsaid ? [] : [event(payment, state)];
    await journal.append([...says, moved('over', payment.tapId)]);
  };

  /** Durable before it is asked for. */
  const reverse = async (by: PaymentMachine, payment: OpenPayment, reference: string): Promise<void> => {
    await journal.append([moved('reversing', payment.tapId, reference)]);
    const reversing = journal.state().payments.get(payment.tapId);
    if (reversing !== undefined) await finishReversing(by, reversing);
  };

  /** One step towards the end of a payment. */
  const advance = async (by: PaymentMachine, payment: OpenPayment): Promise<void> => {
    const { tapId, phase } = payment;
    const { openIntents } = journal.state();
    // Its card may come back: then the service is completed, and the payment with it.
    if (phase === 'served' || openIntents.has(tapId)) return;
    if (phase === 'reversing' || phase === 'returning') return finishReversing(by, payment);
    if (phase === 'approved') return reverse(by, payment, payment.machine);
    const standing = await by.query(tapId);
    switch (standing.outcome) {
      case 'approved':
      case 'pending':
        // Nobody waits for it any more. A machine that is at it gives up.
        return reverse(by, payment, standing.outcome === 'approved' ? standing.machine : '');
      case 'unknown':
        if (!told.has(tapId)) {
          told.add(tapId);
          await journal.append([event(payment, 'held')]);
        }
        return parts.problem('ERR_PAYMENT_UNKNOWN', payment);
      case 'reversed':
        await journal.append([event(payment, 'undone'), moved('over', tapId)]);
        return;
      default:
        await journal.append([...(told.has(tapId) ? [event(payment, 'undone')] : []), moved('over', tapId)]);
    }
  };

  const followAll = async (): Promise<void> => {
    for (const payment of [...journal.state().payments.values()]) {
      if (busy.has(payment.tapId) || machine === null || payment.method !== 'machine') continue;
      await advance(machine, payment).catch((error: unknown) => parts.problem(codeOf(error), payment));
    }
  };
  const follow = (): Promise<void> => {
    following = following.then(followAll);
    return following;
  };
  const again = (): void => {
    if (isRunning) callOff = timers.after(FOLLOW_EVERY_MS, () => void follow().then(again));
  };

  return {
    methods: () => (machine === null ? ['cash'] : ['cash', 'machine']),
    take: async (payment) => {
      if (payment.method === 'machine')
        return machine === null ? { isPaid: false, code: 'ERR_PAYMENT_METHOD' } : takeByMachine(machine, payment);
      return { isPaid: true, entries: [{ kind: 'payment', payment: { step: 'paying', ...payment } }] };
    },
    cancel: async (tapId) => {
      if (busy.has(tapId)) await machine?.cancel(tapId);
    },
    giveBack: async (tapId) => {
      const payment = journal.state().payments.get(tapId);
      busy.delete(tapId);
      if (payment?.method !== 'machine' || payment.phase === 'reversing' || payment.phase === 'returning') return;
      // Best effort: what cannot be recorded now is found again as a payment without a service.
      await journal.append([moved('reversing', tapId)]).catch(() => undefined);
      void follow();
    },
    release: (tapId) => {
      busy.delete(tapId);
      if (journal.state().payments.has(tapId)) void follow();
    },
    follow,
    start: () => {
      isRunning = true;
      void follow().then(again);
    },
    stop: async () => {
      isRunning = false;
      callOff();
      await machine?.close();
      await following;
    },
  };
}

/** Payments whose end hangs on the machine. */
function openAtMachine(payments: ReadonlyMap<string, OpenPayment>): number {
  let open = 0;
  for (const { method, phase } of payments.values()) if (method === 'machine' && phase !== 'served') open += 1;
  return open;
}
