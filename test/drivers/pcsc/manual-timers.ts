/** Virtual time: nothing happens until a test lets it pass. */
import type { Timers } from '../../../agent/domain/clock.js';

interface Due {
  readonly atMs: number;
  readonly callback: () => void;
}

/** Timers that run when {@link ManualTimers.pass} says so, in order of their time. */
export class ManualTimers implements Timers {
  readonly #due = new Set<Due>();
  #nowMs = 0;

  /** Timers that have neither run nor been called off. */
  get pending(): number {
    return this.#due.size;
  }

  after(delayMs: number, callback: () => void): () => void {
    const due = { atMs: this.#nowMs + delayMs, callback };
    this.#due.add(due);
    return () => this.#due.delete(due);
  }

  /** Lets time pass, and everything that follows from it happen. */
  async pass(spanMs: number): Promise<void> {
    const untilMs = this.#nowMs + spanMs;
    await settled();
    for (;;) {
      const [next] = [...this.#due].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs);
      if (next === undefined) break;
      this.#due.delete(next);
      this.#nowMs = next.atMs;
      next.callback();
      await settled();
    }
    this.#nowMs = untilMs;
  }
}

/** Resolves when all that was already on its way has happened. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
