/**
 * Documents in another process, so that whatever damaged files do to a database does not end the terminal. The process is started by
 * the first call, and again by the first call after it ended.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Timers } from '../../domain/clock.js';
import { type DocAnswer, type DocCall, DocError, type DocRequest, type RecordDocs } from './record-docs.js';

/** Calls that may wait for their answer. */
const WAITING_MAX = 64;
/** A database of a season answers in milliseconds; counting a large one takes seconds on a slow card. */
const ANSWER_TIMEOUT_MS = 60_000;
/** Time to end in peace after it was told to. */
const END_TIMEOUT_MS = 2_000;
/** The process holds a few small databases; more is a fault, and better found there than in the terminal. */
const HEAP_MB = 96;
/** What is kept of what the process says as it dies. */
const LAST_WORDS_CHARS = 1_000;

/** How the process is started. */
export interface RecordProcessOptions {
  /** Absolute path of the folder with the databases. */
  readonly folder: string;
  readonly timers: Timers;
  /** Path of `record-child.js`; the one beside this file unless given. */
  readonly program?: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: DocError) => void;
  readonly cancelTimeout: () => void;
}

/** Documents behind a process. Every call rejects with a {@link DocError}, `died` when the process ended or did not answer. */
export function processDocs(options: RecordProcessOptions): RecordDocs {
  const host = new DocHost(options);
  const call =
    <T>(name: DocCall) =>
    (...args: readonly unknown[]): Promise<T> =>
      host.call(name, args) as Promise<T>;
  return {
    put: call('put'),
    replace: call('replace'),
    get: call('get'),
    range: call('range'),
    count: call('count'),
    restart: () => host.end(),
    close: () => host.end(),
  };
}

/** One process at a time, and the calls that wait for its answers. */
class DocHost {
  readonly #options: RecordProcessOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | null = null;
  #calls = 0;
  #lastWords = '';

  constructor(options: RecordProcessOptions) {
    this.#options = options;
  }

  call(name: DocCall, args: readonly unknown[]): Promise<unknown> {
    if (this.#waiting.size >= WAITING_MAX) return Promise.reject(new DocError('busy', 'too many calls are waiting'));
    const child = this.#child ?? this.#start();
    this.#calls += 1;
    const request: DocRequest = { number: this.#calls, call: name, args };
    return new Promise((resolve, reject) => {
      const cancelTimeout = this.#options.timers.after(ANSWER_TIMEOUT_MS, () => child.kill('SIGKILL'));
      this.#waiting.set(request.number, { resolve, reject, cancelTimeout });
      // A process that has just ended is told of by its exit, which rejects all that wait.
      child.send(request, () => {});
    });
  }

  /** Ends the process, if there is one, and resolves when it has. */
  end(): Promise<void> {
    const child = this.#child;
    if (child === null) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#options.timers.after(END_TIMEOUT_MS, () => child.kill('SIGKILL'));
      child.once('exit', () => {
        cancel();
        resolve();
      });
      if (child.connected) child.disconnect();
    });
  }

  #start(): ChildProcess {
    const { folder, program = fileURLToPath(new URL('./record-child.js', import.meta.url)) } = this.#options;
    const child = fork(program, [folder], {
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    this.#child = child;
    this.#lastWords = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#lastWords = (this.#lastWords + text).slice(-LAST_WORDS_CHARS);
    });
    child.on('message', (answer: DocAnswer) => this.#answered(answer));
    child.once('error', () => {
      // One that could not be started does not exit either.
      if (child.pid === undefined) this.#ended(child);
      else child.kill('SIGKILL');
    });
    // Not `close`, which does not come after the channel was closed from here.
    child.once('exit', () => this.#ended(child));
    return child;
  }

  #answered(answer: DocAnswer): void {
    const waiting = this.#waiting.get(answer.number);
    if (waiting === undefined) return;
    this.#waiting.delete(answer.number);
    waiting.cancelTimeout();
    if (answer.ok) waiting.resolve(answer.value);
    else waiting.reject(new DocError(answer.fault, answer.message));
  }

  #ended(child: ChildProcess): void {
    if (this.#child === child) this.#child = null;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, cancelTimeout } of waiting) {
      cancelTimeout();
      reject(new DocError('died', `the process of the databases ended: ${this.#lastWords}`));
    }
  }
}
