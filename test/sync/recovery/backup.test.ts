/** Backups of a centre: what they hold, what they refuse, and that a restore, whole, in part or interrupted, loses and doubles nothing. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../../agent/domain/error-codes.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { readIncarnation } from '../../../sync/bridge/registry.js';
import { sealKeyFromSecret } from '../../../sync/protocol/seal.js';
import { takeBackup } from '../../../sync/recovery/backup.js';
import { backupFileName, manifestText, parseManifest } from '../../../sync/recovery/backup-format.js';
import { checkBackup } from '../../../sync/recovery/check-backup.js';
import { type RestoreOptions, type RestoreReport, restoreBackup } from '../../../sync/recovery/restore.js';
import { withoutRevision } from '../../../sync/recovery/server.js';
import { CENTRE_SEAL, seededRandom, seedOf } from '../../support/sync-events.js';
import { systemTimers } from '../../support/system.js';
import {
  servicesAt,
  servicesOf,
  startTerminal,
  startWorld,
  TERMINAL,
  type TestCentre,
  untilAcknowledged,
} from '../uplink/bench.js';
import { memoryServer } from './memory-server.js';

const HOUR = 3_600_000;
const EVENTS = 'wasl-events-2026q4';
const BATCHES = 'wasl-batches-2026q4';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-backup-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

type World = Awaited<ReturnType<typeof startWorld>>;

/** A centre with so many services of one terminal, all acknowledged. */
async function served(count: number): Promise<World> {
  const world = await startWorld();
  await world.terminal.serve(count);
  await untilAcknowledged(world.time, [world.terminal]);
  return world;
}

/** Takes a backup into `name`. */
async function backup({ time, centre }: World, name = 'backup', sealTo: Uint8Array | null = null): Promise<string> {
  const out = join(folder, name);
  await takeBackup({
    server: memoryServer(centre.store),
    out,
    sealTo,
    clock: time.clock,
    random: seededRandom(name),
    process: { id: process.pid, isAlive: () => true },
  });
  return out;
}

function restore(
  store: MemoryStore,
  from: string,
  more: Partial<RestoreOptions> & Pick<RestoreOptions, 'clock'>,
): Promise<RestoreReport> {
  const limits = { attemptsMax: 3, backoff: { baseMs: 1, maxMs: 2 } };
  const retry = { timers: systemTimers, random: seededRandom('retry'), limits };
  return restoreBackup({ store, folder: from, sealKeys: [CENTRE_SEAL], retry, ...more });
}

/** Everything that is in a store, revisions apart. */
function contentOf(store: MemoryStore): object {
  return Object.fromEntries(store.databases().map((name) => [name, store.documents(name).map(withoutRevision)]));
}

function wipe({ store }: TestCentre, which: (database: string) => boolean = () => true): void {
  for (const name of store.databases()) if (which(name)) store.lose(name, () => true);
}

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
        out: join(folder, out),
        sealTo: null,
        clock: world.time.clock,
        random: seededRandom('x'),
        process: { id: process.pid, isAlive: (id) => id === 4711 },
        ...more,
      });
    await expect(take('a', { server: { ...server, page } })).rejects.toThrow('the power went');
    expect(await readdir(folder)).toEqual([]);

    await mkdir(join(folder, 'b.partial-4712'));
    await writeFile(join(folder, 'b.partial-4712', backupFileName(EVENTS, false)), 'half of it');
    await take('b', {});
    expect(await readdir(folder)).toEqual(['b']);
    await expect(take('b', {})).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });

    await mkdir(join(folder, 'c.partial-4711'));
    await expect(take('c', {})).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });
    await mkdir(join(folder, 'd.partial-4712'));
    await writeFile(join(folder, 'd.partial-4712', 'letters'), 'of somebody');
    await expect(take('d', {})).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });
    expect(await readdir(join(folder, 'd.partial-4712'))).toEqual(['letters']);
  });
});

