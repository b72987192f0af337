/** `npm run chaos`: readers that are unplugged, hang, crash and come back under a terminal at work, and what became of every tap. */
import { randomInt } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Output, processOutput, reportFailure } from '../../agent/cli/output.js';
import { WaslError } from '../../agent/domain/errors.js';
import { parseCommandLine } from '../command-line.js';
import { createProcesses } from '../process/processes.js';
import type { ChaosResult } from './report.js';
import { type ChaosOptions, runChaos } from './run.js';

const HELP = `npm run chaos -- [options]

A terminal in a process of its own, as it would run in the field, with a real pcscd and virtual readers, while cards are tapped. In each round one thing
happens from outside, at a moment of its own, often in the middle of a write: a reader is unplugged or hangs, pcscd is killed, restarted or hangs, the
process of the driver is killed or hangs, the card is pulled. Then the same card is tapped again. At the end every service is looked for on
the cards, on the screens and in the journal. The exit code is 1 when one is lost, half granted or doubled, or the terminal itself ended.

Needs Debian's pcscd, vsmartcard-vpcd and socat, and root or user namespaces: pcscd runs in a corner of its own and touches no reader of this machine.

  --rounds N     rounds (default 100)
  --seed N       what happens when (default: random, and printed)
  --keep         keep the folder and print where it is; after a failure it is always kept
  --json         print one JSON object as the last line of standard output
  --help         this text
`;

const OPTIONS = {
  rounds: { type: 'string', default: '100' },
  seed: { type: 'string' },
  keep: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const SEED_MAX = 2 ** 31 - 1;
const ROUNDS_MAX = 10_000;
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
    const rounds = wholeNumber('rounds', values.rounds, ROUNDS_MAX);
    const seed = wholeNumber('seed', values.seed ?? String(randomInt(1, SEED_MAX)), SEED_MAX);
    output.note(`Seed ${seed}; ${rounds} rounds.`);
    const result = await carryOut({ rounds, seed, note: output.note }, { keep: values.keep, signal: stopping.signal });
    tell(result, output);
    return result.ok ? 0 : 1;
  } catch (error) {
    const stoppedBy = SIGNALS.find((signal) => signal === stopping.signal.reason);
    if (stoppedBy === undefined) return reportFailure(error, output);
    output.result({ ok: false, stoppedBy });
    return 128 + constants.signals[stoppedBy];
  }
}

type Order = Omit<ChaosOptions, 'folder' | 'processes' | 'closers'>;

/** Runs it in a folder of its own. Everything that was started is ended, whatever happens. */
async function carryOut(order: Order, how: { keep: boolean; signal: AbortSignal }): Promise<ChaosResult> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-chaos-'));
  const processes = createProcesses();
  const closers: (() => Promise<void>)[] = [];
  let isGood = false;
  try {
    const running = runChaos({ ...order, folder, processes, closers });
    const result = await Promise.race([running, aborted(how.signal)]);
    isGood = result.ok;
    return result;
  } finally {
    await processes.stopAll();
    for (const close of closers.reverse()) await close().catch(() => undefined);
    if (isGood && !how.keep) await rm(folder, { recursive: true, force: true });
    else order.note(`The journal and what the terminal said are kept in ${folder} (seed ${order.seed})`);
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

function tell(result: ChaosResult, output: Output): void {
  for (const [name, value] of Object.entries(result))
    output.line(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  if (!result.ok) for (const problem of result.problems) output.note(problem);
  output.result(result);
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
