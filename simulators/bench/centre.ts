/**
 * A centre to measure: a database server, a broker and bridge workers, each in a process of its own. The server is the one that
 * `COUCHDB_URL` names, which must be empty of ours, or else the embedded one.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import nacl from 'tweetnacl';
import { signerFromSeed } from '../../agent/credential/signature.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { Signer } from '../../agent/domain/keys.js';
import { systemRandom } from '../../agent/system.js';
import { createCouchStore } from '../../sync/bridge/couch-store.js';
import type { DocumentStore } from '../../sync/bridge/store.js';
import { type SealKey, sealKeyFromSecret } from '../../sync/protocol/seal.js';
import type { AuditAccess } from '../central/audit.js';
import { startBroker } from '../central/broker.js';
import { hasMosquitto, startMosquitto } from '../central/mosquitto.js';
import type { BridgeOrder, BridgeReport } from './bridge-main.js';
import { type Child, startChild } from './children.js';

/** A database server that is ours for the time of the benchmark. */
export interface BenchCouch extends AuditAccess {
  /** With credentials in it. */
  readonly urlWithPassword: string;
  /** What it is, for the result. */
  readonly name: string;
  readonly store: DocumentStore;
  /** CPU time that the server has used; null for one that is not ours, and where there is no `/proc`. Unlike seconds it hardly depends on what else runs. */
  cpuMs(): number | null;
  /** Removes the databases that the bridge made. */
  clear(): Promise<void>;
  /** Removes what the benchmark made, and ends a server of our own. */
  close(): Promise<void>;
}

