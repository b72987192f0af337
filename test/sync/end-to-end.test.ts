/** From the journal of a terminal to the documents of the centre, over real brokers: what an auditor finds who trusts none of it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { auditCentre } from '../../simulators/central/audit.js';
import { startBroker } from '../../simulators/central/broker.js';
import { GOOD_LINK, type LinkProxy, startLinkProxy } from '../../simulators/link/proxy.js';
import type { RunningBridge } from '../../sync/bridge/main.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { UPLINK_LIMITS, type UplinkLimits } from '../../sync/uplink/parts.js';
import { Uplink } from '../../sync/uplink/uplink.js';
import { startTestBridge, startTestCouch, type TestCouch } from '../support/central.js';
import { hasMosquitto, startMosquitto } from '../support/mosquitto.js';
import { CENTRE_ACK, CENTRE_SEAL, outletEvents, seedOf, terminalSigner } from '../support/sync-events.js';
import { eventually, systemClock, systemRandom, systemTimers } from '../support/system.js';

interface Broker {
  readonly url: string;
  readonly port: number;
  readonly username?: string;
  readonly password?: string;
  /** Loses everything that it had and comes back. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

async function embeddedBroker(): Promise<Broker> {
  let broker = await startBroker({ port: 0 });
  const { url, port, username, password } = broker;
  return {
    url,
    port,
    username,
    password,
    restart: async () => {
      await broker.close();
      broker = await startBroker({ port, username, password });
    },
    close: () => broker.close(),
  };
}

let couch: TestCouch;
const toClose: (() => Promise<void>)[] = [];
let names = 0;

beforeAll(async () => {
  couch = await startTestCouch();
});
afterAll(() => couch?.close());
afterEach(async () => {
  for (const close of toClose.splice(0).reverse()) await close();
});

interface Terminal {
  readonly name: string;
  readonly journal: OpenJournal;
  readonly uplink: Uplink;
  serve(count: number): Promise<void>;
  acknowledged(): Promise<void>;
}

/** A terminal of its own with a journal on the disk of this machine. */
async function startTerminal(broker: Broker, port: number, limits: Partial<UplinkLimits> = {}): Promise<Terminal> {
  names += 1;
  const name = `outlet-${names}`;
  const signer = terminalSigner(name);
  await enrolTerminal(couch.store, { terminal: name, site: 'port-said-3', publicKey: signer.publicKey });
  const folder = await mkdtemp(join(tmpdir(), 'wasl-e2e-'));
  const journal = await openJournal({
    disk: nodeDisk(),
    folder: join(folder, 'journal'),
    key: seedOf('journal key'),
    terminal: name,
    clock: systemClock,
    random: systemRandom,
  });
  const { username, password } = broker;
  const uplink = new Uplink({
    terminal: name,
    journal,
    link: createMqttLink(
      {
        url: `mqtt://127.0.0.1:${port}`,
        clientId: name,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        keepaliveS: 60,
        connectTimeoutMs: 5_000,
        closeTimeoutMs: 1_000,
        packetBytesMax: 4_096,
        topicAlias: true,
      },
      systemTimers,
    ),
    signer,
    centre: { sealPublicKey: CENTRE_SEAL.publicKey, ackVerifiers: [verifierFromKey(CENTRE_ACK.publicKey)] },
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    limits: { ...UPLINK_LIMITS, lingerMs: 50, ackTimeoutMs: 1_500, backoff: { baseMs: 100, maxMs: 500 }, ...limits },
    report: () => {},
  });
  toClose.push(async () => {
    await uplink.stop();
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  });
  uplink.start();
  let served = 0;
  return {
    name,
    journal,
    uplink,
    serve: async (count) => {
      const events = outletEvents(served + count, `day of ${name}`).slice(served);
      served += count;
      await journal.append(events.map((event) => ({ kind: 'event', event })));
    },
    acknowledged: () => eventually(`${name} is acknowledged`, () => journal.state().backlog === 0, 15_000),
  };
}

async function startBridge(broker: Broker): Promise<RunningBridge> {
  const bridge = await startTestBridge(broker, couch);
  toClose.push(() => bridge.stop());
  await eventually('the bridge is connected', () => bridge.health().connected);
  return bridge;
}

/** What the auditor finds of some terminals. */
async function audited(terminals: readonly Terminal[]) {
  const report = await auditCentre(couch);
  const own = (text: string): boolean => terminals.some(({ name }) => text.includes(`${name}:`));
  return {
    problems: report.problems.filter(own),
    gaps: report.gaps.filter(({ terminal }) => terminals.some(({ name }) => name === terminal)),
    services: report.services
      .filter(({ terminal }) => terminals.some(({ name }) => name === terminal))
      .map(({ terminal, card, ledgerSequence, items }) => JSON.stringify([terminal, card, ledgerSequence, items]))
      .sort(),
  };
}

