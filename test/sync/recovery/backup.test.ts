/** Backups of a centre: what they hold, and what they refuse. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { readIncarnation } from '../../../sync/bridge/registry.js';
import { sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { takeBackup } from '../../../sync/recovery/backup.js';
import { backupFileName, manifestText, parseManifest } from '../../../sync/recovery/backup-format.js';
import { checkBackup } from '../../../sync/recovery/check-backup.js';
import { CENTRE_SEAL, seededRandom, seedOf } from '../../support/sync-events.js';
import { BATCHES, contentOf, EVENTS, restore, served, useBackups } from './backup-bench.js';
import { memoryServer } from './memory-server.js';

/** What the files of a sound backup of 40 services become, and what is then said. */
const DAMAGES: readonly [string, ErrorCode, (folder: string) => Promise<void>][] = [
  ['a file is missing', 'ERR_BACKUP_DAMAGED', (at) => rm(join(at, backupFileName(EVENTS, false)))],
  [
    'a byte of a file is another one',
    'ERR_BACKUP_DAMAGED',
    (at) => spoil(join(at, backupFileName(EVENTS, false)), 0.5),
  ],
  ['a file is cut off', 'ERR_BACKUP_DAMAGED', (at) => cut(join(at, backupFileName(BATCHES, false)))],
  ['the manifest is missing', 'ERR_BACKUP_FORMAT', (at) => rm(join(at, 'manifest.json'))],
  ['the manifest is cut off', 'ERR_BACKUP_FORMAT', (at) => cut(join(at, 'manifest.json'))],
  [
    'a number in the manifest is another one',
    'ERR_BACKUP_DAMAGED',
    (at) => replaced(at, /"documents": \d+/, '"documents": 7'),
  ],
  [
    'the manifest names a path',
    'ERR_BACKUP_DAMAGED',
    (at) => replaced(at, /"wasl-cases"|"wasl-centre"/, '"../etc/passwd"'),
  ],
  ['it is of a newer version', 'ERR_BACKUP_VERSION', (at) => replaced(at, /"version": 1/, '"version": 2')],
  ['it is something else', 'ERR_BACKUP_FORMAT', (at) => writeFile(join(at, 'manifest.json'), '{"hello":1}')],
];

async function spoil(path: string, where: number): Promise<void> {
  const bytes = await readFile(path);
  const at = Math.floor(bytes.length * where);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  await writeFile(path, bytes);
}

async function cut(path: string): Promise<void> {
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 20));
}

async function replaced(at: string, what: RegExp, by: string): Promise<void> {
  const path = join(at, 'manifest.json');
  const text = await readFile(path, 'utf8');
  expect(text).toMatch(what);
  await writeFile(path, text.replace(what, by));
}

const { folder, backup } = useBackups();

