import { createSecretKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeFrame,
  FRAME_CONTENT_BYTES_MAX,
  FRAME_OVERHEAD_BYTES,
  findFrame,
  frameBytes,
  isFrame,
  readFrame,
} from '../../../agent/journal/segments/frame.js';

const CONTEXT = { key: createSecretKey(new Uint8Array(32).fill(1)), segment: 3 };
const CONTENT = new TextEncoder().encode('an entry');

describe('a frame', () => {
  it('comes back as it was, at any offset', () => {
    const property = fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat({ max: 1000 }),
      fc.nat({ max: 1000 }),
      fc.nat({ max: 40 }),
      (content, group, after, offset) => {
        const place = { index: group + after, group };
        const frame = encodeFrame(CONTEXT, place, content);
        expect(frame.length).toBe(frameBytes(content.length));
        const bytes = new Uint8Array(offset + frame.length + 7);
        bytes.set(frame, offset);
        const reading = readFrame(CONTEXT, bytes, offset);
        expect(reading).toEqual({ ...place, content, offset, end: offset + frame.length });
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('takes the largest content and not one byte more', () => {
    const largest = encodeFrame(CONTEXT, { index: 0, group: 0 }, new Uint8Array(FRAME_CONTENT_BYTES_MAX));
    expect(isFrame(readFrame(CONTEXT, largest, 0))).toBe(true);
    const larger = encodeFrame(CONTEXT, { index: 0, group: 0 }, new Uint8Array(FRAME_CONTENT_BYTES_MAX + 1));
    expect(readFrame(CONTEXT, larger, 0)).toBe('frame');
  });

  it('is refused with any bit of it flipped', () => {
    const frame = encodeFrame(CONTEXT, { index: 5, group: 4 }, CONTENT);
    for (let bit = 0; bit < frame.length * 8; bit += 1) {
      const spoilt = frame.slice();
      spoilt[bit >> 3] = (spoilt[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(isFrame(readFrame(CONTEXT, spoilt, 0)), `bit ${bit}`).toBe(false);
    }
  });

  it('is refused when any of it is cut off', () => {
    const frame = encodeFrame(CONTEXT, { index: 5, group: 4 }, CONTENT);
    for (let length = 0; length < frame.length; length += 1) {
      expect(readFrame(CONTEXT, frame.subarray(0, length), 0)).toBe('frame');
    }
  });

  it('is not found in zeros', () => {
    expect(readFrame(CONTEXT, new Uint8Array(1024), 0)).toBe('frame');
    expect(findFrame(CONTEXT, new Uint8Array(1024), { from: 0, indexAbove: -1 })).toBeNull();
  });

  it('of another segment or another key does not open, though its checksum is right', () => {
    const frame = encodeFrame(CONTEXT, { index: 0, group: 0 }, CONTENT);
    expect(readFrame({ ...CONTEXT, segment: 4 }, frame, 0)).toBe('seal');
    const other = createSecretKey(new Uint8Array(32).fill(2));
    expect(readFrame({ ...CONTEXT, key: other }, frame, 0)).toBe('seal');
  });

  it('shows nothing of what it holds', () => {
    const frame = Buffer.from(encodeFrame(CONTEXT, { index: 0, group: 0 }, CONTENT));
    expect(frame.includes(Buffer.from('an e'))).toBe(false);
  });

  it('never makes the reader throw, whatever stands there', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 220 }), (bytes, offset) => {
      expect(isFrame(readFrame(CONTEXT, bytes, offset))).toBe(false);
    });
    fc.assert(property, { numRuns: 300 });
  });
});

describe('finding the way again', () => {
  const first = encodeFrame(CONTEXT, { index: 0, group: 0 }, CONTENT);
  const second = encodeFrame(CONTEXT, { index: 1, group: 1 }, CONTENT);

  it('skips what is no frame', () => {
    const bytes = Buffer.concat([new Uint8Array(37).fill(0xaa), second]);
    expect(findFrame(CONTEXT, bytes, { from: 0, indexAbove: 0 })).toEqual({ offset: 37, index: 1 });
  });

  it('takes no frame that came before', () => {
    const bytes = Buffer.concat([first, second]);
    expect(findFrame(CONTEXT, bytes, { from: 0, indexAbove: 0 })).toEqual({ offset: first.length, index: 1 });
    expect(findFrame(CONTEXT, bytes, { from: 0, indexAbove: 1 })).toBeNull();
  });

  it('finds every frame behind any garbage', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 100 }), (garbage) => {
      const found = findFrame(CONTEXT, Buffer.concat([garbage, second]), { from: 0, indexAbove: 0 });
      expect(found).toEqual({ offset: garbage.length, index: 1 });
    });
    fc.assert(property, { numRuns: 200 });
    expect(FRAME_OVERHEAD_BYTES).toBe(32);
  });
});
