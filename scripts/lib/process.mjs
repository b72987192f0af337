import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { logFile } from './paths.mjs';

/** How long a step that was told to end may take before it is killed. */
const GRACE_MS = 5_000;
/** How much of the end of a log is shown when its step fails. */
const TAIL_BYTES_MAX = 16_384;
/** The signals that mean: end. @type {readonly NodeJS.Signals[]} */
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/**
 * How a step ended.
 * @typedef {object} Outcome
 * @property {boolean} ok true when it exited with code 0 in time
 * @property {number | null} code exit code, null when it never started or a signal ended it
 * @property {boolean} timedOut true when it was ended because `timeoutMs` had passed
 * @property {number} durationMs how long it ran
 * @property {string} log path of the file with its output; empty when the output was passed through
 */

/**
 * Where and how a step runs.
 * @typedef {object} StepOptions
 * @property {string} cwd
 * @property {number} timeoutMs
 * @property {string} [log] name of its log file; without it the output is passed through
 * @property {Readonly<Record<string, string>>} [env] added to the environment
 */

/**
 * Runs a program to its end, never longer than `timeoutMs`. It has no stdin and a process group of its own, so that
 * what it started ends with it, at a time-out as at a Ctrl-C. Resolves whatever happens; never rejects.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {StepOptions} options
 * @returns {Promise<Outcome>}
 */
export function runStep(command, args, options) {
  const log = options.log === undefined ? '' : logFile(options.log);
  const output = log === '' ? null : openSync(log, 'w');
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', output ?? 'inherit', output ?? 'inherit'],
      detached: process.platform !== 'win32',
    });
    const leash = holdLeash(child, options.timeoutMs);
    let ended = false;
    /** @param {number | null} code */
    const end = (code) => {
      if (ended) return;
      ended = true;
      leash.release();
      if (output !== null) closeSync(output);
      const durationMs = performance.now() - startedMs;
      resolve({ ok: code === 0 && !leash.timedOut(), code, timedOut: leash.timedOut(), durationMs, log });
    };
    child.once('error', () => end(null));
    child.once('close', (code) => end(code));
  });
}

/**
 * Ends the child's process group at the time-out, and when this process is told to end; in the latter case this
 * process ends as well, once the child has.
 * @param {import('node:child_process').ChildProcess} child
 * @param {number} timeoutMs
 */
function holdLeash(child, timeoutMs) {
  let timedOut = false;
  let exitCode = 0;
  /** @type {NodeJS.Timeout | undefined} */
  let killTimer;
  /** @param {NodeJS.Signals} signal */
  const end = (signal) => {
    signalGroup(child, signal);
    killTimer ??= setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  };
  const timer = setTimeout(() => {
    timedOut = true;
    end('SIGTERM');
  }, timeoutMs);
  /** @param {NodeJS.Signals} signal */
  const onSignal = (signal) => {
    // What a shell reports for a program that a signal ended: 128 + its number.
    exitCode = 128 + constants.signals[signal];
    end(signal);
  };
  for (const signal of ENDING_SIGNALS) process.on(signal, onSignal);
  return {
    timedOut: () => timedOut,
    release() {
      clearTimeout(timer);
      clearTimeout(killTimer);
      for (const signal of ENDING_SIGNALS) process.off(signal, onSignal);
      if (exitCode !== 0) process.exit(exitCode);
    },
  };
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group has ended by itself in the meantime.
  }
}

/** The end of a log, for showing; empty when there is none. @param {string} log path of the file */
export function tailOf(log) {
  if (log === '') return '';
  const bytes = readFileSync(log);
  const cut = Math.max(0, bytes.length - TAIL_BYTES_MAX);
  return (cut > 0 ? `… (all of it: ${log})\n` : '') + bytes.subarray(cut).toString('utf8');
}
