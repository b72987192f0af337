/** The folder of a site: fit to be one, and used by one process at a time. */
import { readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { fileError, makeFolder } from '../../agent/files.js';
import type { DiskLock } from '../../agent/journal/disk.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';

/** Less than this and the journal would soon refuse to begin a service. */
const FREE_BYTES_MIN = 64 * 1024 * 1024;

/** The first file of every site, and the last that each start writes. */
const LOCK = 'site.lock';
const MARKS = [LOCK, 'site.json'];

/** Makes the folder of a site where there is none. Rejects with `ERR_DATA_FOLDER` when it cannot serve as one: foreign files in it, no room, read-only … */
export async function prepareFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    const names = await readdir(folder);
    if (names.length > 0 && !names.some((name) => MARKS.includes(name))) {
      throw new WaslError('ERR_DATA_FOLDER', `${folder} holds other files: name a new or empty folder with --data`);
    }
    const { bavail, bsize } = await statfs(folder);
    if (bavail * bsize < FREE_BYTES_MIN) {
      const free = `${Math.floor((bavail * bsize) / 1_048_576)} MiB free on its disk`;
      throw new WaslError(
        'ERR_DATA_FOLDER',
        `${folder} has only ${free}: make room for ${FREE_BYTES_MIN / 1_048_576}, or name another folder with --data`,
      );
    }
  } catch (error) {
    throw isWaslError(error) ? error : fileError('ERR_DATA_FOLDER', folder, error);
  }
}

/**
 * One site a folder: the embedded database would otherwise end the process in its own words. Resolves to what gives the folder free; it is free,
 * too, when this process ends, however that is. Rejects with `ERR_JOURNAL_LOCKED`.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  let lock: DiskLock | null;
  try {
    lock = await nodeDisk().lock(join(folder, LOCK));
  } catch (error) {
    throw isWaslError(error) ? error : fileError('ERR_DATA_FOLDER', folder, error);
  }
  if (lock !== null) return () => lock.release();
  throw new WaslError('ERR_JOURNAL_LOCKED', `a site runs in ${folder} already; name another folder for a second one`);
}
