/** The keys of health records from the authority to a terminal, and what the card command shows with and without one. */
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifierFromKey } from '../../agent/credential/signature.js';
import { openHealthKeys } from '../../agent/health/keys.js';
import { terminalSealKey } from '../../agent/roster/sealed-roster.js';
import { cardToJson } from '../../simulators/card-file.js';
import { healthCard, healthDesk } from '../health/bench.js';
import { AUTHORITY, EPOCH_ONE, RULES } from '../health/samples.js';
import { signerOf } from '../support/people.js';
import { authority, card as cardCommand } from './card/bench.js';

const SAMPLE = join(import.meta.dirname, '../../docs/samples/egypt-bread.policy.json');

describe('the keys of health records', () => {
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasl-health-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are made, sealed to the terminals of accredited health sites alone, and renewed without one that was stolen', async () => {
    const at = join(folder, 'authority');
    const { register } = (await authority('init', at)).json as { register: { authorityKey: string } };
    const signed = verifierFromKey(Uint8Array.from(Buffer.from(register.authorityKey, 'hex')));
    const describeSite = (site: string, kind: string, number: string, ...more: readonly string[]) =>
      authority('site', at, site, '--number', number, '--kind', kind, '--area', 'port-said', ...more);
    await describeSite('unit', 'family-unit', '1', '--accredited');
    await describeSite('lab', 'laboratory', '2', '--accredited');
    await describeSite('bakery', 'bakery', '3', '--accredited');
    await describeSite('other-unit', 'family-unit', '4');
    for (const [index, site] of ['unit', 'lab', 'bakery', 'other-unit'].entries()) {
      const key = Buffer.from(signerOf(21 + index).publicKey).toString('hex');
      await authority('enrol', at, '--terminal', `t-${site}`, '--site', site, '--key', key);
    }
    const sample = JSON.parse(await readFile(SAMPLE, 'utf8')) as object;
    const policy = join(folder, 'policy.json');
    await writeFile(policy, JSON.stringify({ ...sample, healthRecords: RULES }));
    const out = join(folder, 'health.keys');
    const health = async (...words: readonly string[]) => (await authority('health-key', ...words)).json;
    const seal = (...more: readonly string[]) => health('seal', at, '--policy', policy, '--out', out, ...more);
    await expect(seal()).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(await health('make', at)).toMatchObject({ ok: true, epoch: 1 });
    await expect(health('make', at)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect((await stat(join(at, 'secrets', 'health-authority-key'))).mode & 0o077).toBe(0);
    expect(await seal()).toMatchObject({ epoch: 1, terminals: ['t-unit', 't-lab'] });
    expect(await health('rotate', at)).toMatchObject({ epoch: 2 });
    await expect(seal('--without', 't-nobody')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(await seal('--without', 't-lab')).toMatchObject({ epoch: 2, terminals: ['t-unit'] });
    const open = async (seed: number): Promise<number[]> => {
      const bytes = await readFile(out);
      const key = terminalSealKey(new Uint8Array(32).fill(seed), signerOf(seed).publicKey);
      return openHealthKeys(Uint8Array.from(bytes), key, signed).epochs.map(({ epoch }) => epoch);
    };
    expect(await open(21)).toEqual([2, 1]);
    await expect(open(22)).rejects.toMatchObject({ code: 'ERR_LIST_FORMAT' });
    await expect(open(23)).rejects.toMatchObject({ code: 'ERR_LIST_FORMAT' });
  });

  it('show what a card carries to whoever has one, and how much it is to everybody', async () => {
    const [card, unit] = [await healthCard(), await healthDesk()];
    await unit.lay(card);
    await unit.open();
    await unit.add('history', 'ربو منذ الطفولة');
    const file = join(folder, 'card.json');
    await writeFile(file, cardToJson(card));
    const keyFile = async (name: string, secret: Uint8Array): Promise<string> => {
      await writeFile(join(folder, name), `${Buffer.from(secret).toString('hex')}\n`);
      return join(folder, name);
    };
    const look = (...more: readonly string[]) => cardCommand('records', '--card', file, '--json', ...more);
    expect((await look()).json).toMatchObject({ ok: true, count: 1, epoch: 1 });
    expect((await look()).json).not.toHaveProperty('records');
    for (const secret of [AUTHORITY.secretKey, EPOCH_ONE.key.secretKey])
      expect((await look('--unseal', await keyFile('key', secret))).json).toMatchObject({
        records: [{ kind: 'history', text: 'ربو منذ الطفولة' }],
      });
    const none = await look('--unseal', await keyFile('other', new Uint8Array(32).fill(9)));
    expect(none).toMatchObject({ exitCode: 1, json: { ok: false, records: [] } });
  });
});
