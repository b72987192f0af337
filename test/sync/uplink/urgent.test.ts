/** Urgent events overtake a backlog, and nothing else changes: everything arrives, in one chain, acknowledged without a gap. */
import { describe, expect, it, vi } from 'vitest';
import { verifierFromKey } from '../../../agent/credential/signature.js';
import { WaslError } from '../../../agent/domain/errors.js';
import type { AlarmEvent, WaslEvent } from '../../../agent/domain/event.js';
import type { BrokerMessage, MemoryBroker } from '../../../simulators/link/memory-broker.js';
import { type Ack, readAck } from '../../../sync/protocol/ack.js';
import { readSealedBatch } from '../../../sync/protocol/batch.js';
import { encodeEvent } from '../../../sync/protocol/event-codec.js';
import { ackTopic, batchTopic } from '../../../sync/protocol/topics.js';
import { isUrgentEvent } from '../../../sync/uplink/urgent.js';
import { CENTRE_ACK, OPENING_S, outletEvents } from '../../support/sync-events.js';
import { type VirtualTime, virtualTime } from '../../support/virtual-time.js';
import {
  servicesAt,
  servicesOf,
  startCentre,
  startTerminal,
  TERMINAL,
  type TestCentre,
  type TestTerminal,
  untilAcknowledged,
} from './bench.js';

/** Thousands of events are made, sealed, sent and stored. */
vi.setConfig({ testTimeout: 240_000 });

const ALARM: AlarmEvent = { type: 'alarm', time: OPENING_S, code: 'ERR_JOURNAL_SPACE', count: 1 };

const record = (terminal: TestTerminal, event: WaslEvent): Promise<unknown> =>
  terminal.journal.append([{ kind: 'event', event }]);

/** 40 kbit/s, a round trip of 600 ms: what goes up stands in one queue. */
function slowLink(broker: MemoryBroker, time: VirtualTime): void {
  let freeAtMs = 0;
  const entered = new WeakSet<BrokerMessage>();
  broker.latencyMs = (message) => {
    if (message.topic !== batchTopic(TERMINAL)) return 150;
    // Between the broker and the bridge there is no such link.
    if (entered.has(message)) return 1;
    entered.add(message);
    freeAtMs = Math.max(freeAtMs, time.elapsedMs()) + Math.ceil(message.payload.length / 5);
    return freeAtMs - time.elapsedMs() + 300;
  };
}

const batchesOf = ({ broker }: TestCentre): { first: number; last: number; epoch: string }[] =>
  broker.published.filter(({ topic }) => topic === batchTopic(TERMINAL)).map(({ payload }) => readSealedBatch(payload));

const acksOf = ({ broker }: TestCentre): Ack[] =>
  broker.published
    .filter(({ topic }) => topic === ackTopic(TERMINAL))
    .map(({ payload }) => readAck(payload, [verifierFromKey(CENTRE_ACK.publicKey)]));

const alarmsAt = ({ store }: TestCentre): number =>
  store.documents('wasl-events-2026q4').filter((document) => document.type === 'alarm').length;

/** Lets time pass until the centre holds `count` alarms; returns how long it took. */
async function untilAlarms(time: VirtualTime, centre: TestCentre, count: number): Promise<number> {
  const startedMs = time.elapsedMs();
  while (alarmsAt(centre) < count) {
    if (time.elapsedMs() - startedMs > 600_000) throw new Error('no alarm after ten minutes');
    await time.advance(100);
  }
  return time.elapsedMs() - startedMs;
}

/** A terminal whose link is not there yet; `connect` brings it. */
async function startOffline(limits = {}) {
  const time = virtualTime();
  const centre = await startCentre(time);
  await time.settle();
  let there = false;
  const terminal = await startTerminal(time, centre.broker, {
    limits: { backoff: { baseMs: 1_000, maxMs: 1_000 }, ...limits },
    link: (link) => ({
      connect: (handlers) =>
        there ? link.connect(handlers) : Promise.reject(new WaslError('ERR_BROKER', 'there is no signal')),
    }),
  });
  const connect = (): void => {
    slowLink(centre.broker, time);
    there = true;
  };
  return { time, centre, terminal, connect };
}

/** The same after a day: `before` services, an alarm, `after` services. */
async function offlineFor(before: number, after: number, limits = {}) {
  const offline = await startOffline(limits);
  await offline.terminal.serve(before);
  await record(offline.terminal, ALARM);
  await offline.terminal.serve(after);
  return offline;
}

