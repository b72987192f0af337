/** The store on CouchDB, or on a server that speaks its protocol, with `nano`. */
import createNano, { type RequestOptions, type ServerScope } from 'nano';
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';
import type {
  ChangesPage,
  ChangesQuery,
  CreateOutcome,
  DocumentStore,
  IdRange,
  Replacement,
  ReplaceOutcome,
  StoredDocument,
} from './store.js';

/** How to reach and use the database server. */
export interface CouchStoreOptions {
  /** `http://user:password@host:port`. */
  readonly url: string;
  /** Longest wait for one answer. */
  readonly requestTimeoutMs: number;
  /** Role that may use the databases that are created here; others need to be server administrators. */
  readonly role: string;
  /** Hears once when the server has no partitioned databases. They only make some questions faster. */
  readonly unpartitioned: () => void;
}

const bulkAnswer = z.array(
  z.looseObject({ id: z.string().optional(), error: z.string().optional(), accepted: z.boolean().optional() }),
);
const documentSchema = z.looseObject({ _id: z.string() }).transform((document): StoredDocument => document);
const rowsAnswer = z.object({
  rows: z.array(z.looseObject({ doc: documentSchema.nullish(), value: z.looseObject({}).nullish() })),
});
const infoAnswer = z.looseObject({ props: z.looseObject({ partitioned: z.boolean().optional() }).optional() });
const revisionAnswer = z.looseObject({ _rev: z.string() });
const namesAnswer = z.array(z.string());
/** CouchDB names places by texts, PouchDB behind its protocol by numbers. */
const placeSchema = z.union([z.string(), z.number()]).transform(String);
const changesAnswer = z.object({
  results: z.array(z.looseObject({ id: z.string(), deleted: z.boolean().optional(), doc: documentSchema.nullish() })),
  last_seq: placeSchema,
});

/** Attempts to replace a document that somebody else replaces at the same time. */
const PUT_ATTEMPTS_MAX = 4;

/** A store on the server at `options.url`. Connects with the first call. */
export function createCouchStore(options: CouchStoreOptions): DocumentStore {
  return new CouchStore(options);
}

class CouchStore implements DocumentStore {
  readonly #nano: ServerScope;
  readonly #options: CouchStoreOptions;
  /** Databases that are there, or about to be. */
  readonly #ensured = new Map<string, Promise<void>>();
  #toldUnpartitioned = false;

  constructor(options: CouchStoreOptions) {
    this.#options = options;
    this.#nano = createNano({ url: options.url });
  }

