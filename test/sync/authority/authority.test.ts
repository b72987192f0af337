import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { signerFromSeed, verifierFromKey } from '../../../agent/credential/signature.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { systemRandom } from '../../../agent/system.js';
import { openTrust } from '../../../agent/trust/open-trust.js';
import policy from '../../../docs/samples/egypt-bread.policy.json' with { type: 'json' };
import { createAuthority, openAuthority } from '../../../sync/authority/authority.js';

const clock = { ms: Date.UTC(2026, 10, 21), nowMs: () => clock.ms };
const deps = { clock, random: systemRandom };
const keyOf = (seed: number) => signerFromSeed(new Uint8Array(32).fill(seed));
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('the authority', () => {
  let folder = '';
  beforeEach(async () => {
    folder = join(await mkdtemp(join(tmpdir(), 'wasl-authority-')), 'authority');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  test('makes keys once, and lists that a terminal believes, each publication with higher versions', async () => {
    const authority = await createAuthority(folder, deps, { programmes: [1], years: 5 });
    await expect(createAuthority(folder, deps, { programmes: [1], years: 5 })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    const terminal = keyOf(5);
    await authority.enrol({ terminal: 't-0001', site: 'bakery-17', publicKey: hexOf(terminal.publicKey), years: 3 });
    await authority.block(4711);
    const lists = await authority.publish(policy, 30);
    const believed = verifierFromKey(Uint8Array.from(Buffer.from(authority.register().authorityKey, 'hex')));
    const trust = await openTrust({
      disk: nodeDisk(),
      folder: lists,
      memory: join(lists, '..', 'accepted'),
      authority: believed,
    });
    expect(trust.isHotlisted(4711)).toBe(true);
    expect(trust.terminalKeys(terminal.keyId)).toMatchObject([{ terminal: 't-0001', site: 'bakery-17' }]);
    expect(trust.issuerKeys((await authority.issuer()).keyId)).toHaveLength(1);
    await authority.publish(policy, 30);
    await trust.reload();
    expect(trust.versions()).toEqual({ keys: 2, terminals: 2, hotlist: 2, policy: 2, actions: 2 });
    expect((await openAuthority(folder, deps)).register()).toEqual(authority.register());
  });

  test('keeps a terminal’s earlier key, ended, so that the cards it served are still believed', async () => {
    const authority = await createAuthority(folder, deps, { programmes: [1], years: 5 });
    const [first, second] = [keyOf(6), keyOf(7)];
    await authority.enrol({ terminal: 't-0001', site: 'bakery-17', publicKey: hexOf(first.publicKey), years: 3 });
    clock.ms += 86_400_000;
    await authority.enrol({ terminal: 't-0001', site: 'bakery-18', publicKey: hexOf(second.publicKey), years: 3 });
    const { terminals } = authority.register();
    expect(terminals.map(({ site, notAfter }) => [site, notAfter <= new Date(clock.ms).toISOString()])).toEqual([
      ['bakery-17', true],
      ['bakery-18', false],
    ]);
  });

  test('refuses a weak key and a folder without an authority', async () => {
    const authority = await createAuthority(folder, deps, { programmes: [1], years: 5 });
    const enrol = authority.enrol({ terminal: 't-0001', site: 'bakery-17', publicKey: '00'.repeat(32), years: 3 });
    await expect(enrol).rejects.toMatchObject({ code: 'ERR_KEY_WEAK' });
    await expect(openAuthority(join(folder, 'nowhere'), deps)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
