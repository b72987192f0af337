/** What every implementation of the disk port does. Run by `test/journal/disk-compliance.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Disk, readWhole, removeIfThere, replaceFile } from '../../agent/journal/disk.js';

/** What an implementation hands to {@link describeDisk}. */
export interface DiskHarness {
  readonly disk: Disk;
  /** Absolute path of a folder that does not exist yet. */
  readonly folder: string;
  dispose(): Promise<void>;
}

const BYTES = Uint8Array.from({ length: 1000 }, (_, i) => i & 0xff);

/** The statements. */
export function describeDisk(name: string, create: () => Promise<DiskHarness>): void {
  describe(name, () => {
    let harness: DiskHarness;
    let disk: Disk;
    let folder: string;

    beforeEach(async () => {
      harness = await create();
      ({ disk, folder } = harness);
      await disk.makeFolder(folder);
    });
    afterEach(() => harness.dispose());

    const write = async (path: string, bytes: Uint8Array): Promise<void> => {
      const file = await disk.open(path, 'create');
      await file.write(0, bytes);
      await file.sync();
      await file.close();
    };
    const rejected = (fault: string): { code: string } => expect.objectContaining({ code: fault });

    it('makes a folder and those above it, and leaves one that exists as it is', async () => {
      const deep = `${folder}/a/b`;
      await disk.makeFolder(deep);
      await write(`${deep}/file`, BYTES);
      await disk.makeFolder(deep);
      expect(await disk.list(deep)).toEqual(['file']);
      expect(await disk.list(`${folder}/a`)).toEqual([]);
    });

    it('lists files in order, and no folders', async () => {
      for (const file of ['b', 'a10', 'a2', 'B']) await write(`${folder}/${file}`, BYTES);
      await disk.makeFolder(`${folder}/c`);
      expect(await disk.list(folder)).toEqual(['B', 'a10', 'a2', 'b']);
    });

    it('cannot list what is not there', async () => {
      await expect(disk.list(`${folder}/none`)).rejects.toThrow(rejected('ENOENT'));
    });

    it('reads what was written, and less at the end', async () => {
      await write(`${folder}/file`, BYTES);
      const file = await disk.open(`${folder}/file`, 'read');
      expect(await file.sizeBytes()).toBe(1000);
      expect([...(await file.read(0, 1000))]).toEqual([...BYTES]);
      expect([...(await file.read(995, 100))]).toEqual([...BYTES.subarray(995)]);
      expect(await file.read(1000, 10)).toHaveLength(0);
      await file.close();
    });

    it('writes in place, and beyond the end with zeros between', async () => {
      await write(`${folder}/file`, BYTES.subarray(0, 10));
      const file = await disk.open(`${folder}/file`, 'update');
      await file.write(2, Uint8Array.of(255, 255));
      await file.write(12, Uint8Array.of(7));
      await file.sync();
      expect([...(await file.read(0, 20))]).toEqual([0, 1, 255, 255, 4, 5, 6, 7, 8, 9, 0, 0, 7]);
      await file.close();
    });

    it('cuts a file off', async () => {
      await write(`${folder}/file`, BYTES);
      const file = await disk.open(`${folder}/file`, 'update');
      await file.truncate(3);
      expect(await file.sizeBytes()).toBe(3);
      await file.close();
    });

    it('creates no file over another, and opens none that is not there', async () => {
      await write(`${folder}/file`, BYTES);
      await expect(disk.open(`${folder}/file`, 'create')).rejects.toThrow(rejected('EEXIST'));
      await expect(disk.open(`${folder}/none`, 'read')).rejects.toThrow(rejected('ENOENT'));
      await expect(disk.open(`${folder}/none`, 'update')).rejects.toThrow(rejected('ENOENT'));
    });

    it('renames over another file, and removes', async () => {
      await write(`${folder}/old`, BYTES);
      await write(`${folder}/new`, BYTES.subarray(0, 1));
      await disk.rename(`${folder}/old`, `${folder}/new`);
      await disk.syncFolder(folder);
      expect(await disk.list(folder)).toEqual(['new']);
      expect(await readWhole(disk, `${folder}/new`, 1000)).toHaveLength(1000);
      await disk.remove(`${folder}/new`);
      expect(await disk.list(folder)).toEqual([]);
      await expect(disk.remove(`${folder}/new`)).rejects.toThrow(rejected('ENOENT'));
      expect(await removeIfThere(disk, `${folder}/new`)).toBe(false);
    });

    it('replaces a file as a whole', async () => {
      await replaceFile(disk, { folder, name: 'state' }, BYTES);
      await replaceFile(disk, { folder, name: 'state' }, BYTES.subarray(0, 5));
      expect(await readWhole(disk, `${folder}/state`, 1000)).toHaveLength(5);
      expect(await disk.list(folder)).toEqual(['state']);
    });

    it('reads no file that is larger than asked for, and none that is not there', async () => {
      await write(`${folder}/file`, BYTES);
      expect(await readWhole(disk, `${folder}/file`, 999)).toBeNull();
      expect(await readWhole(disk, `${folder}/none`, 999)).toBeNull();
    });

    it('gives a lock to one holder at a time', async () => {
      const path = `${folder}/lock`;
      const first = await disk.lock(path);
      expect(first).not.toBeNull();
      expect(await disk.lock(path)).toBeNull();
      await first?.release();
      const second = await disk.lock(path);
      expect(second).not.toBeNull();
      await second?.release();
    });
  });
}
