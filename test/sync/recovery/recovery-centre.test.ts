import { expect, it } from 'vitest';
import { eventually } from '../../support/system.js';
import { CLEAN, overEveryBroker, settled, TEST_MS, useCentre } from './recovery-bench.js';
import { atCentre, enrol, PATIENCE_MS, startMachine } from './terminals.js';

const { site, server, destroy, backup, restore } = useCentre();

overEveryBroker(site, (kind, broker) => {
  it(
    'a centre that lost everything and was restored from an older backup, taken while it was busy',
    async () => {
      const own = await broker();
      const names = [`${kind}-whole-a`, `${kind}-whole-b`];
      for (const name of names) await enrol(site().couch, name);
      const bridge = await site().bridge(own);
      const machines = await Promise.all(
        names.map((name) => startMachine({ site: site(), broker: own, name, day: name })),
      );
      for (const machine of machines) await machine.serve(60);
      const [folder] = await Promise.all([backup(), ...machines.map((machine) => machine.serve(40))]);
      await settled(machines);
      for (const machine of machines) await machine.serve(30);
      await settled(machines);
      await bridge.stop();
      await destroy(() => true);
      await restore(folder);
      await site().bridge(own);
      for (const machine of machines) await machine.serve(1);
      await settled(machines);
      for (const machine of machines) {
        const served = machine.served();
        expect(served).toHaveLength(131);
        // Acknowledged is what the new life holds; the signatures of what it got back came with it.
        expect(await atCentre(site().couch, machine.name)).toEqual({ ...CLEAN, services: served, placed: served });
      }
    },
    TEST_MS,
  );

  it(
    'a centre that lost a part, restored beside a bridge that goes on',
    async () => {
      const own = await broker();
      const name = `${kind}-part`;
      await enrol(site().couch, name);
      await site().bridge(own);
      const machine = await startMachine({ site: site(), broker: own, name, day: 'part' });
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
          const { gaps, services } = await atCentre(site().couch, name);
          return gaps.length === 0 && services.length === machine.served().length;
        },
        PATIENCE_MS,
      );
      const served = machine.served();
      expect(await atCentre(site().couch, name)).toEqual({ ...CLEAN, services: served, placed: served });
    },
    TEST_MS,
  );
});
