/**
 * `bench wire`: a day's events over a bad link, ours against PouchDB replication to the same CouchDB-compatible server, through the same
 * byte-counting proxy, one after the other in the same run. Every byte in both directions is counted.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import nacl from 'tweetnacl';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import type { RedemptionEvent } from '../../agent/domain/event.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { systemClock, systemRandom, systemTimers } from '../../agent/system.js';
import { createCouchStore } from '../../sync/bridge/couch-store.js';
import { runBridge } from '../../sync/bridge/main.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { Uplink } from '../../sync/uplink/uplink.js';
import { startBroker } from '../central/broker.js';
import { type RunningCouch, startCouch } from '../central/couch.js';
import { hasMosquitto, startMosquitto } from '../central/mosquitto.js';
import { GOOD_LINK, type LinkConditions, type LinkProxy, startLinkProxy } from '../link/proxy.js';
import { MemoryDisk } from '../world/memory-disk.js';
import { seeded, services } from './events.js';

/** What the benchmark is to do. */
export interface WireOptions {
  readonly events: number;
  readonly kbitPerS: number;
  /** Round trip. */
  readonly latencyMs: number;
  readonly note: (text: string) => void;
}

/** One way over the link. */
export interface WireFigures {
  readonly bytes: number;
  readonly bytesPerEvent: number;
  readonly seconds: number;
}

/** What was measured. */
export interface WireBench {
  /** How many times fewer than the peer's; ours at 50 events a batch. */
  readonly ratios: { readonly bytes: number; readonly seconds: number };
  /** Ours at 50 events a batch. */
  readonly bytesPerEvent: number;
  readonly events: number;
  readonly broker: string;
  readonly link: LinkConditions;
  readonly ours: { readonly batchOf50: WireFigures; readonly batchOf200: WireFigures };
  readonly pouchdb: WireFigures;
  /** What a lossless coding of these events cannot go below, by the entropy of their fields. */
  readonly entropyBytesPerEvent: number;
}

const TERMINAL = 'bench-1';
const TIMEOUT_MS = 1_800_000;

/** Measures all three ways. */
export async function benchWire(options: WireOptions): Promise<WireBench> {
  const { note } = options;
  const link: LinkConditions = { kbitPerS: options.kbitPerS, latencyMs: options.latencyMs / 2 };
  const folder = await mkdtemp(join(tmpdir(), 'wasl-bench-'));
  const events = services(options.events, seeded(20_261_121), Date.UTC(2026, 10, 21, 6) / 1000);
  const couch = await startCouch({ port: 0, folder: join(folder, 'couch') });
  try {
    note(`${options.events} events over ${link.kbitPerS} kbit/s with a round trip of ${options.latencyMs} ms`);
    const batchOf50 = await ours(events, { couch, link, batch: 50, terminal: `${TERMINAL}-50` });
    note(`ours, 50 a batch: ${batchOf50.seconds} s, ${batchOf50.bytesPerEvent} B an event`);
    const batchOf200 = await ours(events, { couch, link, batch: 200, terminal: `${TERMINAL}-200` });
    note(`ours, 200 a batch: ${batchOf200.seconds} s, ${batchOf200.bytesPerEvent} B an event`);
    const pouchdb = await replication(events, { couch, link, folder });
    note(`PouchDB replication: ${pouchdb.seconds} s, ${pouchdb.bytesPerEvent} B an event`);
    return {
      ratios: { bytes: round(pouchdb.bytes / batchOf50.bytes), seconds: round(pouchdb.seconds / batchOf50.seconds) },
      bytesPerEvent: batchOf50.bytesPerEvent,
      events: options.events,
      broker: hasMosquitto() ? 'Mosquitto, MQTT 5' : 'embedded aedes, MQTT 3.1.1 (Mosquitto is not installed)',
      link,
      ours: { batchOf50, batchOf200 },
      pouchdb,
      entropyBytesPerEvent: round(entropyBits() / 8),
    };
  } finally {
    await couch.close();
    await rm(folder, { recursive: true, force: true });
  }
}

interface Ours {
  readonly couch: RunningCouch;
  readonly link: LinkConditions;
  readonly batch: number;
  readonly terminal: string;
}

