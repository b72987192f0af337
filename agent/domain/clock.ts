/** Where the time comes from. Injected everywhere: nothing outside the adapters reads the system's clock. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. May jump; for what is recorded, never for measuring a span. */
  nowMs(): number;
}

/** Where waiting comes from: real timers in production, virtual time in tests and in the simulation. */
export interface Timers {
  /** Calls `callback` once after `delayMs`; returns how to call it off. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Where randomness comes from. */
export interface Randomness {
  /** `count` bytes fit for keys and salts. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1), for jitter and back-off only. */
  fraction(): number;
}

/**
 * How far the time of a decision can be trusted; recorded with each decision.
 * `signed`: not further than a day from time signed by the centre or authority. `set`: the system's clock, above the floor.
 * `doubtful`: the system's clock was behind the floor, so the floor was used.
 */
export type TimeQuality = 'signed' | 'set' | 'doubtful';
