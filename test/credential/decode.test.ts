import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base45Decode, base45Encode } from '../../agent/credential/base45.js';
import { encodeCbor } from '../../agent/credential/cbor.js';
import { type CredentialClaims, encodeClaims } from '../../agent/credential/cwt.js';
import { type DecodeContext, type DecodeResult, decodeCredential } from '../../agent/credential/decode.js';
import { issueCredential, qrText } from '../../agent/credential/issue.js';
import { coseSigStructure } from '../../agent/credential/signature.js';
import { claims, issuerKey, NOW, signerOf, UID } from '../support/people.js';

const issuer = signerOf(1);
const stranger = signerOf(2);

function context(change: Partial<DecodeContext> = {}): DecodeContext {
  return {
    issuerKeys: (keyId) => [issuerKey(issuer)].filter((key) => Buffer.from(key.verifier.keyId).equals(keyId)),
    isHotlisted: () => false,
    programme: 1,
    now: NOW,
    medium: { layout: 1, uid: UID },
    ...change,
  };
}

function read(bytes: Uint8Array, change: Partial<DecodeContext> = {}): DecodeResult {
  return decodeCredential({ form: 'bytes', bytes }, context(change));
}

function readText(text: string): DecodeResult {
  return decodeCredential({ form: 'text', text }, context({ medium: { layout: 0, uid: null } }));
}

const good = issueCredential(claims(), issuer);
const paper = issueCredential(claims({ layout: 0, uid: null }), issuer);

/** A COSE_Sign1 with the issuer's signature over whatever header and payload. */
function signed(header: Map<number, unknown>, payload: Uint8Array): Uint8Array {
  const protectedBytes = encodeCbor(header);
  const signature = issuer.sign(coseSigStructure(protectedBytes, new Uint8Array(0), payload));
  return Uint8Array.from([0xd2, ...encodeCbor([protectedBytes, new Map(), payload, signature])]);
}

const HEADER: readonly (readonly [number, unknown])[] = [
  [1, -8],
  [4, issuer.keyId],
  [16, 61],
];

/** A credential that the issuing code would not make. */
function unchecked(given: CredentialClaims): Uint8Array {
  return signed(new Map(HEADER), encodeClaims(given));
}

describe('a credential that is right', () => {
  test('comes back with what was issued, and the key that signed it', () => {
    const result = read(good);
    expect(result).toEqual({ ok: true, credential: { ...claims(), keyId: issuer.keyId } });
  });

  test('comes back from the text of a QR code', () => {
    expect(readText(qrText(paper))).toMatchObject({
      ok: true,
      credential: { entitlements: { card: 4711, uid: null } },
    });
  });

  test('is accepted with members that a later version added', () => {
    const payload = new Map<number, unknown>([
      [4, NOW + 1000],
      [6, NOW - 1000],
      [
        169,
        new Map<number, unknown>([
          [1, 'x1'],
          [3, 'ara'],
          [4, 'منى'],
          [77, 'new'],
        ]),
      ],
      [
        -65537,
        new Map<number, unknown>([
          [0, 1],
          [1, 5],
          [2, 6],
          [3, 1],
          [4, 1],
          [5, 0],
          [8, 1],
          [9, UID],
          [99, [1, 2]],
        ]),
      ],
      [-70000, 'unknown claim'],
    ]);
    expect(read(signed(new Map(HEADER), encodeCbor(payload)))).toMatchObject({
      ok: true,
      credential: { identity: { fullName: 'منى' } },
    });
  });

  test('is at most 300 bytes with a long name in two scripts, so that it fits an NTAG216 with its ledger', () => {
    const long = claims();
    const identity = {
      ...long.identity,
      fullName: 'فاطمة عبد الرحمن السيد محمود حسن',
      secondName: { text: 'Fatma Abdelrahman Elsayed Hassan', language: 'eng' },
    };
    expect(issueCredential({ ...long, notBefore: NOW, identity }, issuer).length).toBeLessThanOrEqual(300);
  });
});

