import { describe, expect, test } from 'vitest';
import { isEasyToGuess } from '../../agent/domain/holder-pin.js';

const HOLDER = { dateOfBirth: '19840229', id: '28402290100017', serial: 604_913 };

describe('a PIN is easy to guess', () => {
  test.each([
    ...['0000', '77777777', '1234', '456789', '7890', '9876', '3210', '1212', '90909090'],
    ...['1984', '2902', '0229', '290284', '840229', '19840229', '29021984', '198402', '0284'],
    ...['0017', '100017', '4913'],
  ])('%s', (pin) => {
    expect(isEasyToGuess(pin, HOLDER)).toBe(true);
  });

  test.each(['2580', '7391', '4826', '13579', '48260', '1985'])('and %s is not', (pin) => {
    expect(isEasyToGuess(pin, HOLDER)).toBe(false);
  });

  test('of somebody whose birthday is not known, by its digits alone', () => {
    expect(isEasyToGuess('1984', { ...HOLDER, dateOfBirth: null })).toBe(false);
    expect(isEasyToGuess('1111', { ...HOLDER, dateOfBirth: null })).toBe(true);
  });
});