/** The uplink as a terminal composes it, from a journal that already holds the events, to a bridge on the other side of the link. */
async function ours(events: readonly RedemptionEvent[], how: Ours): Promise<WireFigures> {
  const signer = signerFromSeed(systemRandom.bytes(32));
  const ackSeed = systemRandom.bytes(32);
  const sealSecret = systemRandom.bytes(32);
  const store = createCouchStore({
    url: how.couch.urlWithPassword,
    requestTimeoutMs: 10_000,
    role: 'wasl-bridge',
    unpartitioned: () => undefined,
  });
  await enrolTerminal(store, { terminal: how.terminal, site: 'bench', publicKey: signer.publicKey });
  const broker = hasMosquitto() ? await startMosquitto() : await startBroker({ port: 0 });
  const access = 'username' in broker ? { username: broker.username } : {};
  const password = 'password' in broker ? broker.password : undefined;
  const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const bridge = await runBridge(
    { broker: { url: broker.url, ...access }, couch: { url: how.couch.url, username: how.couch.username } },
    {
      secrets: {
        sealSecretKeys: [sealSecret],
        ackSeed,
        couchPassword: how.couch.password,
        ...(password === undefined ? {} : { brokerPassword: password }),
      },
      clock: systemClock,
      timers: systemTimers,
      random: systemRandom,
      log: silent,
    },
  );
  const proxy = await startLinkProxy(broker.port, GOOD_LINK, systemTimers);
  const journal = await filledJournal(events, how.terminal);
  const uplink = new Uplink({
    terminal: how.terminal,
    journal,
    link: createMqttLink(
      {
        url: `mqtt://127.0.0.1:${proxy.port}`,
        clientId: `wasl-${how.terminal}`,
        ...access,
        ...(password === undefined ? {} : { password }),
        keepaliveS: 60,
        connectTimeoutMs: 30_000,
        closeTimeoutMs: 2_000,
        packetBytesMax: 4096,
        topicAlias: true,
      },
      systemTimers,
    ),
    signer,
    centre: {
      sealPublicKey: nacl.box.keyPair.fromSecretKey(sealSecret).publicKey,
      ackVerifiers: [verifierFromKey(signerFromSeed(ackSeed).publicKey)],
    },
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    limits: { ...UPLINK_LIMITS, batchEventsMax: how.batch, inFlightMax: 4, lingerMs: 0 },
    report: () => undefined,
  });
  try {
    await until(() => bridge.health().connected === true);
    proxy.setConditions(how.link);
    const begun = performance.now();
    uplink.start();
    await until(() => journal.state().backlog === 0);
    return figures(proxy, begun, events.length);
  } finally {
    await uplink.stop();
    await bridge.stop();
    await proxy.close();
    await broker.close();
    await journal.close();
  }
}

async function filledJournal(events: readonly RedemptionEvent[], terminal: string): Promise<OpenJournal> {
  const journal = await openJournal({
    disk: new MemoryDisk().session(),
    folder: '/journal',
    key: systemRandom.bytes(32),
    terminal,
    clock: systemClock,
    random: systemRandom,
  });
  for (let i = 0; i < events.length; i += 100) {
    await journal.append(events.slice(i, i + 100).map((event) => ({ kind: 'event', event })));
  }
  return journal;
}

/** The peer: the same events as JSON documents in a local PouchDB, replicated over the same link. */
async function replication(
  events: readonly RedemptionEvent[],
  at: { couch: RunningCouch; link: LinkConditions; folder: string },
): Promise<WireFigures> {
  const PouchDb = createRequire(import.meta.url)('pouchdb') as PouchConstructor;
  const local = new PouchDb(join(at.folder, 'local'));
  await local.bulkDocs(
    events.map((event, i) => ({ _id: `${TERMINAL}:2026q4-benchmrk:${String(i + 1).padStart(8, '0')}`, ...event })),
  );
  const proxy = await startLinkProxy(at.couch.port, GOOD_LINK, systemTimers);
  const remote = new PouchDb(`http://127.0.0.1:${proxy.port}/peer`, {
    auth: { username: at.couch.username, password: at.couch.password },
  });
  await remote.info();
  proxy.resetCount();
  proxy.setConditions(at.link);
  const begun = performance.now();
  await local.replicate.to(remote, { batch_size: 100 });
  const measured = figures(proxy, begun, events.length);
  await proxy.close();
  await local.close();
  return measured;
}

/** What is used of PouchDB, whose types redefine Node's `Buffer` for the whole program. */
interface Pouch {
  bulkDocs(documents: readonly object[]): Promise<unknown>;
  info(): Promise<unknown>;
  close(): Promise<void>;
  readonly replicate: { to(target: Pouch, options: { readonly batch_size: number }): Promise<unknown> };
}
type PouchConstructor = new (name: string, options?: object) => Pouch;

function figures(proxy: LinkProxy, begun: number, events: number): WireFigures {
  const { up, down } = proxy.count();
  const bytes = up + down;
  return { bytes, bytesPerEvent: round(bytes / events), seconds: round((performance.now() - begun) / 1000) };
}

/** Bits of the fields that {@link services} draws: card of 10 million, seconds since the last of 80, ledger sequence of 800, quantity of 25. */
function entropyBits(): number {
  return [10_000_000, 80, 800, 25].reduce((bits, choices) => bits + Math.log2(choices), 0);
}

async function until(condition: () => boolean): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error('the benchmark took longer than half an hour');
    await pause(5);
  }
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
