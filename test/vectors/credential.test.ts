/** Our own decoder on the published credentials. */
import { describe, expect, test } from 'vitest';
import { decodeCredential, type RawCredential } from '../../agent/credential/decode.js';
import { qrText } from '../../agent/credential/issue.js';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { ERROR_CODES } from '../../agent/domain/error-codes.js';
import { type PublishedCredential, plain, unhex, vectorsOf } from './vectors.js';

const file = vectorsOf('credential.json');

function decode({ input, context }: PublishedCredential): unknown {
  const raw: RawCredential = input.form === 'bytes' ? { form: 'bytes', bytes: unhex(input.hex) } : input;
  const trusted = context.issuerKeys.map(({ key, ...scope }) => ({
    verifier: verifierFromKey(unhex(file.keys[key]?.publicKey ?? '')),
    ...scope,
  }));
  const { medium } = context;
  return plain(
    decodeCredential(raw, {
      issuerKeys: (keyId) => trusted.filter((key) => Buffer.from(key.verifier.keyId).equals(keyId)),
      isHotlisted: (card) => context.hotlist.includes(card),
      programme: context.programme,
      now: context.now,
      medium: medium === null ? null : { layout: medium.layout, uid: medium.uid === null ? null : unhex(medium.uid) },
    }),
  );
}

describe('the published credentials', () => {
  test.each(file.valid.map((vector) => [vector.name, vector] as const))('%s is accepted', (_name, vector) => {
    expect(decode(vector)).toEqual(vector.expected);
  });

  test.each(file.invalid.map((vector) => [vector.name, vector] as const))('%s is refused', (_name, vector) => {
    expect(decode(vector)).toEqual(vector.expected);
  });

  test('show every code that a credential can be refused with', () => {
    const shown = file.invalid.map((vector) => (vector.expected.ok ? '' : vector.expected.code));
    const published = Object.keys(ERROR_CODES).filter((code) => code.startsWith('ERR_CREDENTIAL_'));
    expect([...new Set(shown)].sort()).toEqual(published.sort());
  });

  test('have each a name of its own, and none says of a refused one what it holds', () => {
    const all = [...file.valid, ...file.invalid];
    expect(new Set(all.map((vector) => vector.name)).size).toBe(all.length);
    expect(file.invalid.filter((vector) => vector.parts !== undefined || 'credential' in vector.expected)).toEqual([]);
  });

  test('include texts as they are printed here: whatever deflate makes is read back', () => {
    const qr = file.valid.find((vector) => vector.name === 'qr');
    if (qr?.parts === undefined) throw new Error('there is a QR code among the vectors');
    const printed = qrText(unhex(qr.parts.credential));
    expect(decode({ ...qr, input: { form: 'text', text: printed } })).toEqual(qr.expected);
  });
});
