/** A terminal's box: a disk, a clock and a reader, and the process that runs on them, composed as `agent/main.ts` composes it. */
import type { Timers } from '../../agent/domain/clock.js';
import type { JournalLimits } from '../../agent/journal/limits.js';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import type { Terminal } from '../../agent/terminal.js';
import type { OpenTrust } from '../../agent/trust/open-trust.js';
import type { Uplink } from '../../sync/uplink/uplink.js';
import type { SimulatedReader } from '../readers/simulated.js';
import { type Life, WrongClock } from '../world/life.js';
import { MemoryDisk } from '../world/memory-disk.js';
import { MemoryRecordStore } from '../world/memory-record-store.js';
import { Stream } from '../world/random.js';
import { TEARS } from '../world/tears.js';
import type { DiskAction } from './actions.js';
import { DurableFrames } from './durable-frames.js';
import type { FaultKind } from './faults.js';
import { BUILT_MS, type EnrolledTerminal } from './kit.js';
import type { Observation } from './observations.js';
import type { SimCard } from './sim-card.js';
import { sumOf, type Trace } from './trace.js';
import type { WorldParts } from './world-parts.js';

/** Folders of a machine. */
export const FOLDERS = { journal: '/data/journal', trust: '/data/trust', lists: '/lists' } as const;

/** So small that a few taps go through rotation, allocation and checkpoints. */
export const SIMULATED_JOURNAL_LIMITS = {
  segmentBytesMax: 12 * 1024,
  allocateBytes: 2048,
  reserveBytes: 2048,
  checkpointFrames: 5,
  backupWindowDays: 1,
  journalBytesMax: 128 * 1024,
} as const satisfies Partial<JournalLimits>;

/** How soon a process that could not start is started again. */
const RESTART_MS = 15_000;

/** A process that runs on a machine. */
export interface TerminalProcess {
  readonly life: Life;
  readonly journal: OpenJournal;
  readonly trust: OpenTrust;
  readonly uplink: Uplink;
  readonly terminal: Terminal;
  readonly reader: SimulatedReader;
  /** Reads the brought lists again; never rejects. */
  reload(): Promise<void>;
  /** Ends it in order, as `systemctl stop` does. */
  stop(): Promise<void>;
}

/** Starts the process of a machine. Rejects as the product does when it cannot start, or stops dead where the machine does. */
export type ProcessStarter = (machine: Machine, life: Life, random: Stream) => Promise<TerminalProcess>;

interface PlannedFault extends Pick<DiskAction, 'fault' | 'tear' | 'downMs'> {
  callsLeft: number;
}

/** What a machine is to be. */
export interface MachineOrder {
  readonly name: string;
  /** Place of its terminal among those of the world. */
  readonly index: number;
  readonly enrolled: EnrolledTerminal;
  /** The machine's disk was copied from an image. */
  readonly image?: MachineImage;
  /** The clock of the box where it is an old one. */
  readonly clock?: WrongClock;
}

/** A machine's disk at a moment. */
export interface MachineImage {
  readonly name: string;
  readonly disk: MemoryDisk;
  readonly frames: DurableFrames;
  readonly allowedMs: number;
  readonly epochs: ReadonlyMap<string, number>;
}

/** See the head of this file. */
export class Machine {
  readonly name: string;
  readonly index: number;
  readonly enrolled: EnrolledTerminal;
  readonly disk: MemoryDisk;
  readonly clock: WrongClock;
  readonly record = new MemoryRecordStore();
  readonly parts: WorldParts;
  /** The card that lies on the reader. */
  card: SimCard | null = null;
  process: TerminalProcess | null = null;
  /** The latest time that its own clock, the centre's signature or the authority's lists have shown it, ms since 1970. */
  allowedMs: number;
  /** Taken out of service for good. */
  retired = false;
  /** By epoch, up to where its journal was seen to be pruned. */
  readonly pruned = new Map<string, number>();
  /** Epochs of its journal when it was last looked at, each with its last sequence. */
  epochs: ReadonlyMap<string, number>;
  readonly #frames: DurableFrames;
  readonly #startProcess: ProcessStarter;
  #planned: PlannedFault[] = [];
  #starts = 0;
  #starting: Life | null = null;
  #images = 0;

