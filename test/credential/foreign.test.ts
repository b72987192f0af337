/** Hostile bytes at the two readers that other issuers' codes pass through. */

import { deflateSync } from 'node:zlib';
import { decode as decodeCbor2 } from 'cbor2';
import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base45Encode } from '../../agent/credential/base45.js';
import { CborTag, decodeLenient } from '../../agent/credential/cbor-lenient.js';
import { decodeForeign } from '../../agent/credential/foreign.js';
import { decodeForeignClaims } from '../../agent/credential/foreign-claims.js';
import { foreignKey } from '../../agent/credential/foreign-key.js';
import { unhex, vectorsOf } from '../vectors/vectors.js';

const file = vectorsOf('foreign.json');
const LIMITS = { bytesMax: 4096, depthMax: 8, itemsMax: 256 };
const keys = Object.entries(file.keys).map(([issuer, { algorithm, publicKey }]) =>
  foreignKey({ issuer, algorithm, publicKey: unhex(publicKey), keyId: null, notBefore: 0, notAfter: 2 ** 40 }),
);
const now = file.valid[0]?.context.now ?? 0;
const read = (bytes: Uint8Array) => decodeForeign({ form: 'bytes', bytes }, { keys, now });

/** The standard's own example (MOSIP QR specification 1.2.2 §3.2.1) with a picture of two bytes: the key is not published, nor the signature of this. */
const EXAMPLE_IDENTITY = unhex(
  'a9016a33393138353932343338046c4a616e61726468616e204253086831393834303431380961310a78294e657720486f7573652c204e656172204d6574726f204c696e652c2042656e67616c7572752c204b41' +
    '0b756a616e61726468616e406578616d706c652e636f6d0c6d2b3931393837363534333231300d62494e183ea3004201020100' +
    '0204',
);
const EXAMPLE_PAYLOAD = Uint8Array.of(
  ...unhex('a5016c7777772e6d6f7369702e696f041a6a9160fd051a68b02d7d061a68b02d7d18a958'),
  EXAMPLE_IDENTITY.length,
  ...EXAMPLE_IDENTITY,
);
const EXAMPLE = Uint8Array.of(
  ...unhex('d83dd28443a10127a104466b2d3131303158'),
  EXAMPLE_PAYLOAD.length,
  ...EXAMPLE_PAYLOAD,
  ...unhex('5840'),
  ...new Uint8Array(64),
);

