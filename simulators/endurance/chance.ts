import { createHash } from 'node:crypto';
import type { Randomness } from '../../agent/domain/clock.js';

/** Chance that follows from a seed: the same numbers for the same seed and purpose, whatever is drawn for another purpose in between. */
export function chanceOf(seed: number, purpose: string): Randomness {
  let drawn = 0;
  const next = (): Buffer => {
    drawn += 1;
    return createHash('sha256').update(`${seed}/${purpose}/${drawn}`).digest();
  };
  return {
    bytes: (count) => {
      const pieces = Array.from({ length: Math.ceil(count / 32) }, next);
      return Uint8Array.from(Buffer.concat(pieces).subarray(0, count));
    },
    fraction: () => next().readUInt32BE() / 2 ** 32,
  };
}

/** A whole number from `least` to `most`, both included. */
export function between(chance: Randomness, least: number, most: number): number {
  return least + Math.floor(chance.fraction() * (most - least + 1));
}

/** The same things in another order. */
export function shuffled<T>(chance: Randomness, things: readonly T[]): T[] {
  const keyed = things.map((thing) => ({ thing, key: chance.fraction() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ thing }) => thing);
}
