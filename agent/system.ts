/** The real clock, timers and randomness: the only place that touches them. */
import { randomBytes } from 'node:crypto';
import type { Clock, Randomness, Timers } from './domain/clock.js';

/** The system's clock. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** The event loop's timers. */
export const systemTimers: Timers = {
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

/** The operating system's randomness. */
export const systemRandom: Randomness = {
  bytes: (count) => Uint8Array.from(randomBytes(count)),
  fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
};
