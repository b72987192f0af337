import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultOf, isFull } from '../../agent/journal/disk.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { describeDisk } from '../compliance/disk.js';
import { openOn, seededRandom } from './samples.js';

describeDisk('a disk in memory', async () => {
  return { disk: new MemoryDisk().session(), folder: '/data/folder', dispose: async () => {} };
});

describeDisk('the disk of this machine', async () => {
  const base = await mkdtemp(join(tmpdir(), 'wasl-disk-'));
  return { disk: nodeDisk(), folder: join(base, 'data', 'folder'), dispose: () => rm(base, { recursive: true }) };
});

describe('on the disk of this machine', () => {
  let base: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'wasl-disk-'));
  });
  afterEach(() => rm(base, { recursive: true }));

  it('only the owner may read what is stored', async () => {
    const folder = join(base, 'journal');
    const journal = await openOn(nodeDisk(), { folder });
    await journal.close();
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, '00000001.seg'))).mode & 0o777).toBe(0o600);
  });

  it('a lock that another process holds is taken, and free as soon as that process is killed', async () => {
    const path = join(base, 'lock');
    const holder = spawn('bash', ['-c', 'exec 9>"$0"; flock -n 9; echo held; exec sleep 60', path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    expect(await nodeDisk().lock(path)).toBeNull();
    holder.kill('SIGKILL');
    await once(holder, 'close');
    const lock = await nodeDisk().lock(path);
    expect(lock).not.toBeNull();
    await lock?.release();
  });

  it('a journal is open in one place at a time, and its lock outlives nobody', async () => {
    const folder = join(base, 'journal');
    const first = await openOn(nodeDisk(), { folder, random: seededRandom(1) });
    await expect(openOn(nodeDisk(), { folder })).rejects.toMatchObject({ code: 'ERR_JOURNAL_LOCKED' });
    await first.close();
    await (await openOn(nodeDisk(), { folder, random: seededRandom(2) })).close();
  });
});

describe('the names of faults', () => {
  it('are told from what was thrown', () => {
    expect(faultOf(Object.assign(new Error('x'), { code: 'EIO' }))).toBe('EIO');
    for (const other of [new Error('x'), null, 'EIO', { code: 5 }]) expect(faultOf(other)).toBe('EUNKNOWN');
    expect([isFull({ code: 'ENOSPC' }), isFull({ code: 'EDQUOT' }), isFull({ code: 'EIO' })]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
