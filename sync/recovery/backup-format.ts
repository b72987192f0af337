/**
 * The format of a backup, published as `docs/operators/recovery.md`: a folder with `manifest.json` and, for each database, one file of
 * JSON lines, a document a line in the order of their ids, compressed with gzip (RFC 1952) and, where a key was given, sealed.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';
import { isCentreDatabase } from './server.js';

/** Version of the format: the highest that this software reads. */
export const BACKUP_VERSION = 1;

/** Name of the manifest in the folder. It is written last: a folder without one was never finished. */
export const MANIFEST_NAME = 'manifest.json';

/** Largest manifest: four databases a quarter for centuries. */
export const MANIFEST_BYTES_MAX = 4 * 1024 * 1024;

/** Longest line, so that a damaged or hostile file cannot fill the memory. CouchDB's own default for a document is 8 MB. */
export const LINE_BYTES_MAX = 16 * 1024 * 1024;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);

const databaseSchema = z.looseObject({
  name: z.string().refine(isCentreDatabase),
  partitioned: z.boolean(),
  documents: count,
  /** Of the file as it lies on the disk. */
  bytes: count,
  sha256,
});
const manifestSchema = z.looseObject({
  format: z.literal('wasl-centre-backup'),
  version: z.literal(BACKUP_VERSION),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  /** Life of the centre while the backup was taken; 0 when none had begun. */
  incarnation: count,
  /** The key of the files, sealed to `to` (hex of an X25519 public key), base64url. */
  seal: z.looseObject({ to: sha256, key: z.string().max(512) }).nullable(),
  databases: z.array(databaseSchema),
});

/** What one file of a backup holds. */
export type BackedUpDatabase = z.infer<typeof databaseSchema>;

/** What a backup says of itself. */
export type BackupManifest = z.infer<typeof manifestSchema>;

/** Name of the file of a database. */
export function backupFileName(database: string, sealed: boolean): string {
  return `${database}.ndjson.gz${sealed ? '.sealed' : ''}`;
}

/** The text of a manifest: JSON, with a checksum over the rest of it. */
export function manifestText(manifest: BackupManifest): string {
  return `${JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }, null, 2)}\n`;
}

/** Reads a manifest. Throws `ERR_BACKUP_FORMAT`, `ERR_BACKUP_VERSION` for a newer one, or `ERR_BACKUP_DAMAGED`. */
export function parseManifest(text: string): BackupManifest {
  const value = parseJson(text);
  const head = z.looseObject({ format: z.literal('wasl-centre-backup'), version: z.int().min(1) }).safeParse(value);
  if (!head.success) throw new WaslError('ERR_BACKUP_FORMAT', 'the manifest is not that of a backup of a centre');
  if (head.data.version > BACKUP_VERSION) {
    const { version } = head.data;
    const message = `the backup has format ${version}, this software reads up to ${BACKUP_VERSION}: install a newer one`;
    throw new WaslError('ERR_BACKUP_VERSION', message, { details: { version } });
  }
  const { checksum, ...rest } = head.data;
  const parsed = manifestSchema.safeParse(rest);
  if (!parsed.success || checksum !== checksumOf(rest))
    throw new WaslError('ERR_BACKUP_DAMAGED', 'the manifest of the backup is damaged');
  const names = parsed.data.databases.map(({ name }) => name);
  if (new Set(names).size !== names.length)
    throw new WaslError('ERR_BACKUP_DAMAGED', 'the manifest names a database twice');
  return parsed.data;
}

/** Over the JSON without white space, members in the order in which they stand. */
function checksumOf(content: object): string {
  return createHash('sha256').update(JSON.stringify(content)).digest('hex');
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
