/** From the journal of a terminal to the documents of the centre, over real brokers: what an auditor finds who trusts none of it. */
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { GOOD_LINK, type LinkProxy, startLinkProxy } from '../../simulators/link/proxy.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { COUCH_TURN_MS } from '../support/central.js';
import { startFaultProxy } from '../support/http-faults.js';
import { hasMosquitto, startMosquitto } from '../support/mosquitto.js';
import { eventually, systemTimers } from '../support/system.js';
import { embeddedBroker, type SiteTerminal, servicesOf, startSite, type TestBroker, type TestSite } from './site.js';

let site: TestSite;
beforeAll(async () => {
  site = await startSite();
}, COUCH_TURN_MS);
afterEach(() => site.clear());
afterAll(() => site?.close());

/** For one test: its waits bound it themselves. */
const TEST_TIMEOUT_MS = 180_000;
vi.setConfig({ testTimeout: TEST_TIMEOUT_MS });

function everyBroker(start: () => Promise<TestBroker>): void {
  async function broker(): Promise<TestBroker> {
    const started = await start();
    site.later(() => started.close());
    return started;
  }

  it('everything arrives, once, provably', async () => {
    const own = await broker();
    const bridge = await site.bridge(own);
    const terminals = await Promise.all([0, 1, 2].map(() => site.terminal(own, own.port)));
    for (const terminal of terminals) await terminal.serve(120);
    await Promise.all(terminals.map((terminal) => terminal.acknowledged()));
    expect(await site.audited(terminals)).toEqual({ problems: [], gaps: [], services: servicesOf(terminals, 120) });
    expect(bridge.health().counters).toMatchObject({ eventsStored: 363, deadLetters: 0, equivocations: 0 });
  });

  it('everything arrives while the broker dies again and again, and forgets all it had', async () => {
    const own = await broker();
    await site.bridge(own);
    const terminal = await site.terminal(own, own.port, { batchEventsMax: 25 });
    for (let round = 0; round < 3; round += 1) {
      await terminal.serve(100);
      await eventually('some of it is under way', () => terminal.uplink.status().connection === 'online');
      await own.restart();
    }
    await terminal.acknowledged();
    expect(await site.audited([terminal])).toEqual({ problems: [], gaps: [], services: servicesOf([terminal], 300) });
  });

  it('everything arrives while one bridge follows another, each stopped in the middle of its work', async () => {
    const own = await broker();
    const terminal = await site.terminal(own, own.port, { batchEventsMax: 20, ackTimeoutMs: 500 });
    await terminal.serve(400);
    for (let life = 0; life < 3; life += 1) {
      const bridge = await site.bridge(own);
      const before = terminal.journal.state().backlog;
      await eventually('it has done something', () => terminal.journal.state().backlog < before);
      await bridge.stop();
    }
    await site.bridge(own);
    await terminal.acknowledged();
    expect(await site.audited([terminal])).toEqual({ problems: [], gaps: [], services: servicesOf([terminal], 400) });
  });

  it('everything arrives though the database fails for a while, and nothing is acknowledged meanwhile', async () => {
    const own = await broker();
    const faults = await startFaultProxy(site.couch.url);
    site.later(() => faults.close());
    const bridge = await site.bridge(own, { ...site.couch, url: faults.url });
    const terminal = await site.terminal(own, own.port, { batchEventsMax: 50 });
    await terminal.acknowledged();
    faults.fail(/_bulk_docs/, { status: 500 }, 12);
    await terminal.serve(150);
    await eventually('batches were given back', () => bridge.health().counters.batchesReturned > 1);
    expect(terminal.journal.state().backlog).toBe(150);
    await terminal.acknowledged();
    expect(faults.pending()).toBe(0);
    expect(await site.audited([terminal])).toEqual({ problems: [], gaps: [], services: servicesOf([terminal], 150) });
  });

  it('two bridges side by side make one whole', async () => {
    const own = await broker();
    const bridges = [await site.bridge(own), await site.bridge(own)];
    const terminals = await Promise.all([0, 1].map(() => site.terminal(own, own.port, { batchEventsMax: 20 })));
    for (const terminal of terminals) await terminal.serve(200);
    await Promise.all(terminals.map((terminal) => terminal.acknowledged()));
    expect(await site.audited(terminals)).toEqual({ problems: [], gaps: [], services: servicesOf(terminals, 200) });
    const counters = () => bridges.map((bridge) => bridge.health().counters);
    // A broker without shared subscriptions gives each bridge everything: one of them may be late with every event.
    await eventually('both had a part', () => counters().every((own) => own.eventsStored + own.eventsKnown > 0));
    expect(counters().reduce((sum, own) => sum + own.eventsStored, 0)).toBe(402);
  });
}

