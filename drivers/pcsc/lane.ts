/**
 * One operation at a time towards one reader, each with a deadline. What has not begun when its deadline passes is never
 * begun: a write that was given up must not reach a card later.
 */
import type { Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';

/** Most operations that may wait; the port promises one caller at a time, so more is a fault of the caller. */
export const LANE_WAITING_MAX = 16;

interface Job {
  readonly begin: () => Promise<void>;
  readonly fail: (error: WaslError) => void;
}

/** A lane of operations. An operation that hangs holds up the next ones until it settles; they then fail by deadline. */
export class Lane {
  readonly #timers: Timers;
  readonly #timeoutMs: number;
  readonly #waiting: Job[] = [];
  #current: Job | null = null;

  /** `timeoutMs` runs from the call of {@link run}, waiting included. */
  constructor(timers: Timers, timeoutMs: number) {
    this.#timers = timers;
    this.#timeoutMs = timeoutMs;
  }

  /** Runs `operation` when all before it have settled. Rejects with what it rejects with, `ERR_CARD_TIMEOUT`, or the error given to {@link abandon}. */
  run<T>(operation: () => Promise<T>): Promise<T> {
    if (this.#waiting.length >= LANE_WAITING_MAX) {
      return Promise.reject(new WaslError('ERR_CARD_IO', 'too many calls wait for the card'));
    }
    return new Promise<T>((resolve, reject) => {
      const fail = (error: unknown): void => {
        cancel();
        reject(error);
      };
      const job: Job = {
        begin: async () => {
          try {
            const value = await operation();
            cancel();
            resolve(value);
          } catch (error) {
            fail(error);
          }
        },
        fail,
      };
      const cancel = this.#timers.after(this.#timeoutMs, () => {
        this.#forget(job);
        reject(new WaslError('ERR_CARD_TIMEOUT', undefined, { details: { timeoutMs: this.#timeoutMs } }));
      });
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** Fails the operation that runs and all that wait, now. What runs is not interrupted: nothing can; its outcome is dropped. */
  abandon(error: WaslError): void {
    this.#current?.fail(error);
    for (const job of this.#waiting.splice(0)) job.fail(error);
  }

  #forget(job: Job): void {
    const index = this.#waiting.indexOf(job);
    if (index >= 0) this.#waiting.splice(index, 1);
  }

  #next(): void {
    if (this.#current !== null) return;
    const job = this.#waiting.shift();
    if (job === undefined) return;
    this.#current = job;
    void job.begin().finally(() => {
      this.#current = null;
      this.#next();
    });
  }
}
