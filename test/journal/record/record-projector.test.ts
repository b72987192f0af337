import { beforeEach, describe, expect, it } from 'vitest';
import { eventId } from '../../../agent/domain/event.js';
import type { OpenJournal } from '../../../agent/journal/open-journal.js';
import { cardPseudonym, pseudonymKey } from '../../../agent/journal/pseudonym.js';
import { RecordProjector } from '../../../agent/journal/record/record-projector.js';
import { MemoryDisk } from '../../../simulators/world/memory-disk.js';
import { MemoryRecordStore } from '../../../simulators/world/memory-record-store.js';
import { type VirtualTime, virtualTime } from '../../support/virtual-time.js';
import { FOLDER, KEY, openOn, redemption, refusal, SMALL_LIMITS, TERMINAL } from '../samples.js';

let disk: MemoryDisk;
let journal: OpenJournal;
let store: MemoryRecordStore;
let time: VirtualTime;
let problems: unknown[];
beforeEach(async () => {
  disk = new MemoryDisk();
  journal = await openOn(disk);
  store = new MemoryRecordStore();
  time = virtualTime();
  problems = [];
});

function projector(): RecordProjector {
  const key = pseudonymKey(KEY);
  const pseudonym = (card: number): string => cardPseudonym(key, card);
  const onProblem = (error: unknown): void => void problems.push(error);
  return new RecordProjector({ journal, store, terminal: TERMINAL, pseudonym, timers: time.timers, onProblem });
}

describe('the projector', () => {
  it('stores what the journal has, and what it records from then on', async () => {
    await journal.append([refusal(1), { kind: 'event', event: redemption(4711) }]);
    const projection = projector();
    projection.start();
    await projection.idle();
    expect(await store.count()).toBe(3);
    await journal.append([refusal(2)]);
    await projection.idle();
    const [newest] = await store.recent(1);
    expect(newest).toMatchObject({ id: eventId(TERMINAL, journal.epochs()[0]?.name ?? '', 4), type: 'refusal' });
    await projection.stop();
    await journal.append([refusal(3)]);
    await projection.idle();
    expect(await store.count()).toBe(4);
  });

  it('names cards by their pseudonym', async () => {
    await journal.append([{ kind: 'event', event: redemption(4711) }]);
    const projection = projector();
    projection.start();
    await projection.idle();
    const pseudonym = cardPseudonym(pseudonymKey(KEY), 4711);
    expect(pseudonym).toMatch(/^[0-9a-f]{16}$/);
    expect(await store.byCard(pseudonym, 10)).toHaveLength(1);
    expect((await store.recent(10)).map((record) => record.card)).toEqual([pseudonym, null]);
  });

  it('goes on where the store ends', async () => {
    const first = projector();
    first.start();
    await first.idle();
    await first.stop();
    await journal.append([refusal(1)]);
    await journal.beginEpoch('mismatch');
    await journal.append([refusal(2)]);
    const second = projector();
    second.start();
    await second.idle();
    expect(await store.count()).toBe(4);
  });

  it('tries again later while the store fails, and does not hold up the journal', async () => {
    const projection = projector();
    store.failing = true;
    projection.start();
    await projection.idle();
    expect(problems).toMatchObject([{ code: 'ERR_RECORD_STORE' }]);
    await journal.append([refusal(1)]);
    await time.advance(900);
    expect(problems).toHaveLength(1);
    await time.advance(100);
    expect(problems).toHaveLength(2);
    await time.advance(1_999);
    expect(problems).toHaveLength(2);
    store.failing = false;
    await time.advance(1);
    await projection.idle();
    expect(await store.count()).toBe(2);
  });

  it('asks a store that goes on failing no more often than once a minute', async () => {
    const projection = projector();
    store.failing = true;
    projection.start();
    await time.advance(10 * 60_000);
    expect(problems.length).toBeLessThan(16);
    await projection.stop();
    expect(time.pending()).toBe(0);
  });

  it('fills a store again that lost records in the middle', async () => {
    await journal.append([refusal(1), refusal(2), refusal(3)]);
    const first = projector();
    first.start();
    await first.idle();
    await first.stop();
    store.lose(eventId(TERMINAL, journal.epochs()[0]?.name ?? '', 2));
    expect(await store.count()).toBe(3);
    const second = projector();
    second.start();
    await second.idle();
    expect(await store.count()).toBe(4);
  });

  it('fills a store again that says it lost everything', async () => {
    await journal.append([refusal(1)]);
    const projection = projector();
    projection.start();
    await projection.idle();
    await store.clear();
    projection.recheck();
    await projection.idle();
    expect(await store.count()).toBe(2);
  });

  it('passes over what damage destroyed in the journal, without filling the store again each time', async () => {
    await journal.close();
    disk = new MemoryDisk();
    journal = await openOn(disk, { limits: SMALL_LIMITS });
    for (let minutes = 0; minutes < 200; minutes += 1) await journal.append([refusal(minutes)]);
    await journal.close();
    disk.unlink(`${FOLDER}/00000002.seg`);
    journal = await openOn(disk);
    const [epoch] = journal.epochs();
    const lost = (epoch?.missing ?? []).reduce((sum, range) => sum + range.last - range.first + 1, 0);
    expect(lost).toBeGreaterThan(10);
    const projection = projector();
    projection.start();
    await projection.idle();
    await projection.stop();
    expect(await store.count()).toBe(202 - lost);
    let cleared = 0;
    store.clear = async () => {
      cleared += 1;
    };
    const second = projector();
    second.start();
    await second.idle();
    expect(cleared).toBe(0);
  });

  it('rebuilds on demand and tells how far it is', async () => {
    for (let minutes = 0; minutes < 500; minutes += 1) void journal.append([refusal(minutes)]);
    await journal.append([refusal(500)]);
    const projection = projector();
    projection.start();
    await projection.idle();
    const progress: number[] = [];
    await projection.rebuild(({ records, total }) => progress.push(records / total));
    expect(progress.length).toBeGreaterThan(1);
    expect(progress.at(-1)).toBe(1);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(await store.count()).toBe(502);
    await journal.append([refusal(501)]);
    await projection.idle();
    expect(await store.count()).toBe(503);
  });

  it('tells when a rebuild is not possible', async () => {
    store.failing = true;
    await expect(projector().rebuild()).rejects.toMatchObject({ code: 'ERR_RECORD_STORE' });
  });
});
