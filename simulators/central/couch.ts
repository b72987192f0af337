/**
 * A server inside this process that speaks CouchDB's protocol, for a machine that has no CouchDB: express-pouchdb over LevelDB files,
 * on loopback. It has no partitions and syncs nothing to the disk, so a power cut may cost what it was told last; the terminals send
 * that again. Not for production. Several of its pages know no `_security`, and some requests without credentials end the process, so
 * nothing reaches it that does not carry the administrator's password; what other users may do is decided in front of it
 * (`couch-users.ts`).
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { devNull } from 'node:os';
import { join, sep } from 'node:path';
import { WaslError } from '../../agent/domain/errors.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { listen, sameSecret } from './broker.js';
import { databaseTurns } from './couch-turns.js';
import { couchUsers } from './couch-users.js';

/** How to start a database server. */
export interface CouchOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Folder of its files; created when missing. One server at a time. */
  readonly folder: string;
  /** Of its administrator; random when left out. */
  readonly password?: string;
}

/** A running database server. */
export interface RunningCouch {
  /** Without credentials. */
  readonly url: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** With credentials: for clients that take them in the URL. */
  readonly urlWithPassword: string;
  close(): Promise<void>;
}

const ADMIN = 'admin';

/** What is used of express-pouchdb, which has no types, and of PouchDB, whose types redefine Node's `Buffer` for the whole program. */
interface PouchApp extends RequestListener {
  readonly couchConfig: {
    set(section: string, key: string, value: string, done: (error: Error | null) => void): void;
  };
}
interface PouchAppOptions {
  readonly inMemoryConfig: boolean;
  readonly logPath: string;
  readonly overrideMode: { readonly exclude: readonly string[] };
}
interface PouchConstructor {
  defaults(options: { readonly prefix: string }): PouchConstructor;
}

/** Starts a server on 127.0.0.1. What an earlier one left in the folder is there again. Rejects with `ERR_PORT_IN_USE` or `ERR_DATA_FOLDER`. */
export async function startCouch(options: CouchOptions): Promise<RunningCouch> {
  await mkdir(options.folder, { recursive: true });
  // LevelDB has locks of its own, but PouchDB lets their failure end the process.
  const lock = await nodeDisk().lock(join(options.folder, 'lock'));
  if (lock === null) throw new WaslError('ERR_DATA_FOLDER', `another server is using ${options.folder}`);
  try {
    return await serve(options, () => lock.release());
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function serve(options: CouchOptions, release: () => Promise<void>): Promise<RunningCouch> {
  const password = options.password ?? randomBytes(18).toString('base64url');
  const require = createRequire(import.meta.url);
  const pouchDb: PouchConstructor = require('pouchdb');
  const createApp: (databases: PouchConstructor, options: PouchAppOptions) => PouchApp = require('express-pouchdb');
  const app = createApp(pouchDb.defaults({ prefix: join(options.folder, sep) }), {
    inMemoryConfig: true,
    logPath: devNull,
    overrideMode: { exclude: ['routes/fauxton', 'replicator', 'routes/replicate'] },
  });
  // Before it listens: without an administrator everybody is one.
  await new Promise<void>((resolve, reject) => {
    app.couchConfig.set('admins', ADMIN, password, (error) => (error === null ? resolve() : reject(error)));
  });
  const authorization = `Basic ${Buffer.from(`${ADMIN}:${password}`).toString('base64')}`;
  let url = '';
  const users = await couchUsers({ folder: options.folder, app, authorization, url: () => url });
  const turn = databaseTurns();
  const server = createServer((request, response) => {
    const isAdmin = sameSecret(request.headers.authorization ?? '', authorization);
    if (isAdmin && !users.isAboutUsers(request)) void turn(request, response).then(() => app(request, response));
    else void (isAdmin ? users.administer(request, response) : users.serve(request, response));
  });
  // CouchDB keeps idle connections for minutes; Node's five seconds hang up on clients behind a slow link.
  server.keepAliveTimeout = 120_000;
  const port = await listen(server, options.port);
  url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    username: ADMIN,
    password,
    urlWithPassword: `http://${ADMIN}:${encodeURIComponent(password)}@127.0.0.1:${port}`,
    close: async () => {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      await release();
    },
  };
}
