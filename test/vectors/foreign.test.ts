/** Claim 169 codes of other issuers: our decoder on the published vectors, and a second one made of other parts. */
import { createPublicKey, verify } from 'node:crypto';
import { brotliDecompressSync, inflateSync } from 'node:zlib';
import { decode as decodeCbor2, Tag } from 'cbor2';
import { describe, expect, test } from 'vitest';
import { decodeForeign } from '../../agent/credential/foreign.js';
import { foreignKey } from '../../agent/credential/foreign-key.js';
import { fromBase45 } from './independent.js';
import { p256PublicKey, p256Sign } from './make/p256.js';
import { type PublishedForeign, plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('foreign.json');

function read({ input, context }: PublishedForeign): unknown {
  const keys = context.keys.map(({ key, keyId, ...rest }) => {
    const { algorithm, publicKey } = file.keys[key] ?? { algorithm: 'EdDSA', publicKey: '' };
    return foreignKey({
      ...rest,
      algorithm,
      publicKey: unhex(publicKey),
      keyId: keyId === null ? null : unhex(keyId),
    });
  });
  return plain(decodeForeign(input, { keys, now: context.now }));
}

describe('the published codes of other issuers', () => {
  test.each(file.valid.map((vector) => [vector.name, vector] as const))('%s is accepted', (_name, vector) => {
    expect(read(vector)).toEqual(vector.expected);
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('%s is refused', (_name, vector) => {
    expect(read(vector)).toEqual(vector.expected);
  });

  test('have each a name of its own', () => {
    const names = [...file.valid, ...file.invalid].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  test('show both algorithms and every step', () => {
    const steps = new Set(file.invalid.map(({ expected }) => (expected.ok ? '' : expected.step)));
    expect([...steps]).toEqual(['text', 'base45', 'inflate', 'cose', 'key', 'signature', 'payload', 'times']);
  });
});

/** Verifies with `node:crypto` on a JWK, which our own code does not use for Ed25519. */
function holds(key: string, message: Uint8Array, signature: Uint8Array): boolean {
  const { algorithm, publicKey } = file.keys[key] ?? { algorithm: 'EdDSA', publicKey: '' };
  const bytes = Buffer.from(publicKey, 'hex');
  const part = (from: number, to: number): string => bytes.subarray(from, to).toString('base64url');
  if (algorithm === 'EdDSA') {
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: part(0, 32) };
    return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature);
  }
  const jwk = { kty: 'EC', crv: 'P-256', x: part(1, 33), y: part(33, 65) };
  const object = createPublicKey({ key: jwk, format: 'jwk' });
  return verify('sha256', message, { key: object, dsaEncoding: 'ieee-p1363' }, signature);
}

function untagged(value: unknown): readonly unknown[] {
  const inner = value instanceof Tag ? untagged(value.contents) : value;
  if (!Array.isArray(inner)) throw new Error('a COSE_Sign1 is an array');
  return inner;
}

const asMap = (value: unknown): Map<unknown, unknown> => {
  if (!(value instanceof Map)) throw new Error('a map belongs here');
  return value;
};

describe('a second implementation, of other parts (cbor2, node:crypto)', () => {
  test.each(file.valid.map((vector) => [vector.name, vector] as const))('agrees about %s', (_name, vector) => {
    const packed = fromBase45(vector.input.text);
    const zlib = (packed[0] ?? 0) % 16 === 8;
    const cose = Uint8Array.from(zlib ? inflateSync(packed) : brotliDecompressSync(packed));
    expect(Buffer.from(cose).toString('hex')).toBe(vector.parts?.cose);

    const [header, , payload, signature] = untagged(decodeCbor2(cose, { preferMap: true }));
    if (!(header instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array))
      throw new Error('three of the four are byte strings');
    const message = unhex(vector.parts?.toBeSigned ?? '');
    const structure = decodeCbor2(message, { preferMap: true });
    expect(plain(structure)).toEqual(plain(['Signature1', header, new Uint8Array(0), payload]));
    expect(vector.context.keys.filter(({ key }) => holds(key, message, signature))).toHaveLength(1);

    const claims = asMap(decodeCbor2(payload, { preferMap: true }));
    const raw = claims.get(169);
    const identity = asMap(raw instanceof Uint8Array ? decodeCbor2(raw, { preferMap: true }) : raw);
    const name = identity.get(4) ?? [identity.get(5), identity.get(6), identity.get(7)].join(' ');
    expect(vector.expected).toMatchObject({
      ok: true,
      credential: { identity: { id: identity.get(1) ?? null, fullName: name } },
    });
  });
});

describe('the test keys of P-256', () => {
  // RFC 6979 appendix A.2.5, message "sample" with SHA-256.
  const secret = unhex('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721');

  test('sign as RFC 6979 has it', () => {
    expect(plain(p256Sign(secret, new TextEncoder().encode('sample')))).toBe(
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716' +
        'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    );
    expect(plain(p256PublicKey(secret))).toBe(
      '0460fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6' +
        '7903fe1008b8bc99a41ae9e95628bc64f2f1b20c2d7e9f5177a3c294d4462299',
    );
  });
});
