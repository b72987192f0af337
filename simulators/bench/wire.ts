/**
 * `bench wire`: a day's events over a bad link, ours against PouchDB replication to the same CouchDB-compatible server, each through a
 * byte-counting proxy of the same conditions. Every byte in both directions is counted; see {@link WireBench.method}.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WaslError } from '../../agent/domain/errors.js';
import type { RedemptionEvent } from '../../agent/domain/event.js';
import { systemRandom, systemTimers } from '../../agent/system.js';
import { encodeAck } from '../../sync/protocol/ack.js';
import { UPLINK_LIMITS, type UplinkLimits } from '../../sync/uplink/parts.js';
import { GOOD_LINK, type LinkConditions, type LinkProxy, startLinkProxy } from '../link/proxy.js';
import {
  type BenchBroker,
  type BenchCouch,
  type BenchKeys,
  benchKeys,
  startBenchBridge,
  startBenchBroker,
  startBenchCouch,
  until,
} from './centre.js';
import { benchChain } from './chain.js';
import { seeded, services } from './events.js';
import { startBenchTerminal } from './terminal.js';

/** What the benchmark is to do. */
export interface WireOptions {
  readonly events: number;
  readonly kbitPerS: number;
  /** Round trip. */
  readonly latencyMs: number;
  /** Runs of each way; medians are compared. */
  readonly repeat: number;
  readonly note: (text: string) => void;
}

/** One way over the link: medians of all runs. */
export interface WireFigures {
  readonly bytes: number;
  readonly bytesPerEvent: number;
  readonly seconds: number;
  /** Seconds of each run, ascending. */
  readonly runs: readonly number[];
}

/** What was measured. */
export interface WireBench {
  /** How many times fewer than the peer's, ours as a terminal in the field runs it. */
  readonly ratios: { readonly bytes: number; readonly seconds: number };
  readonly bytesPerEvent: number;
  readonly events: number;
  readonly broker: string;
  readonly database: string;
  readonly link: LinkConditions;
  readonly ours: { readonly field: WireFigures; readonly batchOf50: WireFigures };
  /** With PouchDB's own settings (100 documents to a request), and with one request for everything. */
  readonly pouchdb: WireFigures;
  readonly pouchdbInOneRequest: WireFigures;
  /** Bytes of one sealed and signed batch of so many events, and of an acknowledgement; MQTT adds its topic and about 5 bytes. */
  readonly batchBytes: Readonly<Record<number, number>>;
  readonly ackBytes: number;
  /** What a lossless coding of these events cannot go below, by the entropy of their fields. */
  readonly entropyBytesPerEvent: number;
  readonly method: string;
}

const METHOD =
  'same events, same database server, a byte-counting TCP proxy of the same bandwidth and delay each; both sides warmed up over a good ' +
  'link with other events, then timed from no connection (its TCP handshake is not delayed, for either) to the last event stored and ' +
  'confirmed; every byte of TCP payload both ways; ours sealed, signed and acknowledged by the centre; PouchDB without TLS and without ' +
  'waiting for its set-up, its runs side by side, each on a link of its own; medians';

/** Measures all ways. Rejects with `ERR_USAGE` for a database server that holds databases of Wasl. */
export async function benchWire(options: WireOptions): Promise<WireBench> {
  const { note } = options;
  const link: LinkConditions = { kbitPerS: options.kbitPerS, latencyMs: options.latencyMs / 2 };
  const events = services(options.events, seeded(20_261_121), Date.UTC(2026, 10, 21, 6) / 1000);
  const couch = await startBenchCouch();
  const broker = await startBenchBroker();
  const keys = benchKeys();
  const bridge = await startBenchBridge('bench-1', { couch, broker, keys });
  try {
    note(`${options.events} events over ${link.kbitPerS} kbit/s with a round trip of ${options.latencyMs} ms`);
    const ways = { couch, broker, keys, link };
    await ours(events.slice(0, 300), { ...ways, link: GOOD_LINK, limits: UPLINK_LIMITS });
    const field = await median(options.repeat, () => ours(events, { ...ways, limits: UPLINK_LIMITS }));
    note(`ours: ${field.seconds} s, ${field.bytesPerEvent} B an event`);
    const batchOf50 = await median(1, () =>
      ours(events, { ...ways, limits: { ...UPLINK_LIMITS, batchEventsMax: 50 } }),
    );
    note(`ours, 50 a batch: ${batchOf50.seconds} s, ${batchOf50.bytesPerEvent} B an event`);
    await replication(events.slice(0, 300), { ...ways, link: GOOD_LINK, batchSize: 100 });
    const [pouchdb, pouchdbInOneRequest] = await Promise.all([
      medianAtOnce(options.repeat, () => replication(events, { ...ways, batchSize: 100 })),
      medianAtOnce(1, () => replication(events, { ...ways, batchSize: events.length })),
    ]);
    note(`PouchDB replication: ${pouchdb.seconds} s, ${pouchdb.bytesPerEvent} B an event`);
    return {
      ratios: { bytes: round(pouchdb.bytes / field.bytes), seconds: round(pouchdb.seconds / field.seconds) },
      bytesPerEvent: field.bytesPerEvent,
      events: options.events,
      broker: broker.name,
      database: couch.name,
      link,
      ours: { field, batchOf50 },
      pouchdb,
      pouchdbInOneRequest,
      ...messageBytes(keys),
      entropyBytesPerEvent: round(entropyBits() / 8),
      method: METHOD,
    };
  } finally {
    await bridge.end();
    await broker.close();
    await couch.close();
  }
}

