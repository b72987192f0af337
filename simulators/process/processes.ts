/** The processes of a site: started, watched, killed without mercy, and never left behind. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { WaslError } from '../../agent/domain/errors.js';

/** How a process is started. */
export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** The process is ready when a line of its output, either stream, passes this. */
  readonly ready: (line: string) => boolean;
  /** Everything it says is added to this file. */
  readonly logFile?: string;
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

/** All processes of a site. */
export interface Processes {
  /** Starts one and resolves when it is ready. Rejects with `ERR_INTERNAL` and its last lines when it ends before, or takes longer than 60 s. */
  start(plan: ProcessPlan): Promise<Running>;
  /** Stops all that still run, also those that were not ready yet; kills them after ten seconds. */
  stopAll(): Promise<void>;
}

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 10_000;
const LAST_LINES = 30;

/** Keeps track of every process from its first moment, so that none is left behind. */
export function createProcesses(): Processes {
  const children = new Set<Child>();
  let stopping = false;
  return {
    start: async (plan) => {
      if (stopping) throw new WaslError('ERR_INTERNAL', `${plan.name} is not started: all is being stopped`);
      const child = new Child(plan);
      children.add(child);
      void child.ended.then(() => children.delete(child));
      return child.running();
    },
    stopAll: async () => {
      stopping = true;
      await Promise.all([...children].map((child) => child.end('SIGTERM')));
    },
  };
}

class Child {
  /** Resolves when the process has ended. */
  readonly ended: Promise<void>;
  readonly #plan: ProcessPlan;
  readonly #process: ChildProcessByStdio<null, Readable, Readable>;
  readonly #lastLines: string[] = [];
  readonly #logFile: WriteStream | null;

  constructor(plan: ProcessPlan) {
    this.#plan = plan;
    this.#logFile = plan.logFile === undefined ? null : createWriteStream(plan.logFile, { flags: 'a' });
    this.#process = spawn(plan.command, [...plan.args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...plan.environment },
    });
    this.ended = new Promise((resolve) => {
      this.#process.once('error', (error) => {
        this.#lastLines.push(error.message);
        resolve();
      });
      this.#process.once('close', () => {
        this.#logFile?.end();
        resolve();
      });
    });
  }

  /** Resolves when a line says that it is ready. */
  async running(): Promise<Running> {
    try {
      const readyLine = await this.#readyLine();
      return {
        pid: this.#process.pid ?? 0,
        readyLine,
        stop: () => this.end('SIGTERM'),
        kill: () => this.end('SIGKILL'),
      };
    } catch (error) {
      await this.end('SIGKILL');
      throw error;
    }
  }

  /** Sends the signal, and SIGKILL ten seconds later; resolves when the process has ended. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.#process.pid === undefined || this.#process.exitCode !== null || this.#process.signalCode !== null)
      return this.ended;
    this.#process.kill(signal);
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), STOP_TIMEOUT_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #readyLine(): Promise<string> {
    const { name, ready } = this.#plan;
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => {
        clearTimeout(timer);
        reject(new WaslError('ERR_INTERNAL', `${name} ${why}:\n${this.#lastLines.join('\n')}`));
      };
      const timer = setTimeout(() => fail(`did not become ready in ${READY_TIMEOUT_MS / 1000} s`), READY_TIMEOUT_MS);
      for (const stream of [this.#process.stdout, this.#process.stderr]) {
        createInterface({ input: stream }).on('line', (line) => {
          this.#lastLines.push(line);
          this.#logFile?.write(`${line}\n`);
          if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
          if (!ready(line)) return;
          clearTimeout(timer);
          resolve(line);
        });
      }
      void this.ended.then(() => fail('ended before it was ready'));
    });
  }
}
