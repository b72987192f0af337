/** Histories that fork, are put back, or have holes: on the terminal's side, at the centre, and on both. */
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import type { Journal } from '../../../agent/journal/journal.js';
import { beginIncarnation } from '../../../sync/bridge/registry.js';
import { readSealedBatch } from '../../../sync/protocol/batch.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { batchTopic } from '../../../sync/protocol/topics.js';
import { virtualTime } from '../../support/virtual-time.js';
import {
  servicesAt,
  servicesOf,
  startCentre,
  startTerminal,
  startWorld,
  TERMINAL,
  type TestCentre,
  untilAcknowledged,
} from './bench.js';

const HOUR = 3_600_000;
/** Over the end of a quarter and into the next. */
const QUARTER = 92 * 24 * HOUR;

const union = (...sets: readonly Set<string>[]): Set<string> => new Set(sets.flatMap((set) => [...set]));

async function firstOf(journal: Journal, epoch: string) {
  const [event] = await journal.readEvents(epoch, 1, { countMax: 1, bytesMax: 1 });
  return event === undefined ? null : decodeEvent(event.bytes);
}

function casesAt({ store }: TestCentre): unknown[] {
  return store.documents('wasl-cases');
}

/** No document of an event was ever changed: each is what its hash says. */
function everyHeadIsDistinct({ store }: TestCentre): boolean {
  const heads = store
    .databases()
    .filter((name) => name.startsWith('wasl-events-'))
    .flatMap((name) => store.documents(name).map((document) => document.head));
  return new Set(heads).size === heads.length;
}

describe('a disk that was put back to an earlier state', () => {
  it('is noticed with the next event; what the centre lacks goes on in a new epoch, and nothing is lost', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(30);
    await untilAcknowledged(time, [terminal]);
    const image = terminal.disk.clone();
    await terminal.serve(40);
    await untilAcknowledged(time, [terminal]);
    await terminal.crash();

    const restored = await startTerminal(time, centre.broker, { disk: image, seed: 'restored' });
    await restored.serve(25);
    await untilAcknowledged(time, [restored]);
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 70), servicesOf('restored', 25)));
    const epochs = restored.journal.epochs();
    expect(epochs).toHaveLength(2);
    expect(await firstOf(restored.journal, epochs[1]?.name ?? '')).toMatchObject({ type: 'epoch', cause: 'mismatch' });
    expect(restored.problems.map(codeOf)).toEqual(['ERR_ACK_MISMATCH']);
    expect(casesAt(centre).length).toBeGreaterThan(0);
    expect(everyHeadIsDistinct(centre)).toBe(true);
  });

  it('is noticed as well when it holds nothing new before it reaches the old end again', async () => {
    const { time, centre, terminal } = await startWorld({ lingerMs: 0 });
    await terminal.serve(5);
    await untilAcknowledged(time, [terminal]);
    const image = terminal.disk.clone();
    await terminal.serve(3);
    await untilAcknowledged(time, [terminal]);
    await terminal.crash();
    const restored = await startTerminal(time, centre.broker, { disk: image, seed: 'restored' });
    for (let index = 0; index < 6; index += 1) {
      await restored.serve(1);
      await untilAcknowledged(time, [restored]);
    }
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 8), servicesOf('restored', 6)));
    expect(restored.journal.epochs()).toHaveLength(2);
  });
});

describe('two terminals on one identity', () => {
  it('both go on in epochs of their own, nothing of either is lost, and each place with two events is a case', async () => {
    const limits = { batchEventsMax: 8 };
    const { time, centre, terminal } = await startWorld(limits);
    await terminal.serve(30);
    await untilAcknowledged(time, [terminal]);
    const clone = await startTerminal(time, centre.broker, { disk: terminal.disk.clone(), seed: 'clone', limits });
    for (let round = 0; round < 4; round += 1) {
      await Promise.all([terminal.serve(10), clone.serve(15)]);
      await time.advance(5_000);
    }
    await untilAcknowledged(time, [terminal, clone], HOUR);
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 70), servicesOf('clone', 60)));
    expect(casesAt(centre).length).toBeGreaterThan(0);
    expect(everyHeadIsDistinct(centre)).toBe(true);
    const names = [terminal, clone].map(({ journal }) => journal.epochs().at(-1)?.name);
    expect(new Set(names).size).toBe(2);
  });
});

