import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { CHECKPOINT_VERSION } from '../../agent/journal/checkpoints/checkpoint.js';
import { HEAD_BYTES } from '../../agent/journal/segments/segment-head.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { FOLDER, handClock, NOON_MS, openOn, refusal, SMALL_LIMITS, seededRandom, tapBegin } from './samples.js';

const SEGMENT = /\/([0-9]{8})\.seg$/;

function segments(disk: MemoryDisk): string[] {
  return disk.files().filter((path) => SEGMENT.test(path));
}

/** Salt of a segment, from both the place where it stands in its head. */
function saltOf(disk: MemoryDisk, path: string): string {
  return Buffer.from(disk.peek(path).subarray(16, 32)).toString('hex');
}

describe('opening a journal', () => {
  it('under another key fails and changes nothing', async () => {
    const disk = new MemoryDisk();
    await (await openOn(disk)).close();
    const before = disk.files().map((path) => [path, Buffer.from(disk.peek(path)).toString('hex')]);
    await expect(openOn(disk, { key: new Uint8Array(32) })).rejects.toMatchObject({ code: 'ERR_JOURNAL_KEY' });
    expect(disk.files().map((path) => [path, Buffer.from(disk.peek(path)).toString('hex')])).toEqual(before);
    expect((await openOn(disk)).epochs()).toHaveLength(1);
  });

  it('of another terminal fails', async () => {
    const disk = new MemoryDisk();
    await (await openOn(disk)).close();
    await expect(openOn(disk, { terminal: 'unit-8' })).rejects.toMatchObject({ code: 'ERR_DATA_FOLDER' });
  });

  it('that newer software wrote fails', async () => {
    const disk = new MemoryDisk();
    await (await openOn(disk)).close();
    const [path] = segments(disk) as [string];
    const bytes = disk.peek(path);
    for (const start of [0, HEAD_BYTES / 2]) {
      const copy = Buffer.from(bytes.buffer, start, HEAD_BYTES / 2);
      copy.writeUInt16BE(2, 8);
      copy.writeUInt32BE(crc32(copy.subarray(0, -4)), copy.length - 4);
    }
    disk.poke(path, bytes);
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'ERR_JOURNAL_VERSION' });
  });

  it.each([
    ['a key of another length', { key: new Uint8Array(16) }, 'ERR_SECRET'],
    ['a name that is none', { terminal: 'Unit 7' }, 'ERR_CONFIG'],
  ])('with %s fails', async (_what, more, code) => {
    await expect(openOn(new MemoryDisk(), more)).rejects.toMatchObject({ code });
  });

  it('twice at a time fails, and works again when the first is closed', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'ERR_JOURNAL_LOCKED' });
    await first.close();
    await (await openOn(disk)).close();
  });

  it('leaves the lock free when it fails', async () => {
    const disk = new MemoryDisk({ plan: ({ operation }) => (operation === 'write' ? 'EIO' : 'go') });
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'ERR_JOURNAL_IO' });
    disk.plan = () => 'go';
    await (await openOn(disk)).close();
  });

  it('without room for a first epoch fails, and works once there is room', async () => {
    const disk = new MemoryDisk({ capacityBytes: 100 });
    await expect(openOn(disk)).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
    expect(segments(disk)).toEqual([]);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect((await openOn(disk)).report.fresh).toBe(true);
  });

  it('says what it found', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    expect(first.report).toEqual({
      fresh: true,
      fromCheckpoint: false,
      segments: 0,
      tornBytes: 0,
      damages: [],
      quarantined: [],
      prunedSegments: 0,
      basesLost: [],
      stateLost: false,
    });
    await first.append([refusal(1)]);
    await first.close();
    expect((await openOn(disk)).report).toMatchObject({ fresh: false, fromCheckpoint: true, segments: 1 });
  });

  it('after a cut cuts off the torn write and says how long it was', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    await journal.append([refusal(1)]);
    disk.cut();
    const [path] = segments(disk) as [string];
    const bytes = disk.peek(path);
    const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
    bytes.fill(0xaa, end, end + 33);
    disk.poke(path, bytes);
    const again = await openOn(disk);
    expect(again.report).toMatchObject({ tornBytes: 33, damages: [] });
    expect(disk.peek(path)).toHaveLength(end);
    expect(again.epochs()).toMatchObject([{ lastSeq: 2 }]);
  });

  it('never writes to a segment of an earlier life', async () => {
    const disk = new MemoryDisk();
    const first = await openOn(disk);
    await first.append([refusal(1)]);
    await first.close();
    const [path] = segments(disk) as [string];
    const before = disk.peek(path);
    const second = await openOn(disk);
    expect(segments(disk)).toEqual([path]);
    await second.append([refusal(2)]);
    await second.close();
    expect(disk.peek(path)).toEqual(before);
    expect(segments(disk)).toHaveLength(2);
  });

  it('of an image of the disk on two machines uses no key twice', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    await journal.append([refusal(1)]);
    await journal.close();
    const twin = disk.clone();
    const opened = await Promise.all([
      openOn(disk, { random: seededRandom(1001) }),
      openOn(twin, { random: seededRandom(2001) }),
    ]);
    for (const one of opened) await one.append([refusal(2)]);
    for (const one of opened) await one.close();
    const [shared, ...own] = [...new Set([...segments(disk), ...segments(twin)])] as [string, ...string[]];
    expect(own).toHaveLength(1);
    expect(saltOf(disk, shared)).toBe(saltOf(twin, shared));
    for (const path of own) expect(saltOf(disk, path)).not.toBe(saltOf(twin, path));
  });

  it('uses a salt of its own for each segment', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk, { limits: SMALL_LIMITS });
    for (let minutes = 0; minutes < 200; minutes += 1) await journal.append([refusal(minutes)]);
    await journal.close();
    const salts = segments(disk).map((path) => saltOf(disk, path));
    expect(salts.length).toBeGreaterThan(2);
    expect(new Set(salts).size).toBe(salts.length);
  });

  it('shows no name, card or period in clear', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    await journal.append(tapBegin(1));
    await journal.close();
    const everything = disk.files().map((path) => Buffer.from(disk.peek(path)).toString('latin1'));
    for (const text of ['unit-7', '2026q4']) expect(everything.some((bytes) => bytes.includes(text))).toBe(false);
  });

  it('works before the clock is set, and begins the period of the time that it is set to', async () => {
    const disk = new MemoryDisk();
    const early = await openOn(disk, { clock: handClock(0) });
    expect(early.epochs()[0]?.name).toMatch(/^2020q1-/);
    await early.close();
    const later = await openOn(disk, { clock: handClock(NOON_MS) });
    expect(later.epochs().map((epoch) => epoch.name.slice(0, 6))).toEqual(['2020q1', '2026q4']);
  });

  it('names no epoch by a clock that says it is earlier than the software', async () => {
    const builtMs = Date.UTC(2026, 6, 1);
    const disk = new MemoryDisk();
    const clock = handClock(0);
    const journal = await openOn(disk, { clock, builtMs });
    expect((await journal.beginEpoch('mismatch')).name).toMatch(/^2026q3-/);
    expect(journal.epochs().map((epoch) => epoch.name.slice(0, 6))).toEqual(['2026q3', '2026q3']);
    clock.ms = NOON_MS;
    const [event] = await journal.append([refusal(1)]);
    expect(event?.epoch).toMatch(/^2026q4-/);
  });

  it('ends a period that the software is younger than', async () => {
    const disk = new MemoryDisk();
    const old = await openOn(disk, { clock: handClock(0), builtMs: Date.UTC(2025, 0, 1) });
    await old.close();
    const updated = await openOn(disk, { clock: handClock(0), builtMs: Date.UTC(2026, 6, 1) });
    const [event] = await updated.append([
      { kind: 'high-water', card: 1, family: 1, mark: { sequence: 1, recordHash: new Uint8Array(8) } },
    ]);
    expect(event).toBeUndefined();
    expect(updated.epochs().map((epoch) => epoch.name.slice(0, 6))).toEqual(['2025q1', '2026q3']);
  });
});

