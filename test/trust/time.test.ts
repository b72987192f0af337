import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type TimeBasis, timeSource } from '../../agent/trust/time.js';

const HOUR_MS = 3_600_000;
const SKEW_MS = 120_000;
const BUILT_MS = Date.UTC(2026, 10, 1);
const NOW_MS = Date.UTC(2026, 10, 21, 9);

/** The time by a clock that shows `systemMs`. */
function at(systemMs: number, basis: { floorMs?: number; signedMs?: number | null } = {}) {
  const { floorMs = 0, signedMs = null } = basis;
  const parts: TimeBasis = {
    clock: { nowMs: () => systemMs },
    floorMs: () => floorMs,
    signedMs: () => signedMs,
    builtMs: BUILT_MS,
  };
  return timeSource(parts).now();
}

describe('the time that decisions are made by', () => {
  test('is the clock’s where nothing speaks against it', () => {
    expect(at(NOW_MS)).toEqual({ ms: NOW_MS, quality: 'set' });
    expect(at(NOW_MS, { floorMs: NOW_MS })).toEqual({ ms: NOW_MS, quality: 'set' });
  });

  test('is never before what was recorded, signed or built, and then says that it is doubtful', () => {
    expect(at(NOW_MS - SKEW_MS - 1, { floorMs: NOW_MS })).toEqual({ ms: NOW_MS, quality: 'doubtful' });
    expect(at(NOW_MS - SKEW_MS - 1, { signedMs: NOW_MS })).toEqual({ ms: NOW_MS, quality: 'doubtful' });
    expect(at(0)).toEqual({ ms: BUILT_MS, quality: 'doubtful' });
    expect(at(0, { floorMs: NOW_MS, signedMs: NOW_MS + HOUR_MS })).toEqual({
      ms: NOW_MS + HOUR_MS,
      quality: 'doubtful',
    });
  });

  test('is vouched for by a signed time for one day, and no longer', () => {
    const signedMs = NOW_MS - 24 * HOUR_MS;
    expect(at(NOW_MS, { signedMs })).toEqual({ ms: NOW_MS, quality: 'signed' });
    expect(at(NOW_MS + 1, { signedMs })).toEqual({ ms: NOW_MS + 1, quality: 'set' });
    expect(at(NOW_MS, { signedMs: NOW_MS })).toEqual({ ms: NOW_MS, quality: 'signed' });
  });

  test('is doubtful, not signed, when the clock is well behind the very time that was signed', () => {
    expect(at(NOW_MS - SKEW_MS - 1, { signedMs: NOW_MS, floorMs: NOW_MS - 2000 }).quality).toBe('doubtful');
  });

  test('is the floor without a word while the clock is behind it by no more than honest clocks differ', () => {
    expect(at(NOW_MS - SKEW_MS, { floorMs: NOW_MS })).toEqual({ ms: NOW_MS, quality: 'set' });
    expect(at(NOW_MS - SKEW_MS, { signedMs: NOW_MS })).toEqual({ ms: NOW_MS, quality: 'signed' });
  });

  test('follows a floor that rises while the clock stands', () => {
    let floorMs = NOW_MS;
    const source = timeSource({
      clock: { nowMs: () => NOW_MS },
      floorMs: () => floorMs,
      signedMs: () => null,
      builtMs: 0,
    });
    expect(source.now()).toEqual({ ms: NOW_MS, quality: 'set' });
    floorMs += HOUR_MS;
    expect(source.now()).toEqual({ ms: NOW_MS + HOUR_MS, quality: 'doubtful' });
  });

  test('never goes back while each answer becomes the floor, however the clock walks', () => {
    const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(time, fc.option(time)), { minLength: 1, maxLength: 20 }), (walk) => {
        let floorMs = 0;
        for (const [systemMs, signedMs] of walk) {
          const { ms, quality } = at(systemMs, { floorMs, signedMs });
          expect(ms).toBeGreaterThanOrEqual(Math.max(floorMs, BUILT_MS, signedMs ?? 0));
          expect(quality === 'doubtful').toBe(ms - systemMs > SKEW_MS);
          floorMs = ms;
        }
      }),
    );
  });
});
