/** A centre with real servers: backed up, robbed, restored, and given the journals of the dead. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { openDeadJournal } from '../../../agent/cli/journal/dead-journal.js';
import type { Signer } from '../../../agent/domain/keys.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { takeBackup } from '../../../sync/recovery/backup.js';
import { createCouchServer } from '../../../sync/recovery/couch-server.js';
import { type ImportReport, importJournal } from '../../../sync/recovery/import.js';
import { type RestoreReport, restoreBackup } from '../../../sync/recovery/restore.js';
import type { CentreServer } from '../../../sync/recovery/server.js';
import { COUCH_TURN_MS } from '../../support/central.js';
import { hasMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { CENTRE_SEAL } from '../../support/sync-events.js';
import { eventually, systemClock, systemRandom, systemTimers } from '../../support/system.js';
import { embeddedBroker, JOURNAL_KEY, startSite, type TestBroker, type TestSite } from '../site.js';
import { diskFolder, type Machine, PATIENCE_MS } from './terminals.js';

/** How long a test may take. */
export const TEST_MS = 180_000;
const RETRY = {
  timers: systemTimers,
  random: systemRandom,
  limits: { attemptsMax: 4, backoff: { baseMs: 20, maxMs: 100 } },
};

/** What was served, by any of them. */
export const sorted = (...lists: readonly (readonly string[])[]): string[] => lists.flat().sort();
/** A terminal of which nothing is in doubt. */
export const CLEAN = { problems: [], gaps: [], cases: [] };

/** A centre with real servers, and what is done to it. */
export interface RecoveryBench {
  readonly site: () => TestSite;
  /** The databases of the centre. */
  server(): CentreServer;
  /** Takes databases away, as a dying disk or a wrong command does. */
  destroy(which: (database: string) => boolean): Promise<void>;
  backup(): Promise<string>;
  restore(folder: string, databases?: readonly string[]): Promise<RestoreReport>;
  /** Imports the journal on a disk, as `wasl journal import` does. */
  importFrom(folder: string, signer: Signer | null, publicKey: string): Promise<ImportReport>;
}

/** Starts the servers for the tests of a file. */
export function useCentre(): RecoveryBench {
  let site: TestSite;
  beforeAll(async () => {
    site = await startSite();
  }, COUCH_TURN_MS);
  afterEach(() => site.clear());
  afterAll(() => site?.close());
  function server(): CentreServer {
    const { url, username, password } = site.couch;
    const target = new URL(url);
    target.username = username;
    target.password = encodeURIComponent(password);
    return createCouchServer({
      url: target.href,
      requestTimeoutMs: 5_000,
      role: 'wasl-bridge',
      unpartitioned: () => {},
    });
  }

  /** Takes databases away, as a dying disk or a wrong command does. */
  async function destroy(which: (database: string) => boolean): Promise<void> {
    const { url, username, password } = site.couch;
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
    for (const name of (await server().databases()).filter(which)) {
      const response = await fetch(`${url}/${name}`, { method: 'DELETE', headers: { authorization } });
      expect(response.ok).toBe(true);
    }
  }

  async function backup(): Promise<string> {
    const out = join(await diskFolder(site), 'backup');
    await takeBackup({
      server: server(),
      out,
      sealTo: CENTRE_SEAL.publicKey,
      clock: systemClock,
      random: systemRandom,
      process: { id: process.pid, isAlive: () => true },
    });
    return out;
  }

  function restore(folder: string, databases?: readonly string[]): Promise<RestoreReport> {
    const some = databases === undefined ? {} : { databases };
    const { store } = server();
    return restoreBackup({ store, folder, sealKeys: [CENTRE_SEAL], clock: systemClock, retry: RETRY, ...some });
  }

  /** Imports the journal on a disk, as `wasl journal import` does. */
  async function importFrom(folder: string, signer: Signer | null, publicKey: string): Promise<ImportReport> {
    const journal = await openDeadJournal(nodeDisk(), join(folder, 'journal'), { key: JOURNAL_KEY });
    try {
      const { store } = server();
      const who = { by: 'clerk', host: 'centre-1', publicKey, signer };
      return await importJournal(journal, { store, clock: systemClock, retry: RETRY, ...who, settleMs: 1_500 });
    } finally {
      await journal.close();
    }
  }
  return { site: () => site, server, destroy, backup, restore, importFrom };
}

/** Names, sizes and times of everything on a disk. */
export async function stateOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const states = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(states)).sort();
}

/** Waits until nothing of these machines is unacknowledged, though they push each other off the broker. */
export async function settled(machines: readonly Machine[]): Promise<void> {
  await eventually(
    'all is acknowledged',
    () => machines.every(({ journal }) => journal.state().backlog === 0),
    PATIENCE_MS,
  );
}

/** Declares `tests` once for each broker there is; each of them starts one of its own, which goes with the test. */
export function overEveryBroker(
  site: () => TestSite,
  tests: (kind: string, broker: () => Promise<TestBroker>) => void,
): void {
  const owned = (start: () => Promise<TestBroker>) => async (): Promise<TestBroker> => {
    const started = await start();
    site().later(() => started.close());
    return started;
  };
  describe('over the embedded broker', () => tests('e', owned(embeddedBroker)));
  describe.runIf(hasMosquitto())('over Mosquitto', () => tests('m', owned(startMosquitto)));
}
