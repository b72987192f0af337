/**
 * Takes a backup of a centre while bridges go on working. Databases are read in the order opposite to that in which bridges write:
 * events first, then the batches that prove them, then cases, the registry last. So whatever event is in the backup, its proof, its case
 * and its terminal are too; what was written meanwhile and is not, terminals send again after a restore.
 */
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Clock, Randomness } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { hexOf, textOf } from '../bridge/documents.js';
import { readIncarnation } from '../bridge/registry.js';
import type { StoredDocument } from '../bridge/store.js';
import { SEAL_KEY_BYTES, seal } from '../protocol/seal.js';
import { syncFolder, writeDatabaseFile, writeManifest } from './backup-files.js';
import { BACKUP_VERSION, type BackedUpDatabase, type BackupManifest } from './backup-format.js';
import { type BackupProgress, checkBackup } from './check-backup.js';
import type { CentreServer } from './server.js';

/** Documents that are in the memory at once. */
const PAGE = 200;

const FOLDER_MODE = 0o700;

/** What a backup is taken with. */
export interface BackupOptions {
  readonly server: CentreServer;
  /** Folder to make; its name must be free. */
  readonly out: string;
  /** X25519 public key to seal the files to; null leaves them readable for whoever has them. */
  readonly sealTo: Uint8Array | null;
  readonly clock: Clock;
  readonly random: Randomness;
  /** Id of this process, and which others are alive, so that what a killed backup left is told from what a running one does. */
  readonly process: { readonly id: number; readonly isAlive: (id: number) => boolean };
  readonly onProgress?: (progress: BackupProgress & { readonly step: 'reading' | 'checking' }) => void;
}

/**
 * Takes a backup into a folder that appears under its name only when it is whole, checked and durable; after a kill it is simply taken
 * again. Rejects with `ERR_DATA_FILE` when the name is taken, `ERR_DATABASE`, or what the disk reported; then nothing is left behind.
 */
export async function takeBackup(options: BackupOptions): Promise<BackupManifest> {
  const { out, process } = options;
  if (await isThere(out)) throw new WaslError('ERR_DATA_FILE', `${out} is there already: name another folder`);
  await removeLeftovers(options);
  const partial = `${out}.partial-${process.id}`;
  await mkdir(partial, { mode: FOLDER_MODE });
  try {
    const manifest = await fill(partial, options);
    await rename(partial, out);
    await syncFolder(dirname(out));
    return manifest;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

async function fill(folder: string, options: BackupOptions): Promise<BackupManifest> {
  const { server, sealTo, clock, random } = options;
  const startedAt = new Date(clock.nowMs()).toISOString();
  const incarnation = (await readIncarnation(server.store)) ?? 0;
  const names = [...(await server.databases())].sort((a, b) => orderOf(a) - orderOf(b) || (a < b ? -1 : 1));
  if (names.length === 0) throw new WaslError('ERR_DATABASE', 'the server has no database of Wasl: nothing to back up');
  const key = sealTo === null ? null : random.bytes(SEAL_KEY_BYTES);
  const databases = await readAll(names, { folder, key, options });
  if (((await readIncarnation(server.store)) ?? 0) !== incarnation)
    throw new WaslError('ERR_DATABASE', 'the centre began a new life meanwhile: take the backup again');
  const sealed = sealTo === null || key === null ? null : { to: hexOf(sealTo), key: textOf(seal(key, sealTo, random)) };
  const manifest: BackupManifest = {
    format: 'wasl-centre-backup',
    version: BACKUP_VERSION,
    startedAt,
    finishedAt: new Date(clock.nowMs()).toISOString(),
    incarnation,
    seal: sealed,
    databases,
  };
  await writeManifest(folder, manifest);
  await checkWritten(folder, options);
  return manifest;
}

async function readAll(
  names: readonly string[],
  parts: { readonly folder: string; readonly key: Uint8Array | null; readonly options: BackupOptions },
): Promise<BackedUpDatabase[]> {
  const { folder, key, options } = parts;
  const { server, onProgress } = options;
  const infos = await Promise.all(names.map(async (name) => ({ name, ...(await server.info(name)) })));
  // Grows while bridges write: the bar may end a little early or late.
  const total = infos.reduce((sum, { documents }) => sum + documents, 0);
  const databases: BackedUpDatabase[] = [];
  let read = 0;
  for (const { name, partitioned } of infos) {
    let documents = 0;
    const counted = async function* (): AsyncGenerator<StoredDocument> {
      for await (const document of documentsOf(server, name)) {
        documents += 1;
        read += 1;
        onProgress?.({ step: 'reading', database: name, documents: read, total: Math.max(read, total) });
        yield document;
      }
    };
    const file = await writeDatabaseFile({ folder, database: name, key }, counted());
    databases.push({ name, partitioned, documents, ...file });
  }
  return databases;
}

/** What is on the disk now, not what was meant to be. A sealed backup is checked as far as its bytes: only its owner can open it. */
async function checkWritten(folder: string, { onProgress }: BackupOptions): Promise<void> {
  const { sound, problems } = await checkBackup({
    folder,
    sealKeys: [],
    ...(onProgress === undefined
      ? {}
      : { onProgress: (progress: BackupProgress) => onProgress({ step: 'checking', ...progress }) }),
  });
  if (!sound) throw new WaslError('ERR_BACKUP_DAMAGED', `the backup is not what was written: ${problems.join('; ')}`);
}

async function* documentsOf(server: CentreServer, database: string): AsyncGenerator<StoredDocument> {
  for (let after: string | null = null; ; ) {
    const page: readonly StoredDocument[] = await server.page(database, after, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last._id;
  }
}

/** See the head of this file. */
function orderOf(database: string): number {
  if (database.startsWith('wasl-events-')) return 0;
  if (database.startsWith('wasl-batches-')) return 1;
  return database === 'wasl-registry' || database === 'wasl-centre' ? 3 : 2;
}

/** Removes what a killed backup of the same name left. Rejects with `ERR_DATA_FILE` while another one writes there. */
async function removeLeftovers({ out, process }: BackupOptions): Promise<void> {
  const prefix = `${basename(out)}.partial-`;
  for (const name of await readdir(dirname(out))) {
    if (!name.startsWith(prefix)) continue;
    const id = Number(name.slice(prefix.length));
    if (!Number.isSafeInteger(id)) continue;
    if (id !== process.id && process.isAlive(id))
      throw new WaslError('ERR_DATA_FILE', `process ${id} is writing ${out}: wait for it, or name another folder`);
    await removePartial(join(dirname(out), name));
  }
}

async function removePartial(folder: string): Promise<void> {
  const strange = (await readdir(folder)).find(
    (name) => name !== 'manifest.json' && !/\.ndjson\.gz(\.sealed)?$/.test(name),
  );
  if (strange !== undefined)
    throw new WaslError('ERR_DATA_FILE', `${folder} holds ${strange}, which is no part of a backup: see what it is`);
  await rm(folder, { recursive: true });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
