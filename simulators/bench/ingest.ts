/**
 * `bench ingest`: how fast bridge workers bring batches from the broker into the database and acknowledge them, against a bare
 * `_bulk_docs` of the very same documents on the same server, before and after, in the same run.
 */

import { verifierFromKey } from '../../agent/credential/signature.js';
import { systemRandom, systemTimers } from '../../agent/system.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import type { StoredDocument } from '../../sync/bridge/store.js';
import { createMqttLink } from '../../sync/link/mqtt-link.js';
import { readAck } from '../../sync/protocol/ack.js';
import { ackTopic, batchTopic } from '../../sync/protocol/topics.js';
import { auditCentre } from '../central/audit.js';
import type { BridgeReport } from './bridge-main.js';
import {
  type BenchBroker,
  type BenchCouch,
  type BenchKeys,
  benchKeys,
  reportOf,
  startBenchBridge,
  startBenchBroker,
  startBenchCouch,
  until,
} from './centre.js';
import { type BenchChain, benchChain } from './chain.js';
import { seeded } from './events.js';

/** What the benchmark is to do. */
export interface IngestOptions {
  readonly events: number;
  readonly note: (text: string) => void;
}

/** Workers side by side. */
export interface IngestFigures {
  readonly workers: number;
  readonly eventsPerSecond: number;
  /** Of the mean of both raw figures. */
  readonly ratio: number;
  /** CPU of all workers for each event, in microseconds. */
  readonly cpuMicroseconds: number;
  /** CPU of the database server for each event, where it is ours. */
  readonly databaseMicroseconds: number | null;
  readonly acknowledgements: number;
}

/** What was measured. */
export interface IngestBench {
  /** Events of the bridge for each one of the raw writes: the best number of workers. */
  readonly ratios: { readonly raw: number };
  readonly eventsPerSecond: number;
  readonly events: number;
  readonly batchEvents: number;
  /** Events that were acknowledged and that the auditor did not find. */
  readonly lost: number;
  readonly workers: readonly IngestFigures[];
  /** Documents a second of `_bulk_docs` alone, before and after, and CPU of the server for each, where it is ours. */
  readonly raw: { readonly before: number; readonly after: number; readonly databaseMicroseconds: number | null };
  /** Mean size of a document of an event as JSON, in bytes. */
  readonly documentBytes: number;
  readonly broker: string;
  readonly database: string;
}

const BATCH_EVENTS = 200;
const TERMINAL_EVENTS = 1_000;
const WORKERS = [1, 2, 4];

/** What the raw writer does: its best figures on CouchDB 3.5 and on the embedded server. */
const RAW_GROUP = 500;
const RAW_AT_ONCE = 2;

/** Batches that are published and not confirmed by the broker. */
const PUBLISHES_MAX = 64;

/** Measures one, two and four workers. Rejects with `ERR_USAGE` for a database server that holds databases of Wasl. */
export async function benchIngest({ events, note }: IngestOptions): Promise<IngestBench> {
  const keys = benchKeys();
  const couch = await startBenchCouch();
  const broker = await startBenchBroker();
  try {
    const chains = chainsOf(events, keys);
    const documents = chains.flatMap((chain) => chain.documents);
    const count = documents.length;
    note(`${count} events of ${chains.length} terminals, ${BATCH_EVENTS} to a batch; ${couch.name}; ${broker.name}`);
    // What runs for the first time is slower: neither side is to pay for that.
    await rawWrites(couch, 'bench-warm', documents.slice(0, 2_000));
    const cpuMs = couch.cpuMs();
    const before = await rawWrites(couch, 'bench-raw-before', documents);
    const databaseMicroseconds = cpuSince(couch, cpuMs, count);
    note(`raw: ${before} documents/s`);
    const measured: Measured[] = [];
    for (const workers of WORKERS) {
      const run = await throughBridges(workers, { couch, broker, keys, chains });
      note(`${workers} at work: ${run.eventsPerSecond} events/s`);
      measured.push(run);
    }
    const after = await rawWrites(couch, 'bench-raw-after', documents);
    note(`raw: ${after} documents/s`);
    const raw = (before + after) / 2;
    const figures = measured.map(({ lost: _, ...run }) => ({ ...run, ratio: rounded(run.eventsPerSecond / raw) }));
    const best = figures.reduce((a, b) => (b.eventsPerSecond > a.eventsPerSecond ? b : a));
    return {
      ratios: { raw: best.ratio },
      eventsPerSecond: best.eventsPerSecond,
      events: count,
      batchEvents: BATCH_EVENTS,
      lost: measured.reduce((sum, { lost }) => sum + lost, 0),
      workers: figures,
      raw: { before, after, databaseMicroseconds },
      documentBytes: Math.round(JSON.stringify(documents).length / count),
      broker: broker.name,
      database: couch.name,
    };
  } finally {
    await broker.close();
    await couch.close();
  }
}

function chainsOf(events: number, { seal }: BenchKeys): BenchChain[] {
  const random = seeded(20_261_122);
  const count = Math.max(1, Math.ceil(events / TERMINAL_EVENTS));
  // The event that begins an epoch is one of them.
  return Array.from({ length: count }, (_, index) => {
    const own = Math.min(TERMINAL_EVENTS, events - index * TERMINAL_EVENTS) - 1;
    return benchChain(`bench-${index + 1}`, { events: own, batch: BATCH_EVENTS }, { seal, random });
  });
}

