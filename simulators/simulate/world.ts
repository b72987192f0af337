/** A world: terminals, cards, network and centre in one process and one virtual time, all of it from one seed. */
import { LIST_KINDS, type ListKind } from '../../agent/credential/signed-list.js';
import { listFile } from '../../agent/trust/open-trust.js';
import { Life, type WrongClock } from '../world/life.js';
import { Stream } from '../world/random.js';
import { createVirtualTime, type VirtualTime } from '../world/virtual-time.js';
import type { FaultLevel, WorldSize } from './actions.js';
import { Authority } from './authority.js';
import { Centre } from './centre.js';
import type { Checkers } from './checker.js';
import { type FaultCounts, type FaultKind, noFaults } from './faults.js';
import { type Kit, START_MS } from './kit.js';
import { FOLDERS, Machine, type MachineImage } from './machine.js';
import { Network } from './network.js';
import type { Observation } from './observations.js';
import { SimCard } from './sim-card.js';
import { startProcess } from './terminal-process.js';
import { Trace, type TraceDepth } from './trace.js';
import type { WorldParts } from './world-parts.js';

/** What a world is made from. */
export interface WorldOrder {
  readonly seed: number;
  readonly size: WorldSize;
  readonly level: FaultLevel;
  readonly kit: Kit;
  readonly checkers: Checkers;
  /** What is kept of the trace. */
  readonly depth: TraceDepth;
}

/** Clones of cards, and machines, that a world has at most. */
const CLONES_MAX = 4;
const MACHINES_MAX = 8;

/** See the head of this file. */
export class World {
  readonly time: VirtualTime;
  readonly trace: Trace;
  readonly faults: FaultCounts = noFaults();
  readonly network: Network;
  readonly centre: Centre;
  /** Those in service come first for each terminal; retired ones stay in the list. */
  readonly machines: Machine[] = [];
  readonly cards: SimCard[] = [];
  readonly kit: Kit;
  readonly checkers: Checkers;
  readonly random: Stream;
  readonly images: (MachineImage | null)[];
  readonly authority: Authority;
  taps = 0;
  readonly #parts: WorldParts;
  #machineNames = 0;

