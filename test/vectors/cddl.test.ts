/** The reader of CDDL that the formats are checked with: it must refuse, or it shows nothing. */
import { describe, expect, test } from 'vitest';
import { looseEnds, matchesRule } from './cddl.js';
import { parseCddl } from './cddl-parser.js';
import { writeCbor } from './independent-cbor.js';

const rules = parseCddl(`
  top = { 1: count, ? 2: (tstr / nil), -3: [a: 1..3, * count], "x" : bstr .size (1..2), * tstr => any, ends, }
  ends = ( name: tstr .regexp "[a-z]{2}", ? more: [0*2 (key: tstr, value: count)] ) ; a group
  count = 0..10
  sealed = #6.18([bstr .cbor count, h'0aff', "said"])
`);

const good = new Map<unknown, unknown>([
  [1, 5],
  [-3, [2, 9, 10]],
  ['x', Uint8Array.of(1)],
  ['name', 'ab'],
  ['free', true],
]);
const but = (key: unknown, value: unknown): Map<unknown, unknown> => new Map(good).set(key, value);
const without = (key: unknown): Map<unknown, unknown> => new Map([...good].filter(([name]) => name !== key));

describe('the CDDL reader', () => {
  test.each<[string, Map<unknown, unknown>]>([
    ['as it is', good],
    ['an optional member', but(2, null)],
    ['the other choice', but(2, 'text')],
    ['nothing repeated', but(-3, [1])],
    ['a group repeated', but('more', ['a', 1, 'b', 2])],
    ['a group not there', but('more', [])],
  ])('accepts: %s', (_what, item) => {
    expect(matchesRule(rules, 'top', item)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['a member missing', without(1)],
    ['a member of a group missing', without('name')],
    ['a value out of its range', but(1, 11)],
    ['a fraction', but(1, 1.5)],
    ['a choice that is none', but(2, 7)],
    ['an optional member of the wrong type, which no wildcard saves', but('more', 'text')],
    ['a key that no entry takes', but(4, 1)],
    ['an element too small', but(-3, [0])],
    ['no element', but(-3, [])],
    ['a repeated element of the wrong type', but(-3, [1, 'x'])],
    ['half a group', but('more', ['a'])],
    ['a group too often', but('more', ['a', 1, 'b', 2, 'c', 3])],
    ['bytes too long', but('x', new Uint8Array(3))],
    ['text for bytes', but('x', 'y')],
    ['text that only begins right', but('name', 'abc')],
    ['an array', [1]],
    ['nothing', null],
  ])('refuses: %s', (_what, item) => {
    expect(matchesRule(rules, 'top', item)).toBe(false);
  });

  test('looks into tags and byte strings', () => {
    const sealed = (tag: number, inner: Uint8Array) => ({ tag, item: [inner, Uint8Array.of(0x0a, 0xff), 'said'] });
    expect(matchesRule(rules, 'sealed', sealed(18, writeCbor(7)))).toBe(true);
    expect(matchesRule(rules, 'sealed', sealed(17, writeCbor(7)))).toBe(false);
    expect(matchesRule(rules, 'sealed', sealed(18, writeCbor(11)))).toBe(false);
    expect(matchesRule(rules, 'sealed', sealed(18, Uint8Array.of(0x18, 0x07)))).toBe(false);
    expect(matchesRule(rules, 'sealed', sealed(18, new Uint8Array(0)))).toBe(false);
  });

  test.each([
    ['a rule twice', 'a = 1 b = 2 a = 3'],
    ['a control that it does not know', 'a = tstr .pcre "x"', 'x'],
    ['a bracket left open', 'a = { b: 1'],
    ['a choice of groups', 'a = { b: 1 // c: 2 }'],
    ['a socket', 'a /= 1'],
    ['a key without a cut', 'a = { 1 => 2 }'],
  ])('says so when it does not understand %s', (_what, text, item: unknown = 1) => {
    expect(() => matchesRule(parseCddl(text), 'a', item)).toThrow(Error);
  });

  test('finds names that lead nowhere', () => {
    expect(looseEnds(rules)).toEqual({ undefinedNames: [], unusedRules: ['sealed'] });
    expect(looseEnds(parseCddl('a = [b, c] c = { 1: tstr .cbor d }'))).toEqual({
      undefinedNames: ['b', 'd'],
      unusedRules: [],
    });
  });
});
