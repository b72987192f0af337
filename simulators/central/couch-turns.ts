/**
 * express-pouchdb never answers a request for a database that is dropped at that moment; CouchDB does. So a database is dropped only when nobody asks anything of it,
 * and whoever comes meanwhile waits for the end of that. Feeds that stay open are not waited for.
 */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';

/** Requests for one database. */
interface Turns {
  readonly asking: Set<ServerResponse>;
  dropping: ServerResponse | null;
}

/** Resolves when it is the turn of a request; what it is about is over when its response closes. */
export type TakeTurn = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Turns at the databases of one server. */
export function databaseTurns(): TakeTurn {
  const databases = new Map<string, Turns>();
  return async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const [name = '', ...rest] = pathname.split('/').slice(1);
    if (name === '' || name.startsWith('_') || searchParams.has('feed')) return;
    const turns = databases.get(name) ?? { asking: new Set(), dropping: null };
    databases.set(name, turns);
    const isDrop = request.method === 'DELETE' && rest.every((part) => part === '');
    while (turns.dropping !== null) await closed(turns.dropping);
    if (isDrop) {
      turns.dropping = response;
      response.once('close', () => {
        turns.dropping = null;
      });
      for (const asking of turns.asking) await closed(asking);
    } else {
      turns.asking.add(response);
      response.once('close', () => turns.asking.delete(response));
    }
  };
}

async function closed(response: ServerResponse): Promise<void> {
  if (!response.closed) await once(response, 'close');
}
