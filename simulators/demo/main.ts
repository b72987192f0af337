/** `npm run demo`: a scripted day through the real processes, and what became of it. */
import { parseArgs } from 'node:util';
import { processOutput, reportFailure } from '../../agent/cli/output.js';
import { WaslError } from '../../agent/domain/errors.js';
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

const { values } = parseArgs({
  options: {
    taps: { type: 'string', default: '200' },
    cards: { type: 'string', default: '40' },
    mqtt: { type: 'string' },
    couch: { type: 'string' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const output = processOutput(values.json);
if (values.help) {
  process.stdout.write(HELP);
} else {
  try {
    const result = await runDemo({
      taps: wholeNumber('taps', values.taps, 40),
      cards: wholeNumber('cards', values.cards, 8),
      mqtt: values.mqtt ?? null,
      couch: values.couch ?? null,
      keep: values.keep,
      note: output.note,
    });
    for (const [name, value] of Object.entries(result))
      output.line(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
    output.result(result);
    process.exitCode = result.ok ? 0 : 1;
  } catch (error) {
    process.exitCode = reportFailure(error, output);
  }
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > 100_000)
    throw new WaslError('ERR_USAGE', `--${name} takes a whole number from ${least}`);
  return value;
}
