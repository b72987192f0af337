import { describe, expect, test } from 'vitest';
import { encodeCbor } from '../../agent/credential/cbor.js';
import { LABELS } from '../../agent/credential/hash.js';
import { signerFromSeed, sigStructure, verifierFromKey } from '../../agent/credential/signature.js';
import { decodeList, encodeList, LIST_KINDS, type ListKind } from '../../agent/credential/signed-list.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { signerOf } from '../support/people.js';

const authority = signerOf(10);
const verifier = verifierFromKey(authority.publicKey);
const content = { version: 1, cards: [1, 2, 3], name: 'سكر' };

const refuses = (bytes: Uint8Array, kind: ListKind, code: ErrorCode): void => {
  expect(() => decodeList(bytes, kind, verifier)).toThrow(expect.objectContaining({ code }));
};

describe('a signed list', () => {
  test.each(LIST_KINDS)('of the kind %s comes back as it was signed', (kind) => {
    expect(decodeList(encodeList(kind, content, authority), kind, verifier)).toEqual(content);
  });

  test('passes for no other kind, neither as it stands nor renamed', () => {
    for (const signed of LIST_KINDS) {
      for (const wanted of LIST_KINDS.filter((kind) => kind !== signed)) {
        refuses(encodeList(signed, content, authority), wanted, 'ERR_LIST_FORMAT');
        const payload = new TextEncoder().encode(JSON.stringify(content));
        const signature = authority.sign(sigStructure(LABELS.list, payload, [signed]));
        refuses(encodeCbor([1, wanted, authority.keyId, payload, signature]), wanted, 'ERR_LIST_SIGNATURE');
      }
    }
  });

  test('is not parsed before its signature holds', () => {
    const payload = new TextEncoder().encode('no JSON');
    const forged = encodeCbor([1, 'keys', authority.keyId, payload, new Uint8Array(64)]);
    refuses(forged, 'keys', 'ERR_LIST_SIGNATURE');
    const signature = authority.sign(sigStructure(LABELS.list, payload, ['keys']));
    refuses(encodeCbor([1, 'keys', authority.keyId, payload, signature]), 'keys', 'ERR_LIST_FORMAT');
  });

  test('is refused under a key id that is not the authority’s, though the signature be right', () => {
    const payload = new TextEncoder().encode(JSON.stringify(content));
    const signature = authority.sign(sigStructure(LABELS.list, payload, ['keys']));
    for (const keyId of [signerOf(11).keyId, authority.keyId.subarray(0, 7), 'text', null]) {
      refuses(encodeCbor([1, 'keys', keyId, payload, signature]), 'keys', 'ERR_LIST_SIGNATURE');
    }
  });

  test.each<[string, unknown]>([
    ['a number', 7],
    ['a map', new Map([[1, 'keys']])],
    ['four parts', [1, 'keys', authority.keyId, new Uint8Array(2)]],
    ['six parts', [1, 'keys', authority.keyId, new Uint8Array(2), new Uint8Array(64), 0]],
    ['a later version', [2, 'keys', authority.keyId, new Uint8Array(2), new Uint8Array(64)]],
    ['an unknown kind', [1, 'rumours', authority.keyId, new Uint8Array(2), new Uint8Array(64)]],
    ['content as text', [1, 'keys', authority.keyId, '{}', new Uint8Array(64)]],
    ['a short signature', [1, 'keys', authority.keyId, new Uint8Array(2), new Uint8Array(63)]],
  ])('is not %s', (_what, value) => {
    refuses(encodeCbor(value), 'keys', 'ERR_LIST_FORMAT');
  });

  test('is not what any bytes are', () => {
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0x85), new Uint8Array(100).fill(0xff)])
      refuses(bytes, 'keys', 'ERR_LIST_FORMAT');
  });

  test('holds a hotlist of a million cards', () => {
    const cards = Array.from({ length: 1_000_000 }, (_, i) => 100_000_000 + i);
    const bytes = encodeList('hotlist', { version: 1, cards }, authority);
    expect(decodeList(bytes, 'hotlist', verifier)).toMatchObject({ version: 1 });
  });

  test('larger than 16 MiB is refused unread', () => {
    refuses(encodeList('hotlist', 'x'.repeat(16 * 1024 * 1024), authority), 'hotlist', 'ERR_LIST_FORMAT');
  });

  test('is the same whenever it is signed: Ed25519 takes no randomness', () => {
    const again = signerFromSeed(new Uint8Array(32).fill(10));
    expect(encodeList('keys', content, again)).toEqual(encodeList('keys', content, authority));
  });
});