/** Writes all documents, and returns how many in a second. */
async function rawWrites(couch: BenchCouch, database: string, documents: readonly StoredDocument[]): Promise<number> {
  await couch.store.ensure(database, { partitioned: true });
  const groups: StoredDocument[][] = [];
  for (let at = 0; at < documents.length; at += RAW_GROUP) groups.push(documents.slice(at, at + RAW_GROUP));
  const authorization = `Basic ${Buffer.from(`${couch.username}:${couch.password}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const begun = performance.now();
  const writer = async (): Promise<void> => {
    for (let group = groups.shift(); group !== undefined; group = groups.shift()) {
      const body = JSON.stringify({ docs: group });
      const response = await fetch(`${couch.url}/${database}/_bulk_docs`, { method: 'POST', headers, body });
      if (!response.ok) throw new Error(`_bulk_docs was answered with status ${response.status}`);
      await response.arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: RAW_AT_ONCE }, writer));
  return Math.round((documents.length / (performance.now() - begun)) * 1000);
}

interface Centre {
  readonly couch: BenchCouch;
  readonly broker: BenchBroker;
  readonly keys: BenchKeys;
  readonly chains: readonly BenchChain[];
}

type Measured = Omit<IngestFigures, 'ratio'> & { readonly lost: number };

/** From the first batch that is published to the acknowledgement of the last event. */
async function throughBridges(workers: number, centre: Centre): Promise<Measured> {
  const { couch, chains, keys } = centre;
  const warm = Array.from({ length: workers * 4 }, (_, index) =>
    benchChain(`warm-${index + 1}`, { events: 199, batch: 50 }, { seal: keys.seal, random: systemRandom }),
  );
  for (const { terminal, signer } of [...warm, ...chains])
    await enrolTerminal(couch.store, { terminal, site: 'bench', publicKey: signer.publicKey });
  const bridges = await Promise.all(
    Array.from({ length: workers }, (_, index) => startBenchBridge(`bench-${index + 1}`, centre)),
  );
  const load = await connectLoad(centre);
  try {
    await load.send(warm);
    const before = await Promise.all(bridges.map(reportOf));
    const databaseMs = couch.cpuMs();
    const begun = performance.now();
    await load.send(chains);
    const seconds = (performance.now() - begun) / 1000;
    const after = await Promise.all(bridges.map(reportOf));
    const events = eventsOf(chains);
    const databaseMicroseconds = cpuSince(couch, databaseMs, events);
    const cpuMs = sumOf(after, (report) => report.cpuMs) - sumOf(before, (report) => report.cpuMs);
    const acks = (reports: readonly BridgeReport[]): number => sumOf(reports, ({ counters }) => counters.acksSent);
    const audit = await auditCentre(couch);
    return {
      workers,
      eventsPerSecond: Math.round(events / seconds),
      cpuMicroseconds: Math.round((cpuMs * 1000) / events),
      databaseMicroseconds,
      acknowledgements: acks(after) - acks(before),
      // What cannot be proved is as good as lost.
      lost: audit.chainVerified ? events + eventsOf(warm) - audit.events : events,
    };
  } finally {
    await load.close();
    await Promise.all(bridges.map((bridge) => bridge.end()));
    await couch.clear();
  }
}

/** Publishes batches as terminals would, and hears what is acknowledged. */
interface Load {
  /** Sends everything of these terminals, a batch of each in turn; resolves once all of it is acknowledged. */
  send(chains: readonly BenchChain[]): Promise<void>;
  close(): Promise<void>;
}

async function connectLoad({ broker, keys }: Centre): Promise<Load> {
  const verifiers = [verifierFromKey(keys.ack.publicKey)];
  const heads = new Map<string, number>();
  const link = createMqttLink(
    {
      url: broker.url,
      clientId: 'bench-load',
      ...(broker.username === null ? {} : { username: broker.username }),
      ...(broker.password === null ? {} : { password: broker.password }),
      ...{ keepaliveS: 60, connectTimeoutMs: 10_000, closeTimeoutMs: 2_000, packetBytesMax: 65_536, topicAlias: false },
    },
    systemTimers,
  );
  const session = await link.connect({
    message: (_topic, payload) => {
      const { terminal, seq } = readAck(payload, verifiers);
      heads.set(terminal, Math.max(seq, heads.get(terminal) ?? 0));
    },
    closed: () => undefined,
  });
  await session.subscribe(ackTopic('+'));
  return {
    send: async (chains) => {
      const longest = Math.max(...chains.map(({ batches }) => batches.length));
      const queue = Array.from({ length: longest }, (_, turn) =>
        chains.flatMap(({ terminal, batches }) => {
          const payload = batches[turn];
          return payload === undefined ? [] : [{ topic: batchTopic(terminal), payload }];
        }),
      ).flat();
      const sender = async (): Promise<void> => {
        for (let next = queue.shift(); next !== undefined; next = queue.shift())
          await session.publish(next.topic, next.payload);
      };
      await Promise.all(Array.from({ length: PUBLISHES_MAX }, sender));
      await until('everything is acknowledged', () =>
        chains.every(({ terminal, lastSeq }) => (heads.get(terminal) ?? 0) >= lastSeq),
      );
    },
    close: () => session.close(),
  };
}

function cpuSince(couch: BenchCouch, beforeMs: number | null, events: number): number | null {
  const nowMs = couch.cpuMs();
  return nowMs === null || beforeMs === null ? null : Math.round(((nowMs - beforeMs) * 1000) / events);
}

function eventsOf(chains: readonly BenchChain[]): number {
  return sumOf(chains, ({ lastSeq }) => lastSeq);
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
