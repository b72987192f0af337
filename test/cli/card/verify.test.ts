import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { qrPng } from '../../../agent/cards/picture.js';
import { blankCard, saveCard } from '../../../simulators/card-file.js';
import { vectorsOf } from '../../vectors/vectors.js';
import { card, deskFolder } from './bench.js';

const own = vectorsOf('credential.json');
const foreign = vectorsOf('foreign.json');
const AT = '2026-11-21T09:00:00Z';

function textOf(name: string): string {
  const vector = own.valid.find((one) => one.name === name);
  if (vector?.input.form !== 'text') throw new Error(`there is a code named ${name}`);
  return vector.input.text;
}

const issuerKey = own.keys.issuer?.publicKey ?? '';
const qr = textOf('qr');

let desk: Awaited<ReturnType<typeof deskFolder>>;
beforeAll(async () => {
  desk = await deskFolder();
});
afterAll(() => desk.remove());

describe('wasl card verify', () => {
  test('prints ok and the claims of a good code, and ends with 0', async () => {
    const { json, exitCode } = await card('verify', '--text', qr, '--key', issuerKey, '--at', AT, '--json');
    expect(json).toMatchObject({ ok: true, step: null, code: null, profile: 'wasl' });
    expect(json.claims).toMatchObject({ identity: { id: '90000000000017' }, entitlements: { card: 100_017 } });
    expect(exitCode).toBe(0);
  });

  test('prints the step and the code of a bad one, no claims, and ends with 1', async () => {
    const { json, exitCode } = await card('verify', '--text', qr, '--key', issuerKey, '--at', '2030-01-01', '--json');
    expect(json).toMatchObject({ ok: false, step: 'times', code: 'ERR_CREDENTIAL_EXPIRED', card: 100_017 });
    expect(json).not.toHaveProperty('claims');
    expect(exitCode).toBe(1);
  });

  test('stops at the key when none is named', async () => {
    const { json } = await card('verify', '--text', qr, '--at', AT, '--json');
    expect(json).toMatchObject({ ok: false, step: 'key', code: 'ERR_CREDENTIAL_KEY_UNKNOWN' });
  });

  const refused = own.invalid.filter(({ input }) => input.form === 'text');
  test.each(refused.map((vector) => [vector.name, vector] as const))(
    'says of the code %s where it stops',
    async (_name, vector) => {
      const { input, expected } = vector;
      if (input.form !== 'text' || expected.ok) throw new Error('these are refused texts');
      const { json } = await card('verify', `--text=${input.text}`, '--key', issuerKey, '--at', AT, '--json');
      expect(json).toMatchObject({ ok: false, step: expected.step, code: expected.code });
    },
  );

  test.each(foreign.valid.map((vector) => [vector.name, vector] as const))(
    'reads the code %s of another issuer',
    async (_name, { input, context, expected }) => {
      const keys = context.keys.flatMap(({ key }) => ['--key', foreign.keys[key]?.publicKey ?? '']);
      const { json } = await card('verify', '--text', input.text, ...keys, '--at', AT, '--json');
      if (!expected.ok) throw new Error('these are valid');
      expect(json).toMatchObject({ ok: true, profile: 'claim169', claims: { identity: expected.credential.identity } });
    },
  );

  test('reads a picture', async () => {
    const path = join(desk.folder, 'code.png');
    await writeFile(path, qrPng(qr, { scale: 3 }));
    expect((await card('verify', '--image', path, '--key', issuerKey, '--at', AT, '--json')).json).toMatchObject({
      ok: true,
    });
  });

  test('says that a picture shows no code: the step is image', async () => {
    const path = join(desk.folder, 'nothing.png');
    await writeFile(path, 'this is no picture');
    const { json, exitCode } = await card('verify', '--image', path, '--json');
    expect(json).toMatchObject({ ok: false, step: 'image', code: 'ERR_IMAGE' });
    expect(exitCode).toBe(1);
  });

  test('says that a card is blank: the step is card', async () => {
    const path = join(desk.folder, 'blank.json');
    await saveCard(path, blankCard('ntag216'));
    const { json } = await card('verify', '--card', path, '--key', issuerKey, '--json');
    expect(json).toMatchObject({ ok: false, step: 'card', code: 'ERR_CARD_EMPTY' });
  });

  test('takes a key as PEM, as JWK and as a set of JWKs', async () => {
    const x = Buffer.from(issuerKey, 'hex').toString('base64url');
    const jwk = { kty: 'OKP', crv: 'Ed25519', x };
    const files = {
      'key.pem': createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
      'key.jwk': JSON.stringify(jwk),
      'keys.jwks': JSON.stringify({ keys: [jwk] }),
      'key.hex': `${issuerKey}\n`,
    };
    for (const [name, content] of Object.entries(files)) {
      const path = join(desk.folder, name);
      await writeFile(path, content);
      const { json } = await card('verify', '--text', qr, '--key', path, '--at', AT, '--json');
      expect([name, json.ok]).toEqual([name, true]);
    }
  });

  test('refuses a private key, a weak key, and no or two sources', async () => {
    const path = join(desk.folder, 'private.jwk');
    await writeFile(path, JSON.stringify({ kty: 'OKP', crv: 'Ed25519', x: 'AA', d: 'AA' }));
    await expect(card('verify', '--text', qr, '--key', path)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const smallOrder = '01'.padEnd(64, '0');
    await expect(card('verify', '--text', qr, '--key', smallOrder)).rejects.toMatchObject({ code: 'ERR_KEY_WEAK' });
    const offCurve = `04${'01'.repeat(64)}`;
    await expect(card('verify', '--text', qr, '--key', offCurve)).rejects.toMatchObject({ code: 'ERR_KEY_WEAK' });
    await expect(card('verify')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(card('verify', '--text', qr, '--image', path)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
