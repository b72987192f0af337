/** Group commit: batches that arrive while a write is under way go together into the next one. */
import { periodOf } from '../../agent/domain/event.js';
import type { OpenBatch } from '../protocol/batch.js';
import type { VerifiedBatch } from './recorder.js';

/** Bounds of a committer, and who hears of its faults. */
export interface CommitterLimits {
  /** Writes under way at once. */
  readonly writesMax: number;
  /** Events in one write. */
  readonly eventsMax: number;
  /** Batches that may wait. */
  readonly waitingMax: number;
  /** Hears of a write that broke; its batches count as not stored. */
  readonly report: (problem: unknown) => void;
}

/** Writes batches of one period whose ranges do not overlap; resolves to those that are stored. */
export type Write = (batches: readonly VerifiedBatch[]) => Promise<ReadonlySet<VerifiedBatch>>;

interface Waiting {
  readonly batch: VerifiedBatch;
  done(stored: boolean): void;
}

/** Collects batches into writes. */
export class Committer {
  readonly #write: Write;
  readonly #limits: CommitterLimits;
  #waiting: Waiting[] = [];
  #underWay: OpenBatch[] = [];
  #writes = 0;

  constructor(write: Write, limits: CommitterLimits) {
    this.#write = write;
    this.#limits = limits;
  }

  /** Resolves to whether the batch is stored for good; at once to false when too many wait already. Never rejects. */
  add(batch: VerifiedBatch): Promise<boolean> {
    if (this.#waiting.length >= this.#limits.waitingMax) return Promise.resolve(false);
    return new Promise((resolve) => {
      this.#waiting.push({ batch, done: resolve });
      this.#next();
    });
  }

  #next(): void {
    while (this.#writes < this.#limits.writesMax) {
      const group = this.#takeGroup();
      if (group.length === 0) return;
      void this.#commit(group);
    }
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    this.#writes += 1;
    const batches = group.map((waiting) => waiting.batch);
    const stored = await this.#write(batches).catch((error: unknown) => {
      this.#limits.report(error);
      return new Set<VerifiedBatch>();
    });
    this.#writes -= 1;
    const finished = new Set(batches.map(({ batch }) => batch));
    this.#underWay = this.#underWay.filter((batch) => !finished.has(batch));
    for (const { batch, done } of group) done(stored.has(batch));
    this.#next();
  }

  /** The next batches that may be written together: same period, and none that shares an event with another one under way. */
  #takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    const left: Waiting[] = [];
    let events = 0;
    let period: string | null = null;
    for (const waiting of this.#waiting) {
      const { batch } = waiting.batch;
      period ??= periodOf(batch.epoch);
      const fits =
        periodOf(batch.epoch) === period &&
        (group.length === 0 || events + batch.events.length <= this.#limits.eventsMax) &&
        !this.#underWay.some((other) => overlap(batch, other));
      if (!fits) {
        left.push(waiting);
        continue;
      }
      group.push(waiting);
      this.#underWay.push(batch);
      events += batch.events.length;
    }
    this.#waiting = left;
    return group;
  }
}

function overlap(a: OpenBatch, b: OpenBatch): boolean {
  return a.terminal === b.terminal && a.epoch === b.epoch && a.first <= b.last && b.first <= a.last;
}
