import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { describeJournal } from '../compliance/journal.js';
import { openOn, SMALL_LIMITS, seededRandom } from './samples.js';

describeJournal('the journal on a disk in memory', async () => {
  const disk = new MemoryDisk();
  return { open: (clock) => openOn(disk, { clock }), dispose: async () => {} };
});

describeJournal('the journal on a disk in memory, in small segments, whose power is cut at each closing', async () => {
  const disk = new MemoryDisk();
  return {
    open: (clock) => {
      disk.cut();
      return openOn(disk, { clock, limits: { ...SMALL_LIMITS, checkpointFrames: 7 } });
    },
    dispose: async () => {},
  };
});

describeJournal('the journal on the disk of this machine', async () => {
  const base = await mkdtemp(join(tmpdir(), 'wasl-journal-'));
  let opened = 0;
  return {
    open: (clock) => {
      opened += 1;
      const random = seededRandom(opened);
      return openOn(nodeDisk(), { folder: join(base, 'data', 'journal'), clock, random });
    },
    dispose: () => rm(base, { recursive: true }),
  };
});
