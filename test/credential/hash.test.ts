import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { hashOf, keyedHash, LABELS } from '../../agent/credential/hash.js';
import { writeCbor } from '../vectors/independent-cbor.js';

const labels = Object.values(LABELS);
const part = Uint8Array.of(1, 2, 3);

describe('labels', () => {
  test('differ, and carry a version', () => {
    expect(new Set(labels).size).toBe(labels.length);
    for (const label of labels) expect(label).toMatch(/^wasl\/[a-z-]+\/\d+$/);
  });

  test('keep equal contents apart under a hash, with and without a key', () => {
    const key = new Uint8Array(32);
    const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
    expect(new Set(labels.map((label) => hex(hashOf(label, part)))).size).toBe(labels.length);
    expect(new Set(labels.map((label) => hex(keyedHash(key, label, part)))).size).toBe(labels.length);
  });
});

describe('a hash of parts', () => {
  test('is SHA-256 over the CBOR array of label and parts', () => {
    const covered = writeCbor([LABELS.chain, part, 7, null, 'x']);
    expect(Buffer.from(hashOf(LABELS.chain, part, 7, null, 'x'))).toEqual(
      createHash('sha256').update(covered).digest(),
    );
  });

  test.each([0, 1, 31, 32, 63, 64, 65, 200])('with a key of %i bytes is HMAC-SHA-256 over the same', (length) => {
    const key = Uint8Array.from({ length }, (_, i) => (i * 7 + 9) & 0xff);
    const covered = writeCbor([LABELS.salt, 12]);
    expect(Buffer.from(keyedHash(key, LABELS.salt, 12))).toEqual(createHmac('sha256', key).update(covered).digest());
  });

  test('knows where one part ends and the next begins', () => {
    const [a, b] = [Uint8Array.of(1), Uint8Array.of(2, 3)];
    expect(hashOf(LABELS.body, a, b)).not.toEqual(hashOf(LABELS.body, part));
    expect(hashOf(LABELS.body, a, b)).not.toEqual(hashOf(LABELS.body, Uint8Array.of(1, 2), Uint8Array.of(3)));
    expect(hashOf(LABELS.body, [a, b])).not.toEqual(hashOf(LABELS.body, a, b));
  });
});