describe('each thing that can be wrong stops at its step', () => {
  const over = 'A'.repeat(2421);
  const bomb = base45Encode(deflateSync(new Uint8Array(1_000_000)));
  const trailing = base45Encode(Uint8Array.from([...deflateSync(paper), 0, 0]));
  const header = (change: (map: Map<number, unknown>) => void): Uint8Array => {
    const map = new Map(HEADER);
    change(map);
    return signed(map, encodeCbor(new Map([[4, 1]])));
  };
  const unsorted = Uint8Array.from([0xd2, 0x84, 0x4a, 0xa2, 0x04, 0x41, 0x01, 0x01, 0x27, 0, 0, 0, 0, 0]);
  const texts: [string, string, string, string][] = [
    ['an empty line', '', 'text', 'ERR_CREDENTIAL_TEXT'],
    ['a line longer than any QR code', over, 'text', 'ERR_CREDENTIAL_TEXT'],
    ['lower case', qrText(paper).toLowerCase(), 'text', 'ERR_CREDENTIAL_TEXT'],
    [
      'a group of one character',
      `${qrText(paper)}:`.slice(0, qrText(paper).length - ((qrText(paper).length - 1) % 3)),
      'base45',
      'ERR_CREDENTIAL_BASE45',
    ],
    ['a group above 65535', ':::', 'base45', 'ERR_CREDENTIAL_BASE45'],
    ['what is not zlib', base45Encode(paper), 'inflate', 'ERR_CREDENTIAL_INFLATE'],
    ['a zlib bomb', bomb.slice(0, 2400), 'inflate', 'ERR_CREDENTIAL_INFLATE'],
    ['bytes after the compressed data', trailing, 'inflate', 'ERR_CREDENTIAL_INFLATE'],
  ];
  test.each(texts)('text: %s', (_what, text, step, code) => {
    expect(readText(text)).toEqual({ ok: false, step, code, card: null });
  });

  const cases: [string, Uint8Array, string, string][] = [
    ['no bytes', new Uint8Array(0), 'cose', 'ERR_CREDENTIAL_CBOR'],
    ['CBOR of another kind', encodeCbor([1, 2]), 'cose', 'ERR_CREDENTIAL_COSE'],
    ['indefinite length', Uint8Array.from([0xd2, 0x9f, 0xff]), 'cose', 'ERR_CREDENTIAL_CBOR'],
    ['a length that lies', Uint8Array.from([0xd2, 0x84, 0x5a, 0xff, 0xff, 0xff, 0xff]), 'cose', 'ERR_CREDENTIAL_CBOR'],
    ['deep nesting', Uint8Array.from([0xd2, ...new Array<number>(1000).fill(0x81), 0]), 'cose', 'ERR_CREDENTIAL_CBOR'],
    ['bytes after the end', Uint8Array.from([...good, 0]), 'cose', 'ERR_CREDENTIAL_CBOR'],
    ['a header that is not protected bytes', unsorted, 'cose', 'ERR_CREDENTIAL_CBOR'],
    ['another algorithm', header((map) => map.set(1, -7)), 'cose', 'ERR_CREDENTIAL_ALGORITHM'],
    ['no key id', header((map) => map.delete(4)), 'cose', 'ERR_CREDENTIAL_COSE'],
    ['no type', header((map) => map.delete(16)), 'cose', 'ERR_CREDENTIAL_COSE'],
    ['a key that nobody trusts', issueCredential(claims(), stranger), 'key', 'ERR_CREDENTIAL_KEY_UNKNOWN'],
    [
      'a payload that is not the published shape',
      signed(new Map(HEADER), encodeCbor(new Map([[4, 1]]))),
      'payload',
      'ERR_CREDENTIAL_PAYLOAD',
    ],
    ['a later version', unchecked(claims({ version: 2 })), 'payload', 'ERR_CREDENTIAL_VERSION'],
    ['more draws than persons', unchecked(claims({ draws: 6 })), 'payload', 'ERR_CREDENTIAL_PAYLOAD'],
  ];
  test.each(cases)('bytes: %s', (_what, bytes, step, code) => {
    expect(read(bytes)).toEqual({ ok: false, step, code, card: null });
  });

  test('keys in the wrong order are CBOR, but not ours', () => {
    const twisted = Buffer.from(good).toString('hex').replace('a30127', 'a30126');
    expect(read(Buffer.from(twisted, 'hex'))).toMatchObject({ ok: false, code: 'ERR_CREDENTIAL_ALGORITHM' });
    const protectedBytes = Uint8Array.from([0xa2, 0x04, 0x41, 0x01, 0x01, 0x27]);
    const bytes = Uint8Array.from([
      0xd2,
      ...encodeCbor([protectedBytes, new Map(), new Uint8Array(1), new Uint8Array(64)]),
    ]);
    expect(read(bytes)).toMatchObject({ step: 'cose', code: 'ERR_CREDENTIAL_CANONICAL' });
  });

  test('a key of another programme, and a key that was not valid when it signed', () => {
    const keys = (extra: object) => ({ issuerKeys: () => [issuerKey(issuer, extra)] });
    expect(read(good, keys({ programmes: [2] }))).toMatchObject({ step: 'key', code: 'ERR_CREDENTIAL_KEY_SCOPE' });
    expect(read(good, keys({ notAfter: NOW - 60 * 86_400 }))).toMatchObject({
      step: 'times',
      code: 'ERR_CREDENTIAL_KEY_EXPIRED',
    });
  });

  test('too early, too late, on another card, blocked: named by the card, since its signature holds', () => {
    const early = issueCredential({ ...claims(), notBefore: NOW + 1 }, issuer);
    expect(read(early)).toEqual({ ok: false, step: 'times', code: 'ERR_CREDENTIAL_NOT_YET_VALID', card: 4711 });
    expect(read(good, { now: NOW + 365 * 86_400 })).toEqual({
      ok: false,
      step: 'times',
      code: 'ERR_CREDENTIAL_EXPIRED',
      card: 4711,
    });
    const other = { layout: 1, uid: Uint8Array.from([...UID.slice(0, 6), 0]) };
    expect(read(good, { medium: other })).toEqual({
      ok: false,
      step: 'medium',
      code: 'ERR_CREDENTIAL_MEDIUM',
      card: 4711,
    });
    expect(read(good, { medium: { layout: 2, uid: UID } })).toMatchObject({ code: 'ERR_CREDENTIAL_MEDIUM' });
    expect(read(paper)).toMatchObject({ code: 'ERR_CREDENTIAL_MEDIUM' });
    expect(read(good, { isHotlisted: (card) => card === 4711 })).toEqual({
      ok: false,
      step: 'hotlist',
      code: 'ERR_CREDENTIAL_HOTLISTED',
      card: 4711,
    });
  });

  test('names with characters that rearrange a screen are refused', () => {
    const named = (fullName: string) => read(unchecked({ ...claims(), identity: { ...claims().identity, fullName } }));
    expect(named('منى\u202eabc')).toMatchObject({ code: 'ERR_CREDENTIAL_PAYLOAD' });
    expect(named('منى\u0007')).toMatchObject({ code: 'ERR_CREDENTIAL_PAYLOAD' });
    expect(named('منى')).toMatchObject({ ok: true });
  });
});

