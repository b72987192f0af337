import { describe, expect, test } from 'vitest';
import { decodeAny } from '../../agent/credential/any-code.js';
import { foreignKey } from '../../agent/credential/foreign-key.js';
import { issueCredential, qrText } from '../../agent/credential/issue.js';
import { claims, issuerKey, NOW, signerOf } from '../support/people.js';
import { unhex, vectorsOf } from '../vectors/vectors.js';

const foreign = vectorsOf('foreign.json');
const issuer = signerOf(1);
const ALWAYS = { notBefore: 0, notAfter: Number.MAX_SAFE_INTEGER };
const theirs = foreignKey({
  issuer: 'Registry',
  algorithm: 'EdDSA',
  publicKey: unhex(foreign.keys.edIssuer?.publicKey ?? ''),
  keyId: null,
  ...ALWAYS,
});
const ours = foreignKey({ issuer: 'ours', algorithm: 'EdDSA', publicKey: issuer.publicKey, keyId: null, ...ALWAYS });

function read(text: string, change: Partial<Parameters<typeof decodeAny>[1]> = {}) {
  return decodeAny(
    { form: 'text', text },
    {
      issuerKeys: (keyId) => [issuerKey(issuer)].filter(({ verifier }) => Buffer.compare(verifier.keyId, keyId) === 0),
      isHotlisted: () => false,
      programme: 1,
      now: NOW,
      medium: { layout: 0, uid: null },
      foreignKeys: [theirs],
      ...change,
    },
  );
}

const paper = qrText(issueCredential(claims({ layout: 0, uid: null }), issuer));
const code = foreign.valid[0]?.input.text ?? '';

describe('a code of whatever issuer', () => {
  test('is one of ours, or a Claim 169 code', () => {
    expect(read(paper)).toMatchObject({ ok: true, profile: 'wasl' });
    expect(read(code)).toMatchObject({ ok: true, profile: 'claim169', credential: { issuer: 'Registry' } });
  });

  test('gets no second chance as a foreign one once a key of ours has refused it', () => {
    const foreignKeys = [ours];
    const blocked = { isHotlisted: () => true, foreignKeys };
    expect(read(paper, blocked)).toMatchObject({ ok: false, step: 'hotlist' });
    expect(read(paper, { now: NOW * 2, foreignKeys })).toMatchObject({ ok: false, step: 'times' });
    expect(read(paper, { programme: 9, foreignKeys })).toMatchObject({ ok: false, code: 'ERR_CREDENTIAL_KEY_SCOPE' });
    expect(read(paper, { medium: { layout: 1, uid: null }, foreignKeys })).toMatchObject({ ok: false, step: 'medium' });
  });

  test('of nobody whom we trust stops at the key', () => {
    expect(read(code, { foreignKeys: [] })).toEqual({
      ok: false,
      step: 'key',
      code: 'ERR_CREDENTIAL_KEY_UNKNOWN',
      card: null,
    });
    expect(read(paper, { issuerKeys: () => [], foreignKeys: [] })).toMatchObject({ step: 'key' });
  });

  test.each(foreign.invalid.map((vector) => [vector.name, vector] as const))(
    'is refused at the step of its profile: %s',
    (_name, { input, context, expected }) => {
      const foreignKeys = context.keys.map(({ key, keyId, ...rest }) => {
        const { algorithm, publicKey } = foreign.keys[key] ?? { algorithm: 'EdDSA', publicKey: '' };
        return foreignKey({
          ...rest,
          algorithm,
          publicKey: unhex(publicKey),
          keyId: keyId === null ? null : unhex(keyId),
        });
      });
      const { step } = expected.ok ? { step: '' } : expected;
      expect(read(input.text, { foreignKeys, now: context.now, programme: null })).toMatchObject({ ok: false, step });
    },
  );
});
