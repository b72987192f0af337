/** The centre of a simulated world: its database, and two workers that crash and come back. */
import type { Clock, Timers } from '../../agent/domain/clock.js';
import { eventId } from '../../agent/domain/event.js';
import { createCounters } from '../../sync/bridge/counters.js';
import { Intake } from '../../sync/bridge/intake.js';
import { beginIncarnation, enrolTerminal } from '../../sync/bridge/registry.js';
import type { DocumentStore, StoredDocument } from '../../sync/bridge/store.js';
import { BridgeWorker, WORKER_LIMITS } from '../../sync/bridge/worker.js';
import { readAck } from '../../sync/protocol/ack.js';
import { baseFromFirstEvent, readSealedBatch } from '../../sync/protocol/batch.js';
import { nextHead } from '../../sync/protocol/chain.js';
import { batchTopic } from '../../sync/protocol/topics.js';
import { MemoryStore, type StoreBackup } from '../central/memory-store.js';
import { Life } from '../world/life.js';
import { Stream } from '../world/random.js';
import type { FaultKind } from './faults.js';
import { type StoreTrouble, storeView } from './faulty-store.js';
import type { EnrolledTerminal, Kit } from './kit.js';
import { type Network, nameOf } from './network.js';
import type { Observation } from './observations.js';
import { Settling } from './settling.js';
import type { Trace } from './trace.js';

/** Workers of the centre. */
export const WORKERS = 2;

/** The registry is seldom read anew: it changes only while no worker runs. */
const SIMULATED_WORKER_LIMITS = { ...WORKER_LIMITS, refreshMs: 600_000 };

/** Links of terminals come before those of workers in the network's list of places. */
const FIRST_WORKER_PLACE = 3;

/** What a centre is made of. */
export interface CentreParts {
  readonly seed: string;
  readonly kit: Kit;
  readonly terminals: readonly EnrolledTerminal[];
  readonly timers: Timers;
  readonly clock: Clock;
  readonly network: Network;
  readonly trace: Trace;
  readonly fault: (kind: FaultKind) => void;
  readonly see: (seen: Observation) => void;
  /** Heads that a machine's journal has for a run of an epoch's events. */
  readonly headsOf: (machine: string, epoch: string, range: { first: number; last: number }) => readonly string[];
}

/** No older backup is ever used: it is what terminals keep their events for. */
const BACKUP_AGE_MS_MAX = 24 * 3_600_000;

/** See the head of this file. */
export class Centre {
  readonly store = new MemoryStore();
  readonly trouble: StoreTrouble = { fault: null, calls: 0 };
  readonly settling: Settling;
  readonly #parts: CentreParts;
  readonly #lives: (Life | null)[] = [];
  /** Heads of the documents of events, by database and id. */
  readonly #known = new Map<string, string>();
  #backups: { readonly atMs: number; readonly backup: StoreBackup }[] = [];
  #starts = 0;

  constructor(parts: CentreParts) {
    this.#parts = parts;
    this.settling = new Settling({
      ...parts,
      storeFor: (life, name) => this.#storeFor(life, new Stream(`${parts.seed} ${name}`)),
    });
  }

