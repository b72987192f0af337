/** What every implementation of the record store port does. Run by `test/journal/record/record-store-compliance.test.ts`. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventId } from '../../agent/domain/event.js';
import type { EventRecord, RecordStore } from '../../agent/journal/record-store.js';

/** What an implementation hands to {@link describeRecordStore}: a place where one store lives. */
export interface RecordStoreHarness {
  /** Opens the store of this place, empty at first. */
  open(): Promise<RecordStore>;
  /** False for a store that forgets everything when it is closed. */
  readonly durable: boolean;
  dispose(): Promise<void>;
}

const TERMINAL = 'unit-7';
const EPOCH = '2026q4-zzzzzzzz';
/** Later than {@link EPOCH}, though its name sorts before. */
const NEXT_EPOCH = '2026q4-aaaaaaaa';
const NEXT_PERIOD = '2027q1-mmmmmmmm';

/** A record; `card` is its pseudonym. */
export function sampleRecord(seq: number, card: string | null = null, epoch = EPOCH): EventRecord {
  const fill = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
  const event = { epoch, seq, bytes: Uint8Array.of(seq & 0xff, 1, 2), bodyHash: fill(seq & 0xff), head: fill(7) };
  return { id: eventId(TERMINAL, epoch, seq), type: 'redemption', time: 1_795_262_400 + seq, card, event };
}

function run(first: number, last: number, epoch = EPOCH): EventRecord[] {
  return Array.from({ length: last - first + 1 }, (_, i) => sampleRecord(first + i, null, epoch));
}

function ids(records: readonly EventRecord[]): string[] {
  return records.map((record) => record.id);
}

/** The statements. */
export function describeRecordStore(name: string, create: () => Promise<RecordStoreHarness>): void {
  describe(name, () => {
    let harness: RecordStoreHarness;
    let store: RecordStore;
    beforeEach(async () => {
      harness = await create();
      store = await harness.open();
    });
    afterEach(async () => {
      await store.close();
      await harness.dispose();
    });

    it('is empty at first', async () => {
      expect(await store.count()).toBe(0);
      expect(await store.recent(10)).toEqual([]);
      expect(await store.byCard('0123456789abcdef', 10)).toEqual([]);
      expect(await store.lastSeq(TERMINAL, EPOCH)).toBe(0);
    });

    it('gives records back as they were, newest first', async () => {
      const records = [sampleRecord(1), sampleRecord(2, '0123456789abcdef'), sampleRecord(3)];
      await store.put(records);
      const recent = await store.recent(10);
      expect(ids(recent)).toEqual(ids(records).reverse());
      expect(JSON.stringify(recent)).toBe(JSON.stringify([...records].reverse()));
    });

    it('keeps to the limit', async () => {
      await store.put(run(1, 20));
      expect(ids(await store.recent(3))).toEqual(ids(run(18, 20)).reverse());
      expect(await store.recent(0)).toEqual([]);
    });

    it('leaves a record that is there as it is', async () => {
      await store.put([sampleRecord(1)]);
      await store.put([{ ...sampleRecord(1), type: 'alarm' }, sampleRecord(2)]);
      expect((await store.recent(10)).map((record) => record.type)).toEqual(['redemption', 'redemption']);
      expect(await store.count()).toBe(2);
    });

    it('knows the newest record and the number of records of each epoch', async () => {
      await store.put([...run(1, 12), ...run(1, 3, NEXT_EPOCH), ...run(5, 6, NEXT_PERIOD)]);
      expect(await store.lastSeq(TERMINAL, EPOCH)).toBe(12);
      expect(await store.lastSeq(TERMINAL, NEXT_EPOCH)).toBe(3);
      expect(await store.lastSeq(TERMINAL, NEXT_PERIOD)).toBe(6);
      expect(await store.countOf(TERMINAL, EPOCH)).toBe(12);
      expect(await store.countOf(TERMINAL, NEXT_PERIOD)).toBe(2);
      expect(await store.lastSeq('unit-8', EPOCH)).toBe(0);
      expect(await store.countOf('unit', EPOCH)).toBe(0);
      expect(await store.count()).toBe(17);
    });

    it('orders epochs by when they came, not by their names', async () => {
      await store.put(run(1, 2));
      await store.put(run(1, 2, NEXT_EPOCH));
      await store.put(run(1, 2, NEXT_PERIOD));
      await store.put(run(3, 3, NEXT_EPOCH));
      const expected = [...run(1, 2), ...run(1, 3, NEXT_EPOCH), ...run(1, 2, NEXT_PERIOD)].reverse();
      expect(ids(await store.recent(10))).toEqual(ids(expected));
      expect(ids(await store.recent(4))).toEqual(ids(expected.slice(0, 4)));
    });

    it('gives the records of one card, newest first, over all epochs', async () => {
      const mine = 'aaaaaaaaaaaaaaaa';
      const records = [
        sampleRecord(1, mine),
        sampleRecord(2, 'bbbbbbbbbbbbbbbb'),
        sampleRecord(3, mine),
        sampleRecord(1, mine, NEXT_EPOCH),
        sampleRecord(1, mine, NEXT_PERIOD),
        sampleRecord(2, null, NEXT_PERIOD),
      ];
      await store.put(records);
      const expected = ids(records.filter((record) => record.card === mine)).reverse();
      expect(ids(await store.byCard(mine, 10))).toEqual(expected);
      expect(ids(await store.byCard(mine, 2))).toEqual(expected.slice(0, 2));
      expect(await store.byCard('cccccccccccccccc', 2)).toEqual([]);
    });

    it('forgets a period as a whole, and nothing else', async () => {
      await store.put([...run(1, 3), ...run(1, 2, NEXT_PERIOD)]);
      await store.dropPeriod('2026q4');
      expect(ids(await store.recent(10))).toEqual(ids(run(1, 2, NEXT_PERIOD)).reverse());
      expect(await store.lastSeq(TERMINAL, EPOCH)).toBe(0);
      await store.put(run(1, 1));
      expect(await store.count()).toBe(3);
      await store.dropPeriod('2031q1');
    });

    it('goes on empty after it was cleared', async () => {
      await store.put(run(1, 3));
      await store.clear();
      expect(await store.count()).toBe(0);
      expect(await store.lastSeq(TERMINAL, EPOCH)).toBe(0);
      await store.put(run(1, 3));
      expect(await store.count()).toBe(3);
    });

    it('serves calls that are made at the same time', async () => {
      await Promise.all([store.put(run(1, 50)), store.put(run(51, 100)), store.recent(5), store.count()]);
      expect(await store.count()).toBe(100);
    });

    it('still has everything when it is opened again', async () => {
      if (!harness.durable) return;
      await store.put([...run(1, 30), sampleRecord(1, 'aaaaaaaaaaaaaaaa', NEXT_EPOCH)]);
      await store.close();
      store = await harness.open();
      expect(await store.count()).toBe(31);
      expect(ids(await store.recent(2))).toEqual([eventId(TERMINAL, NEXT_EPOCH, 1), eventId(TERMINAL, EPOCH, 30)]);
      expect(ids(await store.byCard('aaaaaaaaaaaaaaaa', 5))).toEqual([eventId(TERMINAL, NEXT_EPOCH, 1)]);
    });

    it('refuses every call once it is closed', async () => {
      await store.close();
      const code = { code: 'ERR_RECORD_STORE' };
      await expect(store.put(run(1, 1))).rejects.toMatchObject(code);
      await expect(store.recent(1)).rejects.toMatchObject(code);
      await expect(store.count()).rejects.toMatchObject(code);
    });
  });
}
