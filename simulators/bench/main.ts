/** `npm run bench`: what Wasl costs, as ratios against a peer in the same run. */
import { processOutput, reportFailure } from '../../agent/cli/output.js';
import { WaslError } from '../../agent/domain/errors.js';
import { parseWithArguments } from '../command-line.js';
import { benchTap } from './tap.js';
import { benchWire } from './wire.js';

const HELP = `npm run bench -- NAME [options]

  tap     our CPU for a whole tap, against the bare Ed25519 operations that it needs
          --taps N (default 2000)
  wire    a day's events over a bad link, against PouchDB replication to the same server
          --events N (default 1000)  --kbit N (default 40)  --latency MS (round trip, default 600)

  --json  print one JSON object as the last line of standard output
  --help  this text
`;

const OPTIONS = {
  taps: { type: 'string', default: '2000' },
  events: { type: 'string', default: '1000' },
  kbit: { type: 'string', default: '40' },
  latency: { type: 'string', default: '600' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

async function main(): Promise<number> {
  const output = processOutput(process.argv.includes('--json'));
  try {
    const { values, positionals } = parseWithArguments(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const [name, ...rest] = positionals;
    if ((name !== 'tap' && name !== 'wire') || rest.length > 0)
      throw new WaslError('ERR_USAGE', 'name one benchmark, tap or wire; add --help for what is possible');
    const result: object =
      name === 'tap'
        ? await benchTap(whole('taps', values.taps))
        : await benchWire({
            events: whole('events', values.events),
            kbitPerS: whole('kbit', values.kbit),
            latencyMs: whole('latency', values.latency),
            note: output.note,
          });
    for (const [field, value] of Object.entries(result))
      output.line(`${field.padEnd(22)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
    output.result({ ok: true, ...result });
    return 0;
  } catch (error) {
    return reportFailure(error, output);
  }
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000)
    throw new WaslError('ERR_USAGE', `--${name} takes a whole number from 1`);
  return value;
}

process.exitCode = await main();
// The embedded database leaves timers behind.
process.exit();
