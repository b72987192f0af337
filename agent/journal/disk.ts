/**
 * The disk port: everything that the journal asks of a file system, and no more, so that a simulated disk can cut the power at any call.
 * Paths are absolute, parts joined with `/`. Calls reject with an `Error` that has the POSIX name of the fault as its `code`
 * (`ENOENT`, `ENOSPC`, `EIO` …). Implementations pass `test/compliance/disk.ts`.
 */

/** One open file. */
export interface DiskFile {
  sizeBytes(): Promise<number>;
  /** Bytes from `position` on; fewer than asked for at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all of `bytes` at `position`, or rejects: then any part of them may have been written. Durable only after {@link sync}. */
  write(position: number, bytes: Uint8Array): Promise<void>;
  /** Cuts the file off at `length`. Durable only after {@link sync}. */
  truncate(length: number): Promise<void>;
  /** Resolves when what was written, and the size, are on the medium (`fdatasync`). After it failed, nothing about the file is certain. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A lock that this process holds; it ends with the process, however that ends. */
export interface DiskLock {
  release(): Promise<void>;
}

/** How a file is opened. `create` fails with `EEXIST` when there is one: nothing is ever overwritten by mistake. */
export type OpenMode = 'read' | 'update' | 'create';

/** The disk. */
export interface Disk {
  /** Makes a folder and those above it; durable when it resolves. One that exists is left as it is. */
  makeFolder(folder: string): Promise<void>;
  /** Names of the files (not folders) in a folder, in code-unit order. */
  list(folder: string): Promise<readonly string[]>;
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** Gives a file another name in one step, replacing a file that had it. Durable after {@link syncFolder}. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file. Durable after {@link syncFolder}. */
  remove(path: string): Promise<void>;
  /** Resolves when the names in a folder are on the medium. */
  syncFolder(folder: string): Promise<void>;
  /** Takes the lock that the file at `path` stands for, or null when another holder, in this process or another, has it. Never waits. */
  lock(path: string): Promise<DiskLock | null>;
}

/** The POSIX name of a fault that a {@link Disk} reported, or `EUNKNOWN`. */
export function faultOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return 'EUNKNOWN';
  return typeof error.code === 'string' ? error.code : 'EUNKNOWN';
}

/** True for the faults that mean that there is no room: the disk is full, or its owner's quota is. */
export function isFull(error: unknown): boolean {
  const fault = faultOf(error);
  return fault === 'ENOSPC' || fault === 'EDQUOT';
}

/** Reads a whole file of at most `bytesMax` bytes; null when there is none, or it is larger. */
export async function readWhole(disk: Disk, path: string, bytesMax: number): Promise<Uint8Array | null> {
  let file: DiskFile;
  try {
    file = await disk.open(path, 'read');
  } catch (error) {
    if (faultOf(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const size = await file.sizeBytes();
    return size > bytesMax ? null : await file.read(0, size);
  } finally {
    await file.close();
  }
}

/** Puts `bytes` in the place of a file so that after any cut there is the old one or the new one, whole. */
export async function replaceFile(
  disk: Disk,
  at: { readonly folder: string; readonly name: string },
  bytes: Uint8Array,
): Promise<void> {
  const temporary = `${at.folder}/${at.name}.tmp`;
  await removeIfThere(disk, temporary);
  const file = await disk.open(temporary, 'create');
  try {
    await file.write(0, bytes);
    await file.sync();
  } catch (error) {
    await file.close();
    await removeIfThere(disk, temporary);
    throw error;
  }
  await file.close();
  await disk.rename(temporary, `${at.folder}/${at.name}`);
  await disk.syncFolder(at.folder);
}

/** Removes a file; true when there was one. */
export async function removeIfThere(disk: Disk, path: string): Promise<boolean> {
  try {
    await disk.remove(path);
    return true;
  } catch (error) {
    if (faultOf(error) === 'ENOENT') return false;
    throw error;
  }
}
