/** Every byte of every published credential, changed; and what is made to hurt. */
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { base45Encode } from '../../agent/credential/base45.js';
import { decodeCbor, encodeCbor } from '../../agent/credential/cbor.js';
import { decodeCredential } from '../../agent/credential/decode.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { decodeLine, LINE_BYTES_MAX, LineGuard } from '../../drivers/serial/line-codec.js';
import { unhex, vectorsOf } from '../vectors/vectors.js';

const file = vectorsOf('credential.json');
const key = {
  verifier: verifierFromKey(unhex(file.keys.issuer?.publicKey ?? '')),
  programmes: [1],
  notBefore: 0,
  notAfter: Number.MAX_SAFE_INTEGER,
};
const now = file.valid[0]?.context.now ?? 0;
// Any key id is taken for the issuer's: so a changed key id is not refused before the signature is looked at.
const context = { issuerKeys: () => [key], isHotlisted: () => false, programme: null, now, medium: null };
const read = (bytes: Uint8Array) => decodeCredential({ form: 'bytes', bytes }, context);

const credentials = file.valid.flatMap(({ name, parts }) =>
  parts === undefined ? [] : [[name, unhex(parts.credential)] as const],
);

describe('every byte of every published credential', () => {
  test('there are some', () => {
    expect(credentials.length).toBeGreaterThan(5);
  });

  test.each(credentials)('%s: changed anywhere, it is refused with no content', (_name, good) => {
    for (let at = 0; at < good.length; at += 1) {
      for (const flip of [0x01, 0x20, 0x80]) {
        const bytes = Uint8Array.from(good);
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        const result = read(bytes);
        expect(result.ok, `byte ${at} ^ ${flip}`).toBe(false);
        expect(Object.keys(result).sort()).toEqual(['card', 'code', 'ok', 'step']);
      }
    }
  });

  const codes = file.valid.flatMap(({ name, input }) => (input.form === 'text' ? [[name, input.text] as const] : []));
  test.each(codes)('%s: any other character anywhere, and the text is refused', (_name, text) => {
    for (let at = 0; at < text.length; at += 1) {
      const other = text[at] === 'A' ? 'B' : 'A';
      const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`;
      expect(decodeCredential({ form: 'text', text: changed }, context).ok, `character ${at}`).toBe(false);
    }
  });
});

describe('what is made to hurt', () => {
  test('a QR line of a megabyte is cut at the limit of a line, and refused as a text', () => {
    const guard = new LineGuard();
    const chunk = new Uint8Array(4096).fill(0x41);
    let passedOn = 0;
    for (let sent = 0; sent < 1_000_000; sent += chunk.length) passedOn += guard.feed(chunk).length;
    expect(passedOn).toBeLessThanOrEqual(LINE_BYTES_MAX + 2);
    expect(decodeLine(new Uint8Array(1_000_000).fill(0x41))).toMatchObject({ kind: 'bad' });
    expect(decodeCredential({ form: 'text', text: 'A'.repeat(1_000_000) }, context)).toMatchObject({ step: 'text' });
  });

  test('a bomb in a code is not unpacked beyond the size of a credential', () => {
    const bomb = base45Encode(deflateSync(new Uint8Array(1_500_000), { level: 9 }));
    expect(bomb.length).toBeLessThan(2420);
    expect(decodeCredential({ form: 'text', text: bomb }, context)).toMatchObject({
      step: 'inflate',
      code: 'ERR_CREDENTIAL_INFLATE',
    });
  });

  test('a name __proto__ or constructor in a map changes nothing but that map', () => {
    const bytes = encodeCbor(
      new Map([
        ['__proto__', new Map([['polluted', true]])],
        ['constructor', 1],
      ] as [string, unknown][]),
    );
    const decoded = decodeCbor(bytes, { bytesMax: 128, depthMax: 3, itemsMax: 16 });
    expect(decoded).toMatchObject({ ok: true });
    expect(decoded.ok && decoded.value).toBeInstanceOf(Map);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });

  test('lengths that lie reserve nothing', () => {
    for (const lie of [
      '9bffffffffffffffff',
      '9b0000ffffffffffff',
      'bb0000ffffffffffff',
      '5b0000ffffffffffff',
      '7affffffff',
    ])
      expect(decodeCbor(unhex(lie), { bytesMax: 64, depthMax: 4, itemsMax: 2 ** 31 })).toEqual({
        ok: false,
        problem: 'shape',
      });
  });
});
