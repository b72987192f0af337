/** Every byte of a closed journal, flipped: never passed over in silence, never a reason not to start. */
import { beforeAll, describe, expect, it } from 'vitest';
import type { ChainedEvent } from '../../agent/domain/event.js';
import { HEAD_BYTES } from '../../agent/journal/segments/segment-head.js';
import type { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import {
  ALL,
  CHECKPOINT,
  closedJournal,
  type Found,
  found,
  missingSeqs,
  places,
  readAll,
  segment,
} from './damage-bench.js';
import { openOn } from './samples.js';

/** Thousands of runs: a busy machine needs its time. */
const TIMEOUT_MS = 120_000;

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

  it.each([
    [1, 17],
    [2, 1],
    [3, 17],
  ])('in segment %i is reported with the events that it cost, and the others are read', async (number, step) => {
    const path = segment(number);
    // The head is looked at byte by byte in a test of its own.
    for (let offset = 0; offset < whole.peek(path).length; offset += offset < HEAD_BYTES ? 64 : step) {
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
  });

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
