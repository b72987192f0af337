import { describe, expect, it } from 'vitest';
import { AckClock } from '../../../sync/uplink/ack-clock.js';

describe('the time that the centre is given', () => {
  it('is twenty seconds before anything was measured, and ten at least whatever was', () => {
    const clock = new AckClock(60_000);
    expect(clock.timeoutMs).toBe(20_000);
    for (let index = 0; index < 50; index += 1) clock.measured(0);
    expect(clock.timeoutMs).toBe(10_000);
  });

  it('follows a centre that became slow', () => {
    const clock = new AckClock(600_000);
    clock.measured(2_000);
    for (let index = 0; index < 100; index += 1) clock.measured(30_000);
    expect(clock.timeoutMs).toBeGreaterThan(30_000);
    expect(clock.timeoutMs).toBeLessThan(40_000);
  });

  it('doubles with each silence up to the ceiling, and is back with the next measurement', () => {
    const clock = new AckClock(60_000);
    clock.measured(1_000);
    const seen = Array.from({ length: 40 }, () => {
      clock.silence();
      return clock.timeoutMs;
    });
    expect(seen.slice(0, 4)).toEqual([20_000, 40_000, 60_000, 60_000]);
    expect(seen.at(-1)).toBe(60_000);
    clock.measured(1_000);
    expect(clock.timeoutMs).toBe(10_000);
  });

  it('never exceeds a ceiling that is lower than what it would begin with', () => {
    const clock = new AckClock(1_500);
    expect(clock.timeoutMs).toBe(1_500);
    clock.silence();
    expect(clock.timeoutMs).toBe(1_500);
  });
});
