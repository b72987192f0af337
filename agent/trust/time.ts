import type { Clock, TimeQuality } from '../domain/clock.js';

/** The time that decisions are made by. */
export interface TimeSource {
  /** Now, and how far it can be trusted. Never earlier than anything that this terminal has recorded. */
  now(): { readonly ms: number; readonly quality: TimeQuality };
}

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

/** For how long a signed time vouches for the system's clock. */
const SIGNED_FOR_MS = 24 * 3_600_000;

/** The system's clock, held above its floor. A clock behind the floor gives the floor itself, and its decisions say `doubtful`. */
export function timeSource(basis: TimeBasis): TimeSource {
  return {
    now: () => {
      const systemMs = basis.clock.nowMs();
      const signedMs = basis.signedMs();
      const floorMs = Math.max(basis.floorMs(), basis.builtMs, signedMs ?? 0);
      if (systemMs < floorMs) return { ms: floorMs, quality: 'doubtful' };
      return { ms: systemMs, quality: signedMs !== null && systemMs - signedMs <= SIGNED_FOR_MS ? 'signed' : 'set' };
    },
  };
}
