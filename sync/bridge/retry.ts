import type { Randomness, Timers } from '../../agent/domain/clock.js';
import { type BackoffLimits, fullJitterMs } from '../link/backoff.js';

/** How often, and how far apart, something is tried again. */
export interface RetryLimits {
  readonly attemptsMax: number;
  readonly backoff: BackoffLimits;
}

/** What waiting needs. */
export interface RetryParts {
  readonly timers: Timers;
  readonly random: Randomness;
  readonly limits: RetryLimits;
}

/** Runs `task` until it resolves, at most `attemptsMax` times, with growing waits between; rejects with the last failure. */
export async function withRetry<T>(task: () => Promise<T>, parts: RetryParts): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await task();
    } catch (error) {
      if (attempt >= parts.limits.attemptsMax) throw error;
      await pause(fullJitterMs(attempt - 1, parts.limits.backoff, parts.random), parts.timers);
    }
  }
}

/** Resolves after `delayMs`. */
export function pause(delayMs: number, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    timers.after(delayMs, resolve);
  });
}

/** Resolves when `work` does, or after `delayMs`, whichever is first. */
export function atMost(delayMs: number, work: Promise<unknown>, timers: Timers): Promise<void> {
  return new Promise((resolve) => {
    const cancel = timers.after(delayMs, resolve);
    const done = (): void => {
      cancel();
      resolve();
    };
    work.then(done, done);
  });
}