describe('CBOR of other issuers', () => {
  test('is read in every valid form', () => {
    const value = (hex: string): unknown => {
      const result = decodeLenient(unhex(hex), LIMITS);
      return result.ok ? result.value : 'refused';
    };
    expect(value('1800')).toBe(0);
    expect(value('1b0000000000000001')).toBe(1);
    expect(value('1bffffffffffffffff')).toBe(18_446_744_073_709_551_615n);
    expect(value('3bffffffffffffffff')).toBe(-18_446_744_073_709_551_616n);
    expect(value('f93c00')).toBe(1);
    expect(value('f90001')).toBe(2 ** -24);
    expect(value('fa47c35000')).toBe(100_000);
    expect(value('fb3ff199999999999a')).toBe(1.1);
    expect(value('5f41014102ff')).toEqual(Uint8Array.of(1, 2));
    expect(value('7f61616162ff')).toBe('ab');
    expect(value('9f0102ff')).toEqual([1, 2]);
    expect(value('bf6161f5ff')).toEqual(new Map([['a', true]]));
    expect(value('c11a514b67b0')).toEqual(new CborTag(1, 1_363_896_240));
  });

  test.each([
    ['nothing', ''],
    ['a byte behind the end', '0000'],
    ['a reserved head', '1c'],
    ['a break alone', 'ff'],
    ['an odd map of indefinite length', 'bf01ff'],
    ['a key twice', 'a201010102'],
    ['a key twice, written in two ways', 'a20101180102'],
    ['a key that is an array', 'a18001'],
    ['a key that is a fraction', 'a1f9380001'],
    ['text that is not UTF-8', '61ff'],
    ['a surrogate in text', '63eda080'],
    ['a chunk inside a chunk', '5f5f4101ffff'],
    ['a chunk of another kind', '5f6161ff'],
    ['a simple value', 'e0'],
    ['a simple value of two bytes', 'f818'],
    ['a length that lies', '5affffffff00'],
    ['a length of 2^64 - 1', '5bffffffffffffffff00'],
    ['a tag of nothing', 'c1'],
    ['nine levels', '81818181818181818100'],
    ['an indefinite integer', '1f'],
    ['an indefinite tag', 'df00'],
  ])('is refused with %s', (_what, hex) => {
    expect(decodeLenient(unhex(hex), LIMITS)).toEqual({ ok: false });
  });

  test('is within its limits whatever it says: a nest of ten thousand levels, a million items', () => {
    const wide = { bytesMax: 2 ** 21, depthMax: 16, itemsMax: 1000 };
    expect(decodeLenient(new Uint8Array(10_000).fill(0x81), wide)).toEqual({ ok: false });
    expect(decodeLenient(new Uint8Array(10_000).fill(0xc1), wide)).toEqual({ ok: false });
    expect(decodeLenient(new Uint8Array(1_000_000).fill(0x9f), wide)).toEqual({ ok: false });
    expect(decodeLenient(Uint8Array.of(0x9f, ...new Uint8Array(2_000), 0xff), wide)).toEqual({ ok: false });
    const chunks = Uint8Array.from([0x5f, ...new Array<number>(5_000).fill(0x40), 0xff]);
    expect(decodeLenient(chunks, wide)).toEqual({ ok: false });
  });

  test('means the same to another implementation, where both read it', () => {
    const leaf = fc.oneof(
      fc.maxSafeInteger(),
      fc.string(),
      fc.uint8Array({ maxLength: 20 }),
      fc.boolean(),
      fc.constant(null),
    );
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('any'), { maxLength: 5 }),
        fc.dictionary(fc.string(), tie('any'), { maxKeys: 5 }).map((record) => new Map(Object.entries(record))),
      ),
    })).any;
    fc.assert(
      fc.property(value, (given) => {
        const bytes = encode(given);
        const ours = decodeLenient(bytes, { bytesMax: 1_000_000, depthMax: 16, itemsMax: 100_000 });
        expect(ours).toEqual({ ok: true, value: decodeCbor2(bytes, { preferMap: true }) });
      }),
      { numRuns: 500 },
    );
  });

  test('never throws, and reads nothing that another implementation calls malformed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (bytes) => {
        const ours = decodeLenient(bytes, LIMITS);
        // The other one also judges what stands under the tags that it knows.
        if (!ours.ok || hasTag(ours.value)) return;
        expect(() => decodeCbor2(bytes, { preferMap: true })).not.toThrow();
      }),
      { numRuns: 3000 },
    );
  });
});

