import { describe, expect, it } from 'vitest';
import type { BrokerMessage, MemoryBroker } from '../../../simulators/link/memory-broker.js';
import { readSealedBatch } from '../../../sync/protocol/batch.js';
import { ackTopic, batchTopic } from '../../../sync/protocol/topics.js';
import { virtualTime } from '../../support/virtual-time.js';
import {
  servicesAt,
  servicesOf,
  startCentre,
  startTerminal,
  startWorld,
  TERMINAL,
  untilAcknowledged,
} from './bench.js';

const isBatch = ({ topic }: BrokerMessage): boolean => topic === batchTopic(TERMINAL);
const isAck = ({ topic }: BrokerMessage): boolean => topic === ackTopic(TERMINAL);

function batchesOf(broker: MemoryBroker): { first: number; last: number; epoch: string }[] {
  return broker.published.filter(isBatch).map(({ payload }) => readSealedBatch(payload));
}

describe('the uplink', () => {
  it('brings everything to the centre and moves the cursor to what was acknowledged', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(500);
    await untilAcknowledged(time, [terminal]);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 500));
    const [epoch] = terminal.journal.epochs();
    expect(terminal.journal.state().acknowledged.get(epoch?.name ?? '')?.seq).toBe(501);
    const { lastContactMs, timeFloorMs } = terminal.journal.state();
    const status = terminal.uplink.status();
    expect(status).toMatchObject({ connection: 'online', backlog: 0, lastContactMs, problem: null });
    // The centre signed the time, in whole seconds; nothing recorded is later, and the floor is at least that.
    expect((lastContactMs ?? 0) - (status.signedMs ?? 0)).toBeLessThan(2000);
    expect(timeFloorMs).toBeGreaterThanOrEqual(status.signedMs ?? Number.POSITIVE_INFINITY);
    expect(terminal.problems).toEqual([]);
  });

  it('lets events that come within a second share a batch', async () => {
    const { time, centre, terminal } = await startWorld();
    await untilAcknowledged(time, [terminal]);
    const before = batchesOf(centre.broker).length;
    for (let index = 0; index < 8; index += 1) {
      await terminal.serve(1);
      await time.advance(100);
    }
    await untilAcknowledged(time, [terminal]);
    expect(batchesOf(centre.broker).slice(before)).toMatchObject([{ first: 2, last: 9 }]);
  });

  it('sends a single event after at most the linger and one way there', async () => {
    const { time, centre, terminal } = await startWorld({ lingerMs: 1_000 });
    await untilAcknowledged(time, [terminal]);
    const before = batchesOf(centre.broker).length;
    await terminal.serve(1);
    await time.advance(990);
    expect(batchesOf(centre.broker)).toHaveLength(before);
    await time.advance(20);
    expect(batchesOf(centre.broker)).toHaveLength(before + 1);
  });

  it('never has more batches under way than its limit, and none of more events than its limit', async () => {
    const { time, centre, terminal } = await startWorld({ inFlightMax: 2, batchEventsMax: 50 });
    await untilAcknowledged(time, [terminal]);
    centre.broker.tamper = (message) => (isAck(message) ? [] : [message]);
    const before = batchesOf(centre.broker).length;
    await terminal.serve(1_000);
    await time.advance(8_000);
    const batches = batchesOf(centre.broker).slice(before);
    expect(batches).toMatchObject([
      { first: 2, last: 51 },
      { first: 52, last: 101 },
    ]);
  });

  it('fills its batches by itself while an answer is awaited', async () => {
    const { time, centre, terminal } = await startWorld();
    await untilAcknowledged(time, [terminal]);
    const before = batchesOf(centre.broker).length;
    centre.broker.latencyMs = () => 3_000;
    for (let index = 0; index < 60; index += 1) {
      await terminal.serve(1);
      await time.advance(1_000);
    }
    await untilAcknowledged(time, [terminal]);
    // One a minute and a second would be sixty; an answer takes twelve seconds.
    expect(batchesOf(centre.broker).length - before).toBeLessThan(8);
  });

  it('makes its batches smaller when they take longer on the link than they should, and larger again', async () => {
    const { time, centre, terminal } = await startWorld({ batchLinkMs: 4_000, ackTimeoutMs: 120_000 });
    await untilAcknowledged(time, [terminal]);
    centre.broker.latencyMs = (message) => (isBatch(message) ? message.payload.length * 4 : 5);
    await terminal.serve(3_000);
    await time.advance(120_000);
    const slow = batchesOf(centre.broker).at(-1) ?? { first: 0, last: 0 };
    expect(slow.last - slow.first).toBeLessThan(120);
    centre.broker.latencyMs = () => 5;
    await untilAcknowledged(time, [terminal]);
    const sizes = batchesOf(centre.broker).map(({ first, last }) => last - first + 1);
    expect(Math.max(...sizes)).toBe(200);
  });

  it('does not even read the journal while there is no connection, whatever the backlog', async () => {
    const { time, centre, terminal } = await startWorld();
    centre.broker.setDown(true);
    await terminal.serve(2_000);
    let reads = 0;
    terminal.disk.plan = ({ operation }) => {
      reads += operation === 'read' ? 1 : 0;
      return 'go';
    };
    await time.advance(3_600_000);
    expect(terminal.uplink.status()).toMatchObject({ connection: 'offline', backlog: 2_001, problem: 'ERR_BROKER' });
    expect(reads).toBe(0);
    centre.broker.setDown(false);
    await untilAcknowledged(time, [terminal], 1_200_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 2_000));
  });

  it('tells whoever watches when its status changes', async () => {
    const { time, centre, terminal } = await startWorld();
    const seen: string[] = [];
    const stop = terminal.uplink.subscribe(() => seen.push(terminal.uplink.status().connection));
    await untilAcknowledged(time, [terminal]);
    centre.broker.setDown(true);
    await time.advance(60_000);
    centre.broker.setDown(false);
    await time.advance(900_000);
    stop();
    expect([...new Set(seen)].sort()).toEqual(['connecting', 'offline', 'online']);
    expect(seen.at(-1)).toBe('online');
  });

  it('sends no more and leaves no timer behind once it is stopped', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(700);
    await time.advance(30);
    await terminal.uplink.stop();
    await centre.stopBridge();
    const sent = centre.broker.published.length;
    await terminal.serve(5);
    await time.advance(3_600_000);
    expect(centre.broker.published).toHaveLength(sent);
    expect(time.pending()).toBe(0);
  });
});

