import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './paths.mjs';
import { ScriptError } from './say.mjs';

/**
 * Goes on as a built program, in this very process, as `exec` would: Ctrl-C, `kill`, stdin and the exit code are
 * the program's own, with nobody in between who would have to pass them on.
 * @param {string} program path of its main file under `dist/`, e.g. `simulators/site/main.js`
 * @param {readonly string[]} args
 * @throws {ScriptError} when there is no such program
 */
export async function handOver(program, args) {
  const path = join(ROOT, 'dist', program);
  if (!existsSync(path)) throw new ScriptError(`there is no ${program} in dist/`);
  process.argv = [process.execPath, path, ...args];
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(path).href);
}
