import { describe, expect, test } from 'vitest';
import { checkDraft, problemLines } from '../../../agent/trust/policy/check.js';
import { policiesIn, policyIn, SAMPLES } from './read.js';

describe('a published policy', () => {
  test.each(policiesIn(SAMPLES))('%s has neither a mistake nor a warning', (name) => {
    const { policy, problems, warnings } = checkDraft(policyIn(SAMPLES, name));
    expect([...problemLines(problems), ...problemLines(warnings)]).toEqual([]);
    expect(policy?.programmes.length).toBeGreaterThan(0);
  });
});