/** A broker that can be restarted. */
export interface BenchBroker {
  readonly url: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
  readonly name: string;
  /** Loses all that it had and comes back on the same port. */
  restart(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** Keys of the centre. */
export interface BenchKeys {
  readonly seal: SealKey;
  readonly ack: Signer;
  readonly ackSeed: Uint8Array;
}

/** Databases that a benchmark makes. */
const OURS = /^(wasl|bench)-/;

/** Starts, or finds, the database server. Rejects with `ERR_USAGE` when the one in `COUCHDB_URL` holds databases of Wasl. */
export async function startBenchCouch(): Promise<BenchCouch> {
  const given = process.env.COUCHDB_URL;
  const server = given === undefined ? await embedded() : foreign(given);
  const { origin, host, username, password } = server;
  const access = { url: origin, username, password };
  if ((await databases(access)).some((name) => OURS.test(name)))
    throw new WaslError('ERR_USAGE', `the server at ${host} holds databases of Wasl; a benchmark needs one without`);
  const urlWithPassword = withPassword(origin, { username, password });
  let store = storeAt(urlWithPassword);
  return {
    ...access,
    urlWithPassword,
    name: server.name,
    cpuMs: server.cpuMs,
    get store() {
      return store;
    },
    clear: async () => {
      await removeAll(access, /^wasl-/);
      // The old one remembers which databases there are.
      store = storeAt(urlWithPassword);
    },
    close: async () => {
      await removeAll(access, OURS);
      await server.close();
    },
  };
}

/** Starts the broker: Mosquitto where it is installed, else the embedded one. */
export async function startBenchBroker(): Promise<BenchBroker> {
  if (hasMosquitto()) {
    // A load generator is as fast as it can, and a restart brings everybody at once: nothing is to be dropped for a full queue.
    const broker = await startMosquitto(['max_queued_messages 100000', 'max_connections -1']);
    return { ...broker, username: null, password: null, name: 'Mosquitto, MQTT 5' };
  }
  let broker = await startBroker({ port: 0 });
  const { url, port, username, password } = broker;
  const kill = async (): Promise<void> => broker.close();
  return {
    ...{ url, port, username, password, name: 'embedded aedes, MQTT 3.1.1 (Mosquitto is not installed)' },
    kill,
    restart: async () => {
      await kill();
      broker = await startBroker({ port, username, password });
    },
    close: kill,
  };
}

/** Keys that are new each time. */
export function benchKeys(): BenchKeys {
  const ackSeed = systemRandom.bytes(32);
  return {
    seal: sealKeyFromSecret(systemRandom.bytes(nacl.box.secretKeyLength)),
    ack: signerFromSeed(ackSeed),
    ackSeed,
  };
}

/** Starts a bridge worker and waits until it is connected. */
export async function startBenchBridge(
  name: string,
  centre: { readonly couch: BenchCouch; readonly broker: BenchBroker; readonly keys: BenchKeys },
): Promise<Child> {
  const { couch, broker, keys } = centre;
  const child = startChild(new URL('./bridge-main.js', import.meta.url));
  const order: BridgeOrder = {
    config: {
      name,
      broker: { url: broker.url, ...(broker.username === null ? {} : { username: broker.username }) },
      couch: { url: couch.url, username: couch.username },
    },
    sealSecret: Buffer.from(keys.seal.secretKey).toString('hex'),
    ackSeed: Buffer.from(keys.ackSeed).toString('hex'),
    couchPassword: couch.password,
    brokerPassword: broker.password,
  };
  await child.ask('run', order);
  await until(`${name} is connected`, async () => (await reportOf(child)).connected);
  return child;
}

/** How a worker is doing. */
export function reportOf(bridge: Child): Promise<BridgeReport> {
  return bridge.ask<BridgeReport>('report');
}

/** Resolves once `condition` holds; rejects with what it waited for after `timeoutMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  timeoutMs = 1_800_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not within ${timeoutMs / 1000} s: ${what}`);
    await pause(10);
  }
}

interface Server {
  readonly origin: string;
  readonly host: string;
  readonly username: string;
  readonly password: string;
  readonly name: string;
  cpuMs(): number | null;
  close(): Promise<void>;
}

function foreign(text: string): Server {
  const url = new URL(text);
  return {
    ...{ origin: url.origin, host: url.host, username: decodeURIComponent(url.username) },
    ...{ password: decodeURIComponent(url.password), name: 'the CouchDB of COUCHDB_URL' },
    cpuMs: () => null,
    close: () => Promise.resolve(),
  };
}

async function embedded(): Promise<Server> {
  const folder = await mkdtemp(join(tmpdir(), 'wasl-bench-'));
  const program = fileURLToPath(new URL('../central/couch-main.js', import.meta.url));
  const child = spawn(process.execPath, [program, '--data', folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const close = async (): Promise<void> => {
    child.kill();
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = JSON.parse(line) as { url: string; username: string; password: string };
    const { origin, host } = new URL(ready.url);
    const name = 'embedded CouchDB-compatible server (express-pouchdb, LevelDB), a process of its own';
    const cpuMs = (): number | null => cpuOf(child.pid ?? 0);
    return { origin, host, username: ready.username, password: ready.password, name, cpuMs, close };
  }
  await close();
  throw new WaslError('ERR_DATABASE', 'the embedded database server did not start');
}

/** Fields 14 and 15 of proc(5)'s `stat`, in hundredths of a second; the second field may hold spaces. */
function cpuOf(pid: number): number | null {
  try {
    const fields = (readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1] ?? '').split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return null;
  }
}

function storeAt(url: string): DocumentStore {
  return createCouchStore({ url, requestTimeoutMs: 30_000, role: 'wasl-bridge', unpartitioned: () => undefined });
}

function withPassword(origin: string, { username, password }: Omit<AuditAccess, 'url'>): string {
  const url = new URL(origin);
  url.username = encodeURIComponent(username);
  url.password = encodeURIComponent(password);
  return url.href;
}

async function databases(access: AuditAccess): Promise<string[]> {
  return (await asked(access, '/_all_dbs', 'GET')) as string[];
}

async function removeAll(access: AuditAccess, which: RegExp): Promise<void> {
  for (const name of (await databases(access)).filter((candidate) => which.test(candidate)))
    await asked(access, `/${encodeURIComponent(name)}`, 'DELETE');
}

async function asked({ url, username, password }: AuditAccess, path: string, method: string): Promise<unknown> {
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(`${url}${path}`, { method, headers: { authorization } });
  if (!response.ok)
    throw new WaslError('ERR_DATABASE', `${method} ${path} was answered with status ${response.status}`);
  return response.json();
}
