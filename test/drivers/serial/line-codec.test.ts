import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TEXT_CHARS_MAX } from '../../../drivers/reader.js';
import { type DecodedLine, decodeLine, LINE_BYTES_MAX, LineGuard } from '../../../drivers/serial/line-codec.js';

const utf8 = new TextEncoder();

/** Feeds chunks through a guard and splits what comes out at LF, as the parser behind it does. */
function lines(chunks: readonly Uint8Array[]): DecodedLine[] {
  const guard = new LineGuard();
  const bytes = Buffer.concat(chunks.map((chunk) => guard.feed(chunk)));
  const found: DecodedLine[] = [];
  for (let from = 0, end = bytes.indexOf(0x0a); end !== -1; from = end + 1, end = bytes.indexOf(0x0a, from)) {
    found.push(decodeLine(bytes.subarray(from, end)));
  }
  return found.filter(({ kind }) => kind !== 'empty');
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

describe('the line guard', () => {
  it('gives the same lines however the bytes are cut into chunks', () => {
    const text = fc.string({ unit: 'binary', maxLength: 40 });
    const ending = fc.constantFrom('\n', '\r', '\r\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(text, ending), { maxLength: 8 }),
        fc.array(fc.nat(), { maxLength: 8 }),
        (sent, places) => {
          const whole = utf8.encode(sent.map(([line, end]) => line.replaceAll(/[\r\n]/g, '') + end).join(''));
          const expected = sent.map(([line]) => line.replaceAll(/[\r\n]/g, '')).filter((line) => line !== '');
          expect(lines(cut(whole, places))).toEqual(
            expected.map((line) => ({
              kind: 'text',
              text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(utf8.encode(line)),
            })),
          );
        },
      ),
    );
  });

  it('never lets more than the limit and one byte pass without a line end, whatever it is fed', () => {
    const chunk = fc.uint8Array({ maxLength: 3000 });
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 4 }), fc.integer({ min: 0, max: 3 * LINE_BYTES_MAX }), (chunks, run) => {
        const guard = new LineGuard();
        const passed = [...chunks, new Uint8Array(run).fill(0x41), ...chunks].map((bytes) => guard.feed(bytes));
        let sinceEnd = 0;
        for (const byte of Buffer.concat(passed)) {
          sinceEnd = byte === 0x0a ? 0 : sinceEnd + 1;
          if (sinceEnd > LINE_BYTES_MAX + 1) return false;
        }
        return true;
      }),
      { numRuns: 30 },
    );
  });

  it('adds at most one byte to a chunk', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (chunk) => new LineGuard().feed(chunk).length <= chunk.length + 1),
    );
  });

  it('swallows the rest of an overlong line, reports it once and takes up the next one', () => {
    const endless = new Uint8Array(3 * LINE_BYTES_MAX).fill(0x41);
    const found = lines([endless, endless, utf8.encode('rest\r\nnext\n')]);
    expect(found.map(({ kind }) => kind)).toEqual(['bad', 'text']);
    expect(found.at(-1)).toEqual({ kind: 'text', text: 'next' });
  });
});

describe('decoding a line', () => {
  it(`takes ${TEXT_CHARS_MAX} characters of any width and not one more`, () => {
    for (const character of ['a', 'é', '€']) {
      expect(decodeLine(utf8.encode(character.repeat(TEXT_CHARS_MAX))).kind).toBe('text');
      expect(decodeLine(utf8.encode(character.repeat(TEXT_CHARS_MAX + 1))).kind).toBe('bad');
    }
    expect(decodeLine(utf8.encode('😀'.repeat(TEXT_CHARS_MAX / 2))).kind).toBe('text');
  });

  it('refuses overlong forms, surrogates, stray and missing continuation bytes', () => {
    for (const bytes of [
      [0xc0, 0x80],
      [0xe0, 0x80, 0xaf],
      [0xed, 0xbf, 0xbf],
      [0x80],
      [0xf4, 0x90, 0x80, 0x80],
      [0xc3],
    ]) {
      expect(decodeLine(Uint8Array.from([0x41, ...bytes])), bytes.join(' ')).toMatchObject({ kind: 'bad' });
    }
  });

  it('keeps a byte order mark, control characters and spaces', () => {
    const text = '\uFEFF\u0000 \t\u001d x ';
    expect(decodeLine(utf8.encode(text))).toEqual({ kind: 'text', text });
  });

  it('never quotes the line in its message', () => {
    const secret = utf8.encode('NATIONAL-ID');
    const bad = decodeLine(Uint8Array.of(...secret, 0xff));
    expect(bad.kind === 'bad' && bad.message).not.toContain('NATIONAL-ID');
  });
});
