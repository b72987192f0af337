/** Damage on the disk: never passed over in silence, never a reason not to start, and nothing that can still be read is given up. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { JournalDamage } from '../../agent/journal/damage.js';
import { journalKey } from '../../agent/journal/keys.js';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import { type Recovery, recover } from '../../agent/journal/recovery.js';
import { HEAD_BYTES } from '../../agent/journal/segment-head.js';
import { verifyJournal } from '../../agent/journal/verify.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { FOLDER, KEY, openOn, refusal, seededRandom, tapBegin, tapEnd, tapId } from './samples.js';

const ALL = { countMax: 10_000, bytesMax: 10_000_000 };
const CHECKPOINT = `${FOLDER}/checkpoint`;
const SEGMENT_BYTES = 2000;
/** Thousands of runs: a busy machine needs its time. */
const TIMEOUT_MS = 120_000;

function segment(number: number): string {
  return `${FOLDER}/${String(number).padStart(8, '0')}.seg`;
}

/** Three segments of a few frames each, closed cleanly: 16 events, a finished tap and an open one. */
async function closedJournal(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const limits = { segmentBytesMax: SEGMENT_BYTES, allocateBytes: 512, reserveBytes: 256 };
  const journal = await openOn(disk, { limits });
  await journal.append(tapBegin(1));
  await journal.append(tapEnd(1));
  for (let minutes = 1; minutes < 12; minutes += 1) await journal.append([refusal(minutes)]);
  await journal.append(tapBegin(2, 4712));
  for (let minutes = 12; minutes < 15; minutes += 1) await journal.append([refusal(minutes)]);
  await journal.close();
  return disk;
}

interface Found {
  readonly recovery: Recovery;
  readonly events: readonly ChainedEvent[];
}

/** Reads all of a journal without changing it. */
async function found(disk: MemoryDisk): Promise<Found> {
  const reading = recover({ disk: disk.session(), folder: FOLDER, key: journalKey(KEY), terminal: null }, true);
  const events: ChainedEvent[] = [];
  for (;;) {
    const step = await reading.next();
    if (step.done) return { recovery: step.value, events };
    events.push(...step.value.events);
  }
}

function places(events: readonly ChainedEvent[]): string[] {
  return events.map((event) => `${event.seq}:${Buffer.from(event.head).toString('hex')}`);
}

function missingSeqs(damages: readonly JournalDamage[]): number[] {
  return damages
    .flatMap((damage) => damage.missing)
    .flatMap(({ first, last }) => Array.from({ length: (last ?? first - 1) - first + 1 }, (_, i) => first + i));
}

async function readAll(journal: OpenJournal): Promise<ChainedEvent[]> {
  const events: ChainedEvent[] = [];
  for (const { name, lastSeq } of journal.epochs()) {
    for (let seq = 1; seq <= lastSeq; ) {
      const run = await journal.readEvents(name, seq, ALL);
      events.push(...run);
      seq += Math.max(1, run.length);
    }
  }
  return events;
}

describe('a flipped byte', { timeout: TIMEOUT_MS }, () => {
  let whole: MemoryDisk;
  let original: readonly ChainedEvent[];
  beforeAll(async () => {
    whole = await closedJournal();
    original = (await found(whole)).events;
    expect(original).toHaveLength(16);
  });

  const flipped = (path: string, offset: number): MemoryDisk => {
    const disk = whole.clone();
    const bytes = disk.peek(path);
    bytes[offset] = (bytes[offset] ?? 0) ^ 0x10;
    disk.poke(path, bytes);
    return disk;
  };
  const expectNoSilentLoss = ({ recovery, events }: Found, what: string): void => {
    const here = places(events);
    const lost = original.filter((event) => !here.includes(places([event])[0] ?? '')).map((event) => event.seq);
    expect(new Set(here).size, what).toBe(original.length - lost.length);
    expect(missingSeqs(recovery.damages), what).toEqual(lost);
  };

  it.each([1, 2, 3])(
    'in segment %i is reported with the events that it cost, and the others are read',
    async (number) => {
      const path = segment(number);
      for (let offset = 0; offset < whole.peek(path).length; offset += 1) {
        const result = await found(flipped(path, offset));
        const what = `byte ${offset}`;
        expect(result.recovery.damages.length, what).toBe(1);
        const [damage] = result.recovery.damages;
        expect(damage, what).toMatchObject({ segment: number, known: false });
        if (offset < HEAD_BYTES) expect(damage?.reason, what).toBe('head-copy');
        else
          expect([damage?.fromByte ?? 0, damage?.toByte ?? 0], what).toSatisfy(
            ([from, to]) => from <= offset && offset < to,
          );
        expectNoSilentLoss(result, what);
      }
    },
  );

  it('in the newest segment, without a checkpoint, is either a torn write at its end or damage', async () => {
    const path = segment(3);
    for (let offset = HEAD_BYTES; offset < whole.peek(path).length; offset += 1) {
      const disk = flipped(path, offset);
      disk.unlink(CHECKPOINT);
      const { recovery, events } = await found(disk);
      const lost = original.length - events.length;
      const what = `byte ${offset}`;
      if (recovery.damages.length === 0) expect(recovery.tail.tornBytes, what).toBeGreaterThan(0);
      else expect(missingSeqs(recovery.damages).length, what).toBe(lost);
      expect(lost, what).toBeLessThanOrEqual(1);
    }
  });

  it('in the checkpoint costs nothing but time', async () => {
    const before = await found(whole);
    for (let offset = 0; offset < whole.peek(CHECKPOINT).length; offset += 7) {
      const journal = await openOn(flipped(CHECKPOINT, offset));
      expect(journal.report, `byte ${offset}`).toMatchObject({ fromCheckpoint: false, damages: [], tornBytes: 0 });
      expect(journal.epochs().map((epoch) => epoch.lastSeq)).toEqual([before.events.length]);
    }
  });

  it('lets the journal open, begins a new epoch that links to the last good head, and is reported once', async () => {
    const path = segment(2);
    for (let offset = HEAD_BYTES; offset < whole.peek(path).length; offset += 61) {
      const disk = flipped(path, offset);
      disk.unlink(CHECKPOINT);
      const journal = await openOn(disk);
      expect(journal.report.quarantined).toEqual([2]);
      const [first, second] = journal.epochs();
      expect([first?.lastSeq, second?.lastSeq]).toEqual([16, 1]);
      const [begun] = await journal.readEvents(second?.name ?? '', 1, ALL);
      const previous = { epoch: first?.name, seq: 16 };
      expect(decodeEvent(begun?.bytes ?? new Uint8Array())).toMatchObject({ cause: 'damage', previous });
      const lost = missingSeqs(journal.report.damages);
      expect(first?.missing ?? []).toEqual(lost.length === 0 ? [] : [{ first: lost[0], last: lost.at(-1) }]);
      expect((await readAll(journal)).length).toBe(17 - lost.length);
      await journal.close();
      disk.unlink(CHECKPOINT);
      const again = await openOn(disk);
      expect(again.report.damages.map((damage) => damage.known)).toEqual([true]);
      expect(again.epochs()).toHaveLength(2);
      await again.close();
    }
  });
});

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
    expect(journal.state().highWater.get(4711)?.sequence).toBe(2);
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
