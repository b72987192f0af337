/**
 * The driver of a payment machine on a serial line: `docs/integrators/payment.md`. Opens the port when something is asked, and again after it was lost.
 * One question at a time for each reference; an answer about a reference that nobody waits for (late, or said twice) is dropped.
 */
import type { Timers } from '../../agent/domain/clock.js';
import type { PaymentMachine, PaymentRequest, PaymentStanding } from '../payment.js';
import { askLine, type PaymentAsk, PaymentLines, readSaid } from './payment-codec.js';
import { loadOpenSerial, type OpenSerial, type SerialLink } from './serial-port.js';

/** How a machine is driven. */
export interface SerialPaymentOptions {
  /** Device file. */
  readonly path: string;
  /** Bits per second; 115,200 unless given. */
  readonly baudRate?: number;
  readonly timers: Timers;
  /** Loads what opens ports. */
  readonly loadOpen?: () => Promise<OpenSerial>;
  /** How long a holder may take to pay; 120 s unless given. */
  readonly payTimeoutMs?: number;
  /** How long the machine may take to say where a payment stands; 5 s unless given. */
  readonly answerTimeoutMs?: number;
}

const UNKNOWN: PaymentStanding = { outcome: 'unknown' };

interface Waiting {
  readonly isEnd: (standing: PaymentStanding) => boolean;
  readonly done: (standing: PaymentStanding) => void;
}

/** A machine on a serial line. The port is not opened before it is needed. */
export function serialPaymentMachine(options: SerialPaymentOptions): PaymentMachine {
  const { path, baudRate = 115_200, timers, loadOpen = loadOpenSerial } = options;
  const { payTimeoutMs = 120_000, answerTimeoutMs = 5_000 } = options;
  const waiting = new Map<string, Set<Waiting>>();
  let opening: Promise<SerialLink> | null = null;

  const lost = (): void => {
    opening = null;
    for (const all of [...waiting.values()]) for (const one of [...all]) one.done(UNKNOWN);
  };
  const hear = (lines: PaymentLines, chunk: Uint8Array): void => {
    for (const line of lines.feed(chunk)) {
      const said = readSaid(line);
      if (said === null) continue;
      for (const one of [...(waiting.get(said.reference) ?? [])]) if (one.isEnd(said.standing)) one.done(said.standing);
    }
  };
  const openLink = async (): Promise<SerialLink> => {
    const open = await loadOpen();
    const link = await open({ path, baudRate });
    const lines = new PaymentLines();
    link.listen({ onData: (chunk) => hear(lines, chunk), onLost: lost });
    return link;
  };
  const send = async (ask: PaymentAsk): Promise<void> => {
    opening ??= openLink();
    const mine = opening;
    try {
      const link = await mine;
      await link.write(Buffer.from(askLine(ask), 'latin1'));
    } catch (error) {
      if (opening === mine) lost();
      throw error;
    }
  };
  const exchange = (
    ask: PaymentAsk,
    { isEnd, timeoutMs }: { readonly isEnd: Waiting['isEnd']; readonly timeoutMs: number },
  ): Promise<PaymentStanding> =>
    new Promise((resolve) => {
      const all = waiting.get(ask.reference) ?? new Set<Waiting>();
      const done = (standing: PaymentStanding): void => {
        callOff();
        all.delete(one);
        if (all.size === 0) waiting.delete(ask.reference);
        resolve(standing);
      };
      const one: Waiting = { isEnd, done };
      const callOff = timers.after(timeoutMs, () => done(UNKNOWN));
      waiting.set(ask.reference, all.add(one));
      send(ask).catch(() => done(UNKNOWN));
    });

  return {
    name: `payment:${path}`,
    pay: (request: PaymentRequest) =>
      exchange({ ask: 'PAY', ...request }, { isEnd: ({ outcome }) => outcome !== 'pending', timeoutMs: payTimeoutMs }),
    cancel: (reference) => send({ ask: 'CANCEL', reference }).catch(() => undefined),
    query: (reference) => exchange({ ask: 'STATUS', reference }, { isEnd: () => true, timeoutMs: answerTimeoutMs }),
    reverse: (reference) =>
      exchange(
        { ask: 'REVERSE', reference },
        // Anything else is an answer to an earlier question, or that it did not do it.
        { isEnd: ({ outcome }) => outcome === 'reversed' || outcome === 'none', timeoutMs: answerTimeoutMs },
      ),
    close: async () => {
      const link = opening;
      lost();
      await link?.then((open) => open.close()).catch(() => undefined);
    },
  };
}