  constructor(order: WorldOrder) {
    const { kit, checkers, size } = order;
    const seed = `seed ${order.seed}`;
    this.kit = kit;
    this.authority = new Authority(kit);
    this.checkers = checkers;
    this.random = new Stream(`${seed} world`);
    this.time = createVirtualTime({ startMs: START_MS });
    this.trace = new Trace(order.depth, () => this.time.elapsedMs());
    this.images = Array.from({ length: size.terminals }, () => null);
    const { timers, clock } = this.time;
    const fault = (kind: FaultKind): void => {
      this.faults[kind] += 1;
      this.trace.detail(`fault ${kind}`);
      if (/^(broker|store|link)/.test(kind)) this.#see({ type: 'fault', kind });
    };
    const see = (seen: Observation): void => this.#see(seen);
    const terminals = kit.terminals.slice(0, size.terminals);
    this.network = new Network({
      ...{ timers, kit, fault, trace: this.trace, nowMs: () => this.time.elapsedMs() },
      random: new Stream(`${seed} network`),
      terminals: terminals.map(({ name }) => name),
    });
    this.centre = new Centre({
      ...{ seed, kit, terminals, timers, clock, fault, see, network: this.network, trace: this.trace },
      headsOf: (machine, epoch, { first, last }) => this.#headsOf(machine, epoch, first, last),
    });
    this.#parts = {
      ...{ seed, kit, timers, clock, fault, see, network: this.network, trace: this.trace },
      newLife: () => new Life(timers),
      published: (trust, brought) => this.authority.judge(trust, brought),
      internalFault: (machine, error) => this.#internalFault(machine, error),
    };
    for (const [index, card] of kit.cards.slice(0, size.cards).entries())
      this.#addCard({ ...card, name: `card-${index + 1}` });
    for (let index = 0; index < size.terminals; index += 1) this.addMachine(index);
  }

  /** Brings the first lists to the terminals and switches everything on. */
  async start(): Promise<void> {
    this.authority.teach(this.centre.settling.rules);
    await this.centre.start();
    for (const machine of this.machines) {
      this.bring(machine, LIST_KINDS);
      machine.start();
    }
    await this.time.advance(2_000);
  }

  /** A machine of a terminal that is in service: where there are two, now this one and now that one. */
  machineOf(terminal: number): Machine | null {
    const there = this.inService().filter((machine) => machine.index === terminal);
    return there[this.taps % Math.max(1, there.length)] ?? null;
  }

  /** Machines that are in service. */
  inService(): readonly Machine[] {
    return this.machines.filter((machine) => !machine.retired);
  }

  /** Puts another machine there for a terminal; from an image of one, when it is given. Null when there are too many. */
  addMachine(
    index: number,
    from: { readonly image: MachineImage; readonly clock?: WrongClock } | null = null,
  ): Machine | null {
    const enrolled = this.kit.terminals[index];
    if (enrolled === undefined || this.machines.length >= MACHINES_MAX) return null;
    this.#machineNames += 1;
    const order = { name: `${enrolled.name}/${this.#machineNames}`, index, enrolled, ...from };
    const machine = new Machine(order, this.#parts, startProcess);
    this.machines.push(machine);
    return machine;
  }

  /** A copy of a card, chip and all; null when there are enough. */
  cloneCard(card: SimCard): SimCard | null {
    const clones = this.cards.filter(({ serial }) => serial === card.serial).length - 1;
    if (this.cards.length >= this.kit.cards.length + CLONES_MAX || clones > 0) return null;
    return this.#addCard({ name: `${card.name}-copy`, serial: card.serial, dump: card.chip.dump() });
  }

  /** Brings lists of some kinds to a terminal: the newest, or those of so many publications before. */
  bring(machine: Machine, kinds: readonly ListKind[], before = 0): void {
    const lists = this.authority.lists(before);
    for (const kind of kinds) machine.disk.poke(`${FOLDERS.lists}/${listFile(kind)}`, lists[kind]);
  }

  /** Counts a fault. */
  count(kind: FaultKind): void {
    this.#parts.fault(kind);
    this.trace.note(kind);
  }

  /** Somebody has done something to a card that leaves doubles for the centre to find. */
  harmed(card: SimCard, kind: FaultKind): void {
    this.#parts.fault(kind);
    this.trace.note(`${card.name}: ${kind}`);
    this.#see({ type: 'fault', kind, serial: card.serial, harm: 'data' });
  }

  #see(seen: Observation): void {
    if (seen.type === 'ack-signed') {
      // From now on it may reach them, and raise their floors.
      for (const machine of this.machines)
        if (machine.enrolled.name === seen.terminal) machine.allowedMs = Math.max(machine.allowedMs, seen.timeMs);
    }
    this.checkers.see(seen);
  }

  #addCard(made: { name: string; serial: number; dump: Uint8Array }): SimCard {
    const card = new SimCard(made, new Stream(`${this.#parts.seed} ${made.name}`), {
      wrote: (written, at, bytes) => this.#wrote(written, at, bytes),
      fault: (kind, { serial }) => {
        this.#parts.fault(kind);
        this.trace.note(`${made.name}: ${kind}`);
        this.#see({ type: 'fault', kind, serial, harm: 'none' });
      },
      powerCut: ({ machine }) => {
        const there = this.machines.find(({ name }) => name === machine);
        there?.down({ how: 'cut', tear: this.random.below(8), downMs: this.random.between(1_000, 120_000) });
      },
    });
    this.cards.push(card);
    return card;
  }

  #wrote(card: SimCard, at: number, bytes: Uint8Array): void {
    const text = Buffer.from(bytes).toString('hex');
    this.trace.detail(`${card.name} page ${at} ${text}`);
    if (card.machine === null) return;
    const { name, serial, machine } = card;
    this.#see({ type: 'card-write', machine, card: name, serial, at, bytes: text });
  }

  #headsOf(machine: string, epoch: string, first: number, last: number): string[] {
    const events = this.checkers.history.machine(machine).epochs.get(epoch)?.events;
    const heads: string[] = [];
    for (let seq = first; seq <= last; seq += 1) heads.push(events?.get(seq)?.head ?? 'not durable');
    return heads;
  }

  #internalFault(machine: string, error: unknown): void {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.trace.note(`${machine} a fault inside Wasl: ${message}`);
    this.#see({ type: 'internal-fault', machine, message });
  }
}
