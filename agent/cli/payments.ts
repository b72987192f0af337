/** What a terminal takes payments with, from its configuration. */
import { serialPaymentMachine } from '../../drivers/serial/payment-machine.js';
import type { TerminalConfig } from '../config.js';
import { systemTimers } from '../system.js';
import type { TerminalParts } from '../terminal.js';

/** Nothing where the configuration says nothing of payments; cash alone where it names no machine. */
export function paymentsOf({ payments }: TerminalConfig): Pick<TerminalParts, 'payments'> {
  if (payments === undefined) return {};
  const { machine } = payments;
  return {
    payments: { machine: machine === undefined ? null : serialPaymentMachine({ ...machine, timers: systemTimers }) },
  };
}
