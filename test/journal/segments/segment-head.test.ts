import { describe, expect, it } from 'vitest';
import { journalKey } from '../../../agent/journal/keys.js';
import {
  encodeHead,
  HEAD_BYTES,
  NO_LINK,
  readHead,
  type SegmentHead,
} from '../../../agent/journal/segments/segment-head.js';

const key = journalKey(new Uint8Array(32).fill(1));
const bytes32 = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
const HEAD: SegmentHead = {
  segment: 12,
  salt: new Uint8Array(16).fill(9),
  link: { endBytes: 5000, frames: 31, tag: new Uint8Array(16).fill(8) },
  statement: {
    terminal: 'unit-7',
    epoch: {
      name: '2026q4-7kq2mzx3',
      base: bytes32(2),
      saltKey: bytes32(3),
      cause: 'mismatch',
      previous: { epoch: '2026q3-aaaaaaaa', seq: 99_999_999, head: bytes32(4) },
    },
    seq: 77,
    head: bytes32(5),
  },
};

describe('the head of a segment', () => {
  it('comes back as it was', () => {
    const bytes = encodeHead(key, HEAD);
    expect(bytes).toHaveLength(HEAD_BYTES);
    expect(readHead(key, 12, bytes)).toEqual({ state: 'ok', head: HEAD, spoilt: false });
  });

  it('has room for the longest names', () => {
    const { statement } = HEAD;
    const long = { ...HEAD, statement: { ...statement, terminal: 't'.repeat(32), seq: 99_999_999 } };
    expect(readHead(key, 12, encodeHead(key, long))).toEqual({ state: 'ok', head: long, spoilt: false });
  });

  it('of a first segment has no link', () => {
    const first = {
      ...HEAD,
      link: NO_LINK,
      statement: { ...HEAD.statement, epoch: { ...HEAD.statement.epoch, previous: null } },
    };
    expect(readHead(key, 12, encodeHead(key, first))).toEqual({ state: 'ok', head: first, spoilt: false });
  });

  it('survives any spoilt byte, and says that one copy is', () => {
    const whole = encodeHead(key, HEAD);
    for (let offset = 0; offset < HEAD_BYTES; offset += 1) {
      const bytes = whole.slice();
      bytes[offset] = (bytes[offset] ?? 0) ^ 0x40;
      expect(readHead(key, 12, bytes), `byte ${offset}`).toEqual({ state: 'ok', head: HEAD, spoilt: true });
    }
  });

  it('with both copies spoilt is bad', () => {
    const bytes = encodeHead(key, HEAD);
    bytes[20] = 0;
    bytes[532] = 0;
    expect(readHead(key, 12, bytes)).toEqual({ state: 'bad' });
    expect(readHead(key, 12, new Uint8Array(HEAD_BYTES))).toEqual({ state: 'bad' });
    expect(readHead(key, 12, new Uint8Array())).toEqual({ state: 'bad' });
  });

  it('under another key is told apart from damage', () => {
    expect(readHead(journalKey(bytes32(2)), 12, encodeHead(key, HEAD))).toEqual({ state: 'key' });
  });

  it('in a file of another number is bad', () => {
    expect(readHead(key, 13, encodeHead(key, HEAD))).toEqual({ state: 'bad' });
  });

  it('shows neither the terminal nor the epoch', () => {
    const text = Buffer.from(encodeHead(key, HEAD)).toString('latin1');
    expect(text).not.toContain('unit-7');
    expect(text).not.toContain('2026q4');
  });
});
