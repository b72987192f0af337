/** Builds the views again and again, for as long as settlement runs. */
import type { Timers } from '../../../agent/domain/clock.js';
import type { BackoffLimits } from '../../link/backoff.js';
import { Rounds } from '../rounds.js';
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
  readonly #builder: ViewRunnerParts['builder'];
  readonly #rounds: Rounds;
  #failures = 0;

  constructor({ builder, timers, limits, report }: ViewRunnerParts) {
    this.#builder = builder;
    this.#rounds = new Rounds({
      ...{ timers, limits },
      round: () => builder.round(),
      failed: (error) => {
        this.#failures += 1;
        report(error);
      },
    });
  }

  /** Begins. The database may come later. */
  start(): void {
    this.#rounds.start();
  }

  /** Begins nothing more; resolves when what is under way is over. */
  async stop(): Promise<void> {
    await this.#rounds.stop();
  }

  /** What was done since the start. */
  counters(): { readonly viewWritten: number; readonly viewRemoved: number; readonly viewFailures: number } {
    const { written, removed } = this.#builder.counters;
    return { viewWritten: written, viewRemoved: removed, viewFailures: this.#failures };
  }
}
