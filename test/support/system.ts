/** The clock, the timers and the randomness of this machine, for tests that run real parts. */
import { randomBytes } from 'node:crypto';
import type { Clock, Randomness, Timers } from '../../agent/domain/clock.js';

export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemTimers: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export const systemRandom: Randomness = {
  bytes: (count) => Uint8Array.from(randomBytes(count)),
  fraction: () => Math.random(),
};

/** Resolves once `condition` holds; rejects with `what` when that takes longer than `timeoutMs`. */
export async function eventually(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