describe('codes of other issuers', () => {
  test.each(file.valid.map((vector) => [vector.name, vector] as const))(
    '%s: any other byte anywhere, and it is refused, with no content',
    (_name, { parts }) => {
      const good = unhex(parts?.cose ?? '');
      expect(read(good).ok).toBe(true);
      for (let at = 0; at < good.length; at += 1) {
        for (const flip of [0x01, 0x40, 0xff]) {
          const bytes = Uint8Array.from(good);
          bytes[at] = (bytes[at] ?? 0) ^ flip;
          const result = read(bytes);
          // Outside the signature stand only the tags, the shape and the key id, which is tried whatever it says here.
          if (result.ok) expect(isOutsideSignature(good, bytes), `byte ${at} ^ ${flip}`).toBe(true);
          else expect(Object.keys(result).sort()).toEqual(['code', 'ok', 'step']);
        }
      }
    },
  );

  test.each(file.valid.map((vector) => [vector.name, vector] as const))(
    '%s: cut anywhere, and it is refused',
    (_name, { parts, input }) => {
      const good = unhex(parts?.cose ?? '');
      for (let length = 0; length < good.length; length += 1) expect(read(good.slice(0, length)).ok).toBe(false);
      for (let length = 0; length < input.text.length; length += 7)
        expect(decodeForeign({ form: 'text', text: input.text.slice(0, length) }, { keys, now }).ok).toBe(false);
    },
  );

  test('the example of the standard is taken apart, and stops at its key, which is not published', () => {
    const untrusted = decodeForeign({ form: 'bytes', bytes: EXAMPLE }, { keys: [], now });
    expect(untrusted).toEqual({ ok: false, step: 'key', code: 'ERR_CREDENTIAL_KEY_UNKNOWN' });
    expect(read(EXAMPLE)).toEqual({ ok: false, step: 'signature', code: 'ERR_CREDENTIAL_SIGNATURE' });
    expect(decodeForeignClaims(EXAMPLE_PAYLOAD)).toMatchObject({
      statedIssuer: 'www.mosip.io',
      expiresAt: 1_787_912_445,
      identity: { id: '3918592438', fullName: 'Janardhan BS', dateOfBirth: '19840418', gender: 1, unread: [62] },
    });
  });

  test('a line of a megabyte and a bomb of either compression cost no more than a code', () => {
    const line = 'A'.repeat(1_000_000);
    expect(decodeForeign({ form: 'text', text: line }, { keys, now })).toMatchObject({ step: 'text' });
    const bomb = base45Encode(deflateSync(new Uint8Array(2_000_000)));
    expect(bomb.length).toBeLessThan(4296);
    expect(decodeForeign({ form: 'text', text: bomb }, { keys, now })).toMatchObject({
      step: 'inflate',
      code: 'ERR_CREDENTIAL_INFLATE',
    });
  });

  test('keys of small order, off the curve, or in another encoding are refused when they are taken in', () => {
    const make = (algorithm: 'EdDSA' | 'ES256', hex: string) => () =>
      foreignKey({ issuer: 'x', algorithm, publicKey: unhex(hex), keyId: null, notBefore: 0, notAfter: 1 });
    const weak = expect.objectContaining({ code: 'ERR_KEY_WEAK' });
    const p = 'ffffffff00000001000000000000000000000000ffffffffffffffffffffffff';
    expect(make('EdDSA', '00'.repeat(32))).toThrow(weak);
    expect(make('EdDSA', `ee${'ff'.repeat(30)}7f`)).toThrow(weak);
    expect(make('EdDSA', '00')).toThrow(weak);
    expect(make('ES256', `04${'00'.repeat(64)}`)).toThrow(weak);
    expect(make('ES256', `04${p}${'11'.repeat(32)}`)).toThrow(weak);
    expect(make('ES256', `02${'ff'.repeat(32)}`)).toThrow(weak);
    expect(make('ES256', `05${'11'.repeat(64)}`)).toThrow(weak);
    expect(make('ES256', '00')).toThrow(weak);
  });

  test('a compressed P-256 key is the same key', () => {
    const vector = file.valid.find(({ name }) => name === 'es256');
    const whole = unhex(file.keys.esIssuer?.publicKey ?? '');
    const compressed = Uint8Array.of(2 + ((whole[64] ?? 0) & 1), ...whole.slice(1, 33));
    const key = foreignKey({
      issuer: 'x',
      algorithm: 'ES256',
      publicKey: compressed,
      keyId: null,
      notBefore: 0,
      notAfter: 2 ** 40,
    });
    expect(decodeForeign(vector?.input ?? { form: 'text', text: '' }, { keys: [key], now })).toMatchObject({
      ok: true,
    });
  });
});

function hasTag(value: unknown): boolean {
  if (value instanceof CborTag) return true;
  if (Array.isArray(value)) return value.some(hasTag);
  return value instanceof Map && [...value.values()].some(hasTag);
}

/** True where header, payload and signature are byte for byte those of the good one: what is left is not signed by COSE itself. */
function isOutsideSignature(good: Uint8Array, changed: Uint8Array): boolean {
  const parts = (bytes: Uint8Array): string => {
    const decoded = decodeLenient(bytes, { bytesMax: 4096, depthMax: 8, itemsMax: 64 });
    let value = decoded.ok ? decoded.value : null;
    while (value instanceof CborTag) value = value.value;
    const [header, , payload, signature] = Array.isArray(value) ? (value as unknown[]) : [];
    return [header, payload, signature].map((part) => Buffer.from(part as Uint8Array).toString('hex')).join();
  };
  return parts(good) === parts(changed);
}
