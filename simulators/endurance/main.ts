/** `npm run endurance`: real processes, killed again and again, and what became of every service. */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Output, processOutput, reportFailure } from '../../agent/cli/output.js';
import { WaslError } from '../../agent/domain/errors.js';
import { hasMosquitto } from '../central/mosquitto.js';
import { parseCommandLine } from '../command-line.js';
import type { DatabaseAccess } from '../process/database.js';
import { createProcesses } from '../process/processes.js';
import { type EnduranceOptions, type EnduranceResult, runEndurance } from './run.js';

const HELP = `npm run endurance -- [options]

Rounds of misfortune for a whole site in real processes: in each of them the terminal, a bridge worker, the broker, the database, or several
of these are killed while cards are served, sent and stored, and are started again. Some rounds are on a bad link (40 kbit/s, 600 ms, cut every
20 s); in some the database comes back as an older copy. At the end every service is looked for on the cards, on the screens, in the journal and
at the centre. The exit code is 1 when one is lost or doubled.

  --rounds N                     rounds (default 50)
  --seed N                       who dies when (default: random, and printed)
  --broker embedded|mosquitto    default: mosquitto where it is installed (Debian: mosquitto)
  --couch URL                    an empty database server of your own, http://user:password@host:port; it is not killed, but emptied and
                                 restored from backups (default: an embedded one)
  --keep                         keep the folder of the site and print where it is; after a failure it is always kept
  --json                         print one JSON object as the last line of standard output
  --help                         this text
`;

const OPTIONS = {
  rounds: { type: 'string', default: '50' },
  seed: { type: 'string' },
  broker: { type: 'string' },
  couch: { type: 'string' },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const SEED_MAX = 2 ** 31 - 1;
const ROUNDS_MAX = 100_000;
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
    const order = {
      rounds: wholeNumber('rounds', values.rounds, ROUNDS_MAX),
      seed: wholeNumber('seed', values.seed ?? String(randomInt(1, SEED_MAX)), SEED_MAX),
      broker: brokerOf(values.broker),
      couch: values.couch === undefined ? null : couchOf(values.couch),
    };
    output.note(`Seed ${order.seed}; ${order.rounds} rounds with ${order.broker} as the broker.`);
    const result = await carryOut({ ...order, note: output.note }, { keep: values.keep, signal: stopping.signal });
    tell(result, output);
    return result.ok ? 0 : 1;
  } catch (error) {
    const stoppedBy = SIGNALS.find((signal) => signal === stopping.signal.reason);
    if (stoppedBy === undefined) return reportFailure(error, output);
    output.result({ ok: false, stoppedBy });
    return 128 + constants.signals[stoppedBy];
  }
}

type Order = Omit<EnduranceOptions, 'folder' | 'processes' | 'closers'>;

/** Runs it in a folder of its own. Everything that was started is ended, whatever happens. */
async function carryOut(order: Order, how: { keep: boolean; signal: AbortSignal }): Promise<EnduranceResult> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-endurance-'));
  const processes = createProcesses();
  const closers: (() => Promise<void>)[] = [];
  let isGood = false;
  try {
    const running = runEndurance({ ...order, folder, processes, closers });
    const result = await Promise.race([running, aborted(how.signal)]);
    isGood = result.ok;
    return result;
  } finally {
    await processes.stopAll();
    for (const close of closers.reverse()) await close().catch(() => undefined);
    if (isGood && !how.keep) await rm(folder, { recursive: true, force: true });
    else order.note(`Journal, database and what the processes said are kept in ${folder} (seed ${order.seed})`);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function tell(result: EnduranceResult, output: Output): void {
  for (const [name, value] of Object.entries(result))
    output.line(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  if (!result.ok) for (const problem of result.problems) output.note(problem);
  output.result(result);
}

function brokerOf(text: string | undefined): 'embedded' | 'mosquitto' {
  if (text === undefined) return hasMosquitto() ? 'mosquitto' : 'embedded';
  if (text === 'mosquitto' && !hasMosquitto())
    throw new WaslError(
      'ERR_USAGE',
      'mosquitto is not installed (apt-get install mosquitto); or use --broker embedded',
    );
  if (text === 'mosquitto' || text === 'embedded') return text;
  throw new WaslError('ERR_USAGE', '--broker takes embedded or mosquitto');
}

function couchOf(text: string): DatabaseAccess {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username === '' || url.password === '')
    throw new WaslError('ERR_USAGE', '--couch takes a URL with user and password: http://user:password@host:port');
  const { origin, username, password } = url;
  return { url: origin, username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

function wholeNumber(name: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new WaslError('ERR_USAGE', `--${name} takes a whole number from 1 to ${most}`);
  return value;
}

process.exitCode = await main();
// What was cut short may still wait for something that never comes.
process.exit();
