import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WaslError } from './domain/errors.js';

/** Makes the data folder, for its user alone, and tries that it can be written to. Rejects with `ERR_DATA_FOLDER` that says what to do. */
export async function prepareDataFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const probe = join(folder, '.writable');
    await writeFile(probe, '');
    await rm(probe);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why: Readonly<Record<string, string>> = {
      EROFS: 'is on a read-only disk: mount it writable, or set another "dataFolder"',
      EACCES: 'may not be written by this user: give it to the user that runs Wasl',
      ENOSPC: 'is on a full disk: make room, nothing can be recorded',
      ENOTDIR: 'is not a folder: set another "dataFolder"',
      EEXIST: 'is not a folder: set another "dataFolder"',
    };
    throw new WaslError('ERR_DATA_FOLDER', `the data folder ${folder} ${why[code ?? ''] ?? 'cannot be used'}`, {
      cause,
    });
  }
}
