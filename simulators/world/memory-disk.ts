/**
 * A disk in memory that forgets what was not synced when its power is cut, tears what was being written, and fails when told to.
 * It keeps to the promises of {@link Disk} and to nothing beyond: a name is durable after the folder was synced, bytes after the file was.
 */
import type { Disk, DiskFile } from '../../agent/journal/disk.js';
import { type DiskCall, type DiskVerdict, fault } from './disk-call.js';
import { applyPending, applyTo, type Inode, LOSE_ALL, survivorOf, type Tear } from './inode.js';

/** Smallest unit that a medium writes whole. */
export const SECTOR_BYTES = 512;

/** How a memory disk is set up. */
export interface MemoryDiskOptions {
  /** Bytes that all files together may have. Default: no bound. */
  readonly capacityBytes?: number;
  /** Decides what becomes of each call. Default: all go. Reads are asked about too, with the index of the next counted call. */
  readonly plan?: (call: DiskCall) => DiskVerdict;
  /** Used when the plan says `cut`. Default: everything that was not durable is lost. */
  readonly tear?: Tear;
}

const EMPTY = new Uint8Array();

/** A disk in memory, used through sessions: one for each life of a process. */
export class MemoryDisk {
  /** Changed by tests between calls. */
  capacityBytes: number;
  plan: (call: DiskCall) => DiskVerdict;
  tear: Tear;
  /** Hears of each file whose bytes, and of each folder whose names, have become durable. Default: nobody. */
  onDurable: (path: string) => void = () => {};
  /** Hears of each write that found no room. Default: nobody. */
  onFull: () => void = () => {};
  /** Calls so far, without reads. */
  calls = 0;
  readonly #folders = new Set<string>();
  #names = new Map<string, Inode>();
  #durableNames = new Map<string, Inode>();
  #locks = new Set<string>();
  /** Counts lives: a session of an earlier one is dead, and so is all that it opened. */
  #life = 0;

  constructor(options: MemoryDiskOptions = {}) {
    this.capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY;
    this.plan = options.plan ?? (() => 'go');
    this.tear = options.tear ?? LOSE_ALL;
  }

