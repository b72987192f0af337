import { expect, it } from 'vitest';
import { hexOf } from '../../../sync/bridge/documents.js';
import { terminalSigner } from '../../support/sync-events.js';
import { eventually } from '../../support/system.js';
import { CLEAN, overEveryBroker, settled, sorted, stateOf, TEST_MS, useCentre } from './recovery-bench.js';
import { atCentre, enrol, imageOf, PATIENCE_MS, startMachine } from './terminals.js';

const { site, destroy, importFrom } = useCentre();

overEveryBroker(site, (kind, broker) => {
  it(
    'a terminal whose disk was put back: what it served twice over is all there, and the fork is a case',
    async () => {
      const own = await broker();
      const name = `${kind}-restored`;
      await enrol(site().couch, name);
      await site().bridge(own);
      const first = await startMachine({ site: site(), broker: own, name, day: 'first' });
      await first.serve(30);
      await first.acknowledged();
      await first.stop();
      const image = await imageOf(site(), first.folder);
      const second = await startMachine({ site: site(), broker: own, name, day: 'second', folder: first.folder });
      await second.serve(40);
      await second.acknowledged();
      await second.stop();

      const back = await startMachine({ site: site(), broker: own, name, day: 'back', folder: image });
      await back.serve(25);
      await back.acknowledged();
      const found = await atCentre(site().couch, name);
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
      await enrol(site().couch, name);
      await site().bridge(own);
      const origin = await startMachine({ site: site(), broker: own, name, day: 'origin' });
      await origin.serve(20);
      await origin.acknowledged();
      await origin.stop();
      const image = await imageOf(site(), origin.folder);
      const machines = [
        await startMachine({ site: site(), broker: own, name, day: 'one', folder: origin.folder }),
        await startMachine({ site: site(), broker: own, name, day: 'two', folder: image }),
      ];
      for (let round = 0; round < 3; round += 1) for (const machine of machines) await machine.serve(10);
      await settled(machines);
      const found = await atCentre(site().couch, name);
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
      await enrol(site().couch, name);
      const bridge = await site().bridge(own);
      const alive = await startMachine({ site: site(), broker: own, name, day: 'alive' });
      await alive.serve(30);
      await alive.acknowledged();
      await bridge.stop();
      await alive.serve(35);
      await alive.stop();

      const before = await stateOf(alive.folder);
      await site().bridge(own);
      const report = await importFrom(alive.folder, null, hexOf(terminalSigner(name).publicKey));
      expect(await stateOf(alive.folder)).toEqual(before);
      expect(report).toMatchObject({ recorded: 35, lacking: 35, cases: [] });
      expect(await atCentre(site().couch, name)).toEqual({
        ...CLEAN,
        services: alive.served(),
        placed: alive.served(),
      });

      const back = await startMachine({ site: site(), broker: own, name, day: 'undead', folder: alive.folder });
      await back.serve(12);
      await back.acknowledged();
      const all = sorted(alive.served(), back.served());
      expect(await atCentre(site().couch, name)).toEqual({
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
      await enrol(site().couch, name);
      const alive = await startMachine({ site: site(), broker: own, name, day: 'alive' });
      await alive.serve(33);
      await alive.stop();
      const signer = terminalSigner(name);
      const report = await importFrom(alive.folder, signer, hexOf(signer.publicKey));
      expect(report).toMatchObject({ recorded: 34, cases: [] });
      await destroy((database) => database === 'wasl-imports');
      expect(await atCentre(site().couch, name)).toEqual({
        ...CLEAN,
        services: alive.served(),
        placed: alive.served(),
      });
    },
    TEST_MS,
  );

  it(
    'a terminal provisioned anew: the same name and journal with a new key, in an epoch of its own',
    async () => {
      const own = await broker();
      const name = `${kind}-anew`;
      await enrol(site().couch, name);
      const bridge = await site().bridge(own);
      const before = await startMachine({ site: site(), broker: own, name, day: 'before' });
      await before.serve(20);
      await before.acknowledged();
      await bridge.stop();
      await before.serve(15);
      await before.stop();

      const signer = terminalSigner(`${name} with a new key`);
      await enrol(site().couch, name, signer);
      await site().bridge(own);
      const after = await startMachine({
        site: site(),
        broker: own,
        name,
        day: 'after',
        folder: before.folder,
        signer,
      });
      await after.journal.beginEpoch('provisioned');
      await after.serve(10);
      await after.acknowledged();
      const served = sorted(before.served(), after.served());
      // What the old key signed stays proved; what it had not sent, the new key did.
      expect(await atCentre(site().couch, name)).toEqual({ ...CLEAN, services: served, placed: served });
    },
    TEST_MS,
  );

  it(
    'a new machine under the old name, and the old one still on: nothing of the old key is taken, and nothing is lost',
    async () => {
      const own = await broker();
      const name = `${kind}-replaced`;
      await enrol(site().couch, name);
      const bridge = await site().bridge(own);
      const old = await startMachine({ site: site(), broker: own, name, day: 'old' });
      await old.serve(20);
      await old.acknowledged();
      await old.stop();
      await bridge.stop();
      const oldKey = terminalSigner(name);
      const signer = terminalSigner(`${name}, the new one`);
      await enrol(site().couch, name, signer);
      await site().bridge(own);
      const still = await startMachine({ site: site(), broker: own, name, day: 'still', folder: old.folder });
      await still.serve(8);
      const refused = async (): Promise<boolean> =>
        (await site().couch.all('wasl-deadletter')).some(({ topic }) => topic === `wasl/1/${name}/up`);
      await eventually('what the old key signs is refused', refused, PATIENCE_MS);
      expect(still.journal.state().backlog).toBe(8);
      await still.stop();
      const fresh = await startMachine({ site: site(), broker: own, name, day: 'fresh', signer });
      await fresh.serve(10);
      await fresh.acknowledged();
      // The last of the old one comes by its disk.
      const report = await importFrom(old.folder, oldKey, hexOf(oldKey.publicKey));
      expect(report).toMatchObject({ recorded: 8, cases: [] });
      await fresh.serve(5);
      await fresh.acknowledged();
      const served = sorted(old.served(), still.served(), fresh.served());
      expect(await atCentre(site().couch, name)).toEqual({ ...CLEAN, services: served, placed: served });
    },
    TEST_MS,
  );
});
