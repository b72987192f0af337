/** Sites as the authority describes them, from the command to what a terminal believes. */

import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifierFromKey } from '../../../agent/credential/signature.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { openTrust } from '../../../agent/trust/open-trust.js';
import { deskFolder, authority as run } from '../card/bench.js';

const POLICY = join(import.meta.dirname, '../../../docs/samples/egypt-bread.policy.json');
let desk: Awaited<ReturnType<typeof deskFolder>>;
let folder: string;

const authority = async (...words: readonly string[]) => (await run(...words)).json;

beforeAll(async () => {
  desk = await deskFolder();
  folder = join(desk.folder, 'authority');
  await authority('init', folder);
});
afterAll(() => desk.remove());

const describeSite = (site: string, number: string, ...more: readonly string[]) =>
  authority('site', folder, site, '--number', number, '--kind', 'bakery', '--area', 'port-said', ...more);

test('a site that was described is what terminals believe, once the lists are published', async () => {
  await describeSite('bakery-1', '17');
  await describeSite('unit-1', '18', '--accredited');
  await authority('publish', folder, '--policy', POLICY);
  const { register } = (await authority('show', folder)) as { register: { authorityKey: string; sites: unknown[] } };
  expect(register.sites).toHaveLength(2);
  const trust = await openTrust({
    disk: nodeDisk(),
    folder: join(folder, 'lists'),
    memory: join(desk.folder, 'memory'),
    authority: verifierFromKey(Uint8Array.from(Buffer.from(register.authorityKey, 'hex'))),
  });
  expect(trust.site('bakery-1')).toEqual({
    ...{ site: 'bakery-1', number: 17, kind: 'bakery', area: 'port-said', accredited: false },
  });
  expect(trust.site('unit-1')?.accredited).toBe(true);
  expect(trust.site('nowhere')).toBeNull();
  expect([trust.areaOf(18), trust.areaOf(99)]).toEqual(['port-said', null]);
});

test('a number belongs to one site, and what is no site is refused with what to write', async () => {
  await describeSite('bakery-3', '30');
  await expect(describeSite('bakery-4', '30')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  await expect(describeSite('Bakery 5', '31')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  await expect(describeSite('bakery-5', '0')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  await expect(describeSite('bakery-3', '30', '--accredited')).resolves.toMatchObject({ accredited: true });
});
