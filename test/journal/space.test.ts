/** The journal's own limit: what happens when nothing is acknowledged for so long that it is reached, and how it ends. */
import { describe, expect, it } from 'vitest';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import { journalUsage } from '../../agent/journal/usage.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { acknowledge, DAY_MS, PRUNING_LIMITS, prunedEvents, settled } from './pruning-bench.js';
import { FOLDER, NOON_MS, openOn, refusal, step, tapBegin, tapEnd, tapId } from './samples.js';

const BYTES_MAX = 64 * 1024;
const open = (disk: MemoryDisk): Promise<OpenJournal> =>
  openOn(disk, { limits: { ...PRUNING_LIMITS, journalBytesMax: BYTES_MAX } });

/** Whole taps until one is refused; returns how many were served. */
async function serveUntilFull(journal: OpenJournal, first = 1): Promise<number> {
  for (let n = first; ; n += 1) {
    try {
      await journal.append(tapBegin(n, n));
    } catch (error) {
      expect(error).toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
      return n - first;
    }
    await journal.append(tapEnd(n, n));
    await journal.append([step({ step: 'dispensed', tapId: tapId(n), atMs: NOON_MS })]);
  }
}

describe('a journal that has reached its limit', () => {
  it('refuses services before a card is debited, and nothing else at first', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await journal.append(tapBegin(900, 900));
    const served = await serveUntilFull(journal);
    expect(served).toBeGreaterThan(5);
    expect(await journal.hasRoom()).toBe(false);
    expect(journal.state().openIntents.size).toBe(1);
    await journal.append([refusal(1)]);
    expect(await journal.append(tapEnd(900, 900))).toHaveLength(1);
    expect(journal.space()).toMatchObject({ bytesMax: BYTES_MAX, level: 'full' });
  });

  it('is bounded for everything but ends of taps and acknowledgements', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await serveUntilFull(journal);
    let refused: unknown = null;
    for (let n = 0; n < 10_000 && refused === null; n += 1)
      refused = await journal.append([refusal(n)]).then(
        () => null,
        (error: unknown) => error,
      );
    expect(refused).toMatchObject({ code: 'ERR_JOURNAL_SPACE' });
    expect(journal.space().bytes).toBeLessThanOrEqual(BYTES_MAX * 1.125);
    await acknowledge(journal);
    expect(journal.state().backlog).toBe(0);
  });

  it('serves again by itself when what the centre acknowledged has been pruned', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    const served = await serveUntilFull(journal);
    for (let day = 0; day < 6; day += 1) await acknowledge(journal, { signedMs: NOON_MS + day * DAY_MS });
    await settled(journal);
    expect(prunedEvents(journal)).toBeGreaterThan(0);
    expect(journal.space().level).toBe('ok');
    expect(await journal.hasRoom()).toBe(true);
    expect(await serveUntilFull(journal, 500)).toBeGreaterThan(served / 2);
  });

  it('warns before: it says when less than a fifth is left', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    expect(journal.space().level).toBe('ok');
    const levels: string[] = [];
    for (let n = 0; n < 10_000 && journal.space().level !== 'full'; n += 1) {
      await journal.append([refusal(n)]);
      levels.push(journal.space().level);
    }
    expect([...new Set(levels)]).toEqual(['ok', 'low', 'full']);
    const usage = await journalUsage(disk.session(), FOLDER);
    expect(usage.bytes).toBeGreaterThanOrEqual(journal.space().bytes);
    expect(usage.segments).toBeGreaterThan(5);
  });

  it('is still there after a restart, and an acknowledgement finds room on a disk that is full', async () => {
    const disk = new MemoryDisk();
    const journal = await open(disk);
    await serveUntilFull(journal);
    disk.cut();
    const again = await open(disk);
    await again.append([refusal(1)]);
    expect(await again.hasRoom()).toBe(false);
    disk.capacityBytes = 0;
    await acknowledge(again);
    expect(again.state().backlog).toBe(0);
  });
});

describe('what a journal takes up', () => {
  it('is nothing where there is none', async () => {
    expect(await journalUsage(nodeDisk(), '/nowhere/journal')).toEqual({ segments: 0, bytes: 0 });
  });
});
