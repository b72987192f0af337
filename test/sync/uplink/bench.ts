/** The whole way from a journal to the centre, in virtual time: real journal, uplink and bridge over simulated disk, broker and database. */
import { verifierFromKey } from '../../../agent/credential/signature.js';
import type { WaslError } from '../../../agent/domain/errors.js';
import type { RedemptionEvent } from '../../../agent/domain/event.js';
import type { Signer } from '../../../agent/domain/keys.js';
import type { JournalLimits } from '../../../agent/journal/limits.js';
import { type OpenJournal, openJournal } from '../../../agent/journal/open-journal.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { MemoryBroker } from '../../../simulators/link/memory-broker.js';
import { MemoryDisk } from '../../../simulators/world/memory-disk.js';
import { type BridgeCounters, createCounters } from '../../../sync/bridge/counters.js';
import { Intake } from '../../../sync/bridge/intake.js';
import { enrolTerminal } from '../../../sync/bridge/registry.js';
import { BridgeWorker, WORKER_LIMITS } from '../../../sync/bridge/worker.js';
import type { Link } from '../../../sync/link/link.js';
import { decodeEvent } from '../../../sync/protocol/event-codec.js';
import { UPLINK_LIMITS, type UplinkLimits } from '../../../sync/uplink/parts.js';
import { Uplink } from '../../../sync/uplink/uplink.js';
import {
  CENTRE_ACK,
  CENTRE_SEAL,
  outletEvents,
  seededRandom,
  seedOf,
  terminalSigner,
} from '../../support/sync-events.js';
import { type VirtualTime, virtualTime } from '../../support/virtual-time.js';

/** The terminal of all these tests. */
export const TERMINAL = 'outlet-17';

/** A terminal: its disk, its journal and its uplink. */
export interface TestTerminal {
  readonly disk: MemoryDisk;
  readonly journal: OpenJournal;
  readonly uplink: Uplink;
  /** What the uplink reported. */
  readonly problems: WaslError[];
  /** Records the next `count` services of the day. */
  serve(count: number): Promise<void>;
  /** Ends the process without any goodbye. */
  crash(): Promise<void>;
}

/** Broker, database and bridge. */
export interface TestCentre {
  readonly broker: MemoryBroker;
  readonly store: MemoryStore;
  counters(): BridgeCounters;
  /** Ends the bridge, in the middle of whatever it does, and starts another. */
  restartBridge(): Promise<void>;
  stopBridge(): Promise<void>;
  startBridge(): void;
}

/** A centre in virtual time, with the terminal enrolled. */
export async function startCentre(time: VirtualTime): Promise<TestCentre> {
  const broker = new MemoryBroker(time.timers);
  const store = new MemoryStore();
  const publicKey = terminalSigner(TERMINAL).publicKey;
  await enrolTerminal(store, { terminal: TERMINAL, site: 'port-said-3', publicKey });
  let lives = 0;
  let intake: Intake | null = null;
  let worker: BridgeWorker | null = null;
  let counters = createCounters();
  const startBridge = (): void => {
    lives += 1;
    counters = createCounters();
    const random = seededRandom(`bridge ${lives}`);
    const { timers, clock } = time;
    const own: Intake = new Intake({
      consumers: [0, 1].map((index) => broker.link(`bridge ${lives} in ${index}`)),
      publisher: broker.link(`bridge ${lives} out`),
      receive: (topic, payload) => taking.receive(topic, payload),
      timers,
      random,
      backoff: { baseMs: 500, maxMs: 30_000 },
      steadyMs: 30_000,
      report: () => {},
    });
    const taking = new BridgeWorker({
      store,
      sealKeys: [CENTRE_SEAL],
      signer: CENTRE_ACK,
      publish: (topic, payload) => own.publish(topic, payload),
      clock,
      timers,
      random,
      counters,
      limits: WORKER_LIMITS,
      report: () => {},
    });
    worker = taking;
    intake = own;
    own.start();
  };
  const stopBridge = async (): Promise<void> => {
    await intake?.stop();
    worker?.close();
  };
  startBridge();
  return {
    broker,
    store,
    counters: () => counters,
    startBridge,
    stopBridge,
    restartBridge: async () => {
      const name = `bridge ${lives} `;
      broker.cut((client) => client.startsWith(name));
      await stopBridge();
      startBridge();
    },
  };
}