  ensure(database: string, kind: { readonly partitioned: boolean }): Promise<void> {
    const known = this.#ensured.get(database);
    if (known !== undefined) return known;
    const ensuring = this.#ensure(database, kind);
    this.#ensured.set(database, ensuring);
    ensuring.catch(() => this.#ensured.delete(database));
    return ensuring;
  }

  async create(database: string, documents: readonly StoredDocument[]): Promise<readonly CreateOutcome[]> {
    if (documents.length === 0) return [];
    return this.#bulk(database, documents);
  }

  async replace(database: string, replacements: readonly Replacement[]): Promise<readonly ReplaceOutcome[]> {
    if (replacements.length === 0) return [];
    const documents = replacements.map(({ document, revision }) => {
      const { _rev, ...content } = document;
      return revision === null ? content : { ...content, _rev: revision };
    });
    const outcomes = await this.#bulk(database, documents);
    return outcomes.map((outcome) => (outcome === 'created' ? 'stored' : outcome));
  }

  async changes(database: string, { since, limit }: ChangesQuery): Promise<ChangesPage> {
    const qs = { include_docs: true, limit, ...(since === null ? {} : { since }) };
    const answer = checked(changesAnswer, await this.#request({ db: database, path: '_changes', qs }));
    const changes = answer.results.map(({ id, deleted, doc }) => ({
      id,
      document: deleted === true ? null : (doc ?? null),
    }));
    return { changes, last: answer.last_seq };
  }

  async list(prefix: string): Promise<readonly string[]> {
    const names = checked(namesAnswer, await this.#request({ path: '_all_dbs' }));
    return names.filter((name) => name.startsWith(prefix)).sort();
  }

  async read(database: string, ids: readonly string[]): Promise<readonly (StoredDocument | null)[]> {
    if (ids.length === 0) return [];
    const answer = await this.#request(
      { db: database, path: '_all_docs', method: 'POST', qs: { include_docs: true }, body: { keys: ids } },
      [404],
    );
    if (answer === null) return ids.map(() => null);
    const byId = new Map(checked(rowsAnswer, answer).rows.map((row) => [row.doc?._id, row.doc ?? null]));
    return ids.map((id) => byId.get(id) ?? null);
  }

  async range(database: string, { from, to, limit }: IdRange): Promise<readonly StoredDocument[]> {
    const qs = { include_docs: true, startkey: from, endkey: to, limit };
    const answer = await this.#request({ db: database, path: '_all_docs', qs }, [404]);
    if (answer === null) return [];
    return checked(rowsAnswer, answer).rows.flatMap(({ doc }) => (doc ? [doc] : []));
  }

  async put(database: string, document: StoredDocument): Promise<void> {
    for (let attempt = 1; attempt <= PUT_ATTEMPTS_MAX; attempt += 1) {
      const before = await this.#request({ db: database, doc: document._id }, [404]);
      const revision = before === null ? {} : { _rev: checked(revisionAnswer, before)._rev };
      const body = { ...document, ...revision };
      const done = await this.#request({ db: database, doc: document._id, method: 'PUT', body }, [409]);
      if (done !== null) return;
    }
    throw new WaslError('ERR_DATABASE', `the document ${document._id} keeps being changed by somebody else`);
  }

  async #bulk(database: string, documents: readonly StoredDocument[]): Promise<readonly CreateOutcome[]> {
    const body = { docs: documents };
    const answer = await this.#request({ db: database, path: '_bulk_docs', method: 'POST', body }, [404]);
    if (answer === null) {
      // Deleted or restored behind our back: the next attempt creates it again.
      this.#ensured.delete(database);
      throw new WaslError('ERR_DATABASE', `the database ${database} is not there`);
    }
    const rows = checked(bulkAnswer, answer);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return documents.map((document) => outcomeOf(byId.get(document._id)));
  }

  async #ensure(database: string, kind: { readonly partitioned: boolean }): Promise<void> {
    const qs = kind.partitioned ? { partitioned: true } : {};
    const created = await this.#request({ db: database, method: 'PUT', qs }, [412]);
    if (created !== null) {
      const { role } = this.#options;
      const body = { admins: { names: [], roles: ['_admin'] }, members: { names: [], roles: [role] } };
      // Another worker that created it at the same time says the same.
      await this.#request({ db: database, path: '_security', method: 'PUT', body }, [409]);
    }
    if (!kind.partitioned || this.#toldUnpartitioned) return;
    const info = checked(infoAnswer, await this.#request({ db: database }));
    if (info.props?.partitioned === true || this.#toldUnpartitioned) return;
    this.#toldUnpartitioned = true;
    this.#options.unpartitioned();
  }

  /** The answer to one request, or null for a status among `expected`. */
  async #request(request: RequestOptions, expected: readonly number[] = []): Promise<unknown> {
    // nano takes a signal, though its types do not say so.
    const withSignal = { ...request, signal: AbortSignal.timeout(this.#options.requestTimeoutMs) };
    try {
      return await this.#nano.request(withSignal);
    } catch (cause) {
      const status = statusOf(cause);
      if (status !== null && expected.includes(status)) return null;
      const what = `${request.method ?? 'GET'} ${request.db ?? ''}`;
      throw new WaslError('ERR_DATABASE', `${what} failed${status === null ? '' : ` with status ${status}`}`, {
        cause,
        details: { status },
      });
    }
  }
}

function outcomeOf(row: { error?: string | undefined; accepted?: boolean | undefined } | undefined): CreateOutcome {
  if (row === undefined) return 'failed';
  if (row.error === 'conflict') return 'conflict';
  // `accepted` without quorum: too few nodes of a cluster have it yet.
  return row.error === undefined && row.accepted !== true ? 'created' : 'failed';
}

function checked<T>(schema: z.ZodType<T>, answer: unknown): T {
  const parsed = schema.safeParse(answer);
  if (!parsed.success) throw new WaslError('ERR_DATABASE', 'the answer is not one of CouchDB', { cause: parsed.error });
  return parsed.data;
}

function statusOf(error: unknown): number | null {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : null;
}
