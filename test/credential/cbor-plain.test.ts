/** The short way through plain CBOR gives what the long way through cborg gives, or leaves it to that. */
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePlain, encodePlain } from '../../agent/credential/cbor-plain.js';

const LIMITS = { bytesMax: 100_000, depthMax: 4, itemsMax: 1000 };
const scalar = fc.oneof(
  fc.maxSafeNat(),
  fc.constantFrom(0, 23, 24, 255, 256, 65_535, 65_536, 0xffff_ffff, 0x1_0000_0000, Number.MAX_SAFE_INTEGER),
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  fc.constantFrom(null, true, false),
);
const { plain } = fc.letrec((tie) => ({
  plain: fc.oneof({ maxDepth: 3 }, scalar, fc.array(tie('plain'), { maxLength: 30 })),
}));
/** What is read besides: maps, texts in any script, negative integers. */
const { readable } = fc.letrec((tie) => ({
  readable: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.integer({ min: Number.MIN_SAFE_INTEGER, max: -1 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.array(tie('readable'), { maxLength: 12 }),
    fc
      .array(fc.tuple(fc.oneof(fc.integer(), fc.string({ unit: 'grapheme', maxLength: 8 })), tie('readable')), {
        maxLength: 8,
      })
      .map((entries) => new Map(entries)),
  ),
}));
const strict = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
  rejectDuplicateMapKeys: true,
  useMaps: true,
} as const;
const hex = (bytes: Uint8Array | null): string => (bytes === null ? 'none' : Buffer.from(bytes).toString('hex'));

describe('plain CBOR', () => {
  it('is written as cborg writes it', () => {
    fc.assert(
      fc.property(plain, (value) => {
        expect(hex(encodePlain(value))).toBe(hex(encode(value, rfc8949EncodeOptions)));
      }),
    );
  });

  it('is read as cborg reads it', () => {
    fc.assert(
      fc.property(readable, (value) => {
        expect(decodePlain(Uint8Array.from(encode(value, rfc8949EncodeOptions)), LIMITS)).toEqual(value);
      }),
    );
  });

  it('is never read from bytes that cborg refuses, or reads as something else', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
      fc.tuple(readable, fc.nat(), fc.nat(255)).map(([value, at, byte]) => {
        const whole = Uint8Array.from(encode(value, rfc8949EncodeOptions));
        return whole.with(at % whole.length, byte);
      }),
    );
    fc.assert(
      fc.property(bytes, (one) => {
        const read = decodePlain(one, LIMITS);
        if (read === undefined) return;
        expect(read).toEqual(decode(one, strict));
        expect(hex(encode(read, rfc8949EncodeOptions))).toBe(hex(one));
      }),
      { numRuns: 5000 },
    );
  });

  it.each([
    ['a negative zero', -0],
    ['a negative number', -1],
    ['a fraction', 1.5],
    ['a number beyond the safe ones', 2 ** 53],
    ['a map', new Map([[1, 2]])],
    ['an object', { a: 1 }],
    ['a text that is not ASCII', 'خبز'],
    ['nothing', undefined],
    ['a big integer', 5n],
    ['one of them inside', [1, [new Map()]]],
  ])('is not %s', (_what, value) => expect(encodePlain(value)).toBeNull());

  it.each([
    ['1800', 'a length that is longer than it needs to be'],
    ['1900ff', 'the same in two bytes'],
    ['1b0000000000000001', 'the same in eight'],
    ['1b0020000000000000', 'an integer beyond the safe ones'],
    ['82', 'an array without its items'],
    ['9bffffffffffffffff', 'an array that no memory has room for'],
    ['42aa', 'a byte string that is cut off'],
    ['8181818181', 'more nesting than allowed'],
    ['0000', 'two items'],
    ['9f01ff', 'an indefinite length'],
    ['c000', 'a tag'],
    ['f7', 'undefined'],
    ['fb3ff8000000000000', 'a fraction'],
    ['3b001fffffffffffff', 'a negative number that is not safe'],
    ['62c328', 'a text that is not UTF-8'],
    ['63efbbbf', 'a text with a byte-order mark'],
    ['a202000100', 'a map out of order'],
    ['a201000100', 'a map with a key twice'],
    ['a1f500', 'a map with a key that is no integer or text'],
    ['a2610000', 'a map cut short'],
    ['1c', 'a reserved length'],
  ])('is not %s: %s', (bytes) => expect(decodePlain(Buffer.from(bytes, 'hex'), LIMITS)).toBeUndefined());

  it('has no more items than allowed', () => {
    const items = encode(Array.from({ length: 10 }, () => 1));
    expect(decodePlain(items, { ...LIMITS, itemsMax: 11 })).toHaveLength(10);
    expect(decodePlain(items, { ...LIMITS, itemsMax: 10 })).toBeUndefined();
  });
});
