/** A centre for tests: a real CouchDB where `COUCHDB_URL` names one or Docker can run one, else the embedded server; and a bridge on it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../agent/domain/log.js';
import type { DiskLock } from '../../agent/journal/disk.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { startCouch } from '../../simulators/central/couch.js';
import type { BridgeConfigInput } from '../../sync/bridge/config.js';
import { createCouchStore } from '../../sync/bridge/couch-store.js';
import { type BridgeDeps, type RunningBridge, runBridge } from '../../sync/bridge/main.js';
import type { DocumentStore } from '../../sync/bridge/store.js';
import { couchContainer } from './couch-container.js';
import { CENTRE_SEAL, seedOf } from './sync-events.js';
import { eventually, systemClock, systemRandom, systemTimers } from './system.js';

/** A database server of the tests. */
export interface TestCouch {
  /** Without credentials. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly store: DocumentStore;
  /** One document as the server has it, or null. */
  get(database: string, id: string): Promise<Record<string, unknown> | null>;
  /** Every document of a database. */
  all(database: string): Promise<Record<string, unknown>[]>;
  remove(database: string, id: string): Promise<void>;
  close(): Promise<void>;
}

/** How long a test file may have to wait for its turn at a database server that others use as well. */
export const COUCH_TURN_MS = 240_000;

/**
 * Starts the database server. On a real CouchDB every database of Wasl is removed first, so test files take turns there: allow
 * {@link COUCH_TURN_MS}.
 */
export async function startTestCouch(): Promise<TestCouch> {
  const given = process.env.COUCHDB_URL;
  if (given !== undefined) {
    const url = new URL(given);
    const access = { url: url.origin, username: url.username, password: decodeURIComponent(url.password) };
    const release = await turnAt(url.host);
    await removeAll(access);
    return couchAt(access, release);
  }
  const container = await couchContainer();
  if (container !== null) return couchAt(container, container.stop);
  const folder = await mkdtemp(join(tmpdir(), 'wasl-couch-'));
  const server = await startCouch({ port: 0, folder });
  return couchAt(server, async () => {
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });
}

async function turnAt(host: string): Promise<() => Promise<void>> {
  const path = join(tmpdir(), `wasl-test-couch-${host.replaceAll(/\W/g, '-')}.lock`);
  let lock: DiskLock | null = null;
  const take = async (): Promise<boolean> => {
    lock = await nodeDisk().lock(path);
    return lock !== null;
  };
  await eventually(`it is our turn at ${host}`, take, COUCH_TURN_MS);
  return async () => lock?.release();
}

/** How to reach a database server. */
export interface CouchAccess {
  readonly url: string;
  readonly username: string;
  readonly password: string;
}

/** A store on a server, through `url` (which may be a proxy in front of it). */
export function storeOn({ username, password }: CouchAccess, url: string, requestTimeoutMs = 5_000): DocumentStore {
  const target = new URL(url);
  target.username = username;
  target.password = encodeURIComponent(password);
  return createCouchStore({ url: target.href, requestTimeoutMs, role: 'wasl-bridge', unpartitioned: () => {} });
}

function couchAt(access: CouchAccess, close: () => Promise<void>): TestCouch {
  const { url, username, password } = access;
  return {
    url,
    username,
    password,
    store: storeOn(access, url),
    get: async (database, id) => {
      const response = await ask(access, `/${database}/${encodeURIComponent(id)}`);
      return response.status === 404 ? null : ((await response.json()) as Record<string, unknown>);
    },
    all: async (database) => {
      const response = await ask(access, `/${database}/_all_docs?include_docs=true`);
      if (response.status === 404) return [];
      const answer = (await response.json()) as { rows: { doc: Record<string, unknown> }[] };
      return answer.rows.map((row) => row.doc);
    },
    remove: async (database, id) => {
      const path = `/${database}/${encodeURIComponent(id)}`;
      const { _rev } = (await (await ask(access, path)).json()) as { _rev: string };
      await ask(access, `${path}?rev=${_rev}`, 'DELETE');
    },
    close,
  };
}

function ask({ url, username, password }: CouchAccess, path: string, method = 'GET'): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  return fetch(`${url}${path}`, { method, headers: { authorization } });
}

async function removeAll(access: CouchAccess): Promise<void> {
  const names = (await (await ask(access, '/_all_dbs')).json()) as string[];
  for (const name of names.filter((candidate) => candidate.startsWith('wasl-')))
    await ask(access, `/${name}`, 'DELETE');
}

/** A log that nobody reads. */
export const SILENT: Log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** What a bridge of the tests is started with: quick retries, and the centre's test keys. */
export function bridgeDeps(couch: CouchAccess, more: Partial<BridgeDeps> = {}): BridgeDeps {
  return {
    secrets: {
      sealSecretKeys: [CENTRE_SEAL.secretKey],
      ackSeed: seedOf('centre ack'),
      couchPassword: couch.password,
    },
    clock: systemClock,
    timers: systemTimers,
    random: systemRandom,
    log: SILENT,
    limits: { retry: { attemptsMax: 4, backoff: { baseMs: 20, maxMs: 100 } }, refreshMs: 500 },
    ...more,
  };
}

/** Starts a bridge between a broker and a database server. */
export function startTestBridge(
  broker: { readonly url: string; readonly username?: string; readonly password?: string },
  couch: CouchAccess,
  more: { readonly config?: Partial<BridgeConfigInput>; readonly deps?: Partial<BridgeDeps> } = {},
): Promise<RunningBridge> {
  const config: BridgeConfigInput = {
    broker: { url: broker.url, ...(broker.username === undefined ? {} : { username: broker.username }) },
    couch: { url: couch.url, username: couch.username },
    consumers: 2,
    backoff: { baseMs: 50, maxMs: 200 },
    ...more.config,
  };
  const deps = bridgeDeps(couch, more.deps);
  const secrets = broker.password === undefined ? deps.secrets : { ...deps.secrets, brokerPassword: broker.password };
  return runBridge(config, { ...deps, secrets });
}
