/** Time that passes when a test says so. */
import type { Clock, Timers } from '../../agent/domain/clock.js';

/** Timers and a clock over one virtual time. */
export interface VirtualTime {
  readonly timers: Timers;
  readonly clock: Clock;
  /** Milliseconds since the start. */
  elapsedMs(): number;
  /** Timers that are set. */
  pending(): number;
  /** Lets time pass: timers fire in order, and after each one everything that was waiting for it runs. */
  advance(ms: number): Promise<void>;
  /** Lets everything run that needs no time. */
  settle(): Promise<void>;
}

/** A virtual time that starts at `startMs`. */
export function virtualTime(startMs = Date.UTC(2026, 10, 21, 6)): VirtualTime {
  let nowMs = 0;
  let order = 0;
  const timers = new Map<number, { readonly atMs: number; readonly callback: () => void }>();
  // What runs between two timers are chains of promises; turns of the event loop let them all come to rest.
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  const nextDue = (untilMs: number): number | null => {
    let due: number | null = null;
    for (const [id, { atMs }] of timers) {
      const best = due === null ? undefined : timers.get(due);
      if (atMs <= untilMs && (best === undefined || atMs < best.atMs)) due = id;
    }
    return due;
  };
  return {
    timers: {
      after: (delayMs, callback) => {
        order += 1;
        const id = order;
        timers.set(id, { atMs: nowMs + Math.max(0, delayMs), callback });
        return () => timers.delete(id);
      },
    },
    clock: { nowMs: () => startMs + nowMs },
    elapsedMs: () => nowMs,
    pending: () => timers.size,
    settle,
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (let id = nextDue(untilMs); id !== null; id = nextDue(untilMs)) {
        const timer = timers.get(id);
        timers.delete(id);
        nowMs = timer?.atMs ?? nowMs;
        timer?.callback();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}
