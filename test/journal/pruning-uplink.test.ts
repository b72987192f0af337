/** What the uplink makes of a pruned journal: nothing is missing for a centre that holds it, and a centre that was restored beyond the window is an alarm. */
import { describe, expect, it } from 'vitest';
import { RecordProjector } from '../../agent/journal/record/record-projector.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { MemoryRecordStore } from '../../simulators/world/memory-record-store.js';
import type { Ack } from '../../sync/protocol/ack.js';
import { judgeAck } from '../../sync/uplink/ack-check.js';
import { nextTarget, readBatch } from '../../sync/uplink/outbox.js';
import { reemit } from '../../sync/uplink/reemit.js';
import { acknowledge, current, DAY_MS, PRUNING_LIMITS, prunedEvents, serveDays, settled } from './pruning-bench.js';
import { NOON_MS, openOn, refusal, TERMINAL } from './samples.js';

const LIMITS = { eventsMax: 50, bytesMax: 10_000 };

async function pruned() {
  const journal = await openOn(new MemoryDisk(), { limits: PRUNING_LIMITS });
  await serveDays(journal, 12);
  await settled(journal);
  expect(prunedEvents(journal)).toBeGreaterThan(10);
  return journal;
}

function ackOf(epoch: string, seq: number, more: Partial<Ack> = {}): Ack {
  const head = new Uint8Array(32);
  return { terminal: TERMINAL, epoch, seq, head, incarnation: 2, missing: [], time: NOON_MS / 1000, ...more };
}

describe('the uplink, over a pruned journal,', () => {
  it('has nothing to send', async () => {
    expect(nextTarget(await pruned())).toBeNull();
  });

  it.each([0, 1, 5])(
    'takes a restored centre that holds only %i events for another chain, and says the rest again',
    async (seq) => {
      const journal = await pruned();
      const { name, lastSeq } = current(journal);
      const upTo = prunedEvents(journal);
      const left = await journal.readEvents(name, upTo + 1, { countMax: 1000, bytesMax: 1_000_000 });
      const verdict = await judgeAck(ackOf(name, seq), TERMINAL, journal);
      expect(verdict).toEqual({ kind: 'mismatch', resumeFrom: upTo + 1 });
      await reemit(journal, { epoch: name, resumeFrom: upTo + 1, cause: 'mismatch', incarnation: 2, atMs: NOON_MS });
      const [old, next] = journal.epochs();
      expect(old).toMatchObject({ name, pruned: upTo, lastSeq });
      const again = await journal.readEvents(next?.name ?? '', 2, { countMax: 1000, bytesMax: 1_000_000 });
      expect(again.map((event) => Buffer.from(event.bytes).toString('hex'))).toEqual(
        left.map((event) => Buffer.from(event.bytes).toString('hex')),
      );
      expect(nextTarget(journal)?.epoch.name).toBe(next?.name);
    },
  );

  it('goes on for a restored centre that holds all that was pruned', async () => {
    const journal = await pruned();
    const { name, lastSeq } = current(journal);
    const upTo = prunedEvents(journal);
    const head = (await journal.headAt(name, upTo)) ?? new Uint8Array();
    expect(await judgeAck(ackOf(name, upTo, { head }), TERMINAL, journal)).toEqual({ kind: 'regress' });
    await acknowledge(journal, { seq: upTo, incarnation: 2, signedMs: NOON_MS + 12 * DAY_MS });
    const target = nextTarget(journal);
    if (target === null) throw new Error('there is something to send');
    expect(target.cursor).toBe(upTo);
    const range = { first: upTo + 1, last: lastSeq };
    const batch = await readBatch(journal, { terminal: TERMINAL, epoch: target.epoch, range }, LIMITS);
    expect(batch.first).toBe(upTo + 1);
    expect(Buffer.from(batch.base)).toEqual(Buffer.from(head));
  });

  it('refuses with a code to make a batch of what is not there any more', async () => {
    const journal = await pruned();
    const range = { first: 1, last: 5 };
    await expect(
      readBatch(journal, { terminal: TERMINAL, epoch: current(journal), range }, LIMITS),
    ).rejects.toMatchObject({ code: 'ERR_JOURNAL_DAMAGED' });
  });
});

describe('the record, over a pruned journal,', () => {
  const timers = { after: () => () => undefined };
  const pseudonym = (card: number): string => String(card);

  it('keeps what it has of the pruned part, and without it is filled with the rest', async () => {
    const journal = await openOn(new MemoryDisk(), { limits: PRUNING_LIMITS });
    const store = new MemoryRecordStore();
    const projector = new RecordProjector({ journal, store, terminal: TERMINAL, pseudonym, timers });
    projector.start();
    await serveDays(journal, 12);
    await settled(journal);
    await projector.idle();
    await projector.stop();
    const { name, lastSeq, pruned: upTo = 0 } = current(journal);
    expect(upTo).toBeGreaterThan(10);
    expect(await store.countOf(TERMINAL, name)).toBe(lastSeq);
    const restarted = new RecordProjector({ journal, store, terminal: TERMINAL, pseudonym, timers });
    restarted.start();
    await restarted.idle();
    expect(await store.countOf(TERMINAL, name)).toBe(lastSeq);
    await restarted.rebuild();
    expect(await store.countOf(TERMINAL, name)).toBe(lastSeq - upTo);
    await journal.append([refusal(1)]);
    await restarted.idle();
    await restarted.stop();
    expect(await store.countOf(TERMINAL, name)).toBe(lastSeq - upTo + 1);
  });
});
