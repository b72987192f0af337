/** Builds the views again and again, for as long as settlement runs. */
import type { Timers } from '../../../agent/domain/clock.js';
import type { BackoffLimits } from '../../link/backoff.js';
import type { ViewBuilder } from './builder.js';

/** What a runner is made of. */
export interface ViewRunnerParts {
  readonly builder: ViewBuilder;
  readonly timers: Timers;
  readonly limits: {
    /** Pause between two looks at databases in which nothing happened. */
    readonly pollMs: number;
    /** Pauses after a failure, each twice as long as the one before. */
    readonly backoff: BackoffLimits;
  };
  /** Hears of what went wrong and is tried again. */
  readonly report: (problem: unknown) => void;
}

/** See the head of this file. */
export class ViewRunner {
  readonly #parts: ViewRunnerParts;
  #failures = 0;
  #running: Promise<void> | null = null;
  #stopping = false;
  #wake: (() => void) | null = null;

  constructor(parts: ViewRunnerParts) {
    this.#parts = parts;
  }

  /** Begins. The database may come later. */
  start(): void {
    if (this.#running !== null) return;
    this.#stopping = false;
    this.#running = this.#run();
  }

  /** Begins nothing more; resolves when what is under way is over. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#wake?.();
    await this.#running;
    this.#running = null;
  }

  /** What was done since the start. */
  counters(): { readonly viewWritten: number; readonly viewRemoved: number; readonly viewFailures: number } {
    const { written, removed } = this.#parts.builder.counters;
    return { viewWritten: written, viewRemoved: removed, viewFailures: this.#failures };
  }

  async #run(): Promise<void> {
    const { builder, limits, report } = this.#parts;
    let failed = 0;
    while (!this.#stopping) {
      let worked = false;
      try {
        worked = await builder.round();
        failed = 0;
      } catch (error) {
        failed += 1;
        this.#failures += 1;
        report(error);
      }
      if (worked) continue;
      const { baseMs, maxMs } = limits.backoff;
      await this.#wait(failed === 0 ? limits.pollMs : Math.min(maxMs, baseMs * 2 ** Math.min(failed - 1, 20)));
    }
  }

  #wait(delayMs: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.timers.after(delayMs, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}
