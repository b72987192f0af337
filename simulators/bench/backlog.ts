/**
 * `bench backlog`: a terminal that comes back over a bad link with a backlog of weeks and an alarm at its end: when the alarm is at the
 * centre, when everything is, and how much memory the uplink needs meanwhile.
 */
import type { RedemptionEvent } from '../../agent/domain/event.js';
import { systemTimers } from '../../agent/system.js';
import { eventsDatabase } from '../../sync/bridge/documents.js';
import { UPLINK_LIMITS } from '../../sync/uplink/parts.js';
import { auditCentre } from '../central/audit.js';
import { startLinkProxy } from '../link/proxy.js';
import { type BenchCouch, benchKeys, startBenchBridge, startBenchBroker, startBenchCouch, until } from './centre.js';
import { seeded, services } from './events.js';
import { startBenchTerminal } from './terminal.js';

/** What the benchmark is to do. */
export interface BacklogOptions {
  readonly events: number;
  readonly kbitPerS: number;
  /** Round trip. */
  readonly latencyMs: number;
  readonly note: (text: string) => void;
}

/** What was measured. */
export interface BacklogBench {
  readonly events: number;
  /** From no connection to the alarm in the database. */
  readonly urgentSeconds: number;
  /** From no connection to the acknowledgement of the last event. */
  readonly drainSeconds: number;
  /** Events that the auditor does not find provable at the centre. */
  readonly lost: number;
  /** The most that was under way. */
  readonly underWay: { readonly events: number; readonly bytes: number };
  /** Heap in use while sending beyond that before it, after a collection each; null without `--expose-gc`. The journal is part of neither. */
  readonly heapGrowthBytes: number | null;
  readonly bytes: number;
  readonly broker: string;
  readonly database: string;
}

const BEGIN_S = Date.UTC(2026, 10, 21, 6) / 1000;

/** Measures one return. Rejects with `ERR_USAGE` for a database server that holds databases of Wasl. */
export async function benchBacklog(options: BacklogOptions): Promise<BacklogBench> {
  const { note, events: count } = options;
  const couch = await startBenchCouch();
  const broker = await startBenchBroker();
  const keys = benchKeys();
  const bridge = await startBenchBridge('bench-1', { couch, broker, keys });
  const proxy = await startLinkProxy(
    broker.port,
    { kbitPerS: options.kbitPerS, latencyMs: options.latencyMs / 2 },
    systemTimers,
  );
  const recorded: RedemptionEvent[] = services(count, seeded(20_261_123), BEGIN_S);
  const terminal = await startBenchTerminal(recorded.splice(0), {
    couch,
    broker,
    keys,
    port: proxy.port,
    limits: UPLINK_LIMITS,
  });
  try {
    const { journal, uplink } = terminal;
    await journal.append([
      { kind: 'event', event: { type: 'alarm', time: BEGIN_S, code: 'ERR_JOURNAL_SPACE', count: 1 } },
    ]);
    const epoch = journal.epochs().at(-1);
    const alarmId = `${terminal.name}:${epoch?.name}:${String(epoch?.lastSeq).padStart(8, '0')}`;
    note(`${count} events and an alarm over ${options.kbitPerS} kbit/s; ${couch.name}; ${broker.name}`);
    const underWay = { events: 0, bytes: 0 };
    const before = heapUsed();
    let most = before;
    let measuredMs = 0;
    uplink.subscribe(() => {
      const { events, bytes } = uplink.load();
      underWay.events = Math.max(underWay.events, events);
      underWay.bytes = Math.max(underWay.bytes, bytes);
      // A collection a second at most: it is slow.
      if (performance.now() - measuredMs < 1_000) return;
      measuredMs = performance.now();
      most = Math.max(most ?? 0, heapUsed() ?? 0);
    });
    const begun = performance.now();
    const since = (): number => Math.round((performance.now() - begun) / 10) / 100;
    uplink.start();
    await until('the alarm is at the centre', () => holds(couch, epoch?.name ?? '', alarmId));
    const urgentSeconds = since();
    note(`the alarm is there after ${urgentSeconds} s, ${journal.state().backlog} events behind it`);
    await until('everything is acknowledged', () => journal.state().backlog === 0, 7_200_000);
    const drainSeconds = since();
    const audit = await auditCentre(couch);
    const { up, down } = proxy.count();
    return {
      events: count,
      urgentSeconds,
      drainSeconds,
      // The alarm, and the event that begins the epoch.
      lost: audit.chainVerified ? count + 2 - audit.events : count,
      underWay,
      heapGrowthBytes: before === null || most === null ? null : most - before,
      bytes: up + down,
      broker: broker.name,
      database: couch.name,
    };
  } finally {
    await terminal.close();
    await proxy.close();
    await bridge.end();
    await broker.close();
    await couch.close();
  }
}

async function holds(couch: BenchCouch, epoch: string, id: string): Promise<boolean> {
  const [document] = await couch.store.read(eventsDatabase(epoch), [id]);
  return document !== null && document !== undefined;
}

function heapUsed(): number | null {
  if (globalThis.gc === undefined) return null;
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