describe('when the journal fails', () => {
  it('stops for good, and says why, once nothing can be recorded any more', async () => {
    const { time, centre, terminal } = await startWorld();
    await untilAcknowledged(time, [terminal]);
    await terminal.serve(3);
    terminal.disk.plan = ({ operation }) => (operation === 'sync' ? 'EIO' : 'go');
    await time.advance(10_000);
    expect(terminal.uplink.status()).toMatchObject({ connection: 'offline', backlog: 3, problem: 'ERR_JOURNAL_IO' });
    const sent = centre.broker.published.length;
    await time.advance(3_600_000);
    expect(centre.broker.published).toHaveLength(sent);
  });

  it('keeps trying while there is no room to record an acknowledgement', async () => {
    const { time, terminal } = await startWorld();
    await untilAcknowledged(time, [terminal]);
    await terminal.serve(3);
    terminal.disk.plan = ({ operation }) => (operation === 'write' ? 'ENOSPC' : 'go');
    await time.advance(600_000);
    expect(terminal.uplink.status()).toMatchObject({ backlog: 3, problem: 'ERR_JOURNAL_SPACE' });
    terminal.disk.plan = () => 'go';
    await untilAcknowledged(time, [terminal], 1_000_000);
    expect(terminal.uplink.status().problem).toBeNull();
  });
});

