import { describe, expect, test } from 'vitest';
import { ERROR_CODES, type ErrorCode } from '../../agent/domain/error-codes.js';
import { reasonFromNumber, reasonNumber } from '../../agent/domain/reasons.js';
import { vectorsOf } from '../vectors/vectors.js';

const codes = Object.keys(ERROR_CODES) as ErrorCode[];
const INTERNAL = 254;
const numbered = codes.filter((code) => reasonNumber(code) !== INTERNAL);

describe('the numbers of reasons', () => {
  test('stand for one code each, there and back', () => {
    expect(numbered.length).toBeGreaterThan(40);
    const numbers = numbered.map(reasonNumber);
    expect(new Set(numbers).size).toBe(numbers.length);
    for (const code of numbered) expect(reasonFromNumber(reasonNumber(code))).toBe(code);
    expect(reasonFromNumber(INTERNAL)).toBe('ERR_INTERNAL');
  });

  test('fit two bytes of CBOR', () => {
    for (const code of codes) {
      expect(reasonNumber(code)).toBeGreaterThan(0);
      expect(reasonNumber(code)).toBeLessThanOrEqual(0xff);
    }
  });

  test('exist for every code that a card, its ledger, or a decision on it can be refused with', () => {
    const refusals = codes.filter((code) =>
      /^ERR_(CREDENTIAL|CARD|LEDGER|PROGRAMME|QUOTA|QUANTITY|POLICY|CLOCK)(_|$)/.test(code),
    );
    expect(refusals.length).toBeGreaterThan(35);
    expect(refusals.filter((code) => !numbered.includes(code))).toEqual([]);
  });

  test('read as a fault inside where a later version wrote them, and are written so for a code without a number', () => {
    for (const number of [0, 18, 253, 255, 9999, -1, 1.5, Number.NaN])
      expect(reasonFromNumber(number)).toBe('ERR_INTERNAL');
    expect(reasonNumber('ERR_USAGE')).toBe(INTERNAL);
  });

  test('are those that were published: none was changed or given to another', () => {
    const { reasons } = vectorsOf('event.json');
    const now = Object.fromEntries([...numbered, 'ERR_INTERNAL' as const].map((code) => [reasonNumber(code), code]));
    expect(now).toEqual(reasons);
  });
});
