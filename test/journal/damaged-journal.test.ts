/** Larger damage: nothing that can still be read is given up, and all of it is told. */
import { describe, expect, it } from 'vitest';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import { HEAD_BYTES } from '../../agent/journal/segments/segment-head.js';
import { verifyJournal } from '../../agent/journal/verify.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { ALL, CHECKPOINT, closedJournal, found, missingSeqs, readAll, SEGMENT_BYTES, segment } from './damage-bench.js';
import { FOLDER, KEY, openOn, refusal, seededRandom, tapId } from './samples.js';

describe('a damaged journal', () => {
  const opened = async (spoil: (disk: MemoryDisk) => void): Promise<{ disk: MemoryDisk; journal: OpenJournal }> => {
    const disk = await closedJournal();
    spoil(disk);
    return { disk, journal: await openOn(disk) };
  };
  /** Overwrites a stretch of a file. */
  const scribble = (disk: MemoryDisk, path: string, range: { from: number; to: number }): void => {
    const bytes = disk.peek(path);
    bytes.fill(0xaa, range.from, range.to);
    disk.poke(path, bytes);
  };

  it('without a segment in the middle reports what was in it and reads the others', async () => {
    const { journal } = await opened((disk) => disk.unlink(segment(2)));
    const [damage] = journal.report.damages;
    expect(damage).toMatchObject({ segment: 2, reason: 'missing' });
    const lost = missingSeqs(journal.report.damages);
    expect(lost.length).toBeGreaterThan(2);
    expect(await readAll(journal)).toHaveLength(17 - lost.length);
    expect(journal.state().backlog).toBe(17 - lost.length);
  });

  it('without its first segment reads the others', async () => {
    const { journal } = await opened((disk) => disk.unlink(segment(1)));
    expect(missingSeqs(journal.report.damages)[0]).toBe(1);
    expect((await readAll(journal)).length).toBeGreaterThan(5);
  });

  it('without its newest segment knows from the checkpoint that it is gone', async () => {
    const { journal } = await opened((disk) => disk.unlink(segment(3)));
    expect(journal.report.damages).toMatchObject([{ segment: 3, reason: 'missing' }]);
    expect(missingSeqs(journal.report.damages).at(-1)).toBe(16);
    expect(journal.epochs()[0]).toMatchObject({ lastSeq: 16 });
    expect(journal.epochs()).toHaveLength(2);
  });

  it('without any segment begins anew and says so', async () => {
    const { journal } = await opened((disk) => {
      for (const number of [1, 2, 3]) disk.unlink(segment(number));
    });
    expect(missingSeqs(journal.report.damages)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1));
    expect(journal.state().openIntents.has(tapId(2))).toBe(true);
  });

  it('keeps the marks and taps of destroyed frames that the checkpoint had', async () => {
    const { journal } = await opened((disk) => disk.poke(segment(1), disk.peek(segment(1)).subarray(0, HEAD_BYTES)));
    expect(journal.report.damages.length).toBeGreaterThan(0);
    expect(journal.state().highWater.get(1)?.get(4711)?.sequence).toBe(2);
    expect(journal.state().undispensed.has(tapId(1))).toBe(true);
    expect(journal.state().openIntents.has(tapId(2))).toBe(true);
  });

  it('with both copies of a head spoilt reports the whole segment', async () => {
    const { journal } = await opened((disk) => scribble(disk, segment(2), { from: 100, to: 900 }));
    expect(journal.report.damages).toMatchObject([{ segment: 2, fromByte: 0, reason: 'head' }]);
    expect(missingSeqs(journal.report.damages).length).toBeGreaterThan(2);
  });

  it('with two frames exchanged uses neither in the other’s place', async () => {
    const disk = await closedJournal();
    const bytes = disk.peek(segment(1));
    const lengthAt = (offset: number): number => 8 + Buffer.from(bytes).readUInt32BE(offset);
    // The last two frames before the end are refusals of the same size.
    const offsets: number[] = [];
    for (let at = HEAD_BYTES; at < bytes.length; at += lengthAt(at)) offsets.push(at);
    const [first, second] = offsets.slice(-2) as [number, number];
    expect(lengthAt(first)).toBe(lengthAt(second));
    const swapped = bytes.slice();
    swapped.set(bytes.subarray(second), first);
    swapped.set(bytes.subarray(first, second), second);
    disk.poke(segment(1), swapped);
    const { recovery, events } = await found(disk);
    expect(recovery.damages.length).toBeGreaterThan(0);
    expect(events.length + missingSeqs(recovery.damages).length).toBe(16);
  });

  it('with a segment of another time in the place of one takes nothing from it that does not fit', async () => {
    const disk = await closedJournal();
    const other = new MemoryDisk();
    const limits = { segmentBytesMax: SEGMENT_BYTES, allocateBytes: 512, reserveBytes: 256 };
    const journal = await openOn(other, {
      limits,
      random: { bytes: (n) => new Uint8Array(n).fill(9), fraction: () => 0 },
    });
    for (let minutes = 1; minutes < 20; minutes += 1) await journal.append([refusal(minutes)]);
    await journal.close();
    disk.poke(segment(2), other.peek(segment(2)));
    const { recovery, events } = await found(disk);
    expect(recovery.damages).toContainEqual(expect.objectContaining({ segment: 2, reason: 'chain', fromByte: 0 }));
    expect(new Set(events.map((event) => event.epoch)).size).toBe(1);
    expect(events.length + missingSeqs(recovery.damages).length).toBe(16);
  });

  it('that the disk cannot read in one place is read in all others', async () => {
    const disk = await closedJournal();
    const session = disk.session();
    const half = {
      ...session,
      open: async (...args: Parameters<typeof session.open>) => {
        const file = await session.open(...args);
        const bad = args[0] === segment(1);
        const read = async (position: number, length: number): Promise<Uint8Array> => {
          const touches = bad && position <= HEAD_BYTES && position + length > HEAD_BYTES + 100;
          if (touches) throw Object.assign(new Error('EIO'), { code: 'EIO' });
          return file.read(position, length);
        };
        return { ...file, read };
      },
    };
    disk.unlink(CHECKPOINT);
    const journal = await openOn(half, { random: seededRandom(77) });
    expect(journal.report.damages).toMatchObject([{ segment: 1, reason: 'unreadable' }]);
    expect((await readAll(journal)).length).toBeGreaterThan(3);
  });

  it('is set aside with a report', async () => {
    const { disk, journal } = await opened((spoilt) => {
      spoilt.unlink(CHECKPOINT);
      scribble(spoilt, segment(2), { from: 1100, to: 1110 });
    });
    const [damage] = journal.report.damages;
    const stem = `${FOLDER}/quarantine/00000002-${damage?.fromByte}`;
    expect(disk.files()).toContain(`${stem}.seg`);
    const report: unknown = JSON.parse(new TextDecoder().decode(disk.peek(`${stem}.json`)));
    expect(report).toMatchObject({ file: '00000002.seg', damages: [{ ...damage, missing: damage?.missing }] });
  });

  it('opens even when there is no room to set it aside, and can be read', async () => {
    const disk = await closedJournal();
    disk.unlink(CHECKPOINT);
    scribble(disk, segment(2), { from: 1100, to: 1110 });
    disk.capacityBytes = 0;
    const journal = await openOn(disk);
    expect(journal.report).toMatchObject({ quarantined: [], damages: [{ segment: 2 }] });
    expect(journal.epochs()).toHaveLength(1);
    await expect(journal.append([refusal(1)])).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    const [event] = await journal.append([refusal(1)]);
    expect(event?.seq).toBe(2);
    expect(journal.epochs()).toHaveLength(2);
  });

  it('that is found while reading is repaired at the next opening', async () => {
    const disk = await closedJournal();
    const journal = await openOn(disk);
    expect(journal.report.fromCheckpoint).toBe(true);
    scribble(disk, segment(1), { from: HEAD_BYTES, to: SEGMENT_BYTES });
    const { name } = journal.epochs()[0] ?? { name: '' };
    await expect(journal.readEvents(name, 1, ALL)).rejects.toMatchObject({ code: 'ERR_JOURNAL_DAMAGED' });
    await journal.close();
    const again = await openOn(disk);
    expect(again.report.fromCheckpoint).toBe(false);
    expect(again.report.damages.length).toBeGreaterThan(0);
    expect(again.epochs()).toHaveLength(2);
  });

  it('is found and told by verifying it', async () => {
    const disk = await closedJournal();
    scribble(disk, segment(2), { from: 1100, to: 1110 });
    const report = await verifyJournal({ disk: disk.session(), folder: FOLDER, key: KEY });
    expect(report.sound).toBe(false);
    expect(report.damages).toMatchObject([{ segment: 2, reason: 'frame' }]);
    expect(report.events).toBe(16 - missingSeqs(report.damages).length);
  });
});
