import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, absolute, without a slash at its end. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where the output of each step is kept; ignored by git. */
const LOG_FOLDER = join(ROOT, '.wasl', 'logs');

/** Path of a file in the folder of logs, which is made when it is not there. @param {string} name */
export function logFile(name) {
  mkdirSync(LOG_FOLDER, { recursive: true });
  return join(LOG_FOLDER, name);
}
