/** What the stand-alone programs of the embedded centre share. */
import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { WaslError } from '../../agent/domain/errors.js';

/** A port from its text on the command line. Throws `ERR_USAGE`. */
export function portFrom(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new WaslError('ERR_USAGE', `'${text}' is no port`);
  return port;
}

/** The password in `file`; where there is no such file, a random one is written into it, readable by its owner only. */
export async function passwordIn(file: string): Promise<string> {
  try {
    await writeFile(file, `${randomBytes(18).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}

/**
 * Runs a server as a process of its own: prints one line of JSON when it is ready and closes it on SIGTERM or SIGINT. A server that
 * cannot start ends the process with status 1 and one line about why.
 */
export async function serveUntilSignal(
  start: () => Promise<{ readonly ready: object; readonly close: () => Promise<void> }>,
): Promise<void> {
  try {
    const { ready, close } = await start();
    const stop = (): void => {
      close().then(
        () => process.exit(0),
        () => process.exit(1),
      );
    };
    process.once('SIGTERM', stop);
    process.once('SIGINT', stop);
    process.stdout.write(`${JSON.stringify(ready)}\n`);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
