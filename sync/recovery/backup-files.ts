/** The files of a backup on the disk: streams with bounded memory, hashed as they are written, flushed before they count. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { StoredDocument } from '../bridge/store.js';
import {
  type BackedUpDatabase,
  type BackupManifest,
  backupFileName,
  LINE_BYTES_MAX,
  MANIFEST_BYTES_MAX,
  MANIFEST_NAME,
  manifestText,
  parseManifest,
} from './backup-format.js';
import { fileKey, openChunks, sealChunks } from './sealed-stream.js';

/** Only the account that runs the command reads what it wrote: salts and cards are in it. */
const FILE_MODE = 0o600;

/** What a file turned out to be. */
export interface WrittenFile {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** Writes documents as the file of `database` in `folder`, under `key` (32 bytes) where there is one. Durable when it resolves. */
export async function writeDatabaseFile(
  at: { readonly folder: string; readonly database: string; readonly key: Uint8Array | null },
  documents: AsyncIterable<StoredDocument>,
): Promise<WrittenFile> {
  const name = backupFileName(at.database, at.key !== null);
  const hash = createHash('sha256');
  let bytes = 0;
  const counting = new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  const { key } = at;
  const sealing = (source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
    key === null ? source : sealChunks(fileKey(key, name), source);
  const target = createWriteStream(join(at.folder, name), { flags: 'wx', mode: FILE_MODE, flush: true });
  await pipeline(Readable.from(linesOf(documents)), createGzip(), sealing, counting, target);
  return { bytes, sha256: hash.digest('hex') };
}

/** Writes the manifest, last of all. Durable when it resolves. */
export async function writeManifest(folder: string, manifest: BackupManifest): Promise<void> {
  const file = await open(join(folder, MANIFEST_NAME), 'wx', FILE_MODE);
  try {
    await file.writeFile(manifestText(manifest));
    await file.sync();
  } finally {
    await file.close();
  }
  await syncFolder(folder);
}

/** Reads the manifest of a backup. Rejects with `ERR_BACKUP_FORMAT`, `ERR_BACKUP_VERSION` or `ERR_BACKUP_DAMAGED`. */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const path = join(folder, MANIFEST_NAME);
  let text: string;
  try {
    if ((await stat(path)).size > MANIFEST_BYTES_MAX) throw new WaslError('ERR_BACKUP_FORMAT');
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (isWaslError(cause) || !isNotThere(cause)) throw cause;
    throw new WaslError(
      'ERR_BACKUP_FORMAT',
      `${folder} holds no backup that was finished: there is no manifest in it`,
      {
        cause,
      },
    );
  }
  return parseManifest(text);
}

/** Whether a file is, byte for byte, the one that the manifest names; else what is wrong with it. Reads it through. */
export async function fileTroubleOf(folder: string, name: string, database: BackedUpDatabase): Promise<string | null> {
  const path = join(folder, name);
  try {
    const { size } = await stat(path);
    if (size !== database.bytes) return `${name} has ${size} bytes instead of ${database.bytes}`;
  } catch (error) {
    if (isNotThere(error)) return `${name} is missing`;
    throw error;
  }
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex') === database.sha256 ? null : `${name} is not what was written: its SHA-256 is another one`;
}

/** The documents of a file, in order. Throws `ERR_BACKUP_DAMAGED` where it is not what {@link writeDatabaseFile} makes. */
export async function* readDatabaseFile(at: {
  readonly folder: string;
  readonly database: string;
  readonly key: Uint8Array | null;
}): AsyncGenerator<StoredDocument> {
  const name = backupFileName(at.database, at.key !== null);
  const stored = createReadStream(join(at.folder, name)) as AsyncIterable<Uint8Array>;
  const opened = at.key === null ? stored : openChunks(fileKey(at.key, name), stored);
  for await (const line of splitLines(inflated(opened), name)) yield documentOf(line, name);
}

/** Makes the names in a folder durable. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function* linesOf(documents: AsyncIterable<StoredDocument>): AsyncGenerator<Buffer> {
  for await (const document of documents) {
    const line = Buffer.from(`${JSON.stringify(document)}\n`);
    // What no reader would take back must not be found out at the restore.
    if (line.length > LINE_BYTES_MAX)
      throw new WaslError('ERR_DATABASE', `the document ${document._id} is larger than a backup can hold`);
    yield line;
  }
}

async function* inflated(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  const feeding = pipeline(Readable.from(source), gunzip);
  // Its failure reaches whoever reads the other end.
  feeding.catch(() => undefined);
  try {
    for await (const chunk of gunzip) yield chunk as Buffer;
    await feeding;
  } catch (cause) {
    if (isWaslError(cause)) throw cause;
    throw new WaslError('ERR_BACKUP_DAMAGED', 'a file of the backup cannot be inflated', { cause });
  }
}

async function* splitLines(source: AsyncIterable<Buffer>, name: string): AsyncGenerator<string> {
  let parts: Buffer[] = [];
  let waiting = 0;
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(0x0a); end >= 0; end = chunk.indexOf(0x0a, from)) {
      yield Buffer.concat([...parts, chunk.subarray(from, end)]).toString('utf8');
      parts = [];
      waiting = 0;
      from = end + 1;
    }
    parts.push(chunk.subarray(from));
    waiting += chunk.length - from;
    if (waiting > LINE_BYTES_MAX) throw new WaslError('ERR_BACKUP_DAMAGED', `${name} has a line that is too long`);
  }
  if (waiting > 0) throw new WaslError('ERR_BACKUP_DAMAGED', `${name} ends in the middle of a line`);
}

function documentOf(line: string, name: string): StoredDocument {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (cause) {
    throw new WaslError('ERR_BACKUP_DAMAGED', `${name} has a line that is not JSON`, { cause });
  }
  if (
    typeof value === 'object' &&
    value !== null &&
    '_id' in value &&
    typeof value._id === 'string' &&
    value._id !== ''
  )
    return value as StoredDocument;
  throw new WaslError('ERR_BACKUP_DAMAGED', `${name} has a line that is no document`);
}

function isNotThere(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'ENOENT' || code === 'ENOTDIR';
}
