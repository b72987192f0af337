/**
 * The databases of parties. CouchDB itself is the fence: a database has its members, and a document within it has none of its own. Only Wasl writes there: a
 * validation function of the database turns everybody else's writes away.
 */
import createNano, { type RequestOptions } from 'nano';
import { WaslError } from '../../../agent/domain/errors.js';

/** What is done with a whole database. Every call rejects with `ERR_DATABASE`, and may be made again. */
export interface ViewDatabases {
  /** Makes sure that the database is there, and that `reader` and Wasl are its members, and nobody else. */
  open(database: string, reader: string): Promise<void>;
  /** Takes it away with everything that it ever held; one that is not there is gone already. */
  drop(database: string): Promise<void>;
}

/** How to reach the server, as an administrator of it: creating databases and saying who reads them takes one. */
export interface ViewServerOptions {
  /** `http://user:password@host:port`. */
  readonly url: string;
  readonly requestTimeoutMs: number;
  /** Role of Wasl's own programs. */
  readonly role: string;
}

const FENCE_ID = '_design/wasl-fence';

/** The databases on a CouchDB, or on a server that speaks its protocol. */
export function couchViewDatabases({ url, requestTimeoutMs, role }: ViewServerOptions): ViewDatabases {
  const nano = createNano({ url });
  /** The answer, or null for a status among `expected`. */
  const ask = async (request: RequestOptions, expected: readonly number[]): Promise<unknown> => {
    // nano takes a signal, though its types do not say so.
    const withSignal = { ...request, signal: AbortSignal.timeout(requestTimeoutMs) };
    try {
      return await nano.request(withSignal);
    } catch (cause) {
      const status = cause instanceof Error && 'statusCode' in cause ? cause.statusCode : null;
      if (typeof status === 'number' && expected.includes(status)) return null;
      throw new WaslError('ERR_DATABASE', `${request.method ?? 'GET'} ${request.db ?? ''} failed`, { cause });
    }
  };
  return {
    open: async (db, reader) => {
      await ask({ db, method: 'PUT' }, [412]);
      const body = { admins: { names: [], roles: ['_admin'] }, members: { names: [reader], roles: [role] } };
      await ask({ db, path: '_security', method: 'PUT', body }, []);
      const fence = { _id: FENCE_ID, language: 'javascript', validate_doc_update: fenceFor(role) };
      const before = (await ask({ db, path: FENCE_ID }, [404])) as {
        _rev?: string;
        validate_doc_update?: string;
      } | null;
      if (before?.validate_doc_update === fence.validate_doc_update) return;
      const revision = before?._rev === undefined ? {} : { _rev: before._rev };
      // Another settlement that opens it at the same time writes the same.
      await ask({ db, path: FENCE_ID, method: 'PUT', body: { ...fence, ...revision } }, [409]);
    },
    drop: async (db) => {
      await ask({ db, method: 'DELETE' }, [404]);
    },
  };
}

/** Runs in CouchDB (https://docs.couchdb.org/en/stable/ddocs/ddocs.html#validate-document-update-functions), in the JavaScript of its oldest engine. */
function fenceFor(role: string): string {
  return `function (next, before, user) {
  if (user.roles.indexOf('_admin') < 0 && user.roles.indexOf(${JSON.stringify(role)}) < 0)
    throw({ forbidden: 'this database is made by the centre: it can be read, and not written' });
}`;
}
