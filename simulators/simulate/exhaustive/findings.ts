/** What exhaustive runs count and find, whatever small world they are in. */
import type { Problem } from './check.js';

/** A broken invariant, and the way to it. */
export interface ExhaustiveFailure extends Problem {
  readonly path: readonly string[];
}

/** What was tried. */
export interface ExhaustiveCounts {
  /** Sittings at a terminal, and runs of the other small worlds, with a fault or without. */
  sittings: number;
  /** Those that a power cut ended. */
  cuts: number;
  /** Those in which the card was torn in the middle of a page. */
  tears: number;
  /** Those in which the card was taken away between two commands. */
  removals: number;
  /** Those whose process was killed, the disk's cache staying; or a worker of the centre. */
  kills: number;
  /** Those with a full disk or one that failed. */
  diskErrors: number;
  /** Those in which the broker lost, doubled or held back a message. */
  messages: number;
  /** Those in which a call to the database failed, lost its answer or reached too few nodes. */
  storeErrors: number;
}

/** Thrown to end a run at its first failure. */
export class EnoughFound extends Error {}

const FAILURES_MAX = 20;

/** Collects them. */
export class Findings {
  readonly counts: ExhaustiveCounts = {
    ...{ sittings: 0, cuts: 0, tears: 0, removals: 0, kills: 0, diskErrors: 0, messages: 0, storeErrors: 0 },
  };
  readonly failures: ExhaustiveFailure[] = [];
  readonly progress: (line: string) => void;
  violations = 0;
  readonly #seen = new Set<string>();
  readonly #stopAtFirst: boolean;

  constructor(how: { readonly stopAtFirst: boolean; readonly progress: (line: string) => void }) {
    this.#stopAtFirst = how.stopAtFirst;
    this.progress = how.progress;
  }

  /** Distinct states so far. */
  get states(): number {
    return this.#seen.size;
  }

  /** Notes a state by its name; true when it was not seen before. */
  isNew(state: string): boolean {
    const before = this.#seen.size;
    return this.#seen.add(state).size > before;
  }

  /** Notes a failure. Throws {@link EnoughFound} where the first one is to be the last. */
  fail(problem: Problem, path: readonly string[]): void {
    this.violations += 1;
    if (this.failures.length < FAILURES_MAX) this.failures.push({ ...problem, path });
    if (this.#stopAtFirst) throw new EnoughFound();
  }
}
