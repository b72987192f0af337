/**
 * Terminals that are restored, cloned, dead or new, and a centre that is restored, over real brokers and a real database server: each
 * ends with every service once, and a case where there was doubt.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openDeadJournal } from '../../../agent/cli/dead-journal.js';
import type { Signer } from '../../../agent/domain/keys.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { hexOf } from '../../../sync/bridge/documents.js';
import { takeBackup } from '../../../sync/recovery/backup.js';
import { createCouchServer } from '../../../sync/recovery/couch-server.js';
import { type ImportReport, importJournal } from '../../../sync/recovery/import.js';
import { type RestoreReport, restoreBackup } from '../../../sync/recovery/restore.js';
import type { CentreServer } from '../../../sync/recovery/server.js';
import { COUCH_TURN_MS } from '../../support/central.js';
import { hasMosquitto, startMosquitto } from '../../support/mosquitto.js';
import { CENTRE_SEAL, terminalSigner } from '../../support/sync-events.js';
import { eventually, systemClock, systemRandom, systemTimers } from '../../support/system.js';
import { embeddedBroker, startSite, type TestBroker, type TestSite } from '../site.js';
import {
  atCentre,
  diskFolder,
  enrol,
  imageOf,
  JOURNAL_KEY,
  type Machine,
  PATIENCE_MS,
  startMachine,
} from './terminals.js';

const TEST_MS = 180_000;
const RETRY = {
  timers: systemTimers,
  random: systemRandom,
  limits: { attemptsMax: 4, backoff: { baseMs: 20, maxMs: 100 } },
};

let site: TestSite;
beforeAll(async () => {
  site = await startSite();
}, COUCH_TURN_MS);
afterEach(() => site.clear());
afterAll(() => site?.close());

const sorted = (...lists: readonly (readonly string[])[]): string[] => lists.flat().sort();
const CLEAN = { problems: [], gaps: [], cases: [] };

function server(): CentreServer {
  const { url, username, password } = site.couch;
  const target = new URL(url);
  target.username = username;
  target.password = encodeURIComponent(password);
  return createCouchServer({ url: target.href, requestTimeoutMs: 5_000, role: 'wasl-bridge', unpartitioned: () => {} });
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

/** Names, sizes and times of everything on a disk. */
async function stateOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const states = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(folder, name));
    return `${name} ${size} ${mtimeMs}`;
  });
  return (await Promise.all(states)).sort();
}

