/**
 * What the authority remembers of its rosters, in `rosters/` of its folder: the version, and the number that each person has under it. Numbers
 * are recorded with services, so none is ever given to somebody else. Only ids and numbers stand here; names stay in the table.
 */
import { chmod, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { WaslError } from '../../domain/errors.js';
import { fileError } from '../../files.js';
import type { GivenNumbers } from '../../roster/import.js';
import { ROSTER_NAME } from '../../roster/roster.js';
import { rosterNumber } from '../../roster/signed-roster.js';

const schema = z.strictObject({
  format: z.literal(1),
  name: z.string().regex(ROSTER_NAME),
  version: z.int().min(1),
  numbers: z.record(z.string(), z.int().min(1)),
});

/** One roster as it was imported last. */
export interface RosterRecord {
  /** 0 when it never was. */
  readonly version: number;
  readonly given: GivenNumbers;
}

const ENDING = '.json';

/**
 * What is remembered of the roster of this name; nothing for a new one. Rejects with `ERR_USAGE` when a roster of another name stands for the
 * same number in events, `ERR_DATA_FILE` when the folder or the file cannot be used.
 */
export async function readRosterRecord(authority: string, name: string): Promise<RosterRecord> {
  const folder = join(authority, 'rosters');
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return [];
    throw fileError('ERR_DATA_FILE', folder, cause);
  });
  const others = names.filter((file) => file.endsWith(ENDING)).map((file) => file.slice(0, -ENDING.length));
  const twin = others.find((other) => other !== name && rosterNumber(other) === rosterNumber(name));
  if (twin !== undefined)
    throw new WaslError('ERR_USAGE', `--name ${name} would stand for the same number as ${twin}: choose another name`);
  if (!others.includes(name)) return { version: 0, given: new Map() };
  const path = join(folder, `${name}${ENDING}`);
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', path, cause);
  });
  const parsed = schema.safeParse(jsonOrNull(text));
  if (!parsed.success)
    throw new WaslError('ERR_DATA_FILE', `${path} is damaged: put the copy of the authority's folder back`);
  return { version: parsed.data.version, given: new Map(Object.entries(parsed.data.numbers)) };
}

/** Remembers a roster, in one step. Rejects with `ERR_DATA_FILE`. */
export async function writeRosterRecord(authority: string, name: string, record: RosterRecord): Promise<void> {
  const folder = join(authority, 'rosters');
  const path = join(folder, `${name}${ENDING}`);
  const numbers = Object.fromEntries(record.given);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw fileError('ERR_DATA_FILE', folder, cause);
  });
  await writeWhole(path, `${JSON.stringify({ format: 1, name, version: record.version, numbers })}\n`, 0o600);
}

/** Writes a file so that there is the old one or the new one, whole. Rejects with `ERR_DATA_FILE`. */
export async function writeWhole(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  try {
    await writeFile(`${path}.new`, content, { mode, flush: true });
    await chmod(`${path}.new`, mode);
    await rename(`${path}.new`, path);
  } catch (cause) {
    throw fileError('ERR_DATA_FILE', path, cause);
  }
}

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
