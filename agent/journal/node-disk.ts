/** The real disk, on `node:fs/promises`. */
import { spawn } from 'node:child_process';
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { WaslError } from '../domain/errors.js';
import { type Disk, type DiskFile, type DiskLock, faultOf, type OpenMode } from './disk.js';

const FLAGS = { read: 'r', update: 'r+', create: 'wx+' } as const satisfies Record<OpenMode, string>;
/** Only the account that the terminal runs under may read what it stores, sealed or not. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;
/** Exit status of `flock` when somebody else holds the lock (flock(1), option `-n`). */
const FLOCK_TAKEN = 1;

/** A {@link Disk} on the file system of this machine. */
export function nodeDisk(): Disk {
  return {
    makeFolder,
    list: async (folder) => {
      const entries = await readdir(folder, { withFileTypes: true });
      const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
      return names.sort((a, b) => (a < b ? -1 : 1));
    },
    open: async (path, mode) => diskFile(await open(path, FLAGS[mode], FILE_MODE)),
    rename,
    remove: unlink,
    syncFolder,
    lock,
  };
}

function diskFile(handle: FileHandle): DiskFile {
  return {
    sizeBytes: async () => (await handle.stat()).size,
    read: async (position, length) => {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await handle.read(bytes, filled, length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    },
    write: async (position, bytes) => {
      let written = 0;
      while (written < bytes.length) {
        written += (await handle.write(bytes, written, bytes.length - written, position + written)).bytesWritten;
      }
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

async function makeFolder(folder: string): Promise<void> {
  const first = await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
  if (first === undefined) return;
  // Each new folder is a name in the one above it.
  for (let made = folder; made.length >= first.length; made = dirname(made)) await syncFolder(dirname(made));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/**
 * Node has no file locks of its own, and a file with a process id in it goes stale: after a power cut the same id may be some other
 * process. So the kernel's lock is used, flock(2). It belongs to the open file description, which a child shares: the program `flock`
 * (util-linux, essential on Debian; busybox has it too) takes it on our descriptor and ends, and we hold it until we close the file or
 * die. There is nothing to clean up and no race to take over.
 */
async function lock(path: string): Promise<DiskLock | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'a', FILE_MODE);
  } catch (error) {
    // Nobody writes to a medium that is mounted read-only: an image of a dead terminal is read without a lock.
    if (faultOf(error) === 'EROFS') return { release: async () => {} };
    throw error;
  }
  try {
    if (await flock(handle.fd)) return { release: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

function flock(fd: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn('flock', ['-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', fd] });
    child.once('error', (cause) =>
      reject(new WaslError('ERR_DATA_FOLDER', 'the program flock (Debian: util-linux) cannot be run', { cause })),
    );
    child.once('close', (status) => {
      if (status === 0 || status === FLOCK_TAKEN) resolve(status === 0);
      else reject(new WaslError('ERR_DATA_FOLDER', 'the data folder cannot be locked', { details: { status } }));
    });
  });
}