describe('an urgent event', () => {
  it('is an alarm or an unresolved tap, and nothing else', () => {
    const [service] = outletEvents(1, 'x');
    if (service === undefined) throw new Error('no service');
    const { type: _, operator: __, versions: ___, ...tap } = service;
    expect(isUrgentEvent(encodeEvent(ALARM))).toBe(true);
    expect(isUrgentEvent(encodeEvent({ type: 'unresolved', ...tap, reason: 'ERR_TAP_UNRESOLVED' }))).toBe(true);
    expect(isUrgentEvent(encodeEvent(service))).toBe(false);
    // From a newer version of the format.
    expect(isUrgentEvent(Uint8Array.of(0x83, 0x01, 0x17, 0x00))).toBe(false);
  });

  it('is at the centre within seconds of connecting, ahead of a backlog that takes minutes', async () => {
    const { time, centre, terminal, connect } = await offlineFor(3_000, 1_000);
    connect();
    expect(await untilAlarms(time, centre, 1)).toBeLessThan(6_000);
    expect(terminal.journal.state().backlog).toBeGreaterThan(3_500);
    await untilAcknowledged(time, [terminal]);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 4_000));
    expect(alarmsAt(centre)).toBe(1);
    // The acknowledged sequence only ever moved over what was whole, and ended at the end.
    const acks = acksOf(centre);
    expect(acks.some(({ seq, missing }) => missing.at(-1)?.last === 3_001 && seq < 3_001)).toBe(true);
    expect(acks.map(({ seq }) => seq)).toEqual(acks.map(({ seq }) => seq).sort((a, b) => a - b));
    expect(acks.at(-1)).toMatchObject({ seq: 4_002, missing: [] });
    const [epoch] = terminal.journal.epochs();
    expect(Buffer.from(acks.at(-1)?.head ?? [])).toEqual(Buffer.from(epoch?.head ?? []));
  });

  it('costs its own few bytes: nothing else is sent twice', async () => {
    const { time, centre, terminal, connect } = await offlineFor(1_500, 300);
    connect();
    await untilAcknowledged(time, [terminal]);
    const sent = batchesOf(centre).reduce((sum, { first, last }) => sum + last - first + 1, 0);
    expect(sent).toBe(1_802);
    expect(centre.counters().eventsKnown).toBe(0);
  });

  it('overtakes a backlog that is being sent already', async () => {
    const { time, centre, terminal, connect } = await offlineFor(3_000, 0);
    connect();
    await untilAlarms(time, centre, 1);
    await time.advance(1_500);
    await record(terminal, { ...ALARM, count: 2 });
    expect(await untilAlarms(time, centre, 2)).toBeLessThan(6_000);
    expect(terminal.journal.state().backlog).toBeGreaterThan(1_000);
    await untilAcknowledged(time, [terminal]);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 3_000));
  });

  it('waits for its turn when its turn is next, and with strict order', async () => {
    for (const [before, limits] of [
      [20, {}],
      [1_500, { urgentRunsMax: 0 }],
    ] as const) {
      const { time, centre, terminal, connect } = await offlineFor(before, 500, limits);
      connect();
      await untilAcknowledged(time, [terminal]);
      const firsts = batchesOf(centre).map(({ first }) => first);
      expect(firsts).toEqual([...firsts].sort((a, b) => a - b));
    }
  });

  it('does not stop the rest when the centre never says that it has it', async () => {
    const { time, centre, terminal, connect } = await offlineFor(1_000, 100);
    centre.broker.tamper = (message) => {
      const lost = message.topic === batchTopic(TERMINAL) && readSealedBatch(message.payload).first === 1_002;
      return lost && readSealedBatch(message.payload).last === 1_002 ? [] : [message];
    };
    connect();
    await untilAcknowledged(time, [terminal], 3_600_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 1_100));
    expect(alarmsAt(centre)).toBe(1);
  });

  it('that is one of hundreds leaves the order of the rest as it is', async () => {
    const { time, centre, terminal, connect } = await startOffline();
    for (let index = 0; index < 40; index += 1) {
      await terminal.serve(50);
      await record(terminal, ALARM);
    }
    connect();
    await untilAcknowledged(time, [terminal]);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 2_000));
    const batches = batchesOf(centre);
    // At most as many out of their turn as are allowed at once, the newest first.
    const early = batches.slice(0, 8).filter(({ first }, index) => index > 0 && first > 400);
    expect(early.length).toBeGreaterThan(0);
    expect(batches.length).toBeLessThan(40);
    expect(acksOf(centre).every(({ missing }) => missing.length <= 16)).toBe(true);
  });
});

describe('a backlog of a hundred thousand events', () => {
  it('is never held in memory: an alarm overtakes it, and only what is under way counts', async () => {
    const { time, centre, terminal, connect } = await startOffline();
    const services = outletEvents(1_000, 'day of terminal');
    for (let index = 0; index < 100; index += 1)
      await terminal.journal.append(services.map((event) => ({ kind: 'event', event })));
    await record(terminal, ALARM);
    const most = { batches: 0, events: 0, bytes: 0 };
    terminal.uplink.subscribe(() => {
      const { batches, events, bytes } = terminal.uplink.load();
      most.batches = Math.max(most.batches, batches);
      most.events = Math.max(most.events, events);
      most.bytes = Math.max(most.bytes, bytes);
    });
    connect();
    expect(await untilAlarms(time, centre, 1)).toBeLessThan(6_000);
    await time.advance(20_000);
    const { backlog } = terminal.journal.state();
    expect(backlog).toBeGreaterThan(90_000);
    expect(backlog).toBeLessThan(100_002);
    expect(most.batches).toBeGreaterThan(1);
    expect(most.batches).toBeLessThanOrEqual(4);
    expect(most.events).toBeLessThanOrEqual(4 * 200);
    expect(most.bytes).toBeLessThan(4 * 10_000);
    await terminal.uplink.stop();
    await centre.stopBridge();
  });
});
