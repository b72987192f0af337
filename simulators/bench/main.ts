/** `npm run bench`: what Wasl costs, as ratios against a peer in the same run. */
import { parseArgs } from 'node:util';
import { processOutput, reportFailure } from '../../agent/cli/output.js';
import { WaslError } from '../../agent/domain/errors.js';
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

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    taps: { type: 'string', default: '2000' },
    events: { type: 'string', default: '1000' },
    kbit: { type: 'string', default: '40' },
    latency: { type: 'string', default: '600' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const output = processOutput(values.json);

async function run(): Promise<object> {
  const [name] = positionals;
  if (name === 'tap') return benchTap(whole('taps', values.taps));
  if (name !== 'wire') throw new WaslError('ERR_USAGE', `name a benchmark\n\n${HELP}`);
  const { note } = output;
  return benchWire({
    events: whole('events', values.events),
    kbitPerS: whole('kbit', values.kbit),
    latencyMs: whole('latency', values.latency),
    note,
  });
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 10_000_000)
    throw new WaslError('ERR_USAGE', `--${name} takes a whole number from 1`);
  return value;
}

if (values.help) {
  process.stdout.write(HELP);
} else {
  try {
    const result = await run();
    for (const [name, value] of Object.entries(result))
      output.line(`${name.padEnd(22)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
    output.result(result);
  } catch (error) {
    process.exitCode = reportFailure(error, output);
  }
}
// The embedded database leaves timers behind.
process.exit();