describe('a backup', () => {
  it('comes back into an empty server as it was, and as a new life of the centre', async () => {
    const world = await served(40);
    const before = contentOf(world.centre.store);
    const life = await readIncarnation(world.centre.store);
    const from = await backup(world);
    const empty = new MemoryStore();
    await world.time.advance(1_000);
    const report = await restore(empty, from, { clock: world.time.clock });
    expect(contentOf(empty)).toEqual({
      ...before,
      'wasl-centre': [{ _id: 'centre', incarnation: report.incarnation }],
    });
    expect(report.incarnation).toBeGreaterThan(life ?? 0);
    expect(report.databases.find(({ name }) => name === EVENTS)).toMatchObject({
      created: 41,
      present: 0,
      kept: 0,
      rivals: 0,
    });
    const check = await checkBackup({ folder: from, sealKeys: [] });
    expect(check).toMatchObject({ sound: true, opened: true, events: 41, gaps: 0, chainBreaks: 0, problems: [] });
  });

  it('is read by nobody else on the machine, and holds cards and salts in clear unless it is sealed', async () => {
    const world = await served(10);
    const plain = await backup(world, 'plain');
    expect((await stat(plain)).mode & 0o777).toBe(0o700);
    for (const name of await readdir(plain)) expect((await stat(join(plain, name))).mode & 0o777).toBe(0o600);
    const recipient = sealKeyFromSecret(seedOf('backup key'));
    const sealed = await backup(world, 'sealed', recipient.publicKey);
    for (const name of await readdir(sealed))
      if (name !== 'manifest.json')
        expect((await readFile(join(sealed, name))).subarray(4, 6)).not.toEqual(Buffer.from([0x1f, 0x8b]));
    expect((await checkBackup({ folder: sealed, sealKeys: [] })).opened).toBe(false);
    expect(await checkBackup({ folder: sealed, sealKeys: [recipient] })).toMatchObject({
      sound: true,
      opened: true,
      events: 11,
    });

    const empty = new MemoryStore();
    await expect(restore(empty, sealed, { clock: world.time.clock })).rejects.toMatchObject({
      code: 'ERR_BACKUP_SEAL',
    });
    expect(empty.databases()).toEqual([]);
    const report = await restore(empty, sealed, { clock: world.time.clock, sealKeys: [CENTRE_SEAL, recipient] });
    expect(report.databases.find(({ name }) => name === EVENTS)).toMatchObject({ created: 11 });
  });

  it.each(DAMAGES)('of which %s is refused with %s, and nothing is written', async (_what, code, damage) => {
    const world = await served(40);
    const from = await backup(world);
    await damage(from);
    const empty = new MemoryStore();
    await expect(restore(empty, from, { clock: world.time.clock })).rejects.toMatchObject({ code });
    expect(empty.databases()).toEqual([]);
  });

  it('whose sealed file was tampered with together with its checksum is still refused by its key', async () => {
    const world = await served(10);
    const from = await backup(world, 'sealed', CENTRE_SEAL.publicKey);
    const file = join(from, backupFileName(EVENTS, true));
    await spoil(file, 0.7);
    const { createHash } = await import('node:crypto');
    const sha256 = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    const manifest = parseManifest(await readFile(join(from, 'manifest.json'), 'utf8'));
    const databases = manifest.databases.map((one) => (one.name === EVENTS ? { ...one, sha256 } : one));
    await writeFile(join(from, 'manifest.json'), manifestText({ ...manifest, databases }));
    const empty = new MemoryStore();
    await expect(restore(empty, from, { clock: world.time.clock })).rejects.toMatchObject({
      code: 'ERR_BACKUP_DAMAGED',
    });
    expect(empty.databases()).toEqual([]);
  });

  it('is not restored by a machine whose clock is before it: terminals would take the new life for an old one', async () => {
    const world = await served(5);
    const from = await backup(world);
    const empty = new MemoryStore();
    await expect(restore(empty, from, { clock: { ...world.time.clock, nowMs: () => 0 } })).rejects.toMatchObject({
      code: 'ERR_CLOCK',
    });
    expect(empty.databases()).toEqual([]);
  });

  it('that cannot be finished leaves nothing, and one that was killed is begun anew', async () => {
    const world = await served(5);
    const server = memoryServer(world.centre.store);
    const page = (): never => {
      throw new Error('the power went');
    };
    const take = (out: string, more: object) =>
      takeBackup({
        server,
        out: join(folder(), out),
        sealTo: null,
        clock: world.time.clock,
        random: seededRandom('x'),
        process: { id: process.pid, isAlive: (id) => id === 4711 },
        ...more,
      });
    await expect(take('a', { server: { ...server, page } })).rejects.toThrow('the power went');
    expect(await readdir(folder())).toEqual([]);

    await mkdir(join(folder(), 'b.partial-4712'));
    await writeFile(join(folder(), 'b.partial-4712', backupFileName(EVENTS, false)), 'half of it');
    await take('b', {});
    expect(await readdir(folder())).toEqual(['b']);
    await expect(take('b', {})).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });

    await mkdir(join(folder(), 'c.partial-4711'));
    await expect(take('c', {})).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });
    await mkdir(join(folder(), 'd.partial-4712'));
    await writeFile(join(folder(), 'd.partial-4712', 'letters'), 'of somebody');
    await expect(take('d', {})).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });
    expect(await readdir(join(folder(), 'd.partial-4712'))).toEqual(['letters']);
  });
});
