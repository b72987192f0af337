/** How every `wasl` command speaks: people read standard error and plain lines, machines read one JSON object as the last line of standard output. */
import { codeOf, isWaslError } from '../domain/errors.js';

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

/** Reports a failed command: code and message for people, `{ok: false, error}` with `--json`. Returns the exit code: 2 for wrong usage, 1 for the rest. */
export function reportFailure(error: unknown, output: Output): number {
  const code = codeOf(error);
  const message = isWaslError(error)
    ? error.message
    : error instanceof Error
      ? (error.stack ?? error.message)
      : String(error);
  output.result({ ok: false, error: { code, message } });
  output.note(`${code}: ${message}`);
  return code === 'ERR_USAGE' || code === 'ERR_CONFIG' ? 2 : 1;
}
