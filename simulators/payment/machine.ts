/**
 * A simulated payment machine: speaks the lines of `docs/integrators/payment.md`, keeps books that survive its restarts, and fails as machines do. The driver
 * cannot tell it from a real one.
 */
import type { Timers } from '../../agent/domain/clock.js';
import type { PaymentRequest, PaymentStanding } from '../../drivers/payment.js';
import { type PaymentAsk, PaymentLines, readAsk, saidLine } from '../../drivers/serial/payment-codec.js';
import type { OpenSerial, SerialHandlers } from '../../drivers/serial/serial-port.js';

/**
 * What the machine does with the next payment. `slow`: says that it is at it, and takes its time. `dies`: takes the money and dies before it says so, until it is
 * restarted. `twice`: says its answer twice. `deaf`: the line with the question is lost. `garbled`: its answer is damaged on the line.
 */
export const PAYMENT_MOODS = ['approve', 'decline', 'slow', 'dies', 'twice', 'deaf', 'garbled'] as const;

/** One of {@link PAYMENT_MOODS}. */
export type PaymentMood = (typeof PAYMENT_MOODS)[number];

/** A payment in the books of the machine. */
export interface BookedPayment extends PaymentRequest {
  standing: Exclude<PaymentStanding, { outcome: 'none' | 'unknown' }>;
  /** How often money was taken, and given back: never more than once each. */
  taken: number;
  returned: number;
}

/** How long a slow machine takes, ms. */
const SLOW_MS = 20_000;
/** How long any machine takes, ms. */
const QUICK_MS = 400;

/** A machine, its books and its line. */
export class SimulatedPaymentMachine {
  /** Mood of the next payments; the last one stays. */
  moods: PaymentMood[] = ['approve'];
  readonly books = new Map<string, BookedPayment>();
  readonly #timers: Timers;
  #lines = new PaymentLines();
  #isDead = false;
  #say: (bytes: Uint8Array) => void = () => undefined;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Where its answers go. */
  connect(say: (bytes: Uint8Array) => void): void {
    this.#say = say;
    this.#lines = new PaymentLines();
  }

  /** Bytes from the terminal. */
  hear(chunk: Uint8Array): void {
    for (const line of this.#lines.feed(chunk)) {
      const ask = readAsk(line);
      if (ask !== null && !this.#isDead) this.#answer(ask);
    }
  }

  /** Switches it off: it hears and says nothing. */
  switchOff(): void {
    this.#isDead = true;
  }

  /** Switches it off and on: its books stay, and what was under way is given up. */
  restart(): void {
    this.#isDead = false;
    for (const payment of this.books.values())
      if (payment.standing.outcome === 'pending') payment.standing = { outcome: 'cancelled' };
  }

  /** What a method took in: of each reference, what was taken and not given back. */
  net(): number {
    return [...this.books.values()].reduce((sum, { amount, taken, returned }) => sum + amount * (taken - returned), 0);
  }

  /** Opens a line to it without a device: for whoever drives it in the same process. */
  openSerial(): OpenSerial {
    return async () => {
      let handlers: SerialHandlers | null = null;
      this.connect((bytes) => handlers?.onData(bytes));
      return {
        listen: (next) => {
          handlers = next;
        },
        write: async (bytes) => this.hear(bytes),
        close: async () => {
          handlers = null;
        },
      };
    };
  }

  #answer(ask: PaymentAsk): void {
    const known = this.books.get(ask.reference);
    if (known === undefined) {
      if (ask.ask === 'PAY') this.#begin(ask);
      else this.#send(saidLine({ reference: ask.reference, standing: { outcome: 'none' } }));
      return;
    }
    const { outcome } = known.standing;
    if (outcome === 'pending' && (ask.ask === 'CANCEL' || ask.ask === 'REVERSE')) {
      known.standing = { outcome: 'cancelled' };
    } else if (outcome === 'approved' && ask.ask === 'REVERSE') {
      known.returned += 1;
      known.standing = { outcome: 'reversed' };
    }
    if (ask.ask !== 'REVERSE' || known.standing.outcome === 'reversed') this.#tell(known);
    else this.#send(saidLine({ reference: ask.reference, standing: { outcome: 'none' } }));
  }

  #begin({ reference, amount, currency }: PaymentRequest): void {
    const mood = (this.moods.length > 1 ? this.moods.shift() : this.moods[0]) ?? 'approve';
    if (mood === 'deaf') return;
    const payment: BookedPayment = {
      ...{ reference, amount, currency, taken: 0, returned: 0 },
      standing: { outcome: 'pending' },
    };
    this.books.set(reference, payment);
    if (mood === 'slow') this.#tell(payment);
    this.#timers.after(mood === 'slow' ? SLOW_MS : QUICK_MS, () => this.#finish(payment, mood));
  }

  #finish(payment: BookedPayment, mood: PaymentMood): void {
    // Given up meanwhile, or the power went first.
    if (payment.standing.outcome !== 'pending' || this.#isDead) return;
    if (mood === 'decline') payment.standing = { outcome: 'declined' };
    else {
      payment.taken += 1;
      payment.standing = { outcome: 'approved', amount: payment.amount, machine: `M${payment.reference.slice(0, 8)}` };
    }
    if (mood === 'dies') {
      this.#isDead = true;
      return;
    }
    if (mood === 'garbled') this.#send('APPROVED what*00\r\n');
    else this.#tell(payment);
    if (mood === 'twice') this.#tell(payment);
  }

  #tell({ reference, standing }: BookedPayment): void {
    this.#send(saidLine({ reference, standing }));
  }

  #send(line: string): void {
    this.#say(Buffer.from(line, 'latin1'));
  }
}