/** The services of terminals that served `count` each, as {@link audited} lists them. */
function served(terminals: readonly Terminal[], count: number): string[] {
  const services = terminals.flatMap(({ name }) =>
    outletEvents(count, `day of ${name}`).map(({ card, ledgerSequence, items }) =>
      JSON.stringify([name, card, ledgerSequence, items]),
    ),
  );
  return services.sort();
}

function everyBroker(start: () => Promise<Broker>): void {
  async function broker(): Promise<Broker> {
    const started = await start();
    toClose.push(() => started.close());
    return started;
  }

  it('everything arrives, once, provably', async () => {
    const own = await broker();
    const bridge = await startBridge(own);
    const terminals = await Promise.all([0, 1, 2].map(() => startTerminal(own, own.port)));
    for (const terminal of terminals) await terminal.serve(120);
    await Promise.all(terminals.map((terminal) => terminal.acknowledged()));
    expect(await audited(terminals)).toEqual({ problems: [], gaps: [], services: served(terminals, 120) });
    expect(bridge.health().counters).toMatchObject({ eventsStored: 363, deadLetters: 0, equivocations: 0 });
  });

  it('everything arrives while the broker dies again and again, and forgets all it had', async () => {
    const own = await broker();
    await startBridge(own);
    const terminal = await startTerminal(own, own.port, { batchEventsMax: 25 });
    for (let round = 0; round < 3; round += 1) {
      await terminal.serve(100);
      await eventually('some of it is under way', () => terminal.uplink.status().connection === 'online');
      await own.restart();
    }
    await terminal.acknowledged();
    expect(await audited([terminal])).toEqual({ problems: [], gaps: [], services: served([terminal], 300) });
  });

  it('everything arrives while one bridge follows another, each stopped in the middle of its work', async () => {
    const own = await broker();
    const terminal = await startTerminal(own, own.port, { batchEventsMax: 20, ackTimeoutMs: 500 });
    await terminal.serve(400);
    for (let life = 0; life < 3; life += 1) {
      const bridge = await startBridge(own);
      const before = terminal.journal.state().backlog;
      await eventually('it has done something', () => terminal.journal.state().backlog < before);
      await bridge.stop();
    }
    await startBridge(own);
    await terminal.acknowledged();
    expect(await audited([terminal])).toEqual({ problems: [], gaps: [], services: served([terminal], 400) });
  });

  it('two bridges side by side make one whole', async () => {
    const own = await broker();
    const bridges = [await startBridge(own), await startBridge(own)];
    const terminals = await Promise.all([0, 1].map(() => startTerminal(own, own.port, { batchEventsMax: 20 })));
    for (const terminal of terminals) await terminal.serve(200);
    await Promise.all(terminals.map((terminal) => terminal.acknowledged()));
    expect(await audited(terminals)).toEqual({ problems: [], gaps: [], services: served(terminals, 200) });
    const stored = bridges.map((bridge) => bridge.health().counters.eventsStored);
    expect(stored[0] ?? 0).toBeGreaterThan(0);
    expect((stored[0] ?? 0) + (stored[1] ?? 0)).toBe(402);
  });
}

describe('over the embedded broker', () => everyBroker(embeddedBroker));

describe.runIf(hasMosquitto())('over Mosquitto', () => {
  everyBroker(() => startMosquitto());

  it('nobody who listens at the broker finds a card, a hash or a salt', async () => {
    const broker = await startMosquitto();
    toClose.push(() => broker.close());
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
    toClose.push(() => session.close());
    await session.subscribe('#');
    await startBridge(broker);
    const terminal = await startTerminal(broker, broker.port);
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
  async function bytesPerEvent(proxy: LinkProxy, terminal: Terminal, events: number): Promise<number> {
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
    toClose.push(() => broker.close());
    await startBridge(broker);
    const proxy = await startLinkProxy(broker.port, GOOD_LINK, systemTimers);
    toClose.push(() => proxy.close());
    const terminal = await startTerminal(broker, proxy.port, { batchEventsMax: perBatch, inFlightMax: 1 });
    await bytesPerEvent(proxy, terminal, 600);
    const bytes = await bytesPerEvent(proxy, terminal, 600);
    process.stdout.write(`${perBatch} events a batch: ${bytes.toFixed(1)} bytes an event\n`);
    expect(bytes).toBeLessThanOrEqual(limit);
  });
});
