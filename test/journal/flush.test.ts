/** How appends share flushes, what a full disk does to them, and what a failing one does. */
import { describe, expect, it } from 'vitest';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import type { DiskCall } from '../../simulators/world/disk-call.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { handClock, intent, NOON_MS, openOn, refusal, step, tapBegin, tapEnd, tapId } from './samples.js';

const MINUTES = Array.from({ length: 40 }, (_, i) => i);

async function open(disk: MemoryDisk, limits = {}): Promise<OpenJournal> {
  const journal = await openOn(disk, { limits });
  await journal.hasRoom();
  return journal;
}

describe('concurrent appends', () => {
  it('share one write and one sync', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    const calls: DiskCall['operation'][] = [];
    disk.plan = (call) => {
      calls.push(call.operation);
      return 'go';
    };
    await Promise.all(MINUTES.map((minutes) => journal.append([refusal(minutes)])));
    expect(calls).toEqual(['write', 'sync']);
  });

  it('that wait for a flush share the next one', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    let syncs = 0;
    let late: Promise<unknown>[] = [];
    disk.plan = ({ operation }) => {
      if (operation === 'sync') syncs += 1;
      if (operation === 'sync' && late.length === 0)
        late = MINUTES.map((minutes) => journal.append([refusal(minutes)]));
      return 'go';
    };
    await journal.append([refusal(0)]);
    await Promise.all(late);
    expect(syncs).toBe(2);
  });

  it('fail one by one when one of them is not possible', async () => {
    const journal = await open(new MemoryDisk());
    const [good, bad, alsoGood] = await Promise.allSettled([
      journal.append([refusal(1)]),
      journal.append(tapEnd(1)),
      journal.append([refusal(2)]),
    ]);
    expect([good.status, bad.status, alsoGood.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(journal.epochs()).toMatchObject([{ lastSeq: 3 }]);
  });

  it('may build on each other before either is durable', async () => {
    const journal = await open(new MemoryDisk());
    await Promise.all([journal.append(tapBegin(1)), journal.append(tapEnd(1))]);
    expect(journal.state().undispensed.has(tapId(1))).toBe(true);
  });

  it('beyond what may wait are refused at once, and the others are recorded', async () => {
    const journal = await open(new MemoryDisk(), { waitingMax: 10 });
    const results = await Promise.allSettled(MINUTES.map((minutes) => journal.append([refusal(minutes)])));
    expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(10);
    for (const result of results.slice(10)) expect(result).toMatchObject({ reason: { code: 'ERR_JOURNAL_BUSY' } });
    expect((await journal.append([refusal(99)]))[0]?.seq).toBe(12);
  });

  it('beyond the bytes that may wait are refused at once', async () => {
    const journal = await open(new MemoryDisk(), { waitingBytesMax: 300 });
    const results = await Promise.allSettled(MINUTES.map((minutes) => journal.append([refusal(minutes)])));
    expect(results.filter((result) => result.status === 'fulfilled').length).toBeLessThan(10);
  });

  it('are refused when too many taps are open', async () => {
    const journal = await open(new MemoryDisk(), { openIntentsMax: 3 });
    for (let n = 1; n <= 3; n += 1) await journal.append(tapBegin(n, n));
    await expect(journal.append(tapBegin(4, 4))).rejects.toMatchObject({ code: 'ERR_JOURNAL_BUSY' });
    await journal.append(tapEnd(1, 1));
    await journal.append(tapBegin(4, 4));
  });

  it('too large for one frame are refused', async () => {
    const journal = await open(new MemoryDisk());
    const many = Array.from({ length: 12_000 }, (_, minutes) => refusal(minutes));
    await expect(journal.append(many)).rejects.toMatchObject({ code: 'ERR_INTERNAL' });
    expect((await journal.append([refusal(1)]))[0]?.seq).toBe(2);
  });
});

