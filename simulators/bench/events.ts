/** Realistic services for measuring: cards drawn from ten million, seconds apart, quantities that vary. Always the same for the same seed. */
import type { Randomness } from '../../agent/domain/clock.js';
import type { RedemptionEvent } from '../../agent/domain/event.js';

/** Randomness that is the same in every run: xorshift32. For measuring only. */
export function seeded(seed: number): Randomness {
  let x = seed | 1;
  const next = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => next() & 0xff),
    fraction: () => next() / 2 ** 32,
  };
}

/** `count` services of one outlet, one after another. */
export function services(count: number, random: Randomness, beginSec: number): RedemptionEvent[] {
  const pick = (n: number): number => Math.floor(random.fraction() * n);
  let time = beginSec;
  return Array.from({ length: count }, () => {
    time += 10 + pick(80);
    return {
      type: 'redemption',
      time,
      card: 1 + pick(10_000_000),
      ledgerSequence: 2 + pick(800),
      programme: 1,
      items: [{ commodity: 1, quantity: 1 + pick(25) }],
      versions: { keys: 3, hotlist: 412, policy: 17, time: 'signed' },
      operator: 4,
    };
  });
}
