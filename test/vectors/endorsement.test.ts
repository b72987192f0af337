/** The published endorsements: our own reader, and a second one of other parts (cbor2, node:crypto). */
import { readFileSync } from 'node:fs';
import { decode as decodeCbor2 } from 'cbor2';
import { describe, expect, test } from 'vitest';
import { sameBytes } from '../../agent/credential/cbor.js';
import { decodeSign1 } from '../../agent/credential/cose.js';
import { decodeCredential } from '../../agent/credential/decode.js';
import { decodeEndorsement, endorsedClaims, issueEndorsement } from '../../agent/credential/endorsement.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import { decodeArea, encodeArea } from '../../drivers/media/endorsement-area.js';
import { hashOf, holds, labelled, readCredential } from './independent.js';
import { claimsOf } from './make/credential-tools.js';
import { type PublishedEndorsement, plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('endorsement.json');
const credential = unhex(file.credential);
const { payload } = readCredential(credential);
const publicKeyOf = (name: string): Uint8Array => unhex(file.keys[name]?.publicKey ?? '');

function read({ input, context }: PublishedEndorsement): unknown {
  const keys = context.issuerKeys.map(({ key, ...rest }) => ({ ...rest, verifier: verifierFromKey(publicKeyOf(key)) }));
  const claims = claimsOf();
  const result = decodeEndorsement(unhex(input), {
    issuerKeys: (keyId) => keys.filter(({ verifier }) => sameBytes(verifier.keyId, keyId)),
    programme: context.programme,
    owner: { uid: unhex(context.uid), card: context.card },
    payload,
    claims,
  });
  return plain(result.ok ? { ...result, leaves: endorsedClaims(claims, result.endorsement) } : result);
}

describe('the published endorsements', () => {
  test('extend a credential that is good', () => {
    const issuer = { verifier: verifierFromKey(publicKeyOf('issuer')), programmes: [1], notBefore: 0, notAfter: 4e9 };
    const result = decodeCredential(
      { form: 'bytes', bytes: credential },
      { issuerKeys: () => [issuer], programme: 1, medium: null, isHotlisted: () => false, now: 1_795_251_600 },
    );
    expect(result).toMatchObject({ ok: true });
    expect(decodeSign1(credential).ok).toBe(true);
  });

  test.each(file.valid.map((vector) => [vector.name, vector] as const))('%s is applied', (_name, vector) => {
    expect(read(vector)).toEqual(vector.expected);
  });

  test.each(file.valid.map((vector) => [vector.name, vector] as const))('%s is written as it was', (name, vector) => {
    if (name === 'unknown-member' || !vector.expected.ok) return;
    const { endorsement } = vector.expected;
    const owner = { uid: unhex(vector.context.uid), card: vector.context.card };
    const issuer = signerFromSeed(unhex(file.keys.issuer?.seed ?? ''));
    expect(plain(issueEndorsement(endorsement, { credential, owner }, issuer))).toBe(vector.input);
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('%s is refused', (_name, vector) => {
    expect(read(vector)).toEqual(vector.expected);
  });

  test.each(file.areas.map((vector) => [vector.name, vector] as const))('the area %s', (name, { input, expected }) => {
    expect(plain(decodeArea(unhex(input)))).toEqual(expected);
    if (name === 'whole') expect(plain(encodeArea(unhex(expected.bytes ?? '')))).toBe(input);
  });

  test('show every step that card.md names, in a vector or an area, and have each a name of their own', () => {
    const document = readFileSync(new URL('../../docs/formats/card.md', import.meta.url), 'utf8');
    const named = [...document.matchAll(/^\| (\w+) \| (ERR_ENDORSEMENT_\w+) \|/gm)].map((row) => `${row[1]} ${row[2]}`);
    const shown = file.invalid.map(({ expected }) => (expected.ok ? '' : `${expected.step} ${expected.code}`));
    expect(named).toHaveLength(8);
    expect([...new Set(shown), 'frame ERR_ENDORSEMENT_FORMAT'].sort()).toEqual([...named].sort());
    expect(file.areas.some(({ expected }) => expected.state === 'damaged')).toBe(true);
    const names = [...file.valid, ...file.invalid].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});

const MEMBERS = [
  '',
  '',
  '',
  'householdSize',
  'draws',
  'homeSite',
  'coverage',
  'rationScheme',
  '',
  '',
  'representatives',
];

describe('a second implementation, of other parts (cbor2, node:crypto)', () => {
  test.each(file.valid.map((vector) => [vector.name, vector] as const))('agrees about %s', (_name, vector) => {
    if (!vector.expected.ok) throw new Error('only good ones are here');
    const outer = decodeCbor2(unhex(vector.input), { preferMap: true });
    if (!Array.isArray(outer)) throw new Error('an array');
    const [version, keyId, content, signature] = outer as readonly unknown[];
    if (!(content instanceof Uint8Array && signature instanceof Uint8Array)) throw new Error('two byte strings');
    expect([version, plain(keyId)]).toEqual([1, file.keys.issuer?.keyId]);
    const toBeSigned = labelled(content, 'wasl/endorsement/1', unhex(vector.context.uid), vector.context.card);
    expect(plain({ content, toBeSigned, signature })).toEqual(vector.parts);
    expect(holds(publicKeyOf('issuer'), toBeSigned, signature)).toBe(true);

    const inner = decodeCbor2(content, { preferMap: true }) as readonly unknown[];
    const [number, extended, issuedAt, expiresAt, changes] = inner;
    if (!(changes instanceof Map)) throw new Error('a map of changes');
    expect(plain(extended)).toBe(plain(hashOf('wasl/credential-hash/1', payload).subarray(0, 8)));
    const known = [...changes].filter(([member]) => typeof member === 'number' && (MEMBERS[member] ?? '') !== '');
    const named = Object.fromEntries(
      known.map(([member, value]: [number, unknown]) => {
        if (member === 10) return ['representatives', value];
        const [plan, klass, familyUnit] = Array.isArray(value) ? (value as unknown[]) : [];
        return [MEMBERS[member] ?? '', Array.isArray(value) ? { plan, class: klass, familyUnit } : value];
      }),
    );
    expect({ number: Number(number), issuedAt, expiresAt, changes: named }).toEqual(vector.expected.endorsement);
  });

  test('finds no good signature where one was refused, and a good one where something else was', () => {
    const reached = ['signature', 'content', 'credential', 'times'];
    const judged = file.invalid.filter(({ expected }) => !expected.ok && reached.includes(expected.step));
    expect(judged.length).toBeGreaterThan(20);
    for (const { name, input, context, expected } of judged) {
      const [, , content, signature] = decodeCbor2(unhex(input), { preferMap: true }) as readonly Uint8Array[];
      if (content === undefined || signature === undefined) throw new Error('four parts');
      const message = labelled(content, 'wasl/endorsement/1', unhex(context.uid), context.card);
      const isForged = !expected.ok && expected.step === 'signature';
      expect(holds(publicKeyOf('issuer'), message, signature), name).toBe(!isForged);
    }
  });
});
