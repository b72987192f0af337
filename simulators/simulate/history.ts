/** What the checkers remember together: of each machine everything that was ever durable on its disk. */
import { readSlotImage } from '../../agent/credential/ledger.js';
import type { IntentStep } from '../../agent/journal/journal.js';
import type { Observation, SeenEvent, SeenFrame } from './observations.js';

/** An intent with what became of it. */
export interface SeenIntent {
  readonly intent: IntentStep;
  /** Hex of the record's hash. */
  readonly recordHash: string;
  readonly state: 'open' | 'committed' | 'closed';
  readonly reported: boolean;
  readonly dispensed: boolean;
}

/** Everything durable on one machine. */
export class MachineHistory {
  readonly terminal: string;
  readonly intents = new Map<string, SeenIntent>();
  readonly epochs = new Map<
    string,
    { base: string; previous: SeenFrame['previous']; events: Map<number, SeenEvent> }
  >();
  readonly marks = new Map<number, number>();
  /** By epoch, up to where it was pruned. */
  readonly pruned = new Map<string, number>();
  /** Its medium was spoilt, or lost what it had said to be durable. */
  spoilt = false;
  /** It is no more. */
  retired = false;
  /** It began from the disk of another one, which may go on, or had gone on. */
  forked = false;

  constructor(terminal: string) {
    this.terminal = terminal;
  }

  /** Another machine that knows the same. */
  copy(): MachineHistory {
    const other = new MachineHistory(this.terminal);
    for (const [tapId, intent] of this.intents) other.intents.set(tapId, intent);
    for (const [name, { base, previous, events }] of this.epochs)
      other.epochs.set(name, { base, previous, events: new Map(events) });
    for (const [card, mark] of this.marks) other.marks.set(card, mark);
    for (const [epoch, upTo] of this.pruned) other.pruned.set(epoch, upTo);
    other.spoilt = this.spoilt;
    other.forked = this.forked;
    return other;
  }

  /** Takes in a frame. */
  fold(frame: SeenFrame): void {
    let epoch = this.epochs.get(frame.epoch);
    if (epoch === undefined) {
      epoch = { base: frame.base, previous: frame.previous, events: new Map() };
      this.epochs.set(frame.epoch, epoch);
    }
    for (const event of frame.events) epoch.events.set(event.seq, event);
    for (const entry of frame.entries) this.#foldEntry(entry);
  }

  /** The highest sequence of an epoch; 0 for none. */
  lastSeq(epoch: string): number {
    let last = 0;
    for (const seq of this.epochs.get(epoch)?.events.keys() ?? []) last = Math.max(last, seq);
    return last;
  }

  #foldEntry(entry: SeenFrame['entries'][number]): void {
    switch (entry.kind) {
      case 'intent': {
        const recordHash = Buffer.from(readSlotImage(entry.step.slotImage).hash).toString('hex');
        const fresh = { state: 'open', reported: false, dispensed: false } as const;
        this.intents.set(entry.step.tapId, { intent: entry.step, recordHash, ...fresh });
        return;
      }
      case 'commit': {
        const known = this.#change(entry.tapId, { state: 'committed' });
        if (known !== null) this.#raise(known.intent.card, known.intent.ledgerSequence);
        return;
      }
      case 'step':
        if (entry.step.step === 'closed') this.#change(entry.step.tapId, { state: 'closed' });
        if (entry.step.step === 'reported') this.#change(entry.step.tapId, { reported: true });
        if (entry.step.step === 'dispensed') this.#change(entry.step.tapId, { dispensed: true });
        return;
      case 'high-water':
        this.#raise(entry.card, entry.mark.sequence);
        return;
      default:
        return;
    }
  }

  #change(tapId: string, change: Partial<SeenIntent>): SeenIntent | null {
    const known = this.intents.get(tapId);
    if (known !== undefined) this.intents.set(tapId, { ...known, ...change });
    return known ?? null;
  }

  #raise(card: number, sequence: number): void {
    this.marks.set(card, Math.max(sequence, this.marks.get(card) ?? 0));
  }
}

/** All machines, and what was done to cards. */
export class History {
  readonly machines = new Map<string, MachineHistory>();
  readonly images = new Map<string, MachineHistory>();
  /** Serials of cards that were copied, put back or garbled: doubles of them are for the centre to find. */
  readonly tainted = new Set<number>();
  /** Terminals of which two disks, or two times of one disk, were in use. */
  readonly forkedTerminals = new Set<string>();

  /** The machine of a name. Throws when it was never seen. */
  machine(name: string): MachineHistory {
    const machine = this.machines.get(name);
    if (machine === undefined) throw new RangeError(`no machine is called ${name}`);
    return machine;
  }

  /** Takes in what was seen. Called before the checkers hear of it. */
  note(seen: Observation): void {
    switch (seen.type) {
      case 'machine': {
        const image = seen.copyOf === null ? null : this.images.get(seen.copyOf);
        const machine = image?.copy() ?? new MachineHistory(seen.terminal);
        if (seen.copyOf !== null) {
          machine.forked = true;
          this.forkedTerminals.add(seen.terminal);
        }
        this.machines.set(seen.machine, machine);
        return;
      }
      case 'image':
        this.images.set(seen.image, this.machine(seen.machine).copy());
        return;
      case 'pruned':
        this.machine(seen.machine).pruned.set(seen.epoch, seen.upTo);
        return;
      case 'retired':
        this.machine(seen.machine).retired = true;
        return;
      case 'frame':
        this.machine(seen.machine).fold(seen);
        return;
      case 'fault':
        if (seen.machine !== undefined && seen.harm === 'data') this.machine(seen.machine).spoilt = true;
        if (seen.serial !== undefined && seen.harm === 'data') this.tainted.add(seen.serial);
        return;
      default:
        return;
    }
  }
}
