/** The copies of what pruned segments came to: rot in them, a disk with no room for them, and what is said when all of them are gone. */
import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CHECKPOINT_VERSION } from '../../agent/journal/checkpoints/checkpoint.js';
import { verifyJournal } from '../../agent/journal/verify.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { current, PRUNING_LIMITS, prunedEvents, segmentsOn, serveDays, settled } from './pruning-bench.js';
import { FOLDER, KEY, openOn, refusal, tapBegin } from './samples.js';

const FILES = ['checkpoint', 'base.1', 'base.2'].map((name) => `${FOLDER}/${name}`);
const open = (disk: MemoryDisk) => openOn(disk, { limits: PRUNING_LIMITS });
const rot = (disk: MemoryDisk, path: string): void => disk.poke(path, disk.peek(path).fill(0x99, 30, 50));

async function prunedDisk(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const journal = await open(disk);
  await journal.append(tapBegin(2, 2, 9));
  await serveDays(journal, 12);
  await settled(journal);
  expect(prunedEvents(journal)).toBeGreaterThan(0);
  disk.cut();
  return disk;
}

describe('the copies of what was pruned', () => {
  it.each([
    ['checkpoint', 'base.1'],
    ['checkpoint', 'base.2'],
    ['base.1', 'base.2'],
  ])('may lose %s and %s, and are whole again after the next start', async (...lost) => {
    const disk = await prunedDisk();
    for (const name of lost) rot(disk, `${FOLDER}/${name}`);
    const journal = await open(disk);
    const bases = lost.filter((name) => name !== 'checkpoint');
    expect(journal.report).toMatchObject({ damages: [], stateLost: false, basesLost: bases });
    expect(journal.state().openIntents.size).toBe(1);
    await journal.close();
    // Each of them would now do alone.
    for (const kept of FILES) {
      const copy = disk.clone();
      for (const path of FILES) if (path !== kept) copy.unlink(path);
      const again = await open(copy);
      expect(again.report).toMatchObject({ damages: [], stateLost: false });
      expect(again.state().openIntents.size).toBe(1);
    }
  });

  it.each(['spoilt', 'gone'])(
    'that are all %s are not taken for a fresh journal: the centre and people are told',
    async (how) => {
      const disk = await prunedDisk();
      for (const path of FILES) how === 'gone' ? disk.unlink(path) : rot(disk, path);
      const verified = await verifyJournal({ disk: disk.session(), folder: FOLDER, key: KEY });
      expect(verified).toMatchObject({ sound: false, damages: [{ reason: 'state' }] });
      const journal = await open(disk);
      expect(journal.report).toMatchObject({
        fresh: false,
        stateLost: true,
        damages: [{ segment: 1, reason: 'state' }],
      });
      const { name } = current(journal);
      const [first] = await journal.readEvents(name, 1, { countMax: 1, bytesMax: 1 });
      expect(decodeEvent(first?.bytes ?? new Uint8Array())).toMatchObject({ type: 'epoch', cause: 'damage' });
      // What was pruned counts as destroyed now, and is known to be.
      expect(journal.epochs()[0]?.missing?.[0]?.first).toBe(1);
      await journal.close();
      const again = await open(disk);
      expect(again.epochs()).toHaveLength(2);
      expect(again.report.damages.filter((damage) => !damage.known)).toEqual([]);
    },
  );

  it('of newer software keep an older one from opening the journal, and from calling it damaged', async () => {
    const disk = await prunedDisk();
    for (const path of FILES) {
      const bytes = disk.peek(path);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      view.setUint32(8, CHECKPOINT_VERSION + 1);
      view.setUint32(28, crc32(bytes.subarray(32), crc32(bytes.subarray(0, 28))));
      disk.poke(path, bytes);
    }
    await expect(open(disk)).rejects.toMatchObject({ code: 'ERR_JOURNAL_VERSION' });
  });

  it('that are all that is left of a journal are not taken for nothing', async () => {
    const disk = await prunedDisk();
    for (const path of disk.files()) if (!FILES.includes(path)) disk.unlink(path);
    for (const path of FILES) rot(disk, path);
    const journal = await open(disk);
    expect(journal.report).toMatchObject({ fresh: false, stateLost: true });
  });

  it('cannot be written on a full disk: then nothing is pruned, and later it is', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await serveDays(journal, 4);
    let full = true;
    disk.plan = ({ operation, path }) => (full && operation === 'write' && path.includes('base') ? 'ENOSPC' : 'go');
    await serveDays(journal, 6, 4);
    await settled(journal);
    expect(prunedEvents(journal)).toBe(0);
    expect(segmentsOn(disk)[0]).toBe(1);
    full = false;
    for (let n = 0; n < 1100; n += 1) await journal.append([refusal(n)]);
    await settled(journal);
    expect(prunedEvents(journal)).toBeGreaterThan(0);
    expect(segmentsOn(disk)[0]).toBeGreaterThan(1);
  });

  it('take the place of the checkpoint on a disk that has no other room for them', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk, { limits: { ...PRUNING_LIMITS, checkpointFrames: 10 } });
    await serveDays(journal, 4);
    let refused = 0;
    disk.plan = ({ operation, path }) => {
      if (operation !== 'write' || !path.includes('base') || refused > 0) return 'go';
      refused += 1;
      return 'ENOSPC';
    };
    await serveDays(journal, 2, 4);
    await settled(journal);
    expect(refused).toBe(1);
    expect(prunedEvents(journal)).toBeGreaterThan(0);
  });

  it('that are not read back as they were written keep everything from being pruned', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await serveDays(journal, 4);
    let renamed = false;
    disk.plan = ({ operation, path }) => {
      if (renamed) rot(disk, `${FOLDER}/base.2`);
      renamed = operation === 'rename' && path.endsWith('base.2');
      return 'go';
    };
    await serveDays(journal, 6, 4);
    await settled(journal);
    expect(prunedEvents(journal)).toBe(0);
    expect(segmentsOn(disk)[0]).toBe(1);
  });
});