/** Opens the journal on a disk and starts an uplink on it. */
export async function startTerminal(
  time: VirtualTime,
  broker: MemoryBroker,
  more: {
    readonly disk?: MemoryDisk;
    readonly limits?: Partial<UplinkLimits>;
    readonly seed?: string;
    /** Puts itself between the uplink and its link to the broker. */
    readonly link?: (link: Link) => Link;
    readonly signer?: Signer;
    readonly journal?: Partial<JournalLimits>;
  } = {},
): Promise<TestTerminal> {
  const disk = more.disk ?? new MemoryDisk();
  const seed = more.seed ?? 'terminal';
  const journal = await openJournal({
    disk: disk.session(),
    folder: '/journal',
    key: seedOf('journal key'),
    terminal: TERMINAL,
    clock: time.clock,
    random: seededRandom(`journal ${seed} ${disk.calls}`),
    ...(more.journal === undefined ? {} : { limits: more.journal }),
  });
  const problems: WaslError[] = [];
  const uplink = new Uplink({
    terminal: TERMINAL,
    journal,
    link: (more.link ?? ((link) => link))(broker.link(`terminal ${seed}`)),
    signer: more.signer ?? terminalSigner(TERMINAL),
    centre: { sealPublicKey: CENTRE_SEAL.publicKey, ackVerifiers: [verifierFromKey(CENTRE_ACK.publicKey)] },
    clock: time.clock,
    timers: time.timers,
    random: seededRandom(`uplink ${seed} ${disk.calls}`),
    limits: { ...UPLINK_LIMITS, ...more.limits },
    report: (problem) => problems.push(problem),
  });
  uplink.start();
  let served = 0;
  return {
    disk,
    journal,
    uplink,
    problems,
    serve: async (count) => {
      const events = outletEvents(served + count, `day of ${seed}`).slice(served);
      served += count;
      for (let at = 0; at < events.length; at += 100)
        await journal.append(events.slice(at, at + 100).map((event) => ({ kind: 'event', event })));
    },
    crash: async () => {
      disk.kill();
      await uplink.stop();
    },
  };
}

/** A virtual time with a centre and a terminal in it. */
export async function startWorld(limits: Partial<UplinkLimits> = {}): Promise<{
  readonly time: VirtualTime;
  readonly centre: TestCentre;
  readonly terminal: TestTerminal;
}> {
  const time = virtualTime();
  const centre = await startCentre(time);
  await time.settle();
  const terminal = await startTerminal(time, centre.broker, { limits });
  return { time, centre, terminal };
}

/** Lets time pass until nothing is unacknowledged. Throws when that takes longer than `withinMs`. Returns how long it took. */
export async function untilAcknowledged(
  time: VirtualTime,
  terminals: readonly TestTerminal[],
  withinMs = 600_000,
): Promise<number> {
  const startedMs = time.elapsedMs();
  while (terminals.some(({ journal }) => journal.state().backlog > 0)) {
    if (time.elapsedMs() - startedMs > withinMs) throw new Error(`a backlog after ${withinMs} ms`);
    await time.advance(100);
  }
  return time.elapsedMs() - startedMs;
}

/** A service, as far as it is the same however often and wherever it was recorded. */
export function serviceKey({ card, ledgerSequence, time }: RedemptionEvent): string {
  return `${card}/${ledgerSequence}/${time}`;
}

/** The distinct services that the centre holds, in events of any epoch, second ones in a place included. */
export function servicesAt(store: MemoryStore): Set<string> {
  const databases = store.databases().filter((name) => name.startsWith('wasl-events-'));
  const events = databases.flatMap((name) =>
    store.documents(name).map((document) => decodeEvent(Buffer.from(String(document.bytes), 'base64url'))),
  );
  return new Set(events.flatMap((event) => (event.type === 'redemption' ? [serviceKey(event)] : [])));
}

/** The services that `startTerminal`'s `serve` recorded under a seed. */
export function servicesOf(seed: string, count: number): Set<string> {
  return new Set(outletEvents(count, `day of ${seed}`).map(serviceKey));
}
