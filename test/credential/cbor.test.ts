import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CborProblem, decodeCbor, encodeCbor, sameBytes } from '../../agent/credential/cbor.js';
import { readCbor } from '../vectors/independent-cbor.js';

const LIMITS = { bytesMax: 64, depthMax: 3, itemsMax: 20 };
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

describe('strict CBOR', () => {
  test.each<[string, string, unknown]>([
    ['an integer', '1a 00010000', 65_536],
    ['the largest integer', '1b 001fffffffffffff', Number.MAX_SAFE_INTEGER],
    ['a negative integer', '3a 00010000', -65_537],
    ['bytes', '43 010203', Uint8Array.of(1, 2, 3)],
    ['text', '64 d8b3d984', 'سل'],
    ['nested arrays', '81 82 01 80', [[1, []]]],
    [
      'a map with sorted keys',
      'a3 01 f6 20 f5 61 61 f4',
      new Map<unknown, unknown>([
        [1, null],
        [-1, true],
        ['a', false],
      ]),
    ],
    ['a fraction in its shortest form', 'f9 3e00', 1.5],
  ])('reads %s', (_what, bytes, value) => {
    expect(decodeCbor(hex(bytes), LIMITS)).toEqual({ ok: true, value });
  });

  test.each<[string, string, CborProblem]>([
    ['no bytes', '', 'size'],
    ['more bytes than it may have', `58 40 ${'00'.repeat(64)}`, 'size'],
    ['bytes behind the item', '01 02', 'shape'],
    ['an item that is cut short', '43 0102', 'shape'],
    ['a length that is cut short', '19 01', 'shape'],
    ['a length beyond the end', '5a ffffffff 00', 'shape'],
    ['an array that claims more than may be', '9a 00ffffff 00', 'shape'],
    ['an array of indefinite length', '9f 01 ff', 'shape'],
    ['text of indefinite length', '7f 61 61 ff', 'shape'],
    ['a break alone', 'ff', 'shape'],
    ['a reserved length', '1c', 'shape'],
    ['an integer that is longer than needed', '18 17', 'shape'],
    ['a length that is longer than needed', '58 01 00', 'shape'],
    ['an integer above 2^53 - 1', '1b 0020000000000000', 'shape'],
    ['a tag', 'c1 01', 'shape'],
    ['undefined', 'f7', 'shape'],
    ['a simple value without a name', 'f8 20', 'shape'],
    ['infinity', 'f9 7c00', 'shape'],
    ['not a number', 'f9 7e00', 'shape'],
    ['a key twice', 'a2 01 01 01 02', 'shape'],
    ['nesting that is too deep', '81 81 81 81 01', 'shape'],
    ['too many items', `94 ${'00'.repeat(20)}`, 'shape'],
    ['keys out of order', 'a2 02 00 01 00', 'canonical'],
    ['a text key before an integer', 'a2 61 61 00 01 00', 'canonical'],
    ['an integer as a fraction', 'f9 4000', 'canonical'],
    ['a fraction that is longer than needed', 'fa 3fc00000', 'canonical'],
    ['text that is no UTF-8', '61 ff', 'canonical'],
    ['half of a surrogate pair', '63 eda080', 'canonical'],
  ])('refuses %s', (_what, bytes, problem) => {
    expect(decodeCbor(hex(bytes), LIMITS)).toEqual({ ok: false, problem });
  });

  test('forgives only the form where the form is not asked for', () => {
    expect(decodeCbor(hex('a2 02 00 01 00'), LIMITS, false)).toEqual({
      ok: true,
      value: new Map([
        [2, 0],
        [1, 0],
      ]),
    });
    expect(decodeCbor(hex('18 17'), LIMITS, false)).toEqual({ ok: false, problem: 'shape' });
    expect(decodeCbor(hex('a2 01 01 01 02'), LIMITS, false)).toEqual({ ok: false, problem: 'shape' });
  });

  test('is within its limits at the limits', () => {
    expect(decodeCbor(hex('81 81 81 01'), LIMITS).ok).toBe(true);
    expect(decodeCbor(hex(`93 ${'00'.repeat(19)}`), LIMITS).ok).toBe(true);
    expect(decodeCbor(hex(`58 3e ${'00'.repeat(62)}`), LIMITS).ok).toBe(true);
  });

  const leaf = fc.oneof(
    fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    fc.string({ unit: 'grapheme', maxLength: 10 }),
    fc.uint8Array({ maxLength: 10 }),
    fc.boolean(),
    fc.constant(null),
  );
  const key = fc.oneof(fc.integer({ min: -100, max: 100_000 }), fc.string({ unit: 'grapheme', maxLength: 4 }));
  const node = fc.oneof(
    leaf,
    fc.array(leaf, { maxLength: 4 }),
    fc.uniqueArray(fc.tuple(key, leaf), { maxLength: 6, selector: ([name]) => name }).map((pairs) => new Map(pairs)),
  );
  const wide = { bytesMax: 100_000, depthMax: 4, itemsMax: 100 };

  test('gives back what was written, and a second reader reads the same', () => {
    fc.assert(
      fc.property(fc.array(node, { maxLength: 4 }), (value) => {
        const bytes = encodeCbor(value);
        // Equal as sets of pairs: writing sorts the keys of a map.
        expect(decodeCbor(bytes, wide)).toEqual({ ok: true, value });
        expect(readCbor(Uint8Array.from(bytes))).toEqual(value);
      }),
    );
  });

  test('has one form for each value: no other bytes read as it', () => {
    fc.assert(
      fc.property(
        fc.array(node, { maxLength: 3 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (value, where, flip) => {
          const bytes = encodeCbor(value);
          const at = where % bytes.length;
          const other = bytes.map((byte, i) => (i === at ? byte ^ flip : byte));
          const read = decodeCbor(other, wide);
          if (read.ok) expect(sameBytes(encodeCbor(read.value), other)).toBe(true);
        },
      ),
    );
  });
});

describe('comparing bytes', () => {
  test('is by length and content', () => {
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(sameBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false);
    expect(sameBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });
});
