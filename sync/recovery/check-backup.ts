/**
 * Looks through a backup: is every file what was written, can every document be read, and, for events, does each body fit its hash. What
 * the chains say of the centre's own history (gaps, contradictions) is told, but is no fault of the backup: it holds what the centre held.
 */
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { bytesOf, textOf } from '../bridge/documents.js';
import type { StoredDocument } from '../bridge/store.js';
import { bodyHash, HASH_BYTES, nextHead, SALT_BYTES } from '../protocol/chain.js';
import { openSealed, type SealKey } from '../protocol/seal.js';
import { fileTroubleOf, readDatabaseFile, readManifest } from './backup-files.js';
import { type BackedUpDatabase, type BackupManifest, backupFileName } from './backup-format.js';

/** Problems that are listed; more are only counted. */
const PROBLEMS_MAX = 100;

/** How to look through a backup. */
export interface CheckOptions {
  readonly folder: string;
  /** Keys of the centre that may open a sealed one. Without the right one only the bytes of the files are checked. */
  readonly sealKeys: readonly SealKey[];
  /** Only these databases; all of them when left out. */
  readonly databases?: readonly string[];
  readonly onProgress?: (progress: BackupProgress) => void;
}

/** How far a backup, a check or a restore has come. */
export interface BackupProgress {
  readonly database: string;
  /** Documents of all databases. */
  readonly documents: number;
  readonly total: number;
}

/** What was found. */
export interface BackupCheck {
  readonly manifest: BackupManifest;
  /** True when everything that was asked for is there, whole and readable. */
  readonly sound: boolean;
  /** True when the documents were read, and not only the bytes of the files: a sealed backup needs its key. */
  readonly opened: boolean;
  /** One sentence each. */
  readonly problems: readonly string[];
  readonly documents: number;
  readonly events: number;
  /** Places in the chains that are missing between events that are there, as the centre had them. */
  readonly gaps: number;
  /** Events that do not follow from the one before them: histories that were mixed at the centre, each a case there. */
  readonly chainBreaks: number;
}

/** Looks through a backup. Rejects with `ERR_BACKUP_FORMAT`, `ERR_BACKUP_VERSION`, `ERR_BACKUP_DAMAGED` for its manifest, `ERR_USAGE` for a database that it does not have. */
export async function checkBackup(options: CheckOptions): Promise<BackupCheck> {
  const { folder, databases } = options;
  const manifest = await readManifest(folder);
  const chosen = chooseDatabases(manifest, databases);
  const key = backupKeyOf(manifest, options.sealKeys);
  const opened = manifest.seal === null || key !== null;
  const total = chosen.reduce((sum, { documents }) => sum + documents, 0);
  const found: Found = { problems: [], documents: 0, events: 0, gaps: 0, chainBreaks: 0 };
  for (const database of chosen) {
    const name = backupFileName(database.name, manifest.seal !== null);
    const trouble = await fileTroubleOf(folder, name, database);
    if (trouble !== null) note(found, trouble);
    else if (opened) await readThrough(database, { folder, key, found, total, onProgress: options.onProgress });
  }
  return { manifest, sound: found.problems.length === 0, opened, ...found };
}

/** Those databases of a backup that are asked for. Throws `ERR_USAGE` for a name that it does not have. */
export function chooseDatabases(
  manifest: BackupManifest,
  names: readonly string[] | undefined,
): readonly BackedUpDatabase[] {
  const missing = (names ?? []).filter((name) => !manifest.databases.some((database) => database.name === name));
  if (missing.length > 0) {
    const has = manifest.databases.map(({ name }) => name).join(', ');
    throw new WaslError('ERR_USAGE', `the backup has no ${missing.join(', ')}; it has ${has}`);
  }
  return manifest.databases.filter(({ name }) => names === undefined || names.includes(name));
}

/** The key of the files of a backup; null for one that is not sealed, or not to any of `keys`. */
export function backupKeyOf(manifest: BackupManifest, keys: readonly SealKey[]): Uint8Array | null {
  return manifest.seal === null ? null : openSealed(Buffer.from(manifest.seal.key, 'base64url'), keys);
}

interface Found {
  readonly problems: string[];
  documents: number;
  events: number;
  gaps: number;
  chainBreaks: number;
}

interface Reading {
  readonly folder: string;
  readonly key: Uint8Array | null;
  readonly found: Found;
  readonly total: number;
  readonly onProgress: CheckOptions['onProgress'];
}

async function readThrough(database: BackedUpDatabase, reading: Reading): Promise<void> {
  const { folder, key, found, total, onProgress } = reading;
  const { name } = database;
  const isEvents = name.startsWith('wasl-events-');
  let documents = 0;
  let before: StoredDocument | null = null;
  try {
    for await (const document of readDatabaseFile({ folder, database: name, key })) {
      documents += 1;
      found.documents += 1;
      if (before !== null && !isAfter(before._id, document._id)) note(found, `${name} is not in the order of its ids`);
      if (isEvents) checkEvent(document, before, found);
      if (!isEvents || isInPlace(document)) before = document;
      onProgress?.({ database: name, documents: found.documents, total });
    }
    if (documents !== database.documents)
      note(found, `${name} holds ${documents} documents instead of ${database.documents}`);
  } catch (error) {
    if (!isWaslError(error, 'ERR_BACKUP_DAMAGED')) throw error;
    note(found, `${name}: ${error.message}`);
  }
}

function checkEvent(document: StoredDocument, before: StoredDocument | null, found: Found): void {
  if (document._id.startsWith('_')) return;
  const hash = bytesOf(document.bodyHash, HASH_BYTES);
  const head = bytesOf(document.head, HASH_BYTES);
  if (hash === null || head === null) {
    note(found, `${document._id} is not an event`);
    return;
  }
  // Erased by law: hash and head stay.
  if (document.bytes !== undefined) {
    const salt = bytesOf(document.salt, SALT_BYTES);
    const fits = salt !== null && textOf(bodyHash(salt, raw(document.bytes))) === document.bodyHash;
    if (!fits) note(found, `${document._id} does not have the body that was hashed`);
  }
  if (!isInPlace(document)) return;
  found.events += 1;
  const follows = before !== null && before.terminal === document.terminal && before.epoch === document.epoch;
  const seq = Number(document.seq);
  const last = follows ? Number(before.seq) : 0;
  if (seq > last + 1) found.gaps += seq - last - 1;
  const start = follows && seq === last + 1 ? bytesOf(before.head, HASH_BYTES) : null;
  if (start !== null && textOf(nextHead(start, seq, hash)) !== document.head) found.chainBreaks += 1;
}

/** Not a second event in a place that another one has. */
function isInPlace({ _id }: StoredDocument): boolean {
  return _id.split(':').length === 3;
}

/** In the order of the bytes of UTF-8, as CouchDB sorts ids. */
function isAfter(before: string, after: string): boolean {
  return Buffer.compare(Buffer.from(before), Buffer.from(after)) < 0;
}

function raw(value: unknown): Uint8Array {
  return Uint8Array.from(Buffer.from(String(value), 'base64url'));
}

function note(found: Found, problem: string): void {
  if (found.problems.length < PROBLEMS_MAX) found.problems.push(problem);
}
