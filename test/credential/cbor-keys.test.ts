import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCbor } from '../../agent/credential/cbor.js';

const LIMITS = { bytesMax: 512, depthMax: 6, itemsMax: 128 };
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

describe('the keys of maps', () => {
  test.each([
    ['arrays', 'a2810101810202'],
    ['maps', 'a2a0010a02'],
    ['byte strings, which cborg cannot tell apart', 'a24101014101 02'.replace(' ', '')],
    ['simple values', 'a1f501'],
  ])('that are %s are refused, and nothing is thrown', (_what, text) => {
    expect(decodeCbor(hex(text), LIMITS)).toEqual({ ok: false, problem: 'shape' });
  });

  test('that are integers or texts are read', () => {
    expect(decodeCbor(hex('a3010a20036161f6'), LIMITS)).toMatchObject({ ok: true });
  });

  test('no bytes at all make the decoder throw', () => {
    const item = fc.uint8Array({ maxLength: 64 });
    const mapLike = item.map((bytes) => Uint8Array.from([0xa2, ...bytes]));
    fc.assert(
      fc.property(fc.oneof(item, mapLike), (bytes) => typeof decodeCbor(bytes, LIMITS).ok === 'boolean'),
      { numRuns: 5000 },
    );
  });
});