  constructor(order: MachineOrder, parts: WorldParts, startProcess: ProcessStarter) {
    const { name, index, enrolled, image } = order;
    this.name = name;
    this.index = index;
    this.enrolled = enrolled;
    this.parts = parts;
    this.#startProcess = startProcess;
    this.disk = image?.disk.clone() ?? new MemoryDisk();
    this.clock = order.clock ?? new WrongClock(parts.clock);
    this.epochs = image?.epochs ?? new Map();
    this.allowedMs = Math.max(BUILT_MS, image?.allowedMs ?? 0);
    this.#frames = new DurableFrames(enrolled.journalKey, FOLDERS.journal, image?.frames ?? null);
    this.disk.plan = (call) => this.#judge(call);
    this.disk.onFull = () => this.fault('disk.full');
    this.disk.onDurable = (path) => this.#becameDurable(path);
    this.see({ type: 'machine', machine: name, terminal: enrolled.name, copyOf: image?.name ?? null });
  }

  get trace(): Trace {
    return this.parts.trace;
  }

  get timers(): Timers {
    return this.parts.timers;
  }

  /** Tells the observers. */
  see(seen: Observation): void {
    this.parts.see(seen);
  }

  /** Counts a fault that takes effect here. */
  fault(kind: FaultKind, harm: 'data' | 'none' = 'none'): void {
    this.parts.fault(kind);
    this.trace.note(`${this.name}: ${kind}`);
    this.see({ type: 'fault', kind, machine: this.name, harm });
  }

  /** Takes note of the time that its clock shows now: its journal may have read it. */
  noteClock(): void {
    this.allowedMs = Math.max(this.allowedMs, this.clock.nowMs());
  }

