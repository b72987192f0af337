/**
 * Documents in PouchDB with its leveldb adapter. Runs in a process of its own (`record-child.ts`): on damaged files the adapter throws
 * where nobody can catch it, or never answers (tried), and LevelDB maps files, so that a sector which cannot be read ends the process.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { DocError, type DocFault, type DocRange, type RecordDoc, type RecordDocs } from './record-docs.js';

/** What is used of PouchDB 9, whose published types redefine Node's `Buffer` for the whole program. */
interface Database {
  bulkDocs(docs: readonly PouchDoc[]): Promise<readonly PouchResult[]>;
  put(doc: PouchDoc): Promise<unknown>;
  allDocs(query: AllDocsQuery): Promise<{ readonly rows: readonly PouchRow[] }>;
  close(): Promise<void>;
}

interface PouchDoc {
  readonly _id: string;
  readonly _rev?: string;
  readonly [field: string]: string | number | null | undefined;
}

interface PouchResult {
  readonly error?: boolean | string;
  readonly status?: number;
  readonly message?: string;
}

interface PouchRow {
  readonly value?: { readonly rev: string };
  readonly doc?: PouchDoc | null;
}

interface AllDocsQuery {
  readonly keys?: readonly string[];
  readonly startkey?: string;
  readonly endkey?: string;
  readonly descending?: boolean;
  readonly limit?: number;
  readonly include_docs?: boolean;
}

type PouchConstructor = new (name: string, options: { readonly adapter: 'leveldb' }) => Database;

/** Documents in the databases of a folder. */
export function pouchDocs(folder: string): RecordDocs {
  const PouchDb: PouchConstructor = createRequire(import.meta.url)('pouchdb');
  const databases = new Map<string, Database>();
  const open = (period: string): Database => {
    const known = databases.get(period);
    if (known !== undefined) return known;
    const database = new PouchDb(join(folder, period), { adapter: 'leveldb' });
    databases.set(period, database);
    return database;
  };
  const restart = async (): Promise<void> => {
    const open = [...databases.values()];
    databases.clear();
    await Promise.allSettled(open.map((database) => database.close()));
  };
  const within = async <T>(period: string, work: (database: Database) => Promise<T>): Promise<T> => {
    try {
      return await work(open(period));
    } catch (error) {
      // One that could not be opened stays so: the next call is to try anew.
      databases.delete(period);
      throw error instanceof DocError ? error : new DocError(faultOf(error), describe(error));
    }
  };
  return {
    put: (period, docs) => within(period, (database) => put(database, docs)),
    replace: (period, doc) => within(period, (database) => replace(database, doc)),
    get: (period, ids) => within(period, (database) => get(database, ids)),
    range: (period, range) => within(period, (database) => readRange(database, range)),
    count: (period, range) => within(period, (database) => count(database, range)),
    restart,
    close: restart,
  };
}

async function put(database: Database, docs: readonly RecordDoc[]): Promise<void> {
  const results = await database.bulkDocs(docs.map(toPouch));
  for (const result of results) {
    // A conflict means that it is there already.
    if (result.error && result.status !== 409) throw new Error(result.message);
  }
}

async function replace(database: Database, doc: RecordDoc): Promise<void> {
  const [row] = (await database.allDocs({ keys: [doc.id] })).rows;
  await database.put({ ...toPouch(doc), ...(row?.value === undefined ? {} : { _rev: row.value.rev }) });
}

async function get(database: Database, ids: readonly string[]): Promise<(RecordDoc | null)[]> {
  const { rows } = await database.allDocs({ keys: ids, include_docs: true });
  return rows.map((row) => (row.doc ? fromPouch(row.doc) : null));
}

async function readRange(database: Database, range: DocRange): Promise<RecordDoc[]> {
  const { first, last, descending, limit } = range;
  const [startkey, endkey] = descending ? [last, first] : [first, last];
  const { rows } = await database.allDocs({ startkey, endkey, descending, limit, include_docs: true });
  return rows.map((row) => {
    if (!row.doc) throw new DocError('damaged', 'a document of the index is not there');
    return fromPouch(row.doc);
  });
}

async function count(database: Database, { first, last }: Pick<DocRange, 'first' | 'last'>): Promise<number> {
  return (await database.allDocs({ startkey: first, endkey: last })).rows.length;
}

function toPouch({ id, ...content }: RecordDoc): PouchDoc {
  return { _id: id, ...content };
}

function fromPouch({ _id: id, _rev, ...content }: PouchDoc): RecordDoc {
  return { ...content, id };
}

function faultOf(error: unknown): DocFault {
  const message = describe(error);
  if (/No space left|ENOSPC|quota exceeded/i.test(message)) return 'full';
  if (/lock .*LOCK: (already held|Resource temporarily unavailable)/i.test(message)) return 'busy';
  return 'damaged';
}

function describe(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}
