/**
 * Brings a backup back. Documents are only ever created: what is on the server is newer than the backup and stays. First of all, the centre
 * begins a new life, in which bridges acknowledge only what they find in the databases: from then on terminals send again whatever is
 * missing, so that a restore that is interrupted, or that runs beside bridges, ends well too.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import { bytesOf, DATABASES, equivocationCase } from '../bridge/documents.js';
import { beginIncarnation, CENTRE_ID } from '../bridge/registry.js';
import { type RetryParts, withRetry } from '../bridge/retry.js';
import type { DocumentStore, StoredDocument } from '../bridge/store.js';
import { HASH_BYTES } from '../protocol/chain.js';
import type { SealKey } from '../protocol/seal.js';
import { readDatabaseFile } from './backup-files.js';
import type { BackedUpDatabase, BackupManifest } from './backup-format.js';
import { type BackupProgress, backupKeyOf, checkBackup, chooseDatabases } from './check-backup.js';
import { withoutRevision } from './server.js';

/** Documents that are written at once. */
const PAGE = 200;

/** How to restore. */
export interface RestoreOptions {
  readonly store: DocumentStore;
  readonly folder: string;
  /** Keys of the centre that may open a sealed backup. */
  readonly sealKeys: readonly SealKey[];
  /** Only these databases; all of the backup when left out. */
  readonly databases?: readonly string[];
  readonly clock: Clock;
  readonly retry: RetryParts;
  readonly onProgress?: (progress: BackupProgress & { readonly step: 'checking' | 'writing' }) => void;
}

/** What became of the documents of one database. */
export interface RestoredDatabase {
  readonly name: string;
  /** Were not there and are now. */
  readonly created: number;
  /** Were there, the same. */
  readonly present: number;
  /** Were there, changed since the backup: left as they are. */
  readonly kept: number;
  /** Events whose place holds another event now: both are there, and a case. */
  readonly rivals: number;
}

/** What a restore did. */
export interface RestoreReport {
  readonly manifest: BackupManifest;
  /** The life that the centre is in now. */
  readonly incarnation: number;
  readonly databases: readonly RestoredDatabase[];
}