describe('several epochs', () => {
  it('are sent one after the other, the oldest first, each in order', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.uplink.stop();
    await centre.stopBridge();
    for (let quarter = 0; quarter < 3; quarter += 1) {
      await terminal.serve(250);
      await time.advance(QUARTER);
    }
    await terminal.serve(10);
    centre.startBridge();
    terminal.uplink.start();
    await untilAcknowledged(time, [terminal], HOUR);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 760));
    const sent = centre.broker.published.filter(({ topic }) => topic === batchTopic(TERMINAL));
    const order = sent.map(({ payload }) => readSealedBatch(payload).epoch);
    const names = terminal.journal.epochs().map((epoch) => epoch.name);
    expect(names.length).toBeGreaterThanOrEqual(4);
    expect(order).toEqual([...order].sort((a, b) => names.indexOf(a) - names.indexOf(b)));
    expect(centre.store.databases().filter((name) => name.startsWith('wasl-events-')).length).toBeGreaterThanOrEqual(4);
  });
});

describe('a centre that was restored from a backup', () => {
  async function restore(centre: TestCentre, put: () => void, clock: Parameters<typeof beginIncarnation>[1]) {
    await centre.stopBridge();
    put();
    await beginIncarnation(centre.store, clock);
    centre.startBridge();
  }

  it('gets back what the backup did not have, of every epoch, as soon as the terminal has anything to say', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(120);
    await untilAcknowledged(time, [terminal]);
    const backup = centre.store.backup();
    await terminal.serve(150);
    await untilAcknowledged(time, [terminal]);
    await centre.stopBridge();
    await time.advance(QUARTER);
    centre.startBridge();
    await terminal.serve(300);
    await untilAcknowledged(time, [terminal]);

    await restore(centre, () => centre.store.restore(backup), time.clock);
    expect(servicesAt(centre.store).size).toBe(120);
    await terminal.serve(1);
    await time.advance(HOUR);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 571));
    expect(terminal.journal.state().backlog).toBe(0);
    // The same chains, in the same epochs: nothing had to be said anew.
    expect(terminal.problems.map(codeOf)).not.toContain('ERR_ACK_MISMATCH');
    expect(casesAt(centre)).toEqual([]);
  });

  it('in part gets the missing ranges back, and little else', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(600);
    await untilAcknowledged(time, [terminal]);
    const [epoch] = terminal.journal.epochs();
    const lost = (seq: number): boolean => (seq > 100 && seq <= 110) || (seq > 400 && seq <= 450);
    await restore(centre, () => centre.store.lose('wasl-events-2026q4', ({ seq }) => lost(Number(seq))), time.clock);
    const before = centre.broker.published.length;
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 601));
    const sent = centre.broker.published
      .slice(before)
      .filter(({ topic }) => topic === batchTopic(TERMINAL))
      .map(({ payload }) => readSealedBatch(payload));
    const events = sent.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    expect(events).toBeLessThan(60 + 10);
    expect(terminal.journal.state().acknowledged.get(epoch?.name ?? '')?.seq).toBe(602);
  });

  it('to nothing at all gets everything back', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(300);
    await untilAcknowledged(time, [terminal]);
    await restore(
      centre,
      () => {
        for (const name of centre.store.databases())
          if (/^wasl-(events|batches)-/.test(name)) centre.store.lose(name, () => true);
      },
      time.clock,
    );
    await terminal.serve(1);
    await time.advance(HOUR);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 301));
    expect(terminal.journal.state().backlog).toBe(0);
  });
});

describe('a journal with a hole', () => {
  it('sends what is before it, and goes on with what is behind it in another epoch', async () => {
    const time = virtualTime();
    const centre = await startCentre(time);
    centre.broker.setDown(true);
    const terminal = await startTerminal(time, centre.broker);
    for (let index = 0; index < 40; index += 1) await terminal.serve(1);
    await terminal.crash();
    // A few bytes in the middle of the only segment are spoilt; without a checkpoint all of it is read.
    const [segment = ''] = terminal.disk.files().filter((path) => path.endsWith('.seg'));
    const bytes = terminal.disk.peek(segment);
    const used = bytes.findLastIndex((byte) => byte !== 0);
    bytes.fill(0xaa, Math.floor(used / 2), Math.floor(used / 2) + 8);
    terminal.disk.poke(segment, bytes);
    for (const path of terminal.disk.files()) if (path.endsWith('checkpoint')) terminal.disk.unlink(path);

    centre.broker.setDown(false);
    const again = await startTerminal(time, centre.broker, { disk: terminal.disk, seed: 'again' });
    const [epoch] = again.journal.epochs();
    expect(epoch?.missing?.length).toBe(1);
    await again.serve(5);
    await untilAcknowledged(time, [again], HOUR);
    const destroyed = new Set<number>();
    for (const { first, last } of epoch?.missing ?? []) for (let seq = first; seq <= last; seq += 1) destroyed.add(seq);
    // Event 1 began the epoch; service n stands at n + 1.
    const survivors = [...servicesOf('terminal', 40)].filter((_, index) => !destroyed.has(index + 2));
    expect(survivors.length).toBeGreaterThan(0);
    expect(servicesAt(centre.store)).toEqual(union(new Set(survivors), servicesOf('again', 5)));
    expect(again.journal.state().backlog).toBe(0);
  });
});
