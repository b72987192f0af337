/** How invariants are checked: each checker hears everything in order, counts what it checked, and says what does not hold. */
import type { History } from './history.js';
import type { Observation } from './observations.js';

/** Numbers of the invariants, as `docs/simulation.md` lists them. */
export const INVARIANTS: readonly number[] = Array.from({ length: 22 }, (_, index) => index + 1);

/** An invariant that did not hold. */
export interface Violation {
  readonly invariant: number;
  readonly message: string;
}

/** What a checker reports to. */
export interface Verdicts {
  /** Counts a check; when it does not hold it is a violation, described by `message`. */
  check(invariant: number, holds: boolean, message: () => string): void;
}

/** One checker. */
export interface Checker {
  readonly name: string;
  /** Something was seen; the history has it already. */
  see(seen: Observation, history: History, verdicts: Verdicts): void;
}

/** Most violations that are kept of one run: the first ones tell. */
const VIOLATIONS_MAX = 20;

/** All checkers over one history. */
export class Checkers implements Verdicts {
  readonly history: History;
  readonly violations: Violation[] = [];
  /** Checks by number of the invariant. */
  readonly counts = new Map<number, number>(INVARIANTS.map((invariant) => [invariant, 0]));
  readonly #checkers: readonly Checker[];

  constructor(history: History, checkers: readonly Checker[]) {
    this.history = history;
    this.#checkers = checkers;
  }

  /** Passes on what was seen. */
  see(seen: Observation): void {
    this.history.note(seen);
    for (const checker of this.#checkers) checker.see(seen, this.history, this);
  }

  check(invariant: number, holds: boolean, message: () => string): void {
    this.counts.set(invariant, (this.counts.get(invariant) ?? 0) + 1);
    if (!holds && this.violations.length < VIOLATIONS_MAX) this.violations.push({ invariant, message: message() });
  }
}
