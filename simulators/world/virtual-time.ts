/** Time that passes when somebody says so. */
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

/** What differs from one virtual time to another. */
export interface VirtualTimeOptions {
  /** What its clock shows at the start. Default: 2026-11-21T06:00:00Z. */
  readonly startMs?: number;
  /**
   * Turns of the event loop after each timer. One is enough where nothing but chains of promises runs between two timers: all of them
   * come to rest before the turn ends. Parts that ask the host for something (a socket, a thread) need more. Default: 1.
   */
  readonly turns?: number;
}

interface Timer {
  readonly atMs: number;
  readonly order: number;
  callback: (() => void) | null;
}

/** A virtual time. */
export function createVirtualTime(options: VirtualTimeOptions = {}): VirtualTime {
  const { startMs = Date.UTC(2026, 10, 21, 6), turns = 1 } = options;
  let nowMs = 0;
  let order = 0;
  let live = 0;
  const queue = new TimerQueue();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    timers: {
      after: (delayMs, callback) => {
        order += 1;
        const timer: Timer = { atMs: nowMs + Math.max(0, delayMs), order, callback };
        live += 1;
        queue.push(timer);
        return () => {
          if (timer.callback !== null) live -= 1;
          timer.callback = null;
        };
      },
    },
    clock: { nowMs: () => startMs + nowMs },
    elapsedMs: () => nowMs,
    pending: () => live,
    settle,
    advance: async (ms) => {
      const untilMs = nowMs + ms;
      await settle();
      for (let timer = queue.popBefore(untilMs); timer !== null; timer = queue.popBefore(untilMs)) {
        const { callback } = timer;
        if (callback === null) continue;
        timer.callback = null;
        live -= 1;
        nowMs = timer.atMs;
        callback();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}

/** A binary heap by time, and by order among those of one time. */
class TimerQueue {
  readonly #heap: Timer[] = [];

  push(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || isBefore(above, timer)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = timer;
  }

  /** The first timer that is due by `untilMs`, called off or not; null for none. */
  popBefore(untilMs: number): Timer | null {
    const heap = this.#heap;
    const [first] = heap;
    if (first === undefined || first.atMs > untilMs) return null;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return first;
    let at = 0;
    for (;;) {
      const child = this.#smallerChild(at);
      if (child === null || !isBefore(child.timer, last)) break;
      heap[at] = child.timer;
      at = child.index;
    }
    heap[at] = last;
    return first;
  }

  #smallerChild(at: number): { readonly index: number; readonly timer: Timer } | null {
    const index = 2 * at + 1;
    const left = this.#heap[index];
    const right = this.#heap[index + 1];
    if (left === undefined) return null;
    return right !== undefined && isBefore(right, left) ? { index: index + 1, timer: right } : { index, timer: left };
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