describe('a full disk', () => {
  const limits = { segmentBytesMax: 1 << 20, allocateBytes: 2048, reserveBytes: 2048 };
  /** Fills the room that was written ahead, down to what is kept back. */
  const fill = async (journal: OpenJournal): Promise<number> => {
    for (let count = 0; ; count += 1) {
      const done = await journal.append([refusal(count)]).catch((error: { code: string }) => error.code);
      if (done === 'ERR_JOURNAL_SPACE') return count;
    }
  };

  it('refuses an intent before anything is recorded of it', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, limits);
    disk.capacityBytes = 0;
    await fill(journal);
    const before = journal.epochs()[0]?.lastSeq;
    await expect(journal.append(tapBegin(1))).rejects.toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
    expect(await journal.hasRoom()).toBe(false);
    expect(journal.state().openIntents.size).toBe(0);
    disk.cut();
    expect((await openOn(disk)).epochs()).toMatchObject([{ lastSeq: before }]);
  });

  it('does not keep a tap from ending whose intent was recorded', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, limits);
    await journal.append(tapBegin(1));
    disk.capacityBytes = 0;
    await fill(journal);
    expect(await journal.append(tapEnd(1))).toHaveLength(1);
    await journal.append([step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS })]);
    expect(journal.report.damages).toEqual([]);
  });

  it('has room for the ends of all taps that are open', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, limits);
    for (let n = 1; n <= 12; n += 1) await journal.append(tapBegin(n, n));
    disk.capacityBytes = 0;
    await fill(journal);
    for (let n = 1; n <= 12; n += 1) expect(await journal.append(tapEnd(n, n))).toHaveLength(1);
  });

  it('does not keep a tap from ending in a new quarter or at the end of a segment', async () => {
    const disk = new MemoryDisk();
    const clock = handClock();
    const journal = await openOn(disk, { clock, limits: { ...limits, segmentBytesMax: 1500 } });
    await journal.append(tapBegin(1));
    disk.capacityBytes = 0;
    clock.ms = Date.UTC(2027, 1, 1);
    const [event] = await journal.append(tapEnd(1));
    expect(event?.epoch).toMatch(/^2026q4-/);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    const [next] = await journal.append([refusal(1)]);
    expect(next?.epoch).toMatch(/^2027q1-/);
  });

  it('is served on when there is room again, in the same order', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, limits);
    disk.capacityBytes = 0;
    const recorded = await fill(journal);
    disk.capacityBytes = Number.POSITIVE_INFINITY;
    expect(await journal.hasRoom()).toBe(true);
    const [event] = await journal.append([refusal(77)]);
    expect(event?.seq).toBe(recorded + 2);
  });

  it('after a restart has room for the taps that were open', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, limits);
    await journal.append(tapBegin(1));
    disk.cut();
    const again = await openOn(disk, { limits });
    disk.capacityBytes = 0;
    expect(await again.append(tapEnd(1))).toHaveLength(1);
  });

  it('that shows only when frames are written leaves nothing of them', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk, limits);
    let full = true;
    disk.plan = ({ operation }) => (operation === 'write' && full ? 'ENOSPC' : 'go');
    await expect(Promise.all([journal.append([refusal(1)]), journal.append([refusal(2)])])).rejects.toMatchObject({
      code: 'ERR_JOURNAL_SPACE',
    });
    full = false;
    // The first of the two had been written whole, and is not to come back because cutting it off did not reach the medium.
    disk.cut({ name: 'writes', data: (pending) => pending.filter(({ kind }) => kind === 'write'), names: 'kept' });
    expect((await openOn(disk)).epochs()).toMatchObject([{ lastSeq: 1 }]);
  });

  it('at any write of a tap either refuses it or records it, and never loses what was recorded', async () => {
    for (let at = 0; at < 12; at += 1) {
      const disk = new MemoryDisk();
      const journal = await openOn(disk, { limits: { ...limits, segmentBytesMax: 1400 } });
      let writes = 0;
      disk.plan = ({ operation }) => {
        if (operation === 'write') writes += 1;
        return operation === 'write' && writes === at ? 'ENOSPC' : 'go';
      };
      const told: number[] = [];
      for (let n = 1; n <= 4; n += 1) {
        const events = await journal.append([step(intent(n, n)), refusal(n)]).catch(() => []);
        told.push(...events.map((event) => event.seq));
      }
      disk.cut();
      const again = await openOn(disk);
      expect(again.report.damages).toEqual([]);
      expect(again.epochs()).toMatchObject([{ lastSeq: 1 + told.length }]);
      expect(again.state().openIntents.size).toBe(told.length);
    }
  });
});

describe('a failing disk', () => {
  it.each(['write', 'sync'] as const)('that fails a %s ends all recording, and is not asked again', async (failing) => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await journal.append([refusal(1)]);
    let failed = false;
    disk.plan = ({ operation }) => {
      if (operation !== failing || failed) return 'go';
      failed = true;
      return 'EIO';
    };
    const results = await Promise.allSettled([journal.append([refusal(2)]), journal.append([refusal(3)])]);
    for (const result of results) expect(result).toMatchObject({ reason: { code: 'ERR_JOURNAL_IO' } });
    const calls = disk.calls;
    await expect(journal.append([refusal(4)])).rejects.toMatchObject({ code: 'ERR_JOURNAL_IO' });
    expect(disk.calls).toBe(calls);
    const { name, lastSeq } = journal.epochs()[0] ?? { name: '', lastSeq: 0 };
    expect(lastSeq).toBe(2);
    expect(await journal.readEvents(name, 1, { countMax: 10, bytesMax: 10_000 })).toHaveLength(2);
    await journal.close();
    const again = await openOn(disk);
    expect(again.epochs()[0]?.lastSeq).toBeGreaterThanOrEqual(2);
  });

  it('that fails once does not have its word believed when it then succeeds', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    let syncs = 0;
    disk.plan = ({ operation }) => {
      if (operation !== 'sync') return 'go';
      syncs += 1;
      return syncs === 1 ? 'EIO' : 'go';
    };
    const told = await journal.append([refusal(1)]).catch(() => null);
    await journal.close();
    disk.cut();
    const again = await openOn(disk);
    expect(told).toBeNull();
    expect(again.report.damages).toEqual([]);
    expect(again.epochs()).toMatchObject([{ lastSeq: 1 }]);
  });

  it('leaves nothing in the cache for the next process to build on', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    let failed = false;
    disk.plan = ({ operation }) => {
      if (operation !== 'sync' || failed) return 'go';
      failed = true;
      return 'EIO';
    };
    await expect(journal.append([refusal(1)])).rejects.toMatchObject({ code: 'ERR_JOURNAL_IO' });
    disk.kill();
    // The computer stayed up: the new process sees what is in the cache, and records after it.
    const second = await openOn(disk);
    expect(second.epochs()).toMatchObject([{ lastSeq: 1 }]);
    await second.append([refusal(2)]);
    disk.cut();
    const third = await openOn(disk);
    expect(third.report.damages).toEqual([]);
    expect(third.epochs()).toMatchObject([{ lastSeq: 2 }]);
  });
});