interface Way {
  readonly couch: BenchCouch;
  readonly broker: BenchBroker;
  readonly keys: BenchKeys;
  readonly link: LinkConditions;
}

interface Run {
  readonly bytes: number;
  readonly seconds: number;
  readonly events: number;
}

/** The uplink as a terminal composes it, from a journal that already holds the events, to a bridge on the other side of the link. */
async function ours(events: readonly RedemptionEvent[], how: Way & { readonly limits: UplinkLimits }): Promise<Run> {
  const proxy = await startLinkProxy(how.broker.port, how.link, systemTimers);
  const terminal = await startBenchTerminal(events, { ...how, port: proxy.port });
  try {
    const begun = performance.now();
    terminal.uplink.start();
    await until('everything is acknowledged', () => terminal.journal.state().backlog === 0);
    return runOf(proxy, begun, events.length);
  } finally {
    await terminal.close();
    await proxy.close();
  }
}

/** The peer: the same events as JSON documents in a local PouchDB, replicated over the same link into a database that is there. */
async function replication(
  events: readonly RedemptionEvent[],
  { couch, link, batchSize }: Way & { readonly batchSize: number },
): Promise<Run> {
  const name = `bench-peer-${Buffer.from(systemRandom.bytes(4)).toString('hex')}`;
  await couch.store.ensure(name, { partitioned: false });
  const folder = await mkdtemp(join(tmpdir(), 'wasl-bench-'));
  const PouchDb = createRequire(import.meta.url)('pouchdb') as PouchConstructor;
  const local = new PouchDb(join(folder, 'local'));
  await local.bulkDocs(
    events.map((event, i) => ({ _id: `bench-1:2026q4-benchmrk:${String(i + 1).padStart(8, '0')}`, ...event })),
  );
  const proxy = await startLinkProxy(portOf(couch.url), link, systemTimers);
  try {
    const remote = new PouchDb(`http://127.0.0.1:${proxy.port}/${name}`, {
      auth: { username: couch.username, password: couch.password },
      skip_setup: true,
    });
    const begun = performance.now();
    await local.replicate.to(remote, { batch_size: batchSize });
    return runOf(proxy, begun, events.length);
  } finally {
    await proxy.close();
    await local.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The proxy stands on this machine, before a server on this machine. */
function portOf(url: string): number {
  const { hostname, port, protocol } = new URL(url);
  if (protocol !== 'http:' || !['127.0.0.1', 'localhost'].includes(hostname))
    throw new WaslError('ERR_USAGE', 'this benchmark needs a database server on http://127.0.0.1');
  return port === '' ? 80 : Number(port);
}

/** What is used of PouchDB, whose types redefine Node's `Buffer` for the whole program. */
interface Pouch {
  bulkDocs(documents: readonly object[]): Promise<unknown>;
  close(): Promise<void>;
  readonly replicate: { to(target: Pouch, options: { readonly batch_size: number }): Promise<unknown> };
}
type PouchConstructor = new (name: string, options?: object) => Pouch;

function runOf(proxy: LinkProxy, begun: number, events: number): Run {
  const seconds = (performance.now() - begun) / 1000;
  const { up, down } = proxy.count();
  return { bytes: up + down, seconds, events };
}

async function median(repeat: number, run: () => Promise<Run>): Promise<WireFigures> {
  const runs: Run[] = [];
  while (runs.length < repeat) runs.push(await run());
  return figures(runs);
}

async function medianAtOnce(repeat: number, run: () => Promise<Run>): Promise<WireFigures> {
  return figures(await Promise.all(Array.from({ length: repeat }, run)));
}

function figures(runs: readonly Run[]): WireFigures {
  const middle = (values: readonly number[]): number =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const bytes = middle(runs.map((run) => run.bytes));
  const seconds = runs.map((run) => round(run.seconds)).sort((a, b) => a - b);
  return { bytes, bytesPerEvent: round(bytes / (runs[0]?.events ?? 1)), seconds: middle(seconds), runs: seconds };
}

/** Sizes of messages, where the link itself does not matter. */
function messageBytes({ seal, ack }: BenchKeys): Pick<WireBench, 'batchBytes' | 'ackBytes'> {
  const terminal = 'outlet-123456';
  const sizes = [1, 5, 20, 50, 200].map((batch) => {
    const { batches } = benchChain(terminal, { events: 2 * batch - 1, batch }, { seal, random: seeded(20_261_121) });
    // The first one begins the epoch.
    return [batch, batches[1]?.length ?? Number.NaN] as const;
  });
  const position = { epoch: '2026q4-benchmrk', seq: 1_000, head: new Uint8Array(32), missing: [] };
  const time = Date.UTC(2026, 10, 21, 6) / 1000;
  return {
    batchBytes: Object.fromEntries(sizes),
    ackBytes: encodeAck({ terminal, ...position, incarnation: time, time }, ack).length,
  };
}

/** Bits of the fields that {@link services} draws: card of 10 million, seconds since the last of 80, ledger sequence of 800, quantity of 25. */
function entropyBits(): number {
  return [10_000_000, 80, 800, 25].reduce((bits, choices) => bits + Math.log2(choices), 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
