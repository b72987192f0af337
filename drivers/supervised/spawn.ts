/** Starts the process of a native driver: the one place that forks. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ToWorker } from './messages.js';

/** A running process, as its supervisor sees it. */
export interface WorkerProcess {
  send(message: ToWorker): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once, when the process has ended, or could not be started, with how. */
  onExit(listener: (how: string) => void): void;
  /** Ends it at once, whatever it does (SIGKILL). */
  kill(): void;
}

/** Starts one. Never throws: what goes wrong is told by `onExit`. */
export type SpawnWorker = () => WorkerProcess;

/** A driver and a few buffers; more is a leak, and better found there than in the terminal. */
const HEAP_MB = 48;

/** What is kept of what the process says as it dies. */
const LAST_WORDS_CHARS = 300;

/**
 * What the process gets of the terminal's environment: what its libraries read, and nothing else. Neither the folder of the secrets
 * nor the way to the service manager is its business.
 */
const PASSED_ON = /^(PATH|LANG|TZ|NODE_ENV|LD_LIBRARY_PATH|PCSCLITE_\w+|LIBPCSC\w*)$/;

/** A way to start `program`, an absolute path or `file:` URL of a compiled module. */
export function forkWorker(program: string | URL): SpawnWorker {
  return () => {
    const path = typeof program === 'string' ? program : fileURLToPath(program);
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => PASSED_ON.test(name)));
    const child = fork(path, [], {
      env,
      execArgv: [`--max-old-space-size=${HEAP_MB}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'json',
    });
    return workerOf(child);
  };
}

function workerOf(child: ChildProcess): WorkerProcess {
  let lastWords = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    lastWords = (lastWords + text).slice(-LAST_WORDS_CHARS);
  });
  return {
    // A process that has just ended is told of by its exit.
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => {
      let told = false;
      const tell = (how: string): void => {
        if (told) return;
        told = true;
        const [line = ''] = lastWords.trim().split('\n').slice(-1);
        listener(line === '' ? how : `${how}: ${line.trim()}`);
      };
      child.once('error', (error) => {
        // One that could not be started does not exit either.
        if (child.pid === undefined) tell(`could not be started: ${error.message}`);
        else child.kill('SIGKILL');
      });
      // Not `close`, which does not come after the channel was closed from here.
      child.once('exit', (code, signal) =>
        tell(signal === null ? `ended with code ${code}` : `was ended by ${signal}`),
      );
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
