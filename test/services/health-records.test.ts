/** Who may open and write which health records: what the rules of the policy come to, and which rules are refused. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { healthStatements } from '../../agent/cli/policy/health.js';
import { LANGUAGES } from '../../agent/domain/texts.js';
import { healthAccess, mayBeWrittenAt } from '../../agent/services/health-records.js';
import { checkDraft } from '../../agent/trust/policy/check.js';
import { pathText } from '../../agent/trust/policy/problem.js';
import { RULES } from '../health/samples.js';

const policy = { healthRecords: RULES };
const at = (siteKind: string, role: string, isAccredited = true) =>
  healthAccess(policy, { siteKind, role, isAccredited });

describe('who may open health records', () => {
  it('is said by the rules for the kind of site and the role, each for its kinds of records', () => {
    expect(at('laboratory', 'laboratory')).toEqual({
      read: ['laboratory-request', 'allergy'],
      write: ['laboratory-result'],
    });
    expect(at('family-unit', 'laboratory')).toEqual({ refused: 'ERR_HEALTH_ROLE' });
    expect(at('family-unit', '')).toEqual({ refused: 'ERR_HEALTH_ROLE' });
    expect(at('grocer', 'doctor')).toEqual({ refused: 'ERR_HEALTH_SITE' });
    expect(at('family-unit', 'doctor', false)).toEqual({ refused: 'ERR_HEALTH_SITE' });
  });

  it('is nobody where the policy says nothing', () => {
    const nobody = healthAccess({}, { siteKind: 'family-unit', role: 'doctor', isAccredited: true });
    expect(nobody).toEqual({ refused: 'ERR_HEALTH_SITE' });
    expect(mayBeWrittenAt({}, 'family-unit', null)).toBe(false);
  });

  it('adds up over rules; one without roles or kinds of sites is for whoever serves, at every accredited site', () => {
    const open = { healthRecords: { ...RULES, rules: [...RULES.rules, { read: ['allergy'], write: [] }] } } as const;
    const who = { siteKind: 'grocer', role: 'clerk', isAccredited: true };
    expect(healthAccess(open, who)).toEqual({ read: ['allergy'], write: [] });
    const nobody = healthAccess(open, { ...who, role: '' });
    expect(nobody).toEqual({ refused: 'ERR_HEALTH_ROLE' });
  });

  it('is not who may have written them: that goes by the kind of site', () => {
    expect(mayBeWrittenAt(policy, 'laboratory', 'laboratory-result')).toBe(true);
    expect(mayBeWrittenAt(policy, 'laboratory', 'history')).toBe(false);
    expect(mayBeWrittenAt(policy, 'laboratory', null)).toBe(true);
    expect(mayBeWrittenAt(policy, 'grocer', null)).toBe(false);
  });
});

describe('the rules of a policy', () => {
  const sample = JSON.parse(
    readFileSync(new URL('../../docs/samples/morocco-pharmacy.policy.json', import.meta.url), 'utf8'),
  ) as { healthRecords: { rules: object[] } };
  const problemsWith = (healthRecords: object): string[] =>
    checkDraft({ ...sample, healthRecords }).problems.map(({ path, remedy }) => `${pathText(path)}: ${remedy}`);

  it('are good in the sample, and said in every language', () => {
    const { policy: checked, problems } = checkDraft(sample);
    expect(problems).toEqual([]);
    if (checked === null) throw new Error('the sample is good');
    for (const language of LANGUAGES) {
      const said = healthStatements(checked, language);
      expect(said?.lines).toHaveLength(sample.healthRecords.rules.length + 1);
      expect(said?.lines.join('')).not.toMatch(/undefined|null/);
    }
    const { healthRecords: _none, ...without } = checked;
    expect(healthStatements(without, 'en')).toBeNull();
  });

  it.each([
    ['allows nothing', [{ read: [], write: [] }], /name kinds in "read" or "write"/],
    ['names a kind that is none', [{ read: ['x-ray'], write: [] }], /write one of/],
    [
      'names a role that a record has no room for',
      [{ roles: ['chief-of-the-laboratory'], read: ['history'], write: [] }],
      /shorten it/,
    ],
    ['lacks what is written', [{ read: ['history'] }], /add it/],
  ])('are refused where one %s', (_what, rules, remedy) => {
    const problems = problemsWith({ rules, whenFull: 'refuse' });
    expect(problems).toHaveLength(1);
    expect(problems[0]).toMatch(remedy);
    expect(problems[0]).toMatch(/^healthRecords\.rules/);
  });

  it('say what becomes of a full card', () => {
    expect(problemsWith({ rules: sample.healthRecords.rules })).toEqual([
      expect.stringMatching(/^healthRecords\.whenFull/),
    ]);
  });
});