function everyBroker(kind: string, start: () => Promise<TestBroker>): void {
  async function broker(): Promise<TestBroker> {
    const started = await start();
    site.later(() => started.close());
    return started;
  }

  /** Waits until nothing of these machines is unacknowledged, though they push each other off the broker. */
  async function settled(machines: readonly Machine[]): Promise<void> {
    await eventually(
      'all is acknowledged',
      () => machines.every(({ journal }) => journal.state().backlog === 0),
      PATIENCE_MS,
    );
  }

  it(
    'a terminal whose disk was put back: what it served twice over is all there, and the fork is a case',
    async () => {
      const own = await broker();
      const name = `${kind}-restored`;
      await enrol(site.couch, name);
      await site.bridge(own);
      const first = await startMachine({ site, broker: own, name, day: 'first' });
      await first.serve(30);
      await first.acknowledged();
      await first.stop();
      const image = await imageOf(site, first.folder);
      const second = await startMachine({ site, broker: own, name, day: 'second', folder: first.folder });
      await second.serve(40);
      await second.acknowledged();
      await second.stop();

      const back = await startMachine({ site, broker: own, name, day: 'back', folder: image });
      await back.serve(25);
      await back.acknowledged();
      const found = await atCentre(site.couch, name);
      const served = sorted(first.served(), second.served(), back.served());
      expect(found).toMatchObject({ services: served, placed: served, gaps: [], cases: ['equivocation'] });
      expect(found.problems.every((text) => /^two events claim one place|follows another/.test(text))).toBe(true);
      expect(back.journal.epochs().length).toBe(2);
    },
    TEST_MS,
  );

  it(
    'two terminals from one image at one time: each service of both is there, and the fork is a case',
    async () => {
      const own = await broker();
      const name = `${kind}-cloned`;
      await enrol(site.couch, name);
      await site.bridge(own);
      const origin = await startMachine({ site, broker: own, name, day: 'origin' });
      await origin.serve(20);
      await origin.acknowledged();
      await origin.stop();
      const image = await imageOf(site, origin.folder);
      const machines = [
        await startMachine({ site, broker: own, name, day: 'one', folder: origin.folder }),
        await startMachine({ site, broker: own, name, day: 'two', folder: image }),
      ];
      for (let round = 0; round < 3; round += 1) for (const machine of machines) await machine.serve(10);
      await settled(machines);
      const found = await atCentre(site.couch, name);
      expect(found.services).toEqual(sorted(origin.served(), ...machines.map((machine) => machine.served())));
      expect(found.cases).toEqual(['equivocation']);
      const [one, two] = machines.map(({ journal }) => journal.epochs().at(-1)?.name);
      expect(one).not.toBe(two);
    },
    TEST_MS,
  );

  it(
    'a dead terminal that was imported, and then comes back: nothing is lost or doubled, and its return is a case',
    async () => {
      const own = await broker();
      const name = `${kind}-dead`;
      await enrol(site.couch, name);
      const bridge = await site.bridge(own);
      const alive = await startMachine({ site, broker: own, name, day: 'alive' });
      await alive.serve(30);
      await alive.acknowledged();
      await bridge.stop();
      await alive.serve(35);
      await alive.stop();

      const before = await stateOf(alive.folder);
      await site.bridge(own);
      const report = await importFrom(alive.folder, null, hexOf(terminalSigner(name).publicKey));
      expect(await stateOf(alive.folder)).toEqual(before);
      expect(report).toMatchObject({ recorded: 35, lacking: 35, cases: [] });
      expect(await atCentre(site.couch, name)).toEqual({ ...CLEAN, services: alive.served(), placed: alive.served() });

      const back = await startMachine({ site, broker: own, name, day: 'undead', folder: alive.folder });
      await back.serve(12);
      await back.acknowledged();
      const all = sorted(alive.served(), back.served());
      expect(await atCentre(site.couch, name)).toEqual({
        ...CLEAN,
        services: all,
        placed: all,
        cases: ['closed-epoch'],
      });
    },
    TEST_MS,
  );

  it(
    'a dead terminal whose key was found is proved as if it had sent all itself',
    async () => {
      const own = await broker();
      const name = `${kind}-signed`;
      await enrol(site.couch, name);
      const alive = await startMachine({ site, broker: own, name, day: 'alive' });
      await alive.serve(33);
      await alive.stop();
      const signer = terminalSigner(name);
      const report = await importFrom(alive.folder, signer, hexOf(signer.publicKey));
      expect(report).toMatchObject({ recorded: 34, cases: [] });
      await destroy((database) => database === 'wasl-imports');
      expect(await atCentre(site.couch, name)).toEqual({ ...CLEAN, services: alive.served(), placed: alive.served() });
    },
    TEST_MS,
  );

  it(
    'a centre that lost everything and was restored from an older backup, taken while it was busy',
    async () => {
      const own = await broker();
      const names = [`${kind}-whole-a`, `${kind}-whole-b`];
      for (const name of names) await enrol(site.couch, name);
      const bridge = await site.bridge(own);
      const machines = await Promise.all(names.map((name) => startMachine({ site, broker: own, name, day: name })));
      for (const machine of machines) await machine.serve(60);
      const [folder] = await Promise.all([backup(), ...machines.map((machine) => machine.serve(40))]);
      await settled(machines);
      for (const machine of machines) await machine.serve(30);
      await settled(machines);
      await bridge.stop();
      await destroy(() => true);
      await restore(folder);
      await site.bridge(own);
      for (const machine of machines) await machine.serve(1);
      await settled(machines);
      for (const machine of machines) {
        const served = machine.served();
        expect(served).toHaveLength(131);
        // Acknowledged is what the new life holds; the signatures of what it got back came with it.
        expect(await atCentre(site.couch, machine.name)).toEqual({ ...CLEAN, services: served, placed: served });
      }
    },
    TEST_MS,
  );

  it(
    'a centre that lost a part, restored beside a bridge that goes on',
    async () => {
      const own = await broker();
      const name = `${kind}-part`;
      await enrol(site.couch, name);
      await site.bridge(own);
      const machine = await startMachine({ site, broker: own, name, day: 'part' });
      await machine.serve(70);
      await machine.acknowledged();
      const folder = await backup();
      await machine.serve(30);
      await machine.acknowledged();
      const lost = (database: string): boolean => /^wasl-(events|batches)-/.test(database);
      const databases = (await server().databases()).filter(lost);
      await destroy(lost);
      await machine.serve(10);
      const report = await restore(folder, databases);
      expect(report.databases.map(({ name: database }) => database).sort()).toEqual([...databases].sort());
      // A bridge reads which life it is in every half second here; what it acknowledges of the old one is refused or asked again.
      await eventually(
        'everything is there again',
        async () => {
          await machine.serve(1);
          await machine.acknowledged();
          const { gaps, services } = await atCentre(site.couch, name);
          return gaps.length === 0 && services.length === machine.served().length;
        },
        PATIENCE_MS,
      );
      const served = machine.served();
      expect(await atCentre(site.couch, name)).toEqual({ ...CLEAN, services: served, placed: served });
    },
    TEST_MS,
  );

  it(
    'a terminal provisioned anew: the same name and journal with a new key, in an epoch of its own',
    async () => {
      const own = await broker();
      const name = `${kind}-anew`;
      await enrol(site.couch, name);
      const bridge = await site.bridge(own);
      const before = await startMachine({ site, broker: own, name, day: 'before' });
      await before.serve(20);
      await before.acknowledged();
      await bridge.stop();
      await before.serve(15);
      await before.stop();

      const signer = terminalSigner(`${name} with a new key`);
      await enrol(site.couch, name, signer);
      await site.bridge(own);
      const after = await startMachine({ site, broker: own, name, day: 'after', folder: before.folder, signer });
      await after.journal.beginEpoch('provisioned');
      await after.serve(10);
      await after.acknowledged();
      const served = sorted(before.served(), after.served());
      // What the old key signed stays proved; what it had not sent, the new key did.
      expect(await atCentre(site.couch, name)).toEqual({ ...CLEAN, services: served, placed: served });
    },
    TEST_MS,
  );

  it(
    'a new machine under the old name, and the old one still on: nothing of the old key is taken, and nothing is lost',
    async () => {
      const own = await broker();
      const name = `${kind}-replaced`;
      await enrol(site.couch, name);
      const bridge = await site.bridge(own);
      const old = await startMachine({ site, broker: own, name, day: 'old' });
      await old.serve(20);
      await old.acknowledged();
      await old.stop();
      await bridge.stop();
      const oldKey = terminalSigner(name);
      const signer = terminalSigner(`${name}, the new one`);
      await enrol(site.couch, name, signer);
      await site.bridge(own);
      const still = await startMachine({ site, broker: own, name, day: 'still', folder: old.folder });
      await still.serve(8);
      const refused = async (): Promise<boolean> =>
        (await site.couch.all('wasl-deadletter')).some(({ topic }) => topic === `wasl/1/${name}/up`);
      await eventually('what the old key signs is refused', refused, PATIENCE_MS);
      expect(still.journal.state().backlog).toBe(8);
      await still.stop();
      const fresh = await startMachine({ site, broker: own, name, day: 'fresh', signer });
      await fresh.serve(10);
      await fresh.acknowledged();
      // The last of the old one comes by its disk.
      const report = await importFrom(old.folder, oldKey, hexOf(oldKey.publicKey));
      expect(report).toMatchObject({ recorded: 8, cases: [] });
      await fresh.serve(5);
      await fresh.acknowledged();
      const served = sorted(old.served(), still.served(), fresh.served());
      expect(await atCentre(site.couch, name)).toEqual({ ...CLEAN, services: served, placed: served });
    },
    TEST_MS,
  );
}

describe('over the embedded broker', () => everyBroker('e', embeddedBroker));
describe.runIf(hasMosquitto())('over Mosquitto', () => everyBroker('m', () => startMosquitto()));
