/** `npm run demo`: a scripted day through the real processes, and what became of it. */
import { constants } from 'node:os';
import { processOutput, reportFailure } from '../../agent/cli/output.js';
import { WaslError } from '../../agent/domain/errors.js';
import { parseCommandLine } from '../command-line.js';
import { runDemo } from './run.js';

const HELP = `npm run demo -- [options]

A scripted day at a bakery: real processes, simulated cards on real drivers. Refusals of every kind, the terminal killed
between INTENT and COMMIT, the broker away for a while; then everything is counted at the centre by separate code.

  --taps N       taps of the day (default 200, at least 40)
  --cards N      good cards (default 40)
  --mqtt URL     a broker of your own, mqtt://[user:password@]127.0.0.1:port (default: an embedded one)
  --couch URL    a database of your own, http://user:password@host:port (default: an embedded one)
  --keep         keep the folder of the site and print where it is
  --json         print one JSON object as the last line of standard output
  --help         this text
`;

const OPTIONS = {
  taps: { type: 'string', default: '200' },
  cards: { type: 'string', default: '40' },
  mqtt: { type: 'string' },
  couch: { type: 'string' },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

async function main(): Promise<number> {
  const output = processOutput(process.argv.includes('--json'));
  const stopping = new AbortController();
  for (const signal of SIGNALS) {
    // Once: a second Ctrl-C ends the process as it always would.
    process.once(signal, () => {
      output.note('Stopping everything that was started …');
      stopping.abort(signal);
    });
  }
  try {
    const { values } = parseCommandLine(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const result = await runDemo({
      taps: wholeNumber('taps', values.taps, 40),
      cards: wholeNumber('cards', values.cards, 8),
      mqtt: values.mqtt ?? null,
      couch: values.couch ?? null,
      keep: values.keep,
      note: output.note,
      signal: stopping.signal,
    });
    for (const [name, value] of Object.entries(result))
      output.line(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
    output.result(result);
    return result.ok ? 0 : 1;
  } catch (error) {
    const stoppedBy = SIGNALS.find((signal) => signal === stopping.signal.reason);
    if (stoppedBy === undefined) return reportFailure(error, output);
    output.result({ ok: false, stoppedBy });
    return 128 + constants.signals[stoppedBy];
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > 100_000)
    throw new WaslError('ERR_USAGE', `--${name} takes a whole number from ${least}`);
  return value;
}

process.exitCode = await main();
// What was cut short may still wait for something that never comes.
process.exit();
