import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cardKeyId, decodeCardKey, encodeCardKey } from '../../agent/credential/card-proof.js';
import { encodeCbor } from '../../agent/credential/cbor.js';
import { decodeSign1 } from '../../agent/credential/cose.js';
import { decodeClaims, encodeClaims } from '../../agent/credential/cwt.js';
import { issueCredential } from '../../agent/credential/issue.js';
import type { CardKey } from '../../agent/domain/credential.js';
import { claims, signerOf } from '../support/people.js';
import { matchesRule } from '../vectors/cddl.js';
import { parseCddl } from '../vectors/cddl-parser.js';
import { readCbor } from '../vectors/independent-cbor.js';

function p256(): CardKey {
  const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
  return {
    algorithm: 'ES256',
    publicKey: Uint8Array.from(Buffer.concat([Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')])),
  };
}

const ed25519: CardKey = { algorithm: 'EdDSA', publicKey: signerOf(5).publicKey };
const smart = (cardKey: CardKey) => ({ ...claims({ layout: 4, uid: null }), cardKey });

describe('the key of a card in its credential', () => {
  test.each([
    ['Ed25519', ed25519],
    ['P-256', p256()],
  ] as const)('%s is read as it was written, and fits the published format', (_name, key) => {
    expect(decodeCardKey(encodeCardKey(key))).toEqual(key);
    const given = smart(key);
    expect(decodeClaims(encodeClaims(given))).toEqual({ ok: true, claims: given });
    const rules = parseCddl(readFileSync(new URL('../../docs/formats/card.cddl', import.meta.url), 'utf8'));
    expect(matchesRule(rules, 'credential', readCbor(issueCredential(given, signerOf(1))))).toBe(true);
  });

  test('names a card by eight bytes, another one for each key', () => {
    expect(cardKeyId(ed25519).length).toBe(8);
    expect(cardKeyId(ed25519)).not.toEqual(cardKeyId({ ...ed25519, publicKey: signerOf(6).publicKey }));
  });

  test.each<[string, unknown]>([
    ['nothing', undefined],
    ['no map', 7],
    ['a map without a key', new Map()],
    [
      'a key of a kind that is not read',
      new Map([
        [
          1,
          new Map<number, unknown>([
            [1, 4],
            [-1, new Uint8Array(32)],
          ]),
        ],
      ]),
    ],
    ['a key that is too short', encodeCardKey({ ...ed25519, publicKey: new Uint8Array(31).fill(1) })],
    ['a key of small order', encodeCardKey({ ...ed25519, publicKey: new Uint8Array(32) })],
    ['no point of the curve', encodeCardKey({ algorithm: 'ES256', publicKey: new Uint8Array(64).fill(1) })],
  ])('is not %s', (_what, value) => {
    expect(decodeCardKey(value)).toBeNull();
  });

  test('must be in the credential of a smart card, and be a key wherever it is', () => {
    const payload = encodeClaims(smart(ed25519));
    expect(decodeClaims(payload).ok).toBe(true);
    expect(decodeClaims(encodeClaims(claims({ layout: 4, uid: null })))).toEqual({ ok: false, problem: 'payload' });
    const weak = smart({ ...ed25519, publicKey: new Uint8Array(32) });
    expect(decodeClaims(encodeClaims(weak))).toEqual({ ok: false, problem: 'payload' });
  });
});

describe('a minimal credential', () => {
  const nobody = { id: '4711', language: 'und', fullName: '', dateOfBirth: null, gender: null, secondName: null };
  const base = claims({
    layout: 3,
    card: 4711,
    household: 0,
    householdSize: 1,
    draws: 1,
    homeSite: 0,
    coverage: null,
    rationScheme: null,
  });
  const minimal = { ...base, identity: nobody, notBefore: null };

  test('leaves out what reads as a default, and has 124 to 128 bytes', () => {
    const bytes = issueCredential(minimal, signerOf(1));
    const read = decodeSign1(bytes);
    if (!read.ok) throw new Error(read.problem);
    expect(decodeClaims(read.sign1.payload)).toEqual({ ok: true, claims: minimal });
    expect(bytes.length).toBeGreaterThanOrEqual(120);
    expect(bytes.length).toBeLessThanOrEqual(128);
    const rules = parseCddl(readFileSync(new URL('../../docs/formats/card.cddl', import.meta.url), 'utf8'));
    expect(matchesRule(rules, 'credential', readCbor(bytes))).toBe(true);
  });

  test('may say more, and on every other layout nothing may be left out', () => {
    const named = { ...minimal, identity: { ...nobody, id: 'N7' } };
    expect(decodeClaims(encodeClaims(named))).toEqual({ ok: true, claims: named });
    const bare = new Map<number, unknown>([
      [4, minimal.expiresAt],
      [6, minimal.issuedAt],
      [
        -65_537,
        new Map<number, unknown>([
          [0, 1],
          [1, 4711],
          [8, 1],
        ]),
      ],
    ]);
    expect(decodeClaims(encodeCbor(bare))).toEqual({ ok: false, problem: 'payload' });
  });
});
