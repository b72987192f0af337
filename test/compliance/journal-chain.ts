/** What every implementation of the journal port does about reading the past, and about epochs. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { epochBase } from '../../sync/protocol/chain.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import { refusal, TERMINAL } from '../journal/samples.js';
import { ALL, hex, JournalBench, type JournalHarness, plain } from './journal-bench.js';

const DAY_MS = 86_400_000;

/** Statements about reading. */
export function describeReading(create: () => Promise<JournalHarness>): void {
  describe('reading', () => {
    let bench: JournalBench;
    beforeEach(async () => {
      bench = await JournalBench.create(create);
      for (let minutes = 0; minutes < 300; minutes += 3) {
        await bench.journal.append([refusal(minutes), refusal(minutes + 1), refusal(minutes + 2)]);
      }
    });
    afterEach(() => bench.dispose());

    it('gives a run from any place on', async () => {
      const all = await bench.read();
      expect(all).toHaveLength(301);
      for (const from of [1, 2, 64, 65, 66, 150, 300, 301]) {
        expect(plain(await bench.read(from))).toEqual(plain(all.slice(from - 1)));
      }
    });

    it('keeps to the number of events and of their bytes, and gives at least one', async () => {
      const { name } = bench.current();
      expect(await bench.journal.readEvents(name, 2, { countMax: 5, bytesMax: 1_000_000 })).toHaveLength(5);
      const [one] = await bench.read(2);
      const size = one?.bytes.length ?? 0;
      expect(await bench.journal.readEvents(name, 2, { countMax: 50, bytesMax: 3 * size })).toHaveLength(3);
      expect(await bench.journal.readEvents(name, 2, { countMax: 50, bytesMax: 1 })).toHaveLength(1);
    });

    it('gives nothing beyond the ends or of another epoch', async () => {
      expect(await bench.read(302)).toEqual([]);
      expect(await bench.read(0)).toEqual([]);
      expect(await bench.journal.readEvents('2026q4-aaaaaaaa', 1, ALL)).toEqual([]);
    });

    it('tells the head at any place', async () => {
      const all = await bench.read();
      const { name, base } = bench.current();
      expect(hex(await bench.journal.headAt(name, 0))).toBe(hex(base));
      for (const seq of [1, 2, 63, 64, 200, 301]) {
        expect(hex(await bench.journal.headAt(name, seq))).toBe(hex(all[seq - 1]?.head ?? null));
      }
      expect(await bench.journal.headAt(name, 302)).toBeNull();
      expect(await bench.journal.headAt('2026q4-aaaaaaaa', 0)).toBeNull();
    });

    it('gives the same after it is opened again', async () => {
      const before = plain(await bench.read());
      await bench.reopen();
      expect(plain(await bench.read())).toEqual(before);
    });
  });
}

/** Statements about epochs. */
export function describeEpochs(create: () => Promise<JournalHarness>): void {
  describe('epochs', () => {
    let bench: JournalBench;
    beforeEach(async () => {
      bench = await JournalBench.create(create);
    });
    afterEach(() => bench.dispose());

    it('begin on demand, linked to the end of the one before', async () => {
      await bench.journal.append([refusal(1)]);
      const before = bench.current();
      const begun = await bench.journal.beginEpoch('mismatch');
      expect(begun.name).not.toBe(before.name);
      expect(begun.lastSeq).toBe(1);
      const previous = { epoch: before.name, seq: 2, head: before.head };
      expect(hex(begun.base)).toBe(hex(epochBase({ terminal: TERMINAL, epoch: begun.name, previous })));
      const [first] = await bench.journal.readEvents(begun.name, 1, ALL);
      expect(decodeEvent(first?.bytes ?? new Uint8Array())).toMatchObject({ type: 'epoch', cause: 'mismatch' });
      const [next] = await bench.journal.append([refusal(2)]);
      expect(next).toMatchObject({ epoch: begun.name, seq: 2 });
      expect(bench.journal.state().backlog).toBe(4);
      expect(await bench.journal.readEvents(before.name, 1, ALL)).toHaveLength(2);
    });

    it('begin with each calendar quarter, before the first append in it', async () => {
      bench.clock.ms = Date.UTC(2027, 0, 1) - 1;
      await bench.journal.append([refusal(1)]);
      expect(bench.journal.epochs()).toHaveLength(1);
      bench.clock.ms += 1;
      const [event] = await bench.journal.append([refusal(2)]);
      expect(event).toMatchObject({ seq: 2 });
      expect(event?.epoch).toMatch(/^2027q1-/);
      expect(bench.journal.epochs().map((epoch) => epoch.lastSeq)).toEqual([2, 2]);
    });

    it('begin when the journal is opened in another quarter', async () => {
      bench.clock.ms += 60 * DAY_MS;
      await bench.reopen();
      expect(bench.journal.epochs().map((epoch) => epoch.name.slice(0, 6))).toEqual(['2026q4', '2027q1']);
    });

    it('do not begin when the clock is set back', async () => {
      bench.clock.ms -= 3650 * DAY_MS;
      await bench.journal.append([refusal(1)]);
      await bench.reopen();
      expect(bench.journal.epochs()).toHaveLength(1);
    });

    it('begin in the quarter of the time floor when the clock is behind it', async () => {
      await bench.journal.append([{ kind: 'time-floor', atMs: Date.UTC(2027, 1, 1) }]);
      bench.clock.ms -= 3650 * DAY_MS;
      await bench.journal.append([refusal(1)]);
      expect(bench.current().name).toMatch(/^2027q1-/);
    });
  });
}
