import type { Randomness } from '../../agent/domain/clock.js';

/** Bounds of a back-off. */
export interface BackoffLimits {
  /** Longest wait before the first repetition. */
  readonly baseMs: number;
  /** Longest wait of all. */
  readonly maxMs: number;
}

/**
 * How long to wait before repetition `attempt` (0 for the first): evenly spread between 0 and a ceiling that doubles up to `maxMs`.
 * Full jitter, so that a thousand terminals that lost the same tower do not all come back in the same second.
 */
export function fullJitterMs(attempt: number, limits: BackoffLimits, random: Randomness): number {
  const ceilingMs = Math.min(limits.maxMs, limits.baseMs * 2 ** Math.min(attempt, 30));
  return Math.floor(random.fraction() * ceilingMs);
}
