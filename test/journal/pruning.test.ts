/** What is pruned and when, and what everybody sees of it afterwards. */
import { describe, expect, it } from 'vitest';
import { verifyJournal } from '../../agent/journal/verify.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import {
  acknowledge,
  current,
  DAY_MS,
  PRUNING_LIMITS,
  prunedEvents,
  refuse,
  segmentsOn,
  serveDays,
  settled,
} from './pruning-bench.js';
import { FOLDER, handClock, intent, KEY, NOON_MS, openOn, refusal, step, tapBegin, tapEnd, tapId } from './samples.js';

const limits = PRUNING_LIMITS;
const ALL = { countMax: 10_000, bytesMax: 10_000_000 };
const open = (disk: MemoryDisk, more = {}) => openOn(disk, { limits: { ...limits, ...more } });

describe('segments are pruned', () => {
  it('once all their events were acknowledged and held for the whole backup window', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await serveDays(journal, 4);
    await settled(journal);
    expect(prunedEvents(journal)).toBe(0);
    expect(segmentsOn(disk)[0]).toBe(1);
    await serveDays(journal, 8, 4);
    await settled(journal);
    const pruned = prunedEvents(journal);
    // Four days of five events are younger than the window.
    expect(pruned).toBeGreaterThan(10);
    expect(pruned).toBeLessThanOrEqual(1 + 8 * 5);
    expect(segmentsOn(disk)[0]).toBeGreaterThan(1);
  });

  it('and the disk stays bounded over years of service', async () => {
    const disk = new MemoryDisk();
    const clock = handClock();
    const journal = await openOn(disk, { clock, limits });
    let most = 0;
    for (let day = 0; day < 300; day += 1) {
      clock.ms = NOON_MS + day * DAY_MS;
      await serveDays(journal, 1, day);
      most = Math.max(most, segmentsOn(disk).length);
    }
    expect(most).toBeLessThan(12);
    expect(journal.epochs().length).toBeLessThanOrEqual(2);
    expect(journal.state().backlog).toBe(0);
  });

  it('never while an event in them or before them is not acknowledged', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await refuse(journal, 60);
    for (let day = 0; day < 20; day += 1) await acknowledge(journal, { seq: 7, signedMs: NOON_MS + day * DAY_MS });
    await settled(journal);
    expect(prunedEvents(journal)).toBe(0);
    expect(segmentsOn(disk)[0]).toBe(1);
  });

  it('never by the clock of the terminal, however far it jumps', async () => {
    const disk = new MemoryDisk();
    const clock = handClock();
    const journal = await openOn(disk, { clock, limits });
    await refuse(journal, 60);
    await acknowledge(journal);
    clock.ms += 20 * DAY_MS;
    for (let round = 0; round < 30; round += 1) {
      await refuse(journal, 5);
      // The marks carry the terminal's clock; the centre signs the same day each time.
      const { name, lastSeq } = current(journal);
      const mark = { epoch: name, seq: lastSeq, incarnation: 1, atMs: clock.nowMs() };
      await journal.append([
        { kind: 'acknowledged', mark },
        { kind: 'time-floor', atMs: NOON_MS },
      ]);
    }
    await settled(journal);
    expect(journal.state().lastContactMs).toBe(clock.nowMs());
    expect(prunedEvents(journal)).toBe(0);
  });

  it('never by one acknowledgement from far in the future: the stretch before it counts for a week', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, { backupWindowDays: 8 });
    await refuse(journal, 60);
    await acknowledge(journal);
    await refuse(journal, 5);
    await acknowledge(journal, { signedMs: NOON_MS + 365 * DAY_MS });
    await settled(journal);
    expect(journal.epochs()[0]).not.toHaveProperty('pruned');
    // The centre's clock is right again, and days have to pass as ever.
    await refuse(journal, 5);
    await acknowledge(journal, { signedMs: NOON_MS + DAY_MS });
    await settled(journal);
    expect(journal.epochs()[0]).not.toHaveProperty('pruned');
    for (let day = 2; day < 4; day += 1) {
      await refuse(journal, 5);
      await acknowledge(journal, { signedMs: NOON_MS + day * DAY_MS });
    }
    await settled(journal);
    // The jump also began the epoch of another quarter.
    expect(journal.epochs()[0]?.pruned).toBeGreaterThan(40);
  });

  it('never by an acknowledgement that carries no signed time', async () => {
    const journal = await open(new MemoryDisk());
    await refuse(journal, 60);
    for (let day = 0; day < 20; day += 1) {
      const { name, lastSeq } = current(journal);
      const mark = { epoch: name, seq: lastSeq, incarnation: 1, atMs: NOON_MS + day * DAY_MS };
      await journal.append([refusal(day), { kind: 'acknowledged', mark }]);
    }
    await settled(journal);
    expect(prunedEvents(journal)).toBe(0);
  });

  it('never the newest one, nor the last event of the current epoch', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, { segmentBytesMax: 1500 });
    await refuse(journal, 20);
    // From here on there are acknowledgements only, in many segments.
    for (let half = 0; half < 60; half += 1) await acknowledge(journal, { signedMs: NOON_MS + half * (DAY_MS / 2) });
    await settled(journal);
    const { lastSeq, name } = current(journal);
    expect(prunedEvents(journal)).toBeGreaterThan(0);
    expect(prunedEvents(journal)).toBeLessThan(lastSeq);
    expect(await journal.readEvents(name, lastSeq, ALL)).toHaveLength(1);
  });

  it('not for a restored centre, until that has acknowledged everything anew', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await refuse(journal, 60);
    await acknowledge(journal);
    const first = current(journal);
    const second = await journal.beginEpoch('mismatch');
    for (let day = 0; day < 10; day += 1)
      await acknowledge(journal, { epoch: second, seq: 1, incarnation: 2, signedMs: NOON_MS + day * DAY_MS });
    await settled(journal);
    expect(journal.epochs()[0]).not.toHaveProperty('pruned');
    // It has the first epoch up to a third only. Backups made since the restore may lack that too: all of it counts from now.
    await acknowledge(journal, { epoch: first, seq: 20, incarnation: 2, signedMs: NOON_MS + 10 * DAY_MS });
    await settled(journal);
    expect(journal.epochs()[0]).not.toHaveProperty('pruned');
    await acknowledge(journal, { epoch: first, seq: 61, incarnation: 2, signedMs: NOON_MS + 11 * DAY_MS });
    await settled(journal);
    expect(journal.epochs()[0]).not.toHaveProperty('pruned');
    for (let day = 12; day < 18; day += 1) {
      await journal.append([refusal(day)]);
      await acknowledge(journal, { incarnation: 2, signedMs: NOON_MS + day * DAY_MS });
    }
    await settled(journal);
    expect(journal.epochs().map((epoch) => epoch.name)).toEqual([second.name]);
  });
});

