/** The till of a scenario's terminal: the product's own, with its driver, before a simulated payment machine. */
import type { Timers } from '../../agent/domain/clock.js';
import type { Journal } from '../../agent/journal/journal.js';
import { systemTimers } from '../../agent/system.js';
import { openTill, type Till } from '../../agent/tap/till.js';
import type { TimeSource, Trust } from '../../agent/trust/trust.js';
import { serialPaymentMachine } from '../../drivers/serial/payment-machine.js';
import { SimulatedPaymentMachine } from '../payment/machine.js';

/** The machine answers at once: what it is asked and when is the scenario's, how long people take at it is not. */
const AT_ONCE: Timers = {
  after: (_delayMs, callback) => {
    const timer = setImmediate(callback);
    return () => clearImmediate(timer);
  },
};
/** How long a machine that died is waited for, in real time. */
const MACHINE_TIMEOUT_MS = 40;

/** A till with its machine; neither where nothing is paid. */
export interface ScenarioTill {
  readonly machine: SimulatedPaymentMachine | null;
  readonly till: Till | null;
}

/** Opens the till of a terminal, where it takes payments. */
export function scenarioTill(
  takesPayments: boolean,
  { journal, time, trust }: { readonly journal: Journal; readonly time: TimeSource; readonly trust: Trust },
): ScenarioTill {
  if (!takesPayments) return { machine: null, till: null };
  const machine = new SimulatedPaymentMachine(AT_ONCE);
  const till = openTill({
    ...{ journal, timers: systemTimers, operator: () => 0, nowMs: () => time.now().ms },
    currency: () => trust.policy().currency ?? '',
    machine: serialPaymentMachine({
      ...{ path: 'simulated', timers: systemTimers, loadOpen: () => Promise.resolve(machine.openSerial()) },
      ...{ payTimeoutMs: MACHINE_TIMEOUT_MS, answerTimeoutMs: MACHINE_TIMEOUT_MS },
    }),
    problem: () => undefined,
    fault: (error) => {
      throw error;
    },
  });
  return { machine, till };
}
