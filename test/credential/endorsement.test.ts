import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeCbor, encodeCbor, sameBytes } from '../../agent/credential/cbor.js';
import { decodeSign1 } from '../../agent/credential/cose.js';
import {
  decodeEndorsement,
  ENDORSEMENT_BYTES_MAX,
  type Endorsement,
  type EndorsementContext,
  endorsedClaims,
  issueEndorsement,
} from '../../agent/credential/endorsement.js';
import { LABELS } from '../../agent/credential/hash.js';
import { issueCredential } from '../../agent/credential/issue.js';
import { sigStructure } from '../../agent/credential/signature.js';
import { claims, issuerKey, NOW, signerOf, UID } from '../support/people.js';
import { matchesRule } from '../vectors/cddl.js';
import { parseCddl } from '../vectors/cddl-parser.js';
import { readCbor } from '../vectors/independent-cbor.js';

const issuer = signerOf(1);
const given = claims();
const owner = { uid: UID, card: given.entitlements.card };
const credential = issueCredential(given, issuer);
const payloadOf = (bytes: Uint8Array): Uint8Array => {
  const read = decodeSign1(bytes);
  if (!read.ok) throw new Error('it is one');
  return read.sign1.payload;
};
const renewal: Endorsement = { number: 1, issuedAt: NOW, expiresAt: NOW + 86_400 * 400, changes: {} };
const context: EndorsementContext = {
  issuerKeys: () => [issuerKey(issuer)],
  programme: 1,
  owner,
  payload: payloadOf(credential),
  claims: given,
};
const issue = (change: Partial<Endorsement> = {}, by = issuer): Uint8Array =>
  issueEndorsement({ ...renewal, ...change }, { credential, owner }, by);
const parts = (bytes: Uint8Array): unknown[] => {
  const decoded = decodeCbor(bytes, { bytesMax: 200, depthMax: 1, itemsMax: 8 });
  if (!decoded.ok || !Array.isArray(decoded.value)) throw new Error('an array');
  return [...decoded.value];
};

describe('an endorsement', () => {
  test('renews a credential, and is about 115 bytes long', () => {
    const bytes = issue();
    const read = decodeEndorsement(bytes, context);
    expect(read).toEqual({ ok: true, endorsement: renewal });
    expect(bytes.length).toBeGreaterThan(95);
    expect(
      issue({
        changes: { draws: 2, householdSize: 4, rationScheme: null, coverage: { plan: 1, class: 2, familyUnit: 3 } },
      }).length,
    ).toBeLessThanOrEqual(ENDORSEMENT_BYTES_MAX);
  });

  test('replaces what it names, and leaves what it does not', () => {
    const changes = { draws: 2, householdSize: 6, coverage: null, rationScheme: 3, homeSite: 9 };
    const read = decodeEndorsement(issue({ expiresAt: null, changes }), context);
    if (!read.ok) throw new Error(read.code);
    const after = endorsedClaims(given, read.endorsement);
    expect(after.entitlements).toEqual({ ...given.entitlements, ...changes });
    expect(after.expiresAt).toBe(given.expiresAt);
  });

  test('fits the published format, and so does what it signs', () => {
    const rules = parseCddl(readFileSync(new URL('../../docs/formats/card.cddl', import.meta.url), 'utf8'));
    const changes = { draws: 2, householdSize: 4, coverage: null, rationScheme: 1, homeSite: 3 };
    for (const bytes of [issue(), issue({ expiresAt: null, changes })]) {
      const [, , content] = parts(bytes);
      if (!(content instanceof Uint8Array)) throw new Error('bytes');
      const signed = sigStructure(LABELS.endorsement, content, [owner.uid, owner.card]);
      expect(matchesRule(rules, 'endorsement', readCbor(bytes))).toBe(true);
      expect(matchesRule(rules, 'endorsement-signature', readCbor(signed))).toBe(true);
      expect(matchesRule(rules, 'endorsement-signature', readCbor(signed.with(20, 0x62)))).toBe(false);
    }
  });

  const good = issue();
  const other = issueCredential(claims({ household: 9 }), issuer);
  test.each<[string, string, string, Uint8Array, Partial<EndorsementContext>]>([
    ['bytes that are no CBOR', 'cbor', 'ERR_ENDORSEMENT_FORMAT', Uint8Array.of(0xff), {}],
    ['an array of five', 'cbor', 'ERR_ENDORSEMENT_FORMAT', encodeCbor([...parts(good), 0]), {}],
    ['too many bytes', 'cbor', 'ERR_ENDORSEMENT_FORMAT', new Uint8Array(ENDORSEMENT_BYTES_MAX + 1), {}],
    ['a later version', 'version', 'ERR_ENDORSEMENT_VERSION', encodeCbor([2, 'anything']), {}],
    ['a key that is not known', 'key', 'ERR_ENDORSEMENT_KEY', good, { issuerKeys: () => [] }],
    ['a key of another programme', 'key', 'ERR_ENDORSEMENT_KEY', good, { programme: 2 }],
    [
      'another key with the same id',
      'signature',
      'ERR_ENDORSEMENT_SIGNATURE',
      good,
      { issuerKeys: () => [issuerKey(signerOf(2))] },
    ],
    ['the card of somebody else', 'signature', 'ERR_ENDORSEMENT_SIGNATURE', good, { owner: { ...owner, card: 1 } }],
    ['another tag', 'signature', 'ERR_ENDORSEMENT_SIGNATURE', good, { owner: { ...owner, uid: UID.with(6, 1) } }],
    ['another credential of the same card', 'credential', 'ERR_ENDORSEMENT_OTHER', good, { payload: payloadOf(other) }],
    ['one older than the credential', 'times', 'ERR_ENDORSEMENT_TIMES', issue({ issuedAt: given.issuedAt - 1 }), {}],
    ['an end before its beginning', 'times', 'ERR_ENDORSEMENT_TIMES', issue({ expiresAt: NOW - 1 }), {}],
    ['more draws than persons', 'content', 'ERR_ENDORSEMENT_FORMAT', issue({ changes: { draws: 99 } }), {}],
  ])('%s stops at its step', (_what, step, code, bytes, change) => {
    expect(decodeEndorsement(bytes, { ...context, ...change })).toEqual({ ok: false, step, code });
  });

  test('does not survive the change of any bit', () => {
    const byId = {
      ...context,
      issuerKeys: (id: Uint8Array) => (sameBytes(id, issuer.keyId) ? [issuerKey(issuer)] : []),
    };
    for (let at = 0; at < good.length * 8; at += 1) {
      const byte = (good[at >> 3] ?? 0) ^ (1 << (at & 7));
      expect(decodeEndorsement(good.with(at >> 3, byte), byId).ok, `bit ${at}`).toBe(false);
    }
  });

  test('is not a ledger record, nor a credential, under another label', () => {
    const [, , content] = parts(good);
    if (!(content instanceof Uint8Array)) throw new Error('bytes');
    const signature = issuer.sign(content);
    expect(decodeEndorsement(encodeCbor([1, issuer.keyId, content, signature]), context)).toMatchObject({
      step: 'signature',
    });
  });

  test('that no terminal would read is not issued', () => {
    expect(() => issue({ number: 0 })).toThrow(expect.objectContaining({ code: 'ERR_ENDORSEMENT_FORMAT' }));
    expect(() => issue({ changes: { draws: 100 } })).toThrow(
      expect.objectContaining({ code: 'ERR_ENDORSEMENT_FORMAT' }),
    );
  });
});