  /** The disk as a process sees it that starts now. After a cut or a kill, every call to it is refused. */
  session(): Disk {
    const life = this.#life;
    const alive = (): void => {
      if (life !== this.#life) throw fault('EPOWER', 'the power is off');
    };
    return {
      makeFolder: async (folder) => {
        alive();
        for (let path = folder; path !== ''; path = folderOf(path)) this.#folders.add(path);
      },
      list: async (folder) => {
        alive();
        if (!this.#folders.has(folder)) throw fault('ENOENT', folder);
        const names = [...this.#names.keys()].filter((path) => folderOf(path) === folder);
        return names.map((path) => path.slice(folder.length + 1)).sort();
      },
      open: async (path, mode) => {
        alive();
        if (mode === 'create') this.#create(path);
        return this.#fileOf(path, this.#inode(path), alive);
      },
      rename: async (from, to) => {
        alive();
        const inode = this.#inode(from);
        this.#change('rename', to, () => {
          this.#names.set(to, inode);
          this.#names.delete(from);
        });
      },
      remove: async (path) => {
        alive();
        this.#inode(path);
        this.#change('remove', path, () => this.#names.delete(path));
      },
      syncFolder: async (folder) => {
        alive();
        this.#syncFolder(folder);
      },
      lock: async (path) => {
        alive();
        if (this.#locks.has(path)) return null;
        this.#locks.add(path);
        return {
          release: async () => {
            if (life === this.#life) this.#locks.delete(path);
          },
        };
      },
    };
  }

  /** Cuts the power now. Every session is dead, every lock is free; the next session finds what `tear` left. */
  cut(tear: Tear = this.tear): void {
    this.kill();
    const names = tear.names === 'kept' ? this.#names : this.#durableNames;
    const survivors = new Map([...names].map(([path, inode]) => [path, survivorOf(inode, tear)]));
    this.#names = survivors;
    this.#durableNames = new Map(survivors);
  }

  /** Ends the process, but not the power: what it wrote is still there, though not durable. */
  kill(): void {
    this.#life += 1;
    this.#locks = new Set();
  }

  /** Another disk with what is durable on this one, as an image of it would have; its calls go on counting. */
  clone(): MemoryDisk {
    const other = new MemoryDisk();
    other.calls = this.calls;
    for (const folder of this.#folders) other.#folders.add(folder);
    for (const [path, { durable }] of this.#durableNames) other.poke(path, durable.bytes);
    return other;
  }

  /** Bytes of a file as they are now. Throws when there is none. */
  peek(path: string): Uint8Array {
    return this.#inode(path).current.bytes.slice();
  }

  /** Bytes of a file as a cut at this moment would at least leave them; null when not even its name is durable. Not a copy. */
  durable(path: string): Uint8Array | null {
    return this.#durableNames.get(path)?.durable.bytes ?? null;
  }

  /** Changes to files that a cut at this moment may lose. */
  get unsynced(): number {
    return [...this.#names.values()].reduce((sum, inode) => sum + inode.pending.length, 0);
  }

  /** Bytes of all files together. */
  get usedBytes(): number {
    return [...this.#names.values()].reduce((sum, inode) => sum + inode.current.bytes.length, 0);
  }

  /** Paths of all files whose names are durable. */
  durableFiles(): string[] {
    return [...this.#durableNames.keys()].sort();
  }

  /** Flips the bits of `mask` in a byte of a file, as a worn medium does: on the medium and in the cache. Throws when there is no file. */
  spoil(path: string, at: number, mask: number): void {
    const { current, durable } = this.#inode(path);
    for (const { bytes } of [current, durable]) {
      const byte = bytes[at];
      if (byte !== undefined) bytes[at] = byte ^ mask;
    }
  }

  /** Size of a file as it is now. Throws when there is none. */
  sizeOf(path: string): number {
    return this.#inode(path).current.bytes.length;
  }

  /** Puts a file there, durable at once, behind the back of whoever uses the disk. */
  poke(path: string, bytes: Uint8Array): void {
    const inode = { durable: { bytes: bytes.slice() }, current: { bytes: bytes.slice() }, pending: [] };
    this.#names.set(path, inode);
    this.#durableNames.set(path, inode);
  }

  /** Takes a file away, durably, behind the back of whoever uses the disk. */
  unlink(path: string): void {
    this.#names.delete(path);
    this.#durableNames.delete(path);
  }

  /** Paths of all files. */
  files(): string[] {
    return [...this.#names.keys()].sort();
  }

  #create(path: string): void {
    if (this.#names.has(path)) throw fault('EEXIST', path);
    if (!this.#folders.has(folderOf(path))) throw fault('ENOENT', path);
    this.#change('create', path, () => {
      this.#names.set(path, { durable: { bytes: EMPTY }, current: { bytes: EMPTY }, pending: [] });
    });
  }

  #fileOf(path: string, inode: Inode, alive: () => void): DiskFile {
    return {
      sizeBytes: async () => {
        alive();
        return inode.current.bytes.length;
      },
      read: async (position, length) => {
        alive();
        if (this.plan({ index: this.calls, operation: 'read', path }) === 'EIO') throw fault('EIO', path);
        return inode.current.bytes.slice(position, position + length);
      },
      write: async (position, bytes) => {
        alive();
        this.#write(path, inode, { at: position, bytes: bytes.slice() });
      },
      truncate: async (length) => {
        alive();
        this.#change('truncate', path, () => applyPending(inode, { kind: 'truncate', length }));
      },
      sync: async () => {
        alive();
        this.#sync(path, inode);
      },
      close: async () => {},
    };
  }

  #write(path: string, inode: Inode, write: { at: number; bytes: Uint8Array }): void {
    const verdict = this.#ask('write', path, write);
    if (verdict === 'EIO') throw fault('EIO', path);
    const grows = Math.max(0, write.at + write.bytes.length - inode.current.bytes.length);
    const free = Math.max(0, this.capacityBytes - this.usedBytes);
    if (verdict === 'ENOSPC' || grows > free) {
      if (verdict !== 'ENOSPC') this.onFull();
      const fits = verdict === 'ENOSPC' ? write.bytes.length >> 1 : write.bytes.length - grows + free;
      applyPending(inode, { kind: 'write', at: write.at, bytes: write.bytes.subarray(0, fits) });
      throw fault('ENOSPC', path);
    }
    applyPending(inode, { kind: 'write', ...write });
    this.#end(verdict);
  }

  #sync(path: string, inode: Inode): void {
    const verdict = this.#ask('sync', path);
    this.#end(verdict);
    // As Linux does it: after a failure the pages count as clean, and a second sync has nothing to write.
    const lost = verdict !== 'go';
    if (!lost) for (const change of inode.pending) applyTo(inode.durable, change);
    inode.pending = [];
    if (lost) throw fault(verdict, path);
    this.onDurable(path);
  }

  #syncFolder(folder: string): void {
    const verdict = this.#ask('syncFolder', folder);
    this.#end(verdict);
    if (verdict !== 'go') throw fault(verdict, folder);
    for (const path of [...this.#durableNames.keys()]) if (folderOf(path) === folder) this.#durableNames.delete(path);
    for (const [path, inode] of this.#names) if (folderOf(path) === folder) this.#durableNames.set(path, inode);
    this.onDurable(folder);
  }

  /** A change that either happens or does not. */
  #change(operation: DiskCall['operation'], path: string, change: () => void): void {
    const verdict = this.#ask(operation, path);
    if (verdict === 'ENOSPC' || verdict === 'EIO') throw fault(verdict, path);
    change();
    this.#end(verdict);
  }

  #ask(operation: DiskCall['operation'], path: string, data?: DiskCall['data']): DiskVerdict {
    this.calls += 1;
    return this.plan({ index: this.calls - 1, operation, path, ...(data === undefined ? {} : { data }) });
  }

  /** Ends the life of the caller when the plan says so. */
  #end(verdict: DiskVerdict): void {
    if (verdict === 'cut') this.cut();
    else if (verdict === 'kill') this.kill();
    else return;
    throw fault('EPOWER', 'the power is off');
  }

  #inode(path: string): Inode {
    const inode = this.#names.get(path);
    if (inode === undefined) throw fault('ENOENT', path);
    return inode;
  }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
