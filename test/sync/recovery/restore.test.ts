import { describe, expect, it } from 'vitest';
import { servicesAt, servicesOf, startTerminal, TERMINAL, untilAcknowledged } from '../uplink/bench.js';

import { BATCHES, contentOf, EVENTS, HOUR, restore, served, useBackups, wipe } from './backup-bench.js';

const { backup } = useBackups();

describe('a restore over what is there', () => {
  it('changes nothing that is there: newer documents stay, erased bodies stay erased', async () => {
    const world = await served(20);
    const { store } = world.centre;
    const from = await backup(world);
    await store.put('wasl-registry', { ...store.documents('wasl-registry')[0], _id: TERMINAL, site: 'moved' });
    const [, event] = store.documents(EVENTS);
    const { bytes: _, salt: __, ...erased } = event ?? { _id: '', bytes: '', salt: '' };
    await store.put(EVENTS, erased);
    const before = contentOf(store);
    const report = await restore(store, from, { clock: world.time.clock });
    expect(contentOf(store)).toEqual({
      ...before,
      'wasl-centre': [{ _id: 'centre', incarnation: report.incarnation }],
    });
    expect(report.databases.find(({ name }) => name === 'wasl-registry')).toMatchObject({ kept: 1, created: 0 });
    expect(report.databases.find(({ name }) => name === EVENTS)).toMatchObject({ kept: 1, present: 20, created: 0 });
  });

  it('keeps both of two events in one place, and opens a case, as a bridge does', async () => {
    const world = await served(20);
    const { centre, time, terminal } = world;
    const image = terminal.disk.clone();
    await terminal.serve(5);
    await untilAcknowledged(time, [terminal]);
    const from = await backup(world);
    await terminal.crash();
    await centre.stopBridge();
    // The events of the first history are lost, and another one takes their places before the backup comes back.
    centre.store.lose(EVENTS, ({ seq }) => Number(seq) > 21);
    centre.startBridge();
    const other = await startTerminal(time, centre.broker, { disk: image, seed: 'other' });
    await other.serve(5);
    await untilAcknowledged(time, [other]);
    const report = await restore(centre.store, from, { clock: time.clock });
    expect(report.databases.find(({ name }) => name === EVENTS)).toMatchObject({ rivals: 5 });
    expect(centre.store.documents('wasl-cases').map(({ kind }) => kind)).toEqual(Array(5).fill('equivocation'));
    expect(servicesAt(centre.store)).toEqual(new Set([...servicesOf('terminal', 25), ...servicesOf('other', 5)]));
    const again = await restore(centre.store, from, { clock: time.clock });
    expect(again.databases.every(({ created }) => created === 0)).toBe(true);
    expect(centre.store.documents('wasl-cases')).toHaveLength(5);
  });
});

describe('batches that were lost', () => {
  it('come back as far as the backup goes; together with the events of their period, all of it', async () => {
    const world = await served(60);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    await terminal.serve(40);
    await untilAcknowledged(time, [terminal]);
    const proved = (): number => Math.max(...centre.store.documents(BATCHES).map(({ last }) => Number(last)));
    await centre.stopBridge();
    wipe(centre, (name) => name === BATCHES);
    await restore(centre.store, from, { clock: time.clock, databases: [BATCHES] });
    expect(proved()).toBe(61);
    // The centre has the events, so no terminal would bring their proof again: they have to go as well.
    wipe(centre, (name) => name === EVENTS);
    await restore(centre.store, from, { clock: time.clock, databases: [BATCHES, EVENTS] });
    centre.startBridge();
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(proved()).toBe(102);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 101));
  });
});

describe('after a restore everything reconverges', () => {
  it('when all was lost, the backup is old, and the centre had gone on', async () => {
    const world = await served(120);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    await terminal.serve(80);
    await untilAcknowledged(time, [terminal]);
    await centre.stopBridge();
    wipe(centre);
    await restore(centre.store, from, { clock: time.clock });
    expect(servicesAt(centre.store).size).toBe(120);
    centre.startBridge();
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 201));
    expect(centre.store.documents('wasl-cases')).toEqual([]);
  });

  it.each([[EVENTS], [BATCHES], ['wasl-registry']])(
    'when only %s was lost, and only that is restored',
    async (lost) => {
      const world = await served(100);
      const { centre, time, terminal } = world;
      const from = await backup(world);
      await terminal.serve(50);
      await untilAcknowledged(time, [terminal]);
      await centre.stopBridge();
      wipe(centre, (name) => name === lost);
      const report = await restore(centre.store, from, { clock: time.clock, databases: [lost] });
      expect(report.databases.map(({ name }) => name)).toEqual([lost]);
      centre.startBridge();
      await terminal.serve(1);
      await untilAcknowledged(time, [terminal], HOUR);
      await time.advance(60_000);
      expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 151));
      expect(centre.store.documents('wasl-cases')).toEqual([]);
    },
  );

  it('when the restore broke off in the middle and nobody ran it again', async () => {
    const world = await served(600);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    await centre.stopBridge();
    wipe(centre);
    let creates = 0;
    centre.store.plan = ({ operation, database }) => {
      if (operation !== 'create' || database !== EVENTS) return 'go';
      creates += 1;
      return creates > 1 ? 'fail' : 'go';
    };
    await expect(restore(centre.store, from, { clock: time.clock })).rejects.toMatchObject({ code: 'ERR_DATABASE' });
    expect(servicesAt(centre.store).size).toBe(199);
    centre.store.plan = () => 'go';
    centre.startBridge();
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 601));
  });

  it('when it ran beside a bridge that was busy', async () => {
    const world = await served(300);
    const { centre, time, terminal } = world;
    const from = await backup(world);
    wipe(centre, (name) => name !== 'wasl-registry');
    await terminal.serve(100);
    const restoring = restore(centre.store, from, { clock: time.clock });
    await time.advance(20_000);
    await restoring;
    await terminal.serve(1);
    await untilAcknowledged(time, [terminal], HOUR);
    await time.advance(60_000);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 401));
    expect(centre.store.documents('wasl-cases')).toEqual([]);
  });

  it('a database that the backup does not have is not asked for', async () => {
    const world = await served(3);
    const from = await backup(world);
    await expect(
      restore(world.centre.store, from, { clock: world.time.clock, databases: ['wasl-events-2031q1'] }),
    ).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