/**
 * Checks a backup, then restores it. Rejects, before anything is written, with `ERR_BACKUP_FORMAT`, `ERR_BACKUP_VERSION`,
 * `ERR_BACKUP_DAMAGED`, `ERR_BACKUP_SEAL`, `ERR_USAGE` for a database that it does not have, `ERR_CLOCK` when this machine's clock is
 * before the backup; afterwards with `ERR_DATABASE`: then the restore is to be run again.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreReport> {
  const { store, folder, sealKeys, databases: names, clock, onProgress } = options;
  const check = await checkBackup({
    folder,
    sealKeys,
    ...(names === undefined ? {} : { databases: names }),
    ...(onProgress === undefined
      ? {}
      : { onProgress: (progress: BackupProgress) => onProgress({ step: 'checking', ...progress }) }),
  });
  const { manifest } = check;
  if (!check.sound)
    throw new WaslError(
      'ERR_BACKUP_DAMAGED',
      `the backup is damaged, nothing was written:\n  ${check.problems.join('\n  ')}`,
    );
  if (!check.opened) {
    const message = `the backup is sealed to the key ${manifest.seal?.to ?? ''}, which is not among those given`;
    throw new WaslError('ERR_BACKUP_SEAL', message);
  }
  // A life is named by the time: one that began earlier than those before it would never be believed by a terminal.
  if (clock.nowMs() < Date.parse(manifest.finishedAt))
    throw new WaslError(
      'ERR_CLOCK',
      `the clock of this machine is before ${manifest.finishedAt}, when the backup was taken: set it`,
    );
  const incarnation = await withAttempts(() => beginIncarnation(store, clock, manifest.incarnation), options);
  // In the order in which bridges write: terminals, then proofs, then events.
  const chosen = [...chooseDatabases(manifest, names)].reverse();
  const key = backupKeyOf(manifest, sealKeys);
  const total = chosen.reduce((sum, { documents }) => sum + documents, 0);
  const restored: RestoredDatabase[] = [];
  let before = 0;
  for (const database of chosen) {
    const progress = (documents: number): void =>
      onProgress?.({ step: 'writing', database: database.name, documents: before + documents, total });
    restored.push(await restoreDatabase(database, { options, key, progress }));
    before += database.documents;
  }
  return { manifest, incarnation, databases: restored };
}

interface Counts {
  created: number;
  present: number;
  kept: number;
  rivals: number;
}

async function restoreDatabase(
  { name, partitioned }: BackedUpDatabase,
  parts: {
    readonly options: RestoreOptions;
    readonly key: Uint8Array | null;
    readonly progress: (documents: number) => void;
  },
): Promise<RestoredDatabase> {
  const { options, key, progress } = parts;
  const { store, folder } = options;
  const isEvents = name.startsWith('wasl-events-');
  const periodic = isEvents || name.startsWith('wasl-batches-');
  await withAttempts(() => store.ensure(name, { partitioned: partitioned || periodic }), options);
  const counts: Counts = { created: 0, present: 0, kept: 0, rivals: 0 };
  let page: StoredDocument[] = [];
  let done = 0;
  const write = async (): Promise<void> => {
    const rivals = await createPage({ name, isEvents }, page, { options, counts });
    await keepRivals(name, rivals, { options, counts });
    done += page.length;
    page = [];
    progress(done);
  };
  for await (const document of readDatabaseFile({ folder, database: name, key })) {
    // Which life it is in, the centre knows better than the backup.
    if (name === DATABASES.centre && document._id === CENTRE_ID) continue;
    page.push(document);
    if (page.length === PAGE) await write();
  }
  if (page.length > 0) await write();
  return { name, ...counts };
}

interface Rival {
  readonly document: StoredDocument;
  readonly occupant: StoredDocument;
}

/** Creates what is not there; resolves to the events whose place holds another one. */
async function createPage(
  database: { readonly name: string; readonly isEvents: boolean },
  page: readonly StoredDocument[],
  { options, counts }: { readonly options: RestoreOptions; readonly counts: Counts },
): Promise<Rival[]> {
  const taken = await createAll(database.name, page, options);
  counts.created += page.length - taken.length;
  if (taken.length === 0) return [];
  const ids = taken.map(({ _id }) => _id);
  const occupants = await withAttempts(() => options.store.read(database.name, ids), options);
  const rivals: Rival[] = [];
  taken.forEach((document, index) => {
    const occupant = occupants[index] ?? null;
    if (occupant === null) throw new WaslError('ERR_DATABASE', `${document._id} is there and cannot be read`);
    if (isDeepStrictEqual(withoutRevision(occupant), withoutRevision(document))) counts.present += 1;
    else if (!database.isEvents || document.head === occupant.head || document._id.split(':').length !== 3)
      counts.kept += 1;
    else rivals.push({ document, occupant });
  });
  return rivals;
}

/** As a bridge does it: the second event under an id that its head makes its own, and a case. */
async function keepRivals(
  database: string,
  rivals: readonly Rival[],
  { options, counts }: { readonly options: RestoreOptions; readonly counts: Counts },
): Promise<void> {
  if (rivals.length === 0) return;
  const kept = rivals.map(({ document, occupant }) => {
    const head = bytesOf(document.head, HASH_BYTES);
    const place = { terminal: String(document.terminal), epoch: String(document.epoch) };
    const seq = Number(document.seq);
    if (head === null) throw new WaslError('ERR_BACKUP_DAMAGED', `${document._id} is not an event`);
    const opened = equivocationCase(place, { seq, head }, occupant.head);
    return { second: { ...document, _id: `${document._id}:${opened._id.slice(-16)}` }, opened };
  });
  await createAll(
    database,
    kept.map(({ second }) => second),
    options,
  );
  await withAttempts(() => options.store.ensure(DATABASES.cases, { partitioned: false }), options);
  await createAll(
    DATABASES.cases,
    kept.map(({ opened }) => opened),
    options,
  );
  counts.rivals += rivals.length;
}

/** Creates documents until the outcome of each is known; resolves to those whose id was taken. */
async function createAll(
  database: string,
  documents: readonly StoredDocument[],
  options: RestoreOptions,
): Promise<readonly StoredDocument[]> {
  const taken: StoredDocument[] = [];
  let left = documents;
  await withAttempts(async () => {
    const outcomes = await options.store.create(database, left);
    taken.push(...left.filter((_, index) => outcomes[index] === 'conflict'));
    left = left.filter((_, index) => outcomes[index] !== 'conflict' && outcomes[index] !== 'created');
    if (left.length > 0)
      throw new WaslError('ERR_DATABASE', `${left.length} documents of ${database} were not written`);
  }, options);
  return taken;
}

function withAttempts<T>(task: () => Promise<T>, { retry }: RestoreOptions): Promise<T> {
  return withRetry(task, retry);
}
