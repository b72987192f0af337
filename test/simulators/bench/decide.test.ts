import { describe, expect, it } from 'vitest';
import { checkDraft } from '../../../agent/trust/policy/check.js';
import { benchDecide, largestPolicy } from '../../../simulators/bench/decide.js';

describe('the benchmark of decisions', () => {
  it('takes the largest policy that there can be', () => {
    const problems = (programmes: number) => {
      const { version: _, expiresAt: __, ...draft } = largestPolicy(programmes);
      return checkDraft(draft).problems;
    };
    expect(problems(64)).toEqual([]);
    expect(problems(65)).not.toEqual([]);
  });

  it('lets every rule look that can, and compares with the very snapshot', () => {
    const { small, largest, ratios } = benchDecide(15);
    expect(ratios).toEqual({ small: small.ratio, largest: largest.ratio });
    expect(small.rules).toBe(3);
    expect(largest.rules).toBeGreaterThan(200);
    expect(largest.snapshotBytes).toBeGreaterThan(500_000);
    const figures = [small.ratio, largest.ratio, small.decisionsPerSecond, largest.decisionsPerSecond];
    expect(figures.every((one) => one > 0)).toBe(true);
  });
});