describe('the checkpoint', () => {
  it('spares reading what it knows, after a cut as well', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk, { limits: { checkpointFrames: 10 } });
    for (let minutes = 0; minutes < 25; minutes += 1) await journal.append([refusal(minutes)]);
    disk.cut();
    const again = await openOn(disk);
    expect(again.report).toMatchObject({ fromCheckpoint: true, damages: [] });
    expect(again.epochs()).toMatchObject([{ lastSeq: 26 }]);
  });

  it('that is missing, cut short or of another version costs nothing but time', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    await journal.append([refusal(1)]);
    await journal.close();
    const path = `${FOLDER}/checkpoint`;
    const whole = disk.peek(path);
    const newer = whole.slice();
    newer[11] = CHECKPOINT_VERSION + 1;
    for (const bytes of [null, whole.subarray(0, 20), whole.subarray(0, -1), new Uint8Array(), newer]) {
      if (bytes === null) disk.unlink(path);
      else disk.poke(path, bytes);
      const again = await openOn(disk);
      expect(again.report).toMatchObject({ fromCheckpoint: false, damages: [] });
      expect(again.epochs()).toMatchObject([{ lastSeq: 2 }]);
      disk.kill();
    }
  });

  it('from before newer segments is a start to read on from', async () => {
    const disk = new MemoryDisk();
    const journal = await openOn(disk);
    await journal.append([refusal(1)]);
    await journal.close();
    const old = disk.peek(`${FOLDER}/checkpoint`);
    const next = await openOn(disk, { limits: SMALL_LIMITS });
    for (let minutes = 2; minutes < 100; minutes += 1) await next.append([refusal(minutes)]);
    await next.close();
    disk.poke(`${FOLDER}/checkpoint`, old);
    const again = await openOn(disk);
    expect(again.report).toMatchObject({ fromCheckpoint: true, damages: [] });
    const [epoch] = again.epochs();
    expect(epoch?.lastSeq).toBe(100);
    const all = await again.readEvents(epoch?.name ?? '', 1, { countMax: 1000, bytesMax: 1_000_000 });
    expect(all).toHaveLength(100);
  });
});
