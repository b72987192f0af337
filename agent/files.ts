/** Files and folders as an operator meets them: what is wrong with one in words, and what to do about it. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ErrorCode } from './domain/error-codes.js';
import { WaslError } from './domain/errors.js';

/** What the operating system said about a file or folder, to be read after its path. */
export interface FileTrouble {
  /** e.g. `is on a full disk`. */
  readonly why: string;
  /** e.g. `make room`. */
  readonly fix: string;
}

const TROUBLES: Readonly<Record<string, FileTrouble>> = {
  ENOENT: { why: 'is not there', fix: 'check the path' },
  EISDIR: { why: 'is a folder, not a file', fix: 'name the file in it' },
  ENOTDIR: { why: 'lies below something that is not a folder', fix: 'name another place' },
  EEXIST: { why: 'is not a folder', fix: 'name another place' },
  EACCES: { why: 'may not be used by this user', fix: 'give it to the user that runs Wasl' },
  EPERM: { why: 'may not be used by this user', fix: 'give it to the user that runs Wasl' },
  EROFS: { why: 'is on a read-only disk', fix: 'mount it writable, or name another place' },
  ENOSPC: { why: 'is on a full disk', fix: 'make room' },
  EDQUOT: { why: 'is over the disk quota of this user', fix: 'make room' },
  EIO: { why: 'is on a disk that reports errors', fix: 'save what is on it and replace the disk' },
};

/** The trouble that `error` stands for, or null when it is no fault of a file or folder. */
export function fileTrouble(error: unknown): FileTrouble | null {
  return TROUBLES[faultOf(error)] ?? null;
}

/** An error that says what is wrong with `path` and what to do, from what the operating system said. */
export function fileError(code: ErrorCode, path: string, cause: unknown): WaslError {
  const { why, fix } = fileTrouble(cause) ?? { why: 'cannot be used', fix: 'see what is there' };
  return new WaslError(code, `${path} ${why}: ${fix}`, { cause });
}

/** Reads a file of JSON. Rejects with `ERR_CONFIG` that says what is wrong and where. A byte order mark, as some editors leave, is no mistake. */
export async function readJsonFile(file: string): Promise<unknown> {
  let text: string;
  try {
    text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
  } catch (cause) {
    throw fileError('ERR_CONFIG', file, cause);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new WaslError('ERR_CONFIG', `${file} is not JSON${placeOf(cause, text)}`, { cause });
  }
}

/**
 * Makes a folder and those above it; one that is there is left as it is. Rejects with `ERR_DATA_FILE` that names the folder. Node's own
 * recursive way is not used: it says "is not there" of a read-only disk, and never ends where the kernel takes no folders (`/proc`).
 */
export async function makeFolder(folder: string, mode = 0o777): Promise<void> {
  try {
    if (await makeOne(folder, mode)) return;
    await makeFolder(dirname(folder), mode);
    if (await makeOne(folder, mode)) return;
  } catch (cause) {
    throw cause instanceof WaslError ? cause : fileError('ERR_DATA_FILE', folder, cause);
  }
  throw new WaslError('ERR_DATA_FILE', `${folder} cannot be made there: name another place`);
}

/** True when the folder is there now, false when the one above it is missing. */
async function makeOne(folder: string, mode: number): Promise<boolean> {
  try {
    await mkdir(folder, { mode });
    return true;
  } catch (error) {
    const fault = faultOf(error);
    if (fault === 'ENOENT') return false;
    if (fault === 'EEXIST' && (await stat(folder)).isDirectory()) return true;
    throw error;
  }
}

/** Where in the text JSON ends to be JSON, as far as V8 says so. Never a piece of the text: it may be a secret that was named by mistake. */
function placeOf(error: unknown, text: string): string {
  const message = error instanceof Error ? error.message : '';
  if (text.trim() === '') return ': it is empty';
  const token = /^Unexpected token '(.)'/u.exec(message)?.[1];
  if (token !== undefined) return `: the character ${token} is not expected where it stands`;
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position === undefined) return ': it ends too early';
  const lines = text.slice(0, Number(position)).split('\n');
  const what = message.slice(0, message.indexOf(' at position')).replace(/ in JSON$/, '');
  return ` at line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1}: ${what}`;
}

function faultOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : '';
}
