/** The centre of a scenario: a broker and a database server in processes of their own, and a bridge between them on the scenario's clock. */
import type { Clock } from '../../agent/domain/clock.js';
import { systemRandom, systemTimers } from '../../agent/system.js';
import { createCouchStore } from '../../sync/bridge/couch-store.js';
import { type RunningBridge, runBridge } from '../../sync/bridge/main.js';
import { enrolTerminal } from '../../sync/bridge/registry.js';
import type { DocumentStore } from '../../sync/bridge/store.js';
import { type OwnBroker, startOwnBroker } from '../process/broker.js';
import { type DatabaseAccess, startOwnDatabase } from '../process/database.js';
import type { Processes } from '../process/processes.js';
import type { ListedTerminal, ScenarioAuthority } from './authority.js';

const REQUEST_TIMEOUT_MS = 20_000;

/** A running centre. */
export interface ScenarioCentre {
  readonly broker: OwnBroker;
  readonly couch: DatabaseAccess;
  /** The database as the centre's own programs use it. */
  readonly store: DocumentStore;
  /** Registers a terminal, so that its batches are believed. */
  register(terminal: ListedTerminal): Promise<void>;
  /** Stops the bridge; the servers end with their processes. */
  close(): Promise<void>;
}

/** Starts the centre. */
export async function startCentre(at: {
  readonly folder: string;
  readonly processes: Processes;
  readonly authority: ScenarioAuthority;
  readonly clock: Clock;
}): Promise<ScenarioCentre> {
  const { folder, processes, authority, clock } = at;
  const broker = await startOwnBroker(folder, processes);
  const couch = await startOwnDatabase(folder, processes);
  const url = new URL(couch.url);
  url.username = couch.username;
  url.password = encodeURIComponent(couch.password);
  const store = createCouchStore({
    url: url.href,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    role: 'wasl-bridge',
    unpartitioned: () => undefined,
  });
  const bridge: RunningBridge = await runBridge(
    {
      broker: {
        url: `mqtt://127.0.0.1:${broker.port}`,
        ...(broker.username === null ? {} : { username: broker.username }),
      },
      couch: { url: couch.url, username: couch.username },
      backoff: { baseMs: 50, maxMs: 500 },
    },
    {
      secrets: {
        sealSecretKeys: [authority.centre.seal.secretKey],
        ackSeed: authority.centre.ackSeed,
        couchPassword: couch.password,
        ...(broker.password === null ? {} : { brokerPassword: broker.password }),
      },
      clock,
      timers: systemTimers,
      random: systemRandom,
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined },
    },
  );
  return {
    broker,
    couch,
    store,
    register: ({ name, site, signer }) => enrolTerminal(store, { terminal: name, site, publicKey: signer.publicKey }),
    close: () => bridge.stop(),
  };
}
