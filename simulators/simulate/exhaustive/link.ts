/**
 * A terminal and a centre for exhaustive runs: real journal, uplink, bridge and their protocol over a simulated disk, broker and database, in
 * virtual time. One fault can be planned, by the number of a message or of a call.
 */

import { WaslError } from '../../../agent/domain/errors.js';
import type { Signer } from '../../../agent/domain/keys.js';
import { type OpenJournal, openJournal } from '../../../agent/journal/open-journal.js';
import { createCounters } from '../../../sync/bridge/counters.js';
import { Intake } from '../../../sync/bridge/intake.js';
import { beginIncarnation, enrolTerminal } from '../../../sync/bridge/registry.js';
import type { CreateOutcome, DocumentStore, StoredDocument } from '../../../sync/bridge/store.js';
import { BridgeWorker, WORKER_LIMITS } from '../../../sync/bridge/worker.js';
import { ackTopic } from '../../../sync/protocol/topics.js';
import { UPLINK_LIMITS } from '../../../sync/uplink/parts.js';
import { Uplink } from '../../../sync/uplink/uplink.js';
import { MemoryStore, type StoreBackup } from '../../central/memory-store.js';
import { type BrokerMessage, MemoryBroker } from '../../link/memory-broker.js';
import { LOSE_ALL, type Tear } from '../../world/inode.js';
import { Life } from '../../world/life.js';
import { MemoryDisk } from '../../world/memory-disk.js';
import { Stream } from '../../world/random.js';
import { createVirtualTime, type VirtualTime } from '../../world/virtual-time.js';
import type { Kit } from '../kit.js';

/** What goes wrong once. Numbers count from 0. */
export type LinkFault =
  | { readonly kind: 'message'; readonly at: number; readonly fate: 'lost' | 'twice' | 'late' }
  | { readonly kind: 'store'; readonly at: number; readonly fate: 'answer lost' | 'below quorum' }
  | { readonly kind: 'worker'; readonly at: number }
  | { readonly kind: 'power'; readonly at: number; readonly tear: Tear };

/** The terminal of these runs. */
export const LINK_TERMINAL = 'unit-1';

const FOLDER = '/data/journal';
/** So small that a few services begin segments and leave checkpoints. */
const JOURNAL_LIMITS = { segmentBytesMax: 3072, allocateBytes: 1024, reserveBytes: 512, checkpointFrames: 6 };
const STORE_DELAY_MS = 4;
const LATE_MS = 90_000;
const RESTART_MS = 2_000;
/** One event a batch, two under way: the smallest that can overtake one another. */
const LIMITS = { ...UPLINK_LIMITS, batchEventsMax: 2, inFlightMax: 2 };

/** See the head of this file. */
export class LinkWorld {
  readonly time: VirtualTime = createVirtualTime({ startMs: Date.UTC(2026, 10, 21, 6) });
  readonly broker = new MemoryBroker(this.time.timers);
  readonly store = new MemoryStore();
  /** What was planned has happened. */
  isHit = false;
  journal: OpenJournal | null = null;
  /** Called with each journal that a life of the terminal opens. */
  onOpened: (journal: OpenJournal) => void = () => undefined;
  disk = new MemoryDisk();
  readonly #kit: Kit;
  readonly #fault: LinkFault | null;
  #uplink: Uplink | null = null;
  #worker: Life | null = null;
  #lives = 0;
  /** Old messages that a broker delivers once more behind each acknowledgement. */
  echoes: readonly BrokerMessage[] = [];
  #messages = 0;
  #storeCalls = 0;
  /** Disk calls of earlier disks, so that a power cut is counted over all of them. */
  #diskCallsBefore = 0;

  constructor(kit: Kit, fault: LinkFault | null) {
    this.#kit = kit;
    this.#fault = fault;
    this.broker.tamper = (message) => this.#fateOf(message);
    this.#watch();
  }

  /** Enrols the terminal and starts everything. */
  async start(): Promise<void> {
    await enrolTerminal(this.store, { terminal: LINK_TERMINAL, site: 'bakery-1', publicKey: this.signer.publicKey });
    await beginIncarnation(this.store, this.time.clock);
    this.startWorker();
    await this.startTerminal();
  }

  /** The terminal's own key. */
  get signer(): Signer {
    const [terminal] = this.#kit.terminals;
    if (terminal === undefined) throw new RangeError('no terminal is enrolled');
    return terminal.signer;
  }

