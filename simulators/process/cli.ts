/** The `wasl` command, as it is built, run as an operator would. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { WaslError } from '../../agent/domain/errors.js';

/** Path of the command. */
export const CLI = fileURLToPath(new URL('../../agent/cli/main.js', import.meta.url));

/** Runs a `wasl` command; resolves to the last line of its output. Rejects with `ERR_INTERNAL` and what it said when it fails. */
export function runCli(args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [CLI, ...args], { maxBuffer: 16 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout.trim().split('\n').at(-1) ?? '');
      else reject(new WaslError('ERR_INTERNAL', `wasl ${args.slice(0, 2).join(' ')} failed: ${stderr.trim()}`));
    });
  });
}
