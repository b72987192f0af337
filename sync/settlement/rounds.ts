/** Rounds of work, one after the other: at once while there is more to do, after a pause when there was nothing, after ever longer ones while they fail. */
import type { Timers } from '../../agent/domain/clock.js';
import type { BackoffLimits } from '../link/backoff.js';

/** What rounds are made of. */
export interface RoundsParts {
  readonly timers: Timers;
  readonly limits: {
    /** Pause after a round that had nothing to do, ms. */
    readonly pollMs: number;
    /** Pauses after a failure, each twice as long as the one before. */
    readonly backoff: BackoffLimits;
  };
  /** One round; resolves to whether there may be more to do at once. */
  round(): Promise<boolean>;
  /** A round failed; it is tried again. */
  failed(problem: unknown): void;
}

/** See the head of this file. */
export class Rounds {
  readonly #parts: RoundsParts;
  #running: Promise<void> | null = null;
  #stopping = false;
  #wake: (() => void) | null = null;

  constructor(parts: RoundsParts) {
    this.#parts = parts;
  }

  /** True once it was told to stop: a round that takes long begins nothing more. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Begins; does nothing where it has. */
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

  async #run(): Promise<void> {
    const { limits } = this.#parts;
    let failures = 0;
    while (!this.#stopping) {
      let worked = false;
      try {
        worked = await this.#parts.round();
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#parts.failed(error);
      }
      if (worked) continue;
      const { baseMs, maxMs } = limits.backoff;
      await this.#wait(failures === 0 ? limits.pollMs : Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 20)));
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