  /** Opens the journal on the disk and starts an uplink on it. */
  async startTerminal(): Promise<void> {
    this.#lives += 1;
    const { clock, timers } = this.time;
    const random = new Stream(`link terminal ${this.#lives}`);
    const journal = await openJournal({
      ...{ disk: this.disk.session(), folder: FOLDER, key: new Uint8Array(32).fill(9), terminal: LINK_TERMINAL },
      ...{ clock, random, limits: JOURNAL_LIMITS },
    });
    this.journal = journal;
    this.onOpened(journal);
    this.#uplink = new Uplink({
      ...{ terminal: LINK_TERMINAL, journal, signer: this.signer, clock, timers, random },
      link: this.broker.link(`terminal ${this.#lives}`),
      centre: { sealPublicKey: this.#kit.centre.seal.publicKey, ackVerifiers: [this.#kit.centre.ackVerifier] },
      limits: LIMITS,
      report: () => undefined,
    });
    this.#uplink.start();
  }

  /** Ends the terminal's process, and, unless another disk is put in, starts it again after a moment. */
  async restartTerminal(disk: MemoryDisk = this.disk): Promise<void> {
    this.disk.kill();
    await this.#uplink?.stop();
    this.journal = null;
    this.#diskCallsBefore += disk === this.disk ? 0 : this.disk.calls;
    this.disk = disk;
    this.#watch();
    await this.time.advance(RESTART_MS);
    await this.startTerminal();
  }

  /** Starts the one worker of the bridge. */
  startWorker(): void {
    this.#lives += 1;
    const life = new Life(this.time.timers);
    const name = `worker ${this.#lives}`;
    const { clock } = this.time;
    const shared = { timers: life.timers, random: new Stream(name), report: () => undefined };
    const intake: Intake = new Intake({
      ...shared,
      consumers: [0, 1].map((index) => this.broker.link(`${name} in ${index}`)),
      publisher: this.broker.link(`${name} out`),
      receive: (topic, payload) => worker.receive(topic, payload),
      backoff: { baseMs: 500, maxMs: 30_000 },
      steadyMs: 30_000,
    });
    const worker = new BridgeWorker({
      ...{ ...shared, clock, counters: createCounters(), limits: WORKER_LIMITS, store: this.#storeFor(life) },
      sealKeys: [this.#kit.centre.seal],
      signer: this.#kit.centre.ack,
      publish: (topic, payload) => intake.publish(topic, payload),
    });
    life.onEnd(() => this.broker.cut((client) => client.startsWith(name)));
    this.#worker = life;
    intake.start();
  }

  /** Puts the database back and begins a new life of the centre; a worker that is not told to stop goes on. */
  async restore(backup: StoreBackup, worker: 'stops' | 'goes on'): Promise<void> {
    if (worker === 'stops') this.#worker?.end();
    this.store.restore(backup);
    await beginIncarnation(this.store, this.time.clock);
    if (worker === 'stops') this.startWorker();
  }

  #watch(): void {
    const fault = this.#fault;
    if (fault?.kind !== 'power') return;
    this.disk.tear = fault.tear;
    this.disk.plan = ({ index, operation }) => {
      if (this.isHit || operation === 'read' || this.#diskCallsBefore + index !== fault.at) return 'go';
      this.isHit = true;
      this.time.timers.after(0, () => {
        this.disk.cut(LOSE_ALL);
        void this.restartTerminal();
      });
      return 'cut';
    };
  }

  #fateOf(message: BrokerMessage): readonly BrokerMessage[] {
    const delivered = this.#deliveredOf(message);
    return message.topic === ackTopic(LINK_TERMINAL) ? [...delivered, ...this.echoes] : delivered;
  }

  #deliveredOf(message: BrokerMessage): readonly BrokerMessage[] {
    const fault = this.#fault;
    this.#messages += 1;
    if (fault?.kind !== 'message' || this.isHit || this.#messages - 1 !== fault.at) return [message];
    this.isHit = true;
    if (fault.fate === 'twice') return [message, message];
    if (fault.fate === 'late') this.time.timers.after(LATE_MS, () => this.broker.inject(message));
    return [];
  }

  /** The database as one life of a worker reaches it: every call takes time, and comes to nothing when the worker is dead by then. */
  #storeFor(life: Life): DocumentStore {
    return new Proxy<DocumentStore>(this.store, {
      get: (store, name) => {
        const method: unknown = Reflect.get(store, name);
        if (typeof method !== 'function') return method;
        return (...args: readonly unknown[]) =>
          life.while(this.#storeCall(String(name), args, () => method.apply(store, args) as Promise<unknown>));
      },
    });
  }

  async #storeCall(name: string, args: readonly unknown[], run: () => Promise<unknown>): Promise<unknown> {
    const wait = (): Promise<void> => new Promise((resolve) => this.time.timers.after(STORE_DELAY_MS, resolve));
    const fault = this.#fault;
    this.#storeCalls += 1;
    const isPlanned = !this.isHit && fault !== null && this.#storeCalls - 1 === fault.at;
    await wait();
    if (!isPlanned || (fault.kind !== 'store' && fault.kind !== 'worker')) return run();
    this.isHit = true;
    if (fault.kind === 'worker') {
      const result = await run();
      this.#worker?.end();
      this.time.timers.after(RESTART_MS, () => this.startWorker());
      return result;
    }
    if (fault.fate === 'below quorum' && name === 'create')
      return this.#belowQuorum(String(args[0]), args[1] as readonly StoredDocument[]);
    const result = await run();
    if (fault.fate === 'answer lost') throw new WaslError('ERR_DATABASE', `the answer to ${name} was lost`);
    return result;
  }

  /** Every other document reached too few nodes and is gone. */
  async #belowQuorum(database: string, documents: readonly StoredDocument[]): Promise<readonly CreateOutcome[]> {
    const kept = documents.filter((_, index) => index % 2 === 1);
    const outcomes = [...(await this.store.create(database, kept))];
    return documents.map((_, index) => (index % 2 === 0 ? 'failed' : (outcomes.shift() ?? 'failed')));
  }
}
