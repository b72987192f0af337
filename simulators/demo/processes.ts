/** Child processes of a demonstration: started, watched, killed without mercy, and never left behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { WaslError } from '../../agent/domain/errors.js';

/** How a process is started. */
export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The process is ready when a line of its output, either stream, passes this. */
  readonly ready: (line: string) => boolean;
}

/** A running process. */
export interface Running {
  readonly pid: number;
  /** The line that said it was ready. */
  readonly readyLine: string;
  /** Asks it to stop and resolves when it has; kills it after ten seconds. */
  stop(): Promise<void>;
  /** Kills it as a power cut would; resolves when it is gone. */
  kill(): Promise<void>;
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
const LAST_LINES = 30;

/** Starts a process and resolves when it is ready. Rejects with `ERR_INTERNAL` and its last lines when it ends before, or takes longer than 30 s. */
export async function startProcess(plan: ProcessPlan): Promise<Running> {
  const child = spawn(plan.command, [...plan.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...plan.environment },
  });
  const lastLines: string[] = [];
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const readyLine = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new WaslError('ERR_INTERNAL', `${plan.name} ${why}:\n${lastLines.join('\n')}`));
    const timer = setTimeout(() => fail('did not become ready in 30 s'), READY_TIMEOUT_MS);
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        lastLines.push(line);
        if (lastLines.length > LAST_LINES) lastLines.shift();
        if (!plan.ready(line)) return;
        clearTimeout(timer);
        resolve(line);
      });
    }
    child.once('error', (error) => fail(`cannot be started (${error.message})`));
    void exited.then(() => {
      clearTimeout(timer);
      fail('ended');
    });
  }).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    throw error;
  });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    if (hasEnded(child)) return exited;
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await exited;
    clearTimeout(timer);
  };
  return { pid: child.pid ?? 0, readyLine, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
