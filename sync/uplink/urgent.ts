/**
 * Finds the events that cannot wait for their turn. A batch proves itself, so the centre takes one out of turn and names what is
 * missing before it; everything else follows, oldest first, and the acknowledged sequence moves as ever.
 *
 * The journal is read from its newest end backwards, a piece at a time and only while there is a connection: a terminal that comes
 * back after months begins to send at once.
 */
import type { EpochInfo, JournalReader } from '../../agent/journal/journal.js';
import type { SeqRange } from '../protocol/ack.js';
import { decodeEvent } from '../protocol/event-codec.js';

/** An unresolved tap, or an alarm: somebody may have to act today. False for an event that this version cannot read. */
export function isUrgentEvent(bytes: Uint8Array): boolean {
  try {
    const { type } = decodeEvent(bytes);
    return type === 'unresolved' || type === 'alarm';
  } catch {
    return false;
  }
}

/** Events read in one step. */
const PIECE = { countMax: 250, bytesMax: 16_384 };

/** Events looked at in all; older ones wait for their turn. */
const LOOKED_AT_MAX = 200_000;

/** Urgent events remembered for each epoch, the newest. */
const FOUND_MAX = 256;

/** How often the centre may leave one unanswered before it waits for its turn: it must not hold up the rest for ever. */
const SILENCES_MAX = 3;

/** Urgent events this close share a batch, and one this close to its turn waits for it: a batch of its own costs more. */
const NEAR_EVENTS = 32;

interface Looked {
  /** Everything from `from` to `to` was looked at. */
  from: number;
  to: number;
  /** Ascending. */
  found: number[];
  /** Sent out of turn, and seen at the centre. */
  held: SeqRange[];
  /** By sequence: how often it went unanswered out of turn. */
  readonly silences: Map<number, number>;
}

/** Where to look. */
export interface Stretch {
  readonly epoch: EpochInfo;
  /** Newest acknowledged sequence. */
  readonly cursor: number;
}

/** What goes on in an epoch meanwhile. */
export interface Turn {
  /** Sequence whose turn it is. */
  readonly next: number;
  /** What is under way. */
  readonly covered: readonly SeqRange[];
  /** Runs under way out of turn, of any epoch. */
  readonly ahead: number;
  /** Most events of a run. */
  readonly countMax: number;
}

/** See the head of this file. */
export class UrgentEvents {
  readonly #journal: JournalReader;
  readonly #runsMax: number;
  readonly #epochs = new Map<string, Looked>();

  /** `runsMax`: runs that may be ahead of their turn at once; 0 for none ever. */
  constructor(journal: JournalReader, runsMax: number) {
    this.#journal = journal;
    this.#runsMax = runsMax;
  }

  /** Runs of an epoch that the centre was seen to hold. */
  heldOf(epoch: string): readonly SeqRange[] {
    return this.#epochs.get(epoch)?.held ?? [];
  }

  /** Looks at what was recorded since it last looked, as far as that is one piece. */
  async lookAtNewest({ epoch }: Stretch): Promise<void> {
    if (this.#runsMax === 0) return;
    const looked = this.#lookedAt(epoch);
    const last = readableTo(epoch);
    if (looked.to >= last) return;
    const first = Math.max(looked.to + 1, last - PIECE.countMax + 1);
    // More than a piece came at once: from here it is looked at backwards, through what was looked at before as well.
    if (first > looked.to + 1) looked.from = first;
    await this.#read(epoch, { first, last });
    looked.to = last;
  }

  /** Looks at one more piece of what is older; false when there is nothing more to look at. */
  async lookBack({ epoch, cursor }: Stretch): Promise<boolean> {
    if (this.#runsMax === 0) return false;
    const looked = this.#lookedAt(epoch);
    const oldest = Math.max(cursor + 1, readableTo(epoch) - LOOKED_AT_MAX + 1);
    if (looked.from <= oldest) return false;
    const first = Math.max(oldest, looked.from - PIECE.countMax);
    await this.#read(epoch, { first, last: looked.from - 1 });
    looked.from = first;
    return true;
  }

  /** The run of an epoch to send out of turn, or null. */
  next({ epoch, cursor }: Stretch, turn: Turn): SeqRange | null {
    const looked = this.#epochs.get(epoch.name);
    if (looked === undefined || looked.held.length + turn.ahead >= this.#runsMax) return null;
    looked.found = looked.found.filter((seq) => seq > cursor);
    for (const seq of looked.silences.keys()) if (seq <= cursor) looked.silences.delete(seq);
    const covered = [...turn.covered, ...looked.held];
    const due = looked.found.filter(
      (seq) =>
        seq >= turn.next + NEAR_EVENTS &&
        (looked.silences.get(seq) ?? 0) < SILENCES_MAX &&
        !covered.some((range) => contains(range, seq)),
    );
    const last = due.at(-1);
    if (last === undefined) return null;
    let first = last;
    for (const seq of due.reverse()) {
      const free = !covered.some((range) => range.first < first && range.last > seq);
      if (first - seq > NEAR_EVENTS || last - seq >= turn.countMax || !free) break;
      first = seq;
    }
    return { first, last };
  }

  /** The centre answered: of `runs`, which were sent out of turn, those it holds are not sent again; what it does not hold is. */
  answered(epoch: string, runs: readonly SeqRange[], isHeld: (range: SeqRange) => boolean): void {
    const looked = this.#epochs.get(epoch);
    if (looked === undefined) return;
    const known = looked.held.filter((run) => !runs.some((other) => other.first === run.first));
    looked.held = [...known, ...runs].filter(isHeld);
  }

  /** A run that was sent out of turn was not answered in time. */
  unanswered(epoch: string, run: SeqRange): void {
    const looked = this.#epochs.get(epoch);
    if (looked === undefined) return;
    for (const seq of looked.found.filter((candidate) => contains(run, candidate)))
      looked.silences.set(seq, (looked.silences.get(seq) ?? 0) + 1);
  }

  /** Forgets what it knows of epochs that are not among these. */
  keep(epochs: readonly EpochInfo[]): void {
    for (const name of this.#epochs.keys()) if (!epochs.some((epoch) => epoch.name === name)) this.#epochs.delete(name);
  }

  #lookedAt(epoch: EpochInfo): Looked {
    const known = this.#epochs.get(epoch.name);
    if (known !== undefined) return known;
    const newest = readableTo(epoch);
    const from = Math.max(1, newest - PIECE.countMax + 1);
    const looked = { from, to: from - 1, found: [], held: [], silences: new Map<number, number>() };
    this.#epochs.set(epoch.name, looked);
    return looked;
  }

  async #read(epoch: EpochInfo, { first, last }: SeqRange): Promise<void> {
    const looked = this.#lookedAt(epoch);
    const found: number[] = [];
    for (let from = first; from <= last; ) {
      const countMax = last - from + 1;
      const events = await this.#journal.readEvents(epoch.name, from, { ...PIECE, countMax });
      found.push(...events.filter(({ bytes }) => isUrgentEvent(bytes)).map(({ seq }) => seq));
      const end = events.at(-1);
      if (end === undefined) break;
      from = end.seq + 1;
    }
    looked.found = [...new Set([...looked.found, ...found])].sort((a, b) => a - b).slice(-FOUND_MAX);
  }
}

/** Behind destroyed events the epoch goes on in another one: what is there is said again, and not ahead of that. */
function readableTo(epoch: EpochInfo): number {
  const hole = epoch.missing?.[0];
  return hole === undefined ? epoch.lastSeq : hole.first - 1;
}

function contains(range: SeqRange, seq: number): boolean {
  return range.first <= seq && seq <= range.last;
}
