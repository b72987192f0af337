/** How long to wait for the centre behind a broker that cannot tell whether it is there: learned from how long it took before, as TCP learns when to send again (RFC 6298). */

/** Before anything was measured. */
const FIRST_MS = 20_000;
/** However quick the centre was: a centre that has thousands of terminals back at once is slower than yesterday. */
const MIN_MS = 10_000;
/** Weights of RFC 6298 §2. */
const SMOOTHING = 1 / 8;
const DEVIATION = 1 / 4;
const DEVIATIONS = 4;

/**
 * The time that the centre has to acknowledge a batch which the broker has taken. Follows what was measured, doubles with each
 * silence, and never exceeds the ceiling.
 */
export class AckClock {
  readonly #ceilingMs: number;
  #meanMs: number | null = null;
  #deviationMs = 0;
  #silences = 0;

  constructor(ceilingMs: number) {
    this.#ceilingMs = ceilingMs;
  }

  /** How long to wait now. */
  get timeoutMs(): number {
    const learned = this.#meanMs === null ? FIRST_MS : this.#meanMs + DEVIATIONS * this.#deviationMs;
    return Math.min(this.#ceilingMs, Math.max(MIN_MS, learned) * 2 ** this.#silences);
  }

  /** An acknowledgement took this long. Only of a batch that was sent once: of another it is not known which sending was answered. */
  measured(tookMs: number): void {
    this.#silences = 0;
    if (this.#meanMs === null) {
      this.#meanMs = tookMs;
      this.#deviationMs = tookMs / 2;
      return;
    }
    this.#deviationMs += DEVIATION * (Math.abs(tookMs - this.#meanMs) - this.#deviationMs);
    this.#meanMs += SMOOTHING * (tookMs - this.#meanMs);
  }

  /** Nothing came in time. */
  silence(): void {
    // More than this many only meet the ceiling again.
    this.#silences = Math.min(this.#silences + 1, 16);
  }
}