describe('after pruning', () => {
  async function pruned(disk = new MemoryDisk()) {
    const journal = await open(disk);
    await journal.append(tapBegin(1, 1));
    await journal.append(tapEnd(1, 1));
    await journal.append(tapBegin(2, 2, 9));
    await journal.append([
      { kind: 'high-water', card: 3, family: 1, mark: { sequence: 77, recordHash: new Uint8Array(8).fill(3) } },
      { kind: 'endorsed', card: 3, mark: { credential: new Uint8Array(8).fill(4), number: 2 } },
      {
        kind: 'endorsing',
        endorsing: { card: 5, credential: new Uint8Array(8), number: 1, atMs: NOON_MS, bytes: new Uint8Array(115) },
      },
    ]);
    await serveDays(journal, 12);
    await settled(journal);
    return journal;
  }

  it('an epoch says how far, has none of the events before, and the head of the last of them', async () => {
    const disk = new MemoryDisk();
    const journal = await pruned(disk);
    const { name, lastSeq, pruned: upTo = 0 } = current(journal);
    expect(upTo).toBeGreaterThan(10);
    expect(await journal.readEvents(name, 1, ALL)).toEqual([]);
    expect(await journal.readEvents(name, upTo, ALL)).toEqual([]);
    expect(await journal.headAt(name, 0)).toBeNull();
    expect(await journal.headAt(name, upTo - 1)).toBeNull();
    expect(await journal.headAt(name, upTo)).toHaveLength(32);
    const left = await journal.readEvents(name, upTo + 1, ALL);
    expect(left.map((event) => event.seq)).toEqual(Array.from({ length: lastSeq - upTo }, (_, i) => upTo + 1 + i));
    expect(journal.state().backlog).toBe(0);
  });

  it.each(['checkpoint', 'bases'])('the journal opens with all its state, from the %s alone', async (kept) => {
    const disk = new MemoryDisk();
    const journal = await pruned(disk);
    const state = snapshot(journal.state());
    const epochs = snapshot(journal.epochs());
    disk.cut();
    for (const name of kept === 'bases' ? ['checkpoint'] : ['base.1', 'base.2']) disk.unlink(`${FOLDER}/${name}`);
    const again = await open(disk);
    expect(again.report).toMatchObject({ damages: [], stateLost: false, fromCheckpoint: true });
    expect(again.report.prunedSegments).toBeGreaterThan(0);
    expect(snapshot(again.state())).toEqual(state);
    expect(snapshot(again.epochs())).toEqual(epochs);
    expect(again.state().openIntents.get(tapId(2))?.intent).toEqual(intent(2, 2, 9));
    expect(again.state().undispensed.has(tapId(1))).toBe(true);
    expect([...(again.state().highWater.get(1)?.keys() ?? [])].sort()).toEqual([1, 3]);
    expect(again.state().endorsements.get(3)?.number).toBe(2);
    expect(again.state().endorsing.get(5)?.bytes).toHaveLength(115);
    await again.append(tapEnd(2, 2, 9));
    await again.append([step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS })]);
    expect(again.state().highWater.get(1)?.get(2)?.sequence).toBe(9);
    expect(disk.files()).toEqual(expect.arrayContaining([`${FOLDER}/base.1`, `${FOLDER}/base.2`]));
  });

  it('every byte that is left is verified, and nothing is called damaged', async () => {
    const disk = new MemoryDisk();
    const journal = await pruned(disk);
    const { lastSeq, pruned: upTo = 0 } = current(journal);
    await journal.close();
    const report = await verifyJournal({ disk: disk.session(), folder: FOLDER, key: KEY });
    expect(report).toMatchObject({
      sound: true,
      damages: [],
      events: lastSeq - upTo,
      openIntents: 1,
      cards: 2,
      basesLost: [],
    });
    expect(report.epochs).toMatchObject([{ lastSeq, pruned: upTo }]);
    expect(report.prunedSegments).toBe((segmentsOn(disk)[0] ?? 0) - 1);
  });

  it('damage in what is left is still told from what was pruned', async () => {
    const disk = new MemoryDisk();
    const journal = await pruned(disk);
    const { pruned: upTo = 0 } = current(journal);
    await journal.close();
    const path = `${FOLDER}/${String(segmentsOn(disk)[0]).padStart(8, '0')}.seg`;
    disk.poke(path, disk.peek(path).fill(0xaa, 1200, 1300));
    const report = await verifyJournal({ disk: disk.session(), folder: FOLDER, key: KEY });
    expect(report.sound).toBe(false);
    const lost = report.damages.flatMap((damage) => damage.missing);
    expect(lost.every((range) => range.first > upTo)).toBe(true);
    expect(report.openIntents).toBe(1);
  });

  it('a segment that is missing is damage, the one that follows on the pruned ones above all', async () => {
    const disk = new MemoryDisk();
    const journal = await pruned(disk);
    await journal.close();
    const [first = 0] = segmentsOn(disk);
    disk.unlink(`${FOLDER}/${String(first).padStart(8, '0')}.seg`);
    const again = await open(disk);
    expect(again.report.damages).toMatchObject([{ segment: first, reason: 'missing' }]);
    expect(again.state().openIntents.size).toBe(1);
    expect(again.state().highWater.get(1)?.size).toBe(2);
  });
});

/** State as plain values: maps as sorted pairs, bytes as hex. */
function snapshot(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return [...value].sort().map(snapshot);
  if (Array.isArray(value)) return value.map(snapshot);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, snapshot(field)]));
}
