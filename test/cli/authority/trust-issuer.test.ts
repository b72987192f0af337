import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { vectorsOf } from '../../vectors/vectors.js';
import { card, deskFolder, authority as run } from '../card/bench.js';

const foreign = vectorsOf('foreign.json');
const POLICY = join(import.meta.dirname, '../../../docs/samples/egypt-bread.policy.json');

let desk: Awaited<ReturnType<typeof deskFolder>>;
beforeAll(async () => {
  desk = await deskFolder();
});
afterAll(() => desk.remove());

async function authority(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  return (await run(...words)).json;
}

describe('wasl authority trust-issuer', () => {
  test('codes of another system verify from the signed lists alone, and only for the keys in them', async () => {
    const folder = join(desk.folder, 'authority');
    const { register } = (await authority('init', folder)) as { readonly register: { readonly authorityKey: string } };
    await authority('trust-issuer', folder, '--issuer', 'Registry', '--key', foreign.keys.esIssuer?.publicKey ?? '');
    await authority('publish', folder, '--policy', POLICY);
    const lists = ['--trust', join(folder, 'lists'), '--authority', register.authorityKey];
    const codeOf = (name: string): string => foreign.valid.find((vector) => vector.name === name)?.input.text ?? '';
    const verify = async (name: string) => (await card('verify', '--text', codeOf(name), ...lists, '--json')).json;
    // The list believes the key from yesterday on; the vector was issued before.
    expect(await verify('es256')).toMatchObject({ ok: false, step: 'times', code: 'ERR_CREDENTIAL_KEY_EXPIRED' });
    expect(await verify('eddsa')).toMatchObject({ ok: false, step: 'key', code: 'ERR_CREDENTIAL_KEY_UNKNOWN' });
    await authority('trust-issuer', folder, '--issuer', 'Other', '--key', foreign.keys.edIssuer?.publicKey ?? '');
    await authority('publish', folder, '--policy', POLICY);
    expect(await verify('least')).toMatchObject({ ok: true, profile: 'claim169', issuer: 'Other' });
  });

  test('refuses a key of small order, and a terminal’s list has a foreign issuer only where there is one', async () => {
    const folder = join(desk.folder, 'second');
    await authority('init', folder);
    const weak = authority('trust-issuer', folder, '--issuer', 'Nobody', '--key', '00'.repeat(32));
    await expect(weak).rejects.toMatchObject({ code: 'ERR_KEY_WEAK' });
    const { register } = (await authority('show', folder)) as { readonly register: object };
    expect(register).not.toHaveProperty('foreign');
  });
});
