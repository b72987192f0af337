/** What the programs share that run real processes until they are done, or somebody stops them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Output, processOutput, reportFailure } from '../../agent/cli/shared/output.js';
import { createProcesses, type Processes } from './processes.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** What a run is played on. */
export interface Stage {
  /** For whatever it keeps. */
  readonly folder: string;
  readonly processes: Processes;
  /** Called in reverse order at the end. */
  readonly closers: (() => Promise<void>)[];
}

/** How a stage is set up and cleared. */
export interface StageOrder {
  /** Of the folder, e.g. `chaos`. */
  readonly name: string;
  /** Keeps the folder even when all went well. */
  readonly keep: boolean;
  /** Ends the run. */
  readonly signal: AbortSignal;
  /** Hears where the folder is, when it is kept. */
  readonly kept: (folder: string) => void;
}

/**
 * The frame of such a program: resolves to its exit code, that of `work`, or 128 and the number of the signal that stopped it. Whatever
 * `work` throws is reported.
 */
export async function runProgram(work: (output: Output, signal: AbortSignal) => Promise<number>): Promise<number> {
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
    return await work(output, stopping.signal);
  } catch (error) {
    const stoppedBy = SIGNALS.find((signal) => signal === stopping.signal.reason);
    if (stoppedBy === undefined) return reportFailure(error, output);
    output.result({ ok: false, stoppedBy });
    return 128 + constants.signals[stoppedBy];
  }
}

/** Runs something in a folder of its own. Everything that was started is ended, whatever happens; the folder stays when it did not end well. */
export async function onStage<T extends { readonly ok: boolean }>(
  order: StageOrder,
  run: (stage: Stage) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), `wasl-${order.name}-`));
  const processes = createProcesses();
  const closers: (() => Promise<void>)[] = [];
  let isGood = false;
  try {
    const result = await Promise.race([run({ folder, processes, closers }), aborted(order.signal)]);
    isGood = result.ok;
    return result;
  } finally {
    await processes.stopAll();
    for (const close of closers.reverse()) await close().catch(() => undefined);
    if (isGood && !order.keep) await rm(folder, { recursive: true, force: true });
    else order.kept(folder);
  }
}

/** Prints a result, one figure a line, and what is wrong with it. */
export function tellResult(
  result: { readonly ok: boolean; readonly problems?: readonly string[] },
  output: Output,
): void {
  for (const [name, value] of Object.entries(result))
    output.line(`${name.padEnd(16)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  if (!result.ok) for (const problem of result.problems ?? []) output.note(problem);
  output.result(result);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
