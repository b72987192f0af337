/** The server port on CouchDB, or on a server that speaks its protocol: the bridge's store, and paging with `nano`. */
import createNano, { type RequestOptions } from 'nano';
import { z } from 'zod';
import { WaslError } from '../../agent/domain/errors.js';
import { type CouchStoreOptions, createCouchStore } from '../bridge/couch-store.js';
import { type CentreServer, isCentreDatabase, withoutRevision } from './server.js';

const namesAnswer = z.array(z.string());
const infoAnswer = z.looseObject({
  doc_count: z.int().min(0),
  props: z.looseObject({ partitioned: z.boolean().optional() }).optional(),
});
const pageAnswer = z.object({
  rows: z.array(z.looseObject({ id: z.string(), doc: z.looseObject({ _id: z.string() }).nullish() })),
});

/** A server at `options.url`, with the rights of the user in it: listing the databases takes an administrator of the server. */
export function createCouchServer(options: CouchStoreOptions): CentreServer {
  const store = createCouchStore(options);
  const nano = createNano({ url: options.url });
  const ask = async <T>(schema: z.ZodType<T>, request: RequestOptions): Promise<T> => {
    // nano takes a signal, though its types do not say so.
    const withSignal = { ...request, signal: AbortSignal.timeout(options.requestTimeoutMs) };
    const what = `GET ${request.db ?? ''}/${request.path ?? ''}`;
    let answer: unknown;
    try {
      answer = await nano.request(withSignal);
    } catch (cause) {
      throw new WaslError('ERR_DATABASE', `${what} failed`, { cause });
    }
    const parsed = schema.safeParse(answer);
    if (!parsed.success) throw new WaslError('ERR_DATABASE', `${what} was not answered as by CouchDB`);
    return parsed.data;
  };
  return {
    store,
    databases: async () => (await ask(namesAnswer, { db: '_all_dbs' })).filter(isCentreDatabase).sort(),
    info: async (database) => {
      const { doc_count: documents, props } = await ask(infoAnswer, { db: database });
      return { documents, partitioned: props?.partitioned === true };
    },
    page: async (database, after, limit) => {
      // The one that is known already comes again, so that no assumption is made about what sorts right behind it.
      const from = after === null ? {} : { startkey: after };
      const qs = { include_docs: true, limit: after === null ? limit : limit + 1, ...from };
      const { rows } = await ask(pageAnswer, { db: database, path: '_all_docs', qs });
      const documents = rows.flatMap(({ doc }) => (doc ? [withoutRevision(doc)] : []));
      return documents.filter(({ _id }) => _id !== after).slice(0, limit);
    },
  };
}
