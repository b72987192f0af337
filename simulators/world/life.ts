/** The life of a simulated process: what it set going ends with it, at once, whatever it was in the middle of. */
import type { Clock, Timers } from '../../agent/domain/clock.js';

/** See the head of this file. */
export class Life {
  /** Timers that fire only while the process lives. */
  readonly timers: Timers;
  readonly #endings: (() => void)[] = [];
  #alive = true;

  constructor(timers: Timers) {
    this.timers = {
      after: (delayMs, callback) => {
        if (!this.#alive) return () => {};
        return timers.after(delayMs, () => {
          if (this.#alive) callback();
        });
      },
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Calls `ending` when the process ends. */
  onEnd(ending: () => void): void {
    this.#endings.push(ending);
  }

  /** Ends the process, without any goodbye. */
  end(): void {
    if (!this.#alive) return;
    this.#alive = false;
    for (const ending of this.#endings) ending();
  }

  /** What the process makes of an answer from outside: nothing, when it is dead by then. */
  async while<T>(work: Promise<T>): Promise<T> {
    try {
      const result = await work;
      if (this.#alive) return result;
    } catch (error) {
      if (this.#alive) throw error;
    }
    return new Promise<T>(() => {});
  }
}

/** A clock that can be wrong: it jumps, and it walks. */
export class WrongClock implements Clock {
  readonly #right: Clock;
  #offsetMs = 0;
  #drift = 0;
  #sinceMs: number;

  constructor(right: Clock) {
    this.#right = right;
    this.#sinceMs = right.nowMs();
  }

  nowMs(): number {
    const rightMs = this.#right.nowMs();
    return Math.floor(rightMs + this.#offsetMs + (rightMs - this.#sinceMs) * this.#drift);
  }

  /** Moves the clock by so many milliseconds. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }

  /** From now on the clock gains so many milliseconds in each; it loses them when negative. */
  walk(drift: number): void {
    const rightMs = this.#right.nowMs();
    this.#offsetMs += (rightMs - this.#sinceMs) * this.#drift;
    this.#sinceMs = rightMs;
    this.#drift = drift;
  }

  /** Sets the clock right. */
  set(): void {
    this.walk(0);
    this.#offsetMs = 0;
  }
}