describe('hostile bytes', () => {
  test('any change of any byte is refused, and returns nothing of the content', () => {
    for (let i = 0; i < good.length; i += 1) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const bytes = Uint8Array.from(good);
        bytes[i] = (bytes[i] ?? 0) ^ flip;
        const result = read(bytes);
        expect(result.ok, `byte ${i} ^ ${flip}`).toBe(false);
        expect(Object.keys(result).sort()).toEqual(['card', 'code', 'ok', 'step']);
      }
    }
  });

  test('every shorter text or card is refused', () => {
    for (let length = 0; length < good.length; length += 1) expect(read(good.slice(0, length)).ok).toBe(false);
  });

  test('no bytes and no text make it throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => read(bytes).ok === false),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.string({ maxLength: 400 }), (text) => readText(text).ok === false),
      { numRuns: 1000 },
    );
  });

  test('Base45 gives back every byte string, and takes back only what it gave', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(base45Decode(base45Encode(bytes))).toEqual(bytes);
      }),
    );
    // The examples of RFC 9285 §4.3 and §4.4.
    expect(base45Encode(new TextEncoder().encode('base-45'))).toBe('UJCLQE7W581');
    expect(base45Decode('QED8WEX0')).toEqual(new TextEncoder().encode('ietf!'));
    expect(base45Decode('GGW')).toBeNull();
  });
});