describe('a restore over what is there', () => {
  it('changes nothing that is there: newer documents stay, erased bodies stay erased', async () => {
    const world = await served(20);
    const { store } = world.centre;
    const from = await backup(world);
    await store.put('wasl-registry', { ...store.documents('wasl-registry')[0], _id: TERMINAL, site: 'moved' });
    const [, event] = store.documents(EVENTS);
    const { bytes: _, salt: __, ...erased } = event ?? { _id: '', bytes: '', salt: '' };
    await store.put(EVENTS, erased);
    const before = contentOf(store);
    const report = await restore(store, from, { clock: world.time.clock });
    expect(contentOf(store)).toEqual({
      ...before,
      'wasl-centre': [{ _id: 'centre', incarnation: report.incarnation }],
    });
    expect(report.databases.find(({ name }) => name === 'wasl-registry')).toMatchObject({ kept: 1, created: 0 });
    expect(report.databases.find(({ name }) => name === EVENTS)).toMatchObject({ kept: 1, present: 20, created: 0 });
  });

  it('keeps both of two events in one place, and opens a case, as a bridge does', async () => {
    const world = await served(20);
    const { centre, time, terminal } = world;
    const image = terminal.disk.clone();
    await terminal.serve(5);
    await untilAcknowledged(time, [terminal]);
    const from = await backup(world);
    await terminal.crash();
    await centre.stopBridge();
    // The events of the first history are lost, and another one takes their places before the backup comes back.
    centre.store.lose(EVENTS, ({ seq }) => Number(seq) > 21);
    centre.startBridge();
    const other = await startTerminal(time, centre.broker, { disk: image, seed: 'other' });
    await other.serve(5);
    await untilAcknowledged(time, [other]);
    const report = await restore(centre.store, from, { clock: time.clock });
    expect(report.databases.find(({ name }) => name === EVENTS)).toMatchObject({ rivals: 5 });
    expect(centre.store.documents('wasl-cases').map(({ kind }) => kind)).toEqual(Array(5).fill('equivocation'));
    expect(servicesAt(centre.store)).toEqual(new Set([...servicesOf('terminal', 25), ...servicesOf('other', 5)]));
    const again = await restore(centre.store, from, { clock: time.clock });
    expect(again.databases.every(({ created }) => created === 0)).toBe(true);
    expect(centre.store.documents('wasl-cases')).toHaveLength(5);
  });
});

describe('batches that were lost', () => {
  it('come back as far as the backup goes; together with the events of their period, all of it', async () => {
    const world = await served(60);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    await terminal.serve(40);
    await untilAcknowledged(time, [terminal]);
    const proved = (): number => Math.max(...centre.store.documents(BATCHES).map(({ last }) => Number(last)));
    await centre.stopBridge();
    wipe(centre, (name) => name === BATCHES);
    await restore(centre.store, from, { clock: time.clock, databases: [BATCHES] });
    expect(proved()).toBe(61);
    // The centre has the events, so no terminal would bring their proof again: they have to go as well.
    wipe(centre, (name) => name === EVENTS);
    await restore(centre.store, from, { clock: time.clock, databases: [BATCHES, EVENTS] });
    centre.startBridge();
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(proved()).toBe(102);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 101));
  });
});

describe('after a restore everything reconverges', () => {
  it('when all was lost, the backup is old, and the centre had gone on', async () => {
    const world = await served(120);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    await terminal.serve(80);
    await untilAcknowledged(time, [terminal]);
    await centre.stopBridge();
    wipe(centre);
    await restore(centre.store, from, { clock: time.clock });
    expect(servicesAt(centre.store).size).toBe(120);
    centre.startBridge();
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 201));
    expect(centre.store.documents('wasl-cases')).toEqual([]);
  });

  it.each([[EVENTS], [BATCHES], ['wasl-registry']])(
    'when only %s was lost, and only that is restored',
    async (lost) => {
      const world = await served(100);
      const { centre, time, terminal } = world;
      const from = await backup(world);
      await terminal.serve(50);
      await untilAcknowledged(time, [terminal]);
      await centre.stopBridge();
      wipe(centre, (name) => name === lost);
      const report = await restore(centre.store, from, { clock: time.clock, databases: [lost] });
      expect(report.databases.map(({ name }) => name)).toEqual([lost]);
      centre.startBridge();
      await terminal.serve(1);
      await untilAcknowledged(time, [terminal], HOUR);
      await time.advance(60_000);
      expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 151));
      expect(centre.store.documents('wasl-cases')).toEqual([]);
    },
  );

  it('when the restore broke off in the middle and nobody ran it again', async () => {
    const world = await served(600);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    await centre.stopBridge();
    wipe(centre);
    let creates = 0;
    centre.store.plan = ({ operation, database }) => {
      if (operation !== 'create' || database !== EVENTS) return 'go';
      creates += 1;
      return creates > 1 ? 'fail' : 'go';
    };
    await expect(restore(centre.store, from, { clock: time.clock })).rejects.toMatchObject({ code: 'ERR_DATABASE' });
    expect(servicesAt(centre.store).size).toBe(199);
    centre.store.plan = () => 'go';
    centre.startBridge();
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 601));
  });

  it('when it ran beside a bridge that was busy', async () => {
    const world = await served(300);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    wipe(centre, (name) => name !== 'wasl-registry');
    await terminal.serve(100);
    const restoring = restore(centre.store, from, { clock: time.clock });
    await time.advance(20_000);
    await restoring;
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 401));
    expect(centre.store.documents('wasl-cases')).toEqual([]);
  });

  it('a database that the backup does not have is not asked for', async () => {
    const world = await served(3);
    const from = await backup(world);
    await expect(
      restore(world.centre.store, from, { clock: world.time.clock, databases: ['wasl-events-2031q1'] }),
    ).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
