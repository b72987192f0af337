/**
 * Keeps the record store abreast of the journal: reads on from the newest record that is stored, in batches, after each append and
 * whenever the store has lost something. A store that fails is asked again later; the journal does not wait for it.
 */
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import type { Timers } from '../../domain/clock.js';
import { type ChainedEvent, eventId } from '../../domain/event.js';
import { countAbove } from '../damage.js';
import type { EpochInfo, JournalReader } from '../journal.js';
import type { EventRecord, RecordStore } from '../record-store.js';

const BATCH = { countMax: 200, bytesMax: 64 * 1024 };
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 60_000;

/** What a projector works with. */
export interface ProjectorParts {
  readonly journal: JournalReader;
  readonly store: RecordStore;
  readonly terminal: string;
  /** The pseudonym of a card, see `cardPseudonym`. */
  readonly pseudonym: (card: number) => string;
  readonly timers: Timers;
  /** Told of each failure; the projector goes on by itself. */
  readonly onProblem?: (error: unknown) => void;
}

/** How far a rebuild has come. */
export interface RebuildProgress {
  readonly records: number;
  readonly total: number;
}

/** See above. */
export class RecordProjector {
  readonly #parts: ProjectorParts;
  /** By epoch, the newest sequence that is known to be stored. What is not in here is asked of the store. */
  readonly #stored = new Map<string, number>();
  #unsubscribe: (() => void) | null = null;
  #running: Promise<void> | null = null;
  #again = false;
  #audited = false;
  #retryMs = RETRY_FIRST_MS;
  #cancelRetry: (() => void) | null = null;
  #stopped = false;

  constructor(parts: ProjectorParts) {
    this.#parts = parts;
  }

  /** Begins to follow the journal. Also checks once that nothing is missing in the middle of what is stored. */
  start(): void {
    this.#unsubscribe = this.#parts.journal.subscribe(() => this.poke());
    this.poke();
  }

  /** Looks for what is not stored yet: after an append, or when the store has lost something. */
  poke(): void {
    if (this.#stopped || this.#cancelRetry !== null) return;
    this.#again = true;
    this.#running ??= this.#run();
  }

  /** Asks the store anew what it has: for its `onLost`. */
  recheck(): void {
    this.#stored.clear();
    this.poke();
  }

  /** Resolves when there is nothing to do at this moment, be it that everything is stored or that the store has failed. */
  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  /** Empties the store and fills it again. Rejects with `ERR_RECORD_STORE` or what reading the journal rejects with. */
  async rebuild(onProgress?: (progress: RebuildProgress) => void): Promise<void> {
    await this.idle();
    const work = this.#refill(onProgress);
    this.#running = work.then(
      () => undefined,
      () => undefined,
    );
    try {
      await work;
    } finally {
      this.#running = null;
    }
  }

  /** Stops following. What is under way is finished first. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe?.();
    this.#cancelRetry?.();
    this.#cancelRetry = null;
    await this.idle();
  }

  async #run(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        await this.#catchUp();
        if (!this.#audited) await this.#audit();
        this.#audited = true;
        this.#retryMs = RETRY_FIRST_MS;
      }
    } catch (error) {
      this.#stored.clear();
      this.#parts.onProblem?.(error);
      this.#retryLater();
    } finally {
      this.#running = null;
    }
  }

  #retryLater(): void {
    if (this.#stopped) return;
    this.#cancelRetry = this.#parts.timers.after(this.#retryMs, () => {
      this.#cancelRetry = null;
      this.poke();
    });
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MAX_MS);
  }

  async #refill(onProgress?: (progress: RebuildProgress) => void): Promise<void> {
    await this.#parts.store.clear();
    this.#stored.clear();
    await this.#catchUp(onProgress);
  }

  /** A database that lost a part of its log opens as if nothing were, with records missing in the middle (tried): counting tells. */
  async #audit(): Promise<void> {
    const { journal, store, terminal } = this.#parts;
    for (const epoch of journal.epochs()) {
      const stored = this.#stored.get(epoch.name) ?? 0;
      const { missing = [], pruned = 0 } = epoch;
      const expected = stored - pruned - (countAbove(missing, pruned) - countAbove(missing, stored));
      const count = await store.countOf(terminal, epoch.name);
      // What the journal has pruned the record may still have, or not, if it was lost since.
      if (count === expected || (pruned > 0 && count > expected)) continue;
      await this.#refill();
      return;
    }
  }

  async #catchUp(onProgress?: (progress: RebuildProgress) => void): Promise<void> {
    const { journal, store, terminal } = this.#parts;
    const epochs = journal.epochs();
    const total = epochs.reduce((sum, epoch) => sum + countHere(epoch), 0);
    let records = 0;
    for (const epoch of epochs) {
      let stored = this.#stored.get(epoch.name) ?? (await store.lastSeq(terminal, epoch.name));
      while (stored < epoch.lastSeq && !this.#stopped) {
        const events = await journal.readEvents(epoch.name, nextThere(epoch, stored), BATCH);
        const last = events.at(-1);
        if (last === undefined) break;
        await store.put(events.map((event) => this.#recordOf(event)));
        stored = last.seq;
        records += events.length;
        onProgress?.({ records, total });
      }
      this.#stored.set(epoch.name, stored);
    }
  }

  #recordOf(event: ChainedEvent): EventRecord {
    const { terminal, pseudonym } = this.#parts;
    const id = eventId(terminal, event.epoch, event.seq);
    const read = decodeKnownEvent(event.bytes);
    if (read === null) return { id, type: 'unknown', time: 0, card: null, event };
    const card = 'card' in read && read.card !== null ? pseudonym(read.card) : null;
    return { id, type: read.type, time: read.time, card, event };
  }
}

function countHere({ lastSeq, missing = [], pruned = 0 }: EpochInfo): number {
  return lastSeq - pruned - countAbove(missing, pruned);
}

/** The first sequence after `seq` that neither damage has destroyed nor pruning removed. */
function nextThere(epoch: EpochInfo, seq: number): number {
  const next = Math.max(seq, epoch.pruned ?? 0) + 1;
  const range = (epoch.missing ?? []).find(({ first, last }) => first <= next && next <= last);
  return range === undefined ? next : range.last + 1;
}
