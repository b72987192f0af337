/** `npm run demo`: a scripted day through the real processes, and what became of it. */
import { parseCommandLine, wholeNumber } from '../command-line.js';
import { runProgram, tellResult } from '../process/program.js';
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

const COUNT_MAX = 100_000;

function demo(): Promise<number> {
  return runProgram(async (output, signal) => {
    const { values } = parseCommandLine(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const result = await runDemo({
      taps: wholeNumber('taps', values.taps, { least: 40, most: COUNT_MAX }),
      cards: wholeNumber('cards', values.cards, { least: 8, most: COUNT_MAX }),
      mqtt: values.mqtt ?? null,
      couch: values.couch ?? null,
      keep: values.keep,
      note: output.note,
      signal,
    });
    tellResult(result, output);
    return result.ok ? 0 : 1;
  });
}

process.exitCode = await demo();
// What was cut short may still wait for something that never comes.
process.exit();
