/** The file of keys at a terminal: taken when it is brought, kept when a bad or an older one comes, and told of by the doctor. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkHealth } from '../../agent/cli/doctor/health.js';
import { checkTerminalConfig } from '../../agent/config.js';
import { HEALTH_KEYS_FILE, type HealthKeys, sealHealthKeys } from '../../agent/health/keys.js';
import { openTerminalVault, type TerminalVault } from '../../agent/health/terminal-vault.js';
import { replaceFile } from '../../agent/journal/disk.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { seededRandom } from '../journal/samples.js';
import { testTrust } from '../support/desk.js';
import { signerOf } from '../support/people.js';
import { EPOCH_ONE, KEYS, KEYS_TWO, OWNER, RULES, siteOf } from './samples.js';

const AUTHORITY = signerOf(2);
const SIGNER = signerOf(11);
const SEED = new Uint8Array(32).fill(11);
const authorityKey = Buffer.from(AUTHORITY.publicKey).toString('hex');
const sealed = (keys: HealthKeys, to = SIGNER): Uint8Array =>
  sealHealthKeys(keys, { authority: AUTHORITY, terminals: [to.publicKey] }, seededRandom(3));

describe('a terminal and its file of health keys', () => {
  const open = async (): Promise<{
    readonly terminal: TerminalVault;
    readonly warned: string[];
    bring(bytes: Uint8Array): Promise<void>;
  }> => {
    const disk = new MemoryDisk().session();
    await disk.makeFolder('/trust');
    const warned: string[] = [];
    const log = {
      ...{ debug: () => undefined, info: () => undefined, error: () => undefined },
      warn: (_fields: object, text: string) => warned.push(text),
    };
    const trust = { ...testTrust(), site: siteOf, areaOf: () => null, sitesOf: () => [] };
    const config = { trust: { folder: '/trust', authorityKey } };
    const parts = { config, disk, seed: SEED, signer: SIGNER, trust, random: seededRandom(1), log };
    const terminal = await openTerminalVault(parts);
    const bring = async (bytes: Uint8Array): Promise<void> => {
      await replaceFile(disk, { folder: '/trust', name: HEALTH_KEYS_FILE }, bytes);
      await terminal.reload();
    };
    return { terminal, warned, bring };
  };

  it('opens nothing before one was brought, then with the newest', async () => {
    const { terminal, warned, bring } = await open();
    expect(terminal.vault.epoch()).toBeNull();
    expect(() => terminal.vault.begin(OWNER)).toThrow(expect.objectContaining({ code: 'ERR_HEALTH_KEY' }));
    await bring(sealed(KEYS));
    expect(terminal.vault.epoch()).toBe(1);
    await bring(sealed(KEYS_TWO));
    expect(terminal.vault.epoch()).toBe(2);
    expect(warned).toEqual([]);
  });

  it.each([
    ['an older one', sealed(KEYS)],
    ['one for another terminal', sealed(KEYS_TWO, signerOf(12))],
    ['a damaged one', sealed(KEYS_TWO).subarray(0, 90)],
    ['an empty one', new Uint8Array(0)],
  ])('goes on with what it has when it is brought %s, and says so', async (_which, bytes) => {
    const { terminal, warned, bring } = await open();
    await bring(sealed(KEYS_TWO));
    await bring(bytes);
    expect(terminal.vault.epoch()).toBe(2);
    expect(warned).toHaveLength(1);
  });
});

describe('wasl doctor', () => {
  it('says of health keys whether they are there, and nothing where nobody needs any', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wasl-doctor-health-'));
    try {
      const secretsFolder = join(folder, 'secrets');
      await mkdir(secretsFolder);
      await writeFile(join(secretsFolder, 'terminal-key'), `${Buffer.from(SEED).toString('hex')}\n`);
      const config = checkTerminalConfig(
        {
          ...{ terminal: 'unit-1', site: 'unit-1', programme: 'bread', dataFolder: folder, secretsFolder, readers: [] },
          trust: { folder, authorityKey },
          centre: { url: 'mqtt://127.0.0.1:1', sealKey: '11'.repeat(32), ackKey: authorityKey },
        },
        'terminal.json',
      );
      const check = async (healthRecords: boolean): Promise<string[]> => {
        const trust = testTrust(healthRecords ? { healthRecords: RULES } : {});
        return (await checkHealth(config, { trust, signer: SIGNER })).map(({ status }) => status);
      };
      expect([await check(false), await check(true)]).toEqual([[], ['warning']]);
      await writeFile(join(folder, HEALTH_KEYS_FILE), sealed(KEYS));
      expect([await check(false), await check(true)]).toEqual([['warning'], ['ok']]);
      await writeFile(join(folder, HEALTH_KEYS_FILE), sealed({ ...KEYS, epochs: [EPOCH_ONE] }, signerOf(12)));
      expect(await check(true)).toEqual(['problem']);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
