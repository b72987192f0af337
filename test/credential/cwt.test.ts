import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CredentialClaims, decodeClaims, encodeClaims } from '../../agent/credential/cwt.js';
import { claims } from '../support/people.js';

const uint = fc.maxSafeNat();
const name = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter(
    (text) =>
      !/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2060-\u206f\u{e0000}-\u{e007f}]/u.test(text) &&
      text.length <= 80 &&
      text.charCodeAt(0) !== 0xfeff,
  );
const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });

/** Any claims that an issuer may state. */
const anyClaims: fc.Arbitrary<CredentialClaims> = fc.record({
  issuedAt: uint,
  notBefore: optional(uint),
  expiresAt: uint,
  identity: fc.record({
    id: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 }),
    language: fc.constantFrom('ara', 'fra', 'eng'),
    fullName: name,
    dateOfBirth: optional(fc.constantFrom('19840229', '20261121')),
    gender: optional(fc.constantFrom(1, 2, 3)),
    secondName: optional(fc.record({ text: name, language: fc.constantFrom('eng', 'fra') })),
  }),
  entitlements: fc.integer({ min: 1, max: 99 }).chain((householdSize) =>
    fc.record({
      version: fc.constant(1),
      card: uint,
      household: uint,
      householdSize: fc.constant(householdSize),
      draws: fc.integer({ min: 1, max: householdSize }),
      homeSite: uint,
      coverage: optional(fc.record({ plan: uint, class: uint, familyUnit: uint })),
      rationScheme: optional(uint),
      layout: fc.constantFrom(0, 1, 2),
      uid: optional(fc.uint8Array({ minLength: 4, maxLength: 10 })),
    }),
  ),
});

describe('the claims of a credential', () => {
  test('come back as they were stated, whatever an issuer may state', () => {
    fc.assert(
      fc.property(anyClaims, (given) => {
        const payload = encodeClaims(given);
        // Longer ones are refused for their length alone; no card could hold them.
        if (payload.length <= 1024) expect(decodeClaims(payload)).toEqual({ ok: true, claims: given });
      }),
    );
  });

  test('have one form: the same claims give the same bytes', () => {
    fc.assert(
      fc.property(anyClaims, (given) => {
        expect(encodeClaims(structuredClone(given))).toEqual(encodeClaims(given));
      }),
    );
  });

  test('are read whatever letters a name has, the joiners of Persian and emoji beyond the first plane included', () => {
    for (const fullName of ['می‌خواهم', 'Łucja Đorđević', '李小龍', '𞤀𞤣𞤢𞤥', 'O’Brien-Núñez', 'אבגד']) {
      const given = { ...claims(), identity: { ...claims().identity, fullName } };
      expect(decodeClaims(encodeClaims(given)), fullName).toEqual({ ok: true, claims: given });
    }
  });

  test.each([
    ['U+061C', '\u061c'],
    ['U+200E', '\u200e'],
    ['U+200F', '\u200f'],
    ['U+202A', '\u202a'],
    ['U+202E', '\u202e'],
    ['U+2066', '\u2066'],
    ['U+2069', '\u2069'],
    ['U+0000', '\u0000'],
    ['a line end', '\n'],
    ['U+007F', '\u007f'],
    ['U+0085', '\u0085'],
  ])('are refused with %s in any text of the identity', (_what, character) => {
    const { identity } = claims();
    const texts = [
      { ...identity, id: `1${character}` },
      { ...identity, language: `a${character}` },
      { ...identity, fullName: `${character}منى` },
      { ...identity, secondName: { text: `Mo${character}na`, language: 'eng' } },
      { ...identity, secondName: { text: 'Mona', language: `e${character}` } },
    ];
    for (const one of texts) {
      expect(decodeClaims(encodeClaims({ ...claims(), identity: one }))).toEqual({ ok: false, problem: 'payload' });
    }
  });

  test('say "version" only for a later one, and then whatever else is wrong', () => {
    const { entitlements } = claims();
    const read = (change: object): unknown =>
      decodeClaims(encodeClaims({ ...claims(), entitlements: { ...entitlements, ...change } }));
    expect(read({ version: 2, draws: 50 })).toEqual({ ok: false, problem: 'version' });
    expect(read({ version: 0 })).toEqual({ ok: false, problem: 'payload' });
    expect(read({ version: -1 })).toEqual({ ok: false, problem: 'payload' });
    expect(read({ version: '2' })).toEqual({ ok: false, problem: 'payload' });
  });
});