describe('over the embedded broker', () => everyBroker(embeddedBroker));

describe.runIf(hasMosquitto())('over Mosquitto', () => {
  everyBroker(() => startMosquitto());

  it('nobody who listens at the broker finds a card, a hash or a salt', async () => {
    const broker = await startMosquitto();
    site.later(() => broker.close());
    const heard: Buffer[] = [];
    const spy = createMqttLink(
      {
        url: broker.url,
        clientId: 'spy',
        keepaliveS: 60,
        connectTimeoutMs: 5_000,
        closeTimeoutMs: 1_000,
        packetBytesMax: 100_000,
        topicAlias: false,
      },
      systemTimers,
    );
    const session = await spy.connect({
      message: (topic, payload) => {
        heard.push(Buffer.concat([Buffer.from(topic), payload]));
      },
      closed: () => {},
    });
    site.later(() => session.close());
    await session.subscribe('#');
    await site.bridge(broker);
    const terminal = await site.terminal(broker, broker.port);
    for (let index = 0; index < 5; index += 1) {
      await terminal.serve(1);
      await terminal.acknowledged();
    }
    const [epoch] = terminal.journal.epochs();
    const events = await terminal.journal.readEvents(epoch?.name ?? '', 1, { countMax: 10, bytesMax: 10_000 });
    const secrets = events.flatMap((event) => [event.bytes.slice(3), event.bodyHash]);
    expect(heard.length).toBeGreaterThanOrEqual(10);
    for (const message of heard) {
      expect(message.includes('port-said')).toBe(false);
      for (const secret of [epoch?.saltKey ?? new Uint8Array(), ...secrets])
        expect(message.includes(Buffer.from(secret))).toBe(false);
    }
  });

  /** Bytes on the wire for each event, everything both ways counted: publishes, their confirmations, acknowledgements, theirs. */
  async function bytesPerEvent(proxy: LinkProxy, terminal: SiteTerminal, events: number): Promise<number> {
    await terminal.acknowledged();
    proxy.resetCount();
    await terminal.serve(events);
    await terminal.acknowledged();
    // The confirmation of the last acknowledgement is on its way.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const { up, down } = proxy.count();
    return (up + down) / events;
  }

  it.each([
    [50, 40],
    [200, 30],
  ])('%i events a batch, signed and sealed, cost at most %i bytes an event', async (perBatch, limit) => {
    const broker = await startMosquitto();
    site.later(() => broker.close());
    await site.bridge(broker);
    const proxy = await startLinkProxy(broker.port, GOOD_LINK, systemTimers);
    site.later(() => proxy.close());
    const terminal = await site.terminal(broker, proxy.port, { batchEventsMax: perBatch, inFlightMax: 1 });
    await bytesPerEvent(proxy, terminal, 600);
    const bytes = await bytesPerEvent(proxy, terminal, 600);
    process.stdout.write(`${perBatch} events a batch: ${bytes.toFixed(1)} bytes an event\n`);
    expect(bytes).toBeLessThanOrEqual(limit);
  });
});