  /** Enrols the terminals and starts the workers. */
  async start(): Promise<void> {
    for (const { name, site, signer } of this.#parts.terminals)
      await enrolTerminal(this.store, { terminal: name, site, publicKey: signer.publicKey });
    this.backup();
    for (let index = 0; index < WORKERS; index += 1) this.startWorker(index);
    this.settling.start();
  }

  /** Starts a worker unless it runs. */
  startWorker(index: number): void {
    if (this.#lives[index]?.alive === true) return;
    const { timers, network, clock, kit, trace, seed } = this.#parts;
    this.#starts += 1;
    const life = new Life(timers);
    this.#lives[index] = life;
    const random = new Stream(`${seed} worker ${this.#starts}`);
    const place = FIRST_WORKER_PLACE + index;
    const owner = { life, machine: null };
    const name = `bridge-${index}-`;
    life.onEnd(() => network.broker.cut((client) => client.startsWith(name)));
    const store = this.#storeFor(life, random);
    const intake: Intake = new Intake({
      consumers: [0, 1].map((number) => network.link(`${name}in${number}`, place, owner)),
      publisher: network.link(`${name}out`, place, owner),
      receive: async (topic, payload) => {
        await life.while(worker.receive(topic, payload));
        await this.#stored(topic, payload);
      },
      timers: life.timers,
      random,
      backoff: { baseMs: 500, maxMs: 30_000 },
      steadyMs: 30_000,
      report: () => {},
    });
    const worker = new BridgeWorker({
      store,
      sealKeys: [kit.centre.seal],
      signer: kit.centre.ack,
      publish: async (topic, payload) => {
        await this.#acknowledges(payload);
        await intake.publish(topic, payload);
      },
      clock,
      timers: life.timers,
      random,
      counters: createCounters(),
      limits: SIMULATED_WORKER_LIMITS,
      report: () => {},
    });
    trace.note(`worker ${index} starts`);
    intake.start();
  }

  /** Ends a worker in the middle of whatever it does. */
  crashWorker(index: number): void {
    const life = this.#lives[index];
    if (life === undefined || life === null || !life.alive) return;
    this.#parts.fault('crash.worker');
    life.end();
  }

  /** Sets a backup aside. */
  backup(): void {
    this.#backups = [...this.#backups.slice(-3), { atMs: this.#parts.clock.nowMs(), backup: this.store.backup() }];
  }

  /** Puts the database back, wholly or in part, as its operators do: nothing runs meanwhile, and a new life of the centre begins. */
  async restore(part: 'all' | 'part', place: number): Promise<void> {
    const oldestMs = this.#parts.clock.nowMs() - BACKUP_AGE_MS_MAX;
    const young = this.#backups.filter(({ atMs }) => atMs >= oldestMs);
    const backup = young[Math.floor(place * young.length)]?.backup;
    if (backup === undefined) return;
    for (const life of this.#lives) life?.end();
    this.settling.stop();
    if (part === 'all') this.#restoreAll(backup);
    else this.#losePart(backup, place);
    this.#known.clear();
    const incarnation = await beginIncarnation(this.store, this.#parts.clock);
    this.#parts.trace.note(`the centre is restored (${part}), its life is now ${incarnation}`);
    for (let index = 0; index < WORKERS; index += 1) this.startWorker(index);
    this.settling.start();
  }

  /** Ends what goes wrong, and has everything run. */
  heal(): void {
    this.trouble.calls = 0;
    for (let index = 0; index < WORKERS; index += 1) this.startWorker(index);
    this.settling.start();
  }

  /** Documents of all events, those beside others included. */
  events(): StoredDocument[] {
    const names = this.store.databases().filter((name) => name.startsWith('wasl-events-'));
    return names.flatMap((name) => this.store.documents(name));
  }

  #storeFor(life: Life, random: Stream): DocumentStore {
    const { trace, fault } = this.#parts;
    const written = (database: string, documents: readonly StoredDocument[]) => this.#written(database, documents);
    return storeView({ store: this.store, life, random, trace, fault, trouble: this.trouble, written });
  }

  #restoreAll(backup: StoreBackup): void {
    this.#parts.fault('store.restore-all');
    this.store.restore(backup);
  }

  /** Of one database some of the events go that the backup did not have. */
  #losePart({ databases }: StoreBackup, place: number): void {
    const names = this.store.databases().filter((name) => name.startsWith('wasl-events-'));
    const name = names[Math.floor(place * names.length)];
    if (name === undefined) return;
    const kept = databases.get(name)?.held;
    const ids = this.store.documents(name).flatMap(({ _id }) => (kept?.has(_id) === true ? [] : [_id]));
    const from = Math.floor(place * 997) % Math.max(1, ids.length);
    const lost = new Set(ids.slice(from, from + 1 + (ids.length >> 1)));
    if (lost.size > 0) this.#parts.fault('store.restore-part');
    this.store.lose(name, ({ _id }) => lost.has(_id));
  }

  /** Looks at what has become of documents that somebody wanted created. */
  async #written(database: string, documents: readonly StoredDocument[]): Promise<void> {
    if (!database.startsWith('wasl-events-')) return;
    const there = await this.store.read(
      database,
      documents.map((document) => document._id),
    );
    for (const document of there) {
      if (document === null) continue;
      const key = `${database}/${document._id}`;
      const head = hexOf(document.head);
      const before = this.#known.get(key);
      this.#known.set(key, head);
      if (before === head) continue;
      this.#parts.see({
        type: 'document',
        id: document._id,
        terminal: String(document.terminal),
        epoch: String(document.epoch),
        seq: Number(document.seq),
        head,
        change: before === undefined ? 'created' : 'changed',
      });
    }
  }

  /** A worker is about to acknowledge: is it true? */
  async #acknowledges(payload: Uint8Array): Promise<void> {
    const ack = readAck(payload, [this.#parts.kit.centre.ackVerifier]);
    this.#parts.see({
      ...{ type: 'ack-signed', terminal: ack.terminal, epoch: ack.epoch, seq: ack.seq, incarnation: ack.incarnation },
      head: Buffer.from(ack.head).toString('hex'),
      timeMs: ack.time * 1000,
      heldHead: await this.#headOver(ack.terminal, ack.epoch, ack.seq),
    });
  }

  /** The head over events 1 to `seq` as the documents have them; null where one is missing. */
  async #headOver(terminal: string, epoch: string, seq: number): Promise<string | null> {
    if (seq === 0) return '';
    const ids = Array.from({ length: seq }, (_, index) => eventId(terminal, epoch, index + 1));
    const documents = await this.store.read(`wasl-events-${epoch.slice(0, 6)}`, ids);
    let head: Uint8Array | null = null;
    for (const [index, document] of documents.entries()) {
      if (document === null) return null;
      if (index === 0) head = baseFromFirstEvent(terminal, epoch, bytesOf(document.bytes));
      if (head === null) return null;
      head = nextHead(head, index + 1, bytesOf(document.bodyHash));
    }
    return head === null ? null : Buffer.from(head).toString('hex');
  }

  /** A worker has promised that a batch is stored: is it? */
  async #stored(topic: string, payload: Uint8Array): Promise<void> {
    const sender = this.#parts.network.senders.get(nameOf(payload));
    if (sender === undefined) return;
    const { terminal, epoch, first, last } = readSealedBatch(payload);
    // Brought to the wrong door it is refused for good, and its sender still has it.
    if (topic !== batchTopic(terminal)) return;
    const heads = this.#parts.headsOf(sender, epoch, { first, last });
    const database = `wasl-events-${epoch.slice(0, 6)}`;
    const ids = heads.map((_, index) => eventId(terminal, epoch, first + index));
    const besides = heads.map((head, index) => `${ids[index]}:${head.slice(0, 16)}`);
    const places = await this.store.read(database, ids);
    const seconds = await this.store.read(database, besides);
    const cases = await this.store.read(
      'wasl-cases',
      besides.map((id) => `equivocation:${id}`),
    );
    const found = heads.map((head, index) => {
      if (hexOf(places[index]?.head) === head) return 'place';
      return hexOf(seconds[index]?.head) === head ? 'beside' : 'nowhere';
    });
    this.#parts.see({
      ...{ type: 'batch-stored', terminal, epoch, first, heads, found },
      cased: cases.map((one) => one !== null),
    });
  }
}

function bytesOf(text: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(String(text), 'base64url'));
}

function hexOf(text: unknown): string {
  return Buffer.from(String(text ?? ''), 'base64url').toString('hex');
}
