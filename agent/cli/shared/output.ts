/** How every `wasl` command speaks: people read standard error and plain lines, machines read one JSON object as the last line of standard output. */
import type { ErrorCode } from '../../domain/error-codes.js';
import { isWaslError } from '../../domain/errors.js';
import { fileTrouble } from '../../files.js';
import { adviceFor } from './advice.js';

/** Where a command writes. */
export interface Output {
  /** True with `--json`: nothing but one object goes to standard output. */
  readonly json: boolean;
  /** A line for people; dropped with `--json`. */
  line(text: string): void;
  /** The one object for machines; dropped without `--json`. */
  result(value: object): void;
  /** Progress and remarks, always on standard error. */
  note(text: string): void;
}

/** Output on the process's own streams. */
export function processOutput(json: boolean): Output {
  return {
    json,
    line: (text) => {
      if (!json) process.stdout.write(`${text}\n`);
    },
    result: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    note: (text) => {
      process.stderr.write(`${text}\n`);
    },
  };
}

/** A failure in words: what is wrong, and what to do where that is known. */
interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix: string | null;
}

/**
 * Reports a failed command: code, message and what to do for people, `{ok: false, error: {code, message, fix}}` with `--json`. Only for a fault
 * inside Wasl the stack follows, on standard error. Returns the exit code: 2 for wrong usage or configuration, 1 for the rest.
 */
export function reportFailure(error: unknown, output: Output): number {
  const { code, message, fix } = failureOf(error);
  output.result({ ok: false, error: { code, message, fix } });
  output.note(`${code}: ${message}`);
  if (fix !== null) output.note(`  → ${fix}`);
  if (code === 'ERR_INTERNAL' && error instanceof Error) output.note(`${error.stack}`);
  return code === 'ERR_USAGE' || code === 'ERR_CONFIG' ? 2 : 1;
}

function failureOf(error: unknown): Failure {
  if (isWaslError(error)) return { code: error.code, message: error.message, fix: adviceFor(error.code) };
  const trouble = fileTrouble(error);
  if (trouble !== null) {
    const path = error instanceof Error && 'path' in error ? String(error.path) : 'a file or folder';
    return { code: 'ERR_DATA_FILE', message: `${path} ${trouble.why}`, fix: trouble.fix };
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    code: 'ERR_INTERNAL',
    message: `a fault inside Wasl: ${message}`,
    fix: 'please report it with the lines that follow',
  };
}
