import type { Clock } from '../domain/clock.js';
import type { TimeSource } from './trust.js';

/** What {@link timeSource} judges the system's clock by. */
export interface TimeBasis {
  readonly clock: Clock;
  /** The latest time that anything recorded here has shown, ms since 1970. */
  floorMs(): number;
  /** The latest time that the centre or the authority signed, ms since 1970; null for none. */
  signedMs(): number | null;
  /** When this software was built: no clock can be earlier. */
  readonly builtMs: number;
}

/** Two honest clocks differ by less; within it the floor is used without a word. */
const SKEW_MS = 120_000;

/** For how long a signed time vouches for the system's clock. */
const SIGNED_FOR_MS = 24 * 3_600_000;

/** The system's clock, held above its floor. A clock well behind the floor gives the floor itself, and its
 * decisions say `doubtful`. */
export function timeSource(basis: TimeBasis): TimeSource {
  return {
    now: () => {
      const systemMs = basis.clock.nowMs();
      const signedMs = basis.signedMs();
      const floorMs = Math.max(basis.floorMs(), basis.builtMs, signedMs ?? 0);
      if (systemMs < floorMs - SKEW_MS) return { ms: floorMs, quality: 'doubtful' };
      const ms = Math.max(systemMs, floorMs);
      return { ms, quality: signedMs !== null && ms - signedMs <= SIGNED_FOR_MS ? 'signed' : 'set' };
    },
  };
}