  /** Starts the process unless it runs, or is starting; one that cannot start is started again later. */
  start(): void {
    if (this.retired || this.process !== null || this.#starting !== null) return;
    this.#starts += 1;
    const number = this.#starts;
    const life = this.parts.newLife();
    this.#starting = life;
    life.onEnd(() => {
      if (this.#starting === life) this.#starting = null;
    });
    this.trace.note(`${this.name} starts`);
    const random = new Stream(`${this.parts.seed} ${this.name} ${number}`);
    this.#startProcess(this, life, random).then(
      (process) => {
        if (this.#starting === life) this.#starting = null;
        if (life.alive) this.process = process;
      },
      (error: unknown) => {
        if (!life.alive) return;
        this.trace.note(`${this.name} cannot start: ${error instanceof Error ? error.message : String(error)}`);
        this.down({ how: 'kill', tear: 0, downMs: RESTART_MS });
      },
    );
  }

  /** Ends the process or the power, without any goodbye; it starts again after `downMs`. */
  down(how: { readonly how: 'kill' | 'cut'; readonly tear: number; readonly downMs: number }): void {
    if (how.how === 'kill') this.disk.kill();
    else this.#cut(how.tear);
    this.#died(how.downMs);
  }

  /** Ends it for good. */
  retire(): void {
    this.down({ how: 'kill', tear: 0, downMs: 0 });
    this.retired = true;
    this.see({ type: 'retired', machine: this.name });
  }

  /** Somebody takes the card away, to another reader. */
  takeCard(card: SimCard): void {
    if (this.card !== card) return;
    this.card = null;
    this.process?.reader.remove();
  }

  /** Plans a fault of the disk, so many calls from now. */
  plan({ fault, afterCalls, tear, downMs }: DiskAction): void {
    if (this.#planned.length < 4) this.#planned.push({ fault, tear, downMs, callsLeft: afterCalls });
  }

  /** Has the disk full for a while. */
  fill(forMs: number): void {
    this.disk.capacityBytes = this.disk.usedBytes;
    this.timers.after(forMs, () => {
      this.disk.capacityBytes = Number.POSITIVE_INFINITY;
    });
  }

  /** Flips a bit of a file, at `place` between its beginning (0) and its end (1). */
  rot(what: 'segment' | 'checkpoint', place: number): void {
    const kind = what === 'segment' ? /[0-9]\.seg$/ : /\/(checkpoint|base\.1)$/;
    const files = this.disk.durableFiles().filter((path) => path.startsWith(FOLDERS.journal) && kind.test(path));
    const path = files[Math.floor(place * 7_919) % Math.max(1, files.length)];
    const bytes = path === undefined ? null : this.disk.durable(path);
    if (path === undefined || bytes === null) return;
    const used = bytes.findLastIndex((byte) => byte !== 0);
    const at = Math.floor(place * (used + 1));
    this.disk.spoil(path, at, 1 << (Math.floor(place * 104_729) % 8));
    this.fault(what === 'segment' ? 'disk.rot-segment' : 'disk.rot-checkpoint', what === 'segment' ? 'data' : 'none');
  }

  /** Ends what goes wrong with it. */
  heal(): void {
    this.#planned = [];
    this.disk.capacityBytes = Number.POSITIVE_INFINITY;
    this.noteClock();
    this.clock.set();
  }

  /** Its disk as it is, for another machine to begin with; what is not durable is not in it. */
  image(): MachineImage {
    this.#images += 1;
    this.noteClock();
    const name = `${this.name}@${this.#images}`;
    const frames = new DurableFrames(this.enrolled.journalKey, FOLDERS.journal, this.#frames);
    this.see({ type: 'image', machine: this.name, image: name });
    return { name, disk: this.disk.clone(), frames, allowedMs: this.allowedMs, epochs: this.epochs };
  }

  #cut(tear: number): void {
    const how = TEARS[tear % TEARS.length] ?? TEARS[0];
    if (how === undefined) return;
    if (this.disk.unsynced > 0) {
      this.parts.fault('disk.lost-unsynced');
      this.parts.fault(`tear.${how.name}` as FaultKind);
    }
    this.disk.cut(how);
  }

  #died(downMs: number): void {
    const dead = this.process;
    this.process = null;
    this.#starting?.end();
    this.#starting = null;
    dead?.life.end();
    dead?.reader.remove();
    this.card?.leave();
    this.trace.note(`${this.name} is down`);
    this.see({ type: 'screen', machine: this.name, name: 'dark', tapId: null, code: null, receipt: null, taken: 0 });
    this.timers.after(downMs, () => this.start());
  }

  #judge(call: Parameters<MemoryDisk['plan']>[0]): ReturnType<MemoryDisk['plan']> {
    const { operation, path, data } = call;
    this.trace.detail(
      `${this.name} ${operation} ${path}${data === undefined ? '' : ` ${data.at} ${sumOf(data.bytes)}`}`,
    );
    if (operation === 'read' || operation === 'create') return 'go';
    const hit = this.#planned.find((planned) => {
      planned.callsLeft -= 1;
      return planned.callsLeft < 0 && (planned.fault !== 'ENOSPC' || operation === 'write');
    });
    if (hit === undefined) return 'go';
    this.#planned = this.#planned.filter((planned) => planned !== hit);
    switch (hit.fault) {
      case 'ENOSPC':
        this.fault('disk.enospc');
        return 'ENOSPC';
      case 'EIO':
        this.fault('disk.eio');
        return 'EIO';
      case 'kill':
        this.fault('disk.kill');
        this.#died(hit.downMs);
        return 'kill';
      case 'cut':
        this.fault('disk.cut');
        this.disk.tear = this.#tearOf(hit.tear);
        this.#died(hit.downMs);
        return 'cut';
    }
  }

  #tearOf(place: number): (typeof TEARS)[number] {
    const tear = TEARS[place % TEARS.length];
    if (tear === undefined) throw new RangeError('there is no such tear');
    this.parts.fault('disk.lost-unsynced');
    this.parts.fault(`tear.${tear.name}` as FaultKind);
    return tear;
  }

  #becameDurable(path: string): void {
    for (const frame of this.#frames.read(this.disk, path)) this.see({ type: 'frame', machine: this.name, ...frame });
  }
}
