/** `wasl sim payment`: a payment machine on a pseudo-terminal, for whoever builds a terminal's configuration or another driver against it. */
import { createInterface } from 'node:readline';
import { Command, Option } from 'commander';
import { type Output, processOutput } from '../../agent/cli/shared/output.js';
import { untilStopped } from '../../agent/cli/shared/until-stopped.js';
import { WaslError } from '../../agent/domain/errors.js';
import { systemTimers } from '../../agent/system.js';
import { hasSocat, openPtyCable } from '../readers/pty.js';
import { PAYMENT_MOODS, type PaymentMood, SimulatedPaymentMachine } from './machine.js';

/** The command. */
export function simulatedPaymentCommand(): Command {
  return new Command('payment')
    .description(
      `a payment machine on a pseudo-terminal: prints its device. Type a mood (${PAYMENT_MOODS.join(', ')}), "off", "on" or "books" and Enter`,
    )
    .addOption(new Option('--mood <mood>', 'what it does with payments').choices(PAYMENT_MOODS).default('approve'))
    .option('--json', 'print one JSON object when ready')
    .action(async ({ mood, json }: { mood: PaymentMood; json?: boolean }) => {
      if (!hasSocat()) throw new WaslError('ERR_USAGE', 'socat is needed for a pseudo-terminal: apt-get install socat');
      const output = processOutput(json === true);
      const machine = new SimulatedPaymentMachine(systemTimers);
      machine.moods = [mood];
      const cable = await openPtyCable();
      try {
        machine.connect((bytes) => void cable.send(bytes).catch(() => undefined));
        cable.listen((bytes) => machine.hear(bytes));
        output.line(`The payment machine is ${cable.devicePath}`);
        output.line(`  {"machine": {"path": "${cable.devicePath}"}} in "payments" of a terminal's configuration`);
        output.line('Ctrl-C ends.');
        output.result({ ok: true, ready: 'payment', device: cable.devicePath });
        createInterface({ input: process.stdin }).on('line', (line) => obey(line.trim(), machine, output));
        await untilStopped();
      } finally {
        await cable.dispose();
      }
    });
}

function obey(line: string, machine: SimulatedPaymentMachine, output: Output): void {
  const mood = PAYMENT_MOODS.find((one) => one === line);
  if (mood !== undefined) machine.moods = [mood];
  else if (line === 'off') machine.switchOff();
  else if (line === 'on') machine.restart();
  else if (line === 'books') {
    for (const { reference, amount, currency, standing } of machine.books.values())
      output.line(`${reference} ${amount} ${currency} ${standing.outcome}`);
  } else if (line !== '') output.line(`a mood (${PAYMENT_MOODS.join(', ')}), off, on or books`);
}