describe('when messages get lost', () => {
  it('sends again what was not acknowledged, ever more rarely, and goes on once it is', async () => {
    const { time, centre, terminal } = await startWorld({ ackTimeoutMs: 60_000 });
    await untilAcknowledged(time, [terminal]);
    centre.broker.tamper = (message) => (isBatch(message) ? [] : [message]);
    const before = batchesOf(centre.broker).length;
    await terminal.serve(3);
    await time.advance(4 * 3_600_000);
    const attempts = batchesOf(centre.broker).length - before;
    expect(attempts).toBeGreaterThan(10);
    expect(attempts).toBeLessThan(120);
    expect(terminal.uplink.status()).toMatchObject({ connection: 'online', backlog: 3, problem: 'ERR_BROKER' });
    centre.broker.tamper = (message) => [message];
    await untilAcknowledged(time, [terminal], 1_000_000);
    expect(terminal.uplink.status().problem).toBeNull();
  });

  it('drops a connection on which the broker does not even confirm', async () => {
    const { time, centre, terminal } = await startWorld();
    await untilAcknowledged(time, [terminal]);
    centre.broker.confirms = (message) => !isBatch(message);
    centre.broker.tamper = (message) => (isBatch(message) ? [] : [message]);
    const states: string[] = [];
    terminal.uplink.subscribe(() => states.push(terminal.uplink.status().connection));
    await terminal.serve(1);
    await time.advance(70_000);
    expect(states).toContain('offline');
    centre.broker.confirms = () => true;
    centre.broker.tamper = (message) => [message];
    await untilAcknowledged(time, [terminal], 1_000_000);
  });

  it('comes through when a third of everything is lost, a third doubled, and the order is any', async () => {
    const { time, centre, terminal } = await startWorld({ ackTimeoutMs: 20_000 });
    let turn = 0;
    centre.broker.tamper = (message) => {
      turn += 1;
      return turn % 3 === 0 ? [] : turn % 3 === 1 ? [message] : [message, message];
    };
    centre.broker.latencyMs = ({ payload }) => 5 + (((payload.at(-1) ?? 0) * 37) % 3_000);
    await terminal.serve(1_200);
    await untilAcknowledged(time, [terminal], 6 * 3_600_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 1_200));
    expect(centre.counters().equivocations).toBe(0);
  });

  it('comes through when the connection is cut every ten seconds', async () => {
    const { time, centre, terminal } = await startWorld({ backoff: { baseMs: 1_000, maxMs: 4_000 } });
    centre.broker.latencyMs = () => 700;
    await terminal.serve(2_000);
    for (let cuts = 0; cuts < 60 && terminal.journal.state().backlog > 0; cuts += 1) {
      await time.advance(10_000);
      centre.broker.cut((name) => name.startsWith('terminal'));
    }
    expect(terminal.journal.state().backlog).toBe(0);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 2_000));
  });

  it('comes through when the bridge dies between storing and acknowledging', async () => {
    const { time, centre, terminal } = await startWorld();
    await untilAcknowledged(time, [terminal]);
    await terminal.serve(150);
    // The moment the first acknowledgement would go out, the bridge is gone.
    let killed: Promise<void> | null = null;
    centre.broker.tamper = (message) => {
      if (!isAck(message) || killed !== null) return [message];
      killed = centre.restartBridge();
      return [];
    };
    await untilAcknowledged(time, [terminal]);
    await killed;
    expect(killed).not.toBeNull();
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 150));
    expect(centre.counters().eventsKnown).toBeGreaterThan(0);
  });

  it('goes on from its journal after its own process died', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(900);
    await time.advance(1_100);
    await terminal.crash();
    const again = await startTerminal(time, centre.broker, { disk: terminal.disk, seed: 'again' });
    await untilAcknowledged(time, [again]);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 900));
  });
});

describe('an uplink that cannot be', () => {
  it('is refused when it is made', async () => {
    const time = virtualTime();
    const centre = await startCentre(time);
    for (const limits of [{ batchEventsMax: 0 }, { batchEventsMax: 501 }, { inFlightMax: 0 }])
      await expect(startTerminal(time, centre.broker, { limits })).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });
});
