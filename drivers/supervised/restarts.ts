/**
 * How soon a process may be started again after it died: soon after the first death, later after each further one, and never more than six times a
 * minute in the long run, for ever: with nobody technical on site, giving up would mean paper lists. A process that lived well for a while makes up for all.
 */
import type { Timers } from '../../agent/domain/clock.js';

/** Pauses between lives, in milliseconds. */
export interface RestartLimits {
  /** After the first death. Doubles with each further one. */
  readonly restMinMs: number;
  readonly restMaxMs: number;
  /** A life of this length is a good one. */
  readonly goodLifeMs: number;
}

/** What holds unless a driver says otherwise. */
export const RESTART_LIMITS: RestartLimits = { restMinMs: 250, restMaxMs: 10_000, goodLifeMs: 5_000 };

/** See the module's head. */
export class Restarts {
  readonly #timers: Timers;
  readonly #limits: RestartLimits;
  #deaths = 0;
  #rest: Promise<void> = Promise.resolve();
  #cancelGoodLife: () => void = () => undefined;

  constructor(timers: Timers, limits: RestartLimits = RESTART_LIMITS) {
    this.#timers = timers;
    this.#limits = limits;
  }

  /** Deaths in a row. */
  get deaths(): number {
    return this.#deaths;
  }

  /** Resolves when a life may begin. */
  rested(): Promise<void> {
    return this.#rest;
  }

  /** A life begins. */
  begun(): void {
    this.#cancelGoodLife();
    this.#cancelGoodLife = this.#timers.after(this.#limits.goodLifeMs, () => {
      this.#deaths = 0;
    });
  }

  /** A life ended as it should. */
  ended(): void {
    this.#cancelGoodLife();
  }

  /** A life ended as it should not. */
  died(): void {
    this.#cancelGoodLife();
    const { restMinMs, restMaxMs } = this.#limits;
    const restMs = Math.min(restMinMs * 2 ** this.#deaths, restMaxMs);
    this.#deaths += 1;
    this.#rest = new Promise((resolve) => void this.#timers.after(restMs, resolve));
  }
}
