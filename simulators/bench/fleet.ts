/**
 * `bench fleet`: many terminals behind a broker that dies and comes back. Each has recorded events meanwhile, and all reconnect at once.
 * Whether anything is lost is told by the auditor, who trusts none of it.
 */
import { signerFromSeed } from '../../agent/credential/signature.js';
import { WaslError } from '../../agent/domain/errors.js';
import { systemRandom } from '../../agent/system.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import { auditCentre } from '../central/audit.js';
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
import { type Child, startChild } from './children.js';
import type { TerminalsOrder, TerminalsReport } from './terminals-main.js';

/** What the benchmark is to do. */
export interface FleetOptions {
  readonly terminals: number;
  /** Events that each records while the broker is down. */
  readonly events: number;
  readonly note: (text: string) => void;
}

/** What was measured. */
export interface FleetBench {
  readonly terminals: number;
  readonly events: number;
  /** Events that were recorded and that the auditor does not find provable at the centre. */
  readonly lost: number;
  /** From the broker's return to the acknowledgement of the last event. */
  readonly drainSeconds: number;
  readonly eventsPerSecond: number;
  /** Largest resident memory of the bridge worker. */
  readonly bridgePeakBytes: number;
  /** When terminals were back online, seconds after the broker. */
  readonly reconnects: {
    readonly p50: number;
    readonly p95: number;
    readonly max: number;
    /** How many in each second. */
    readonly perSecond: readonly number[];
  };
  /** The most events that any terminal had under way. */
  readonly eventsUnderWayMax: number;
  /** Batches that the bridge took of a terminal again: what re-sending cost. */
  readonly eventsKnown: number;
  readonly broker: string;
  readonly database: string;
}

/** Terminals in one process. */
const TERMINALS_PER_CHILD = 500;
/** Processes of terminals; more would only take turns. */
const CHILDREN_MAX = 4;
const ENROL_AT_ONCE = 8;

/** Measures one restart. Rejects with `ERR_USAGE` for a database server that holds databases of Wasl. */
export async function benchFleet(options: FleetOptions): Promise<FleetBench> {
  const { note } = options;
  const keys = benchKeys();
  const couch = await startBenchCouch();
  const broker = await startBenchBroker();
  const children: Child[] = [];
  try {
    note(`${options.terminals} terminals, ${options.events} events each; ${couch.name}; ${broker.name}`);
    const bridge = await startBenchBridge('bench-1', { couch, broker, keys });
    children.push(bridge);
    const fleet = await startFleet(options.terminals, { couch, broker, keys });
    children.push(...fleet);
    await until('all are online and acknowledged', async () => {
      const { online, backlog } = summed(await reportsOf(fleet));
      return online === options.terminals && backlog === 0;
    });
    note('all are online; the broker goes down');
    await broker.kill();
    await until('all have noticed', async () => summed(await reportsOf(fleet)).online === 0);
    await Promise.all(fleet.map((child) => child.ask('serve', options.events)));
    await Promise.all(fleet.map((child) => child.ask('mark')));
    await broker.restart();
    const back = Date.now();
    note('the broker is back');
    await until('everything is acknowledged', async () => summed(await reportsOf(fleet)).backlog === 0);
    const drainSeconds = (Date.now() - back) / 1000;
    const reports = await reportsOf(fleet);
    const { peakBytes, counters } = await reportOf(bridge);
    const expected = options.terminals * (options.events + 1);
    const audit = await auditCentre(couch);
    note(`drained after ${drainSeconds} s; the auditor found ${audit.events} of ${expected} events`);
    return {
      terminals: options.terminals,
      events: options.terminals * options.events,
      // What cannot be proved is as good as lost.
      lost: audit.chainVerified ? expected - audit.events : expected,
      drainSeconds,
      eventsPerSecond: Math.round((options.terminals * options.events) / drainSeconds),
      bridgePeakBytes: peakBytes,
      reconnects: spread(
        reports.flatMap(({ onlineAtMs }) => onlineAtMs.map((atMs) => Math.max(0, atMs - back) / 1000)),
      ),
      eventsUnderWayMax: Math.max(...reports.map((report) => report.eventsUnderWayMax)),
      eventsKnown: counters.eventsKnown,
      broker: broker.name,
      database: couch.name,
    };
  } finally {
    await Promise.all(children.map((child) => child.end()));
    await broker.close();
    await couch.close();
  }
}

async function startFleet(
  count: number,
  { couch, broker, keys }: { readonly couch: BenchCouch; readonly broker: BenchBroker; readonly keys: BenchKeys },
): Promise<Child[]> {
  const terminals = Array.from({ length: count }, (_, index) => ({
    name: `bench-${index + 1}`,
    seed: Buffer.from(systemRandom.bytes(32)).toString('hex'),
  }));
  const waiting = [...terminals];
  const enrol = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const { publicKey } = signerFromSeed(Uint8Array.from(Buffer.from(next.seed, 'hex')));
      await enrolTerminal(couch.store, { terminal: next.name, site: 'bench', publicKey });
    }
  };
  await Promise.all(Array.from({ length: ENROL_AT_ONCE }, enrol));
  const processes = Math.min(CHILDREN_MAX, Math.ceil(count / TERMINALS_PER_CHILD));
  const fleet = Array.from({ length: processes }, () => startChild(new URL('./terminals-main.js', import.meta.url)));
  const order: Omit<TerminalsOrder, 'terminals'> = {
    brokerUrl: broker.url,
    username: broker.username,
    password: broker.password,
    sealPublicKey: Buffer.from(keys.seal.publicKey).toString('hex'),
    ackPublicKey: Buffer.from(keys.ack.publicKey).toString('hex'),
  };
  await Promise.all(
    fleet.map((child, index) =>
      child.ask('start', { ...order, terminals: terminals.filter((_, place) => place % processes === index) }),
    ),
  );
  return fleet;
}

function reportsOf(fleet: readonly Child[]): Promise<TerminalsReport[]> {
  return Promise.all(fleet.map((child) => child.ask<TerminalsReport>('report')));
}

function summed(reports: readonly TerminalsReport[]): { readonly online: number; readonly backlog: number } {
  return {
    online: reports.reduce((sum, { online }) => sum + online, 0),
    backlog: reports.reduce((sum, { backlog }) => sum + backlog, 0),
  };
}

function spread(seconds: number[]): FleetBench['reconnects'] {
  const sorted = [...seconds].sort((a, b) => a - b);
  const last = sorted.at(-1);
  if (last === undefined) throw new WaslError('ERR_INTERNAL', 'no terminal came back');
  const at = (share: number): number => rounded(sorted[Math.ceil(share * sorted.length) - 1] ?? last);
  const perSecond = Array.from(
    { length: Math.floor(last) + 1 },
    (_, second) => sorted.filter((value) => Math.floor(value) === second).length,
  );
  return { p50: at(0.5), p95: at(0.95), max: at(1), perSecond };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
