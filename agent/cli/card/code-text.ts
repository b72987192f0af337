/** Codes that are given to a command: typed, piped, or in a picture. */
import { readFile } from 'node:fs/promises';
import { fileError } from '../../files.js';

/** Longest text that is read from standard input: far more than any code, far less than would hurt. */
const INPUT_CHARS_MAX = 65_536;

/** The text that was given; `-`: what standard input has, without the end of its line. */
export async function givenText(given: string): Promise<string> {
  if (given !== '-') return given;
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    // Longer than any code is wrong whatever follows: the decoding says so.
    if (text.length > INPUT_CHARS_MAX) break;
  }
  // A line end belongs to the shell; a space at the end may belong to the code.
  return text.replace(/[\r\n]+$/, '');
}

/** The bytes of a picture. Rejects with `ERR_DATA_FILE`. */
export async function givenPicture(path: string): Promise<Uint8Array> {
  return await readFile(path).catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
}
