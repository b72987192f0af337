/** Real file systems for tests: a small one in memory, and ext4 on a loop device whose image can be copied as a power cut would leave it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { describe } from 'vitest';

const MIB = 1024 * 1024;
/** Copies of an image that are begun anew because something was written meanwhile. */
const COPIES_MAX = 200;

/**
 * `describe` where this process may mount; else a `describe.skip` that says why in one line. Root under CI must be able to: there it is
 * an error.
 */
export function describeWithMounts(what: string, kind: 'tmpfs' | 'loop'): typeof describe | typeof describe.skip {
  const reason = whyNot(kind);
  if (reason === null) return describe;
  if (process.env.CI && process.getuid?.() === 0) throw new Error(`${what}: ${reason}`);
  console.warn(`skipped: ${what}, because ${reason}`);
  return describe.skip;
}

function whyNot(kind: 'tmpfs' | 'loop'): string | null {
  if (process.getuid?.() !== 0) return 'only root may mount file systems';
  const programs = kind === 'loop' ? ['mount', 'umount', 'losetup', 'mkfs.ext4'] : ['mount', 'umount'];
  const missing = programs.filter((program) => spawnSync(program, ['-V']).error !== undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  try {
    const trial = kind === 'loop' ? ext4OnLoop({ sizeMib: 8 }) : tmpfs(MIB);
    trial.remove();
    return null;
  } catch (error) {
    return `file systems cannot be mounted here (${String(error).trim().split('\n').at(-1)})`;
  }
}

/** A mounted file system. */
export interface Mounted {
  /** Where it is mounted. */
  readonly folder: string;
  /** Unmounts it and removes everything. */
  remove(): void;
}

/** A file system in memory with room for so many bytes. */
export function tmpfs(sizeBytes: number): Mounted {
  const folder = mkdtempSync(join(tmpdir(), 'wasl-tmpfs-'));
  run('mount', '-t', 'tmpfs', '-o', `size=${sizeBytes}`, 'tmpfs', folder);
  return {
    folder,
    remove: () => {
      unmount(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** ext4 on a loop device. */
export interface LoopDisk extends Mounted {
  /**
   * Copies the image at one moment, while everything that could write through the file system stands still. The device writes to the
   * image directly (`direct-io`), so what is in the page cache and was never written back is not in it: as after a power cut. The
   * copy is taken again until the device says that nothing reached it meanwhile.
   */
  copyImage(path: string): void;
}

/** Makes ext4 in an image of its own, or mounts an image that is there (a copy: its journal is replayed, as at a start after a cut). */
export function ext4OnLoop(options: { readonly sizeMib?: number; readonly image?: string }): LoopDisk {
  const folder = mkdtempSync(join(tmpdir(), 'wasl-ext4-'));
  const image = options.image ?? join(folder, 'image');
  const mountPoint = join(folder, 'mnt');
  mkdirSync(mountPoint);
  try {
    if (options.image === undefined) {
      writeFileSync(image, '');
      truncateSync(image, (options.sizeMib ?? 64) * MIB);
      // No blocks for root alone, and nothing that is done later in the background.
      run('mkfs.ext4', '-q', '-m', '0', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image);
    }
    const device = run('losetup', '--show', '-f', '--direct-io=on', image).trim();
    try {
      if (readFileSync(`/sys/block/${basename(device)}/loop/dio`, 'utf8').trim() !== '1')
        throw new Error(`${image} cannot be written directly`);
      run('mount', '-t', 'ext4', '-o', 'noatime', device, mountPoint);
    } finally {
      // It goes when it is unmounted, however that comes about.
      run('losetup', '-d', device);
    }
    return {
      folder: mountPoint,
      copyImage: (path) => copyStill(image, device, path),
      remove: () => {
        unmount(mountPoint);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function copyStill(image: string, device: string, path: string): void {
  for (let copies = 0; copies < COPIES_MAX; copies += 1) {
    const before = writesOf(device);
    copyFileSync(image, path);
    if (before.inFlight === 0 && writesOf(device).total === before.total) return;
  }
  throw new Error('the image was never still');
}

/** What the device has written so far: requests and sectors, discards and flushes (Documentation/block/stat.rst of the kernel). */
function writesOf(device: string): { readonly total: string; readonly inFlight: number } {
  const fields = readFileSync(`/sys/block/${basename(device)}/stat`, 'utf8')
    .trim()
    .split(/\s+/);
  return { total: [4, 6, 11, 13].map((field) => fields[field]).join(' '), inFlight: Number(fields[8]) };
}

function unmount(folder: string): void {
  if (spawnSync('umount', [folder]).status !== 0) run('umount', '-l', folder);
}

function run(program: string, ...args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
