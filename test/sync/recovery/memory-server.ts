/** The server port over databases in memory, for recovery in virtual time. */
import type { MemoryStore } from '../../../simulators/central/memory-store.js';
import { type CentreServer, isCentreDatabase, withoutRevision } from '../../../sync/recovery/server.js';

/** A server on the databases of `store`. */
export function memoryServer(store: MemoryStore): CentreServer {
  return {
    store,
    databases: () => Promise.resolve(store.databases().filter(isCentreDatabase)),
    info: (database) => Promise.resolve({ documents: store.documents(database).length, partitioned: false }),
    page: (database, after, limit) =>
      Promise.resolve(
        store
          .documents(database)
          .filter(({ _id }) => after === null || _id > after)
          .slice(0, limit)
          .map(withoutRevision),
      ),
  };
}
