/** What becomes a case when a dead terminal's journal is read, and what happens when the dead one comes back. */
import { describe, expect, it } from 'vitest';
import { hexOf } from '../../../sync/bridge/documents.js';
import { enrolTerminal } from '../../../sync/bridge/registry.js';
import { readTerminal } from '../../../sync/bridge/terminals.js';
import { step, tapBegin, tapId } from '../../journal/samples.js';
import { terminalSigner } from '../../support/sync-events.js';
import { servicesAt, servicesOf, startTerminal, startWorld, TERMINAL, untilAcknowledged } from '../uplink/bench.js';

import { casesAt, dead, HOUR, imported, kindsAt, OWN_KEY, read, union } from './import-bench.js';

describe('doubt becomes a case', () => {
  it('for each tap that was begun and never finished, unless the terminal had told it', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(3);
    await untilAcknowledged(time, [terminal]);
    centre.broker.setDown(true);
    const items = [{ commodity: 1, quantity: 5 }];
    await terminal.journal.append(tapBegin(1, 100_007, 9));
    await terminal.journal.append(tapBegin(2, 100_008, 4));
    await terminal.journal.append([
      step({ step: 'reported', tapId: tapId(2), atMs: time.clock.nowMs() }),
      {
        kind: 'event',
        event: {
          type: 'unresolved',
          time: Math.floor(time.clock.nowMs() / 1000),
          ...{ card: 100_008, ledgerSequence: 4, programme: 1, items },
          reason: 'ERR_CARD_LOST',
        },
      },
    ]);
    await terminal.crash();
    const report = await imported(centre.store, terminal.disk.clone());
    expect(report.cases).toEqual([`import-unresolved:${TERMINAL}:${tapId(1)}`]);
    expect(casesAt(centre.store)[0]).toMatchObject({
      kind: 'import-unresolved',
      status: 'open',
      subject: { terminal: TERMINAL, card: 100_007, ledgerSequence: 9, programme: 1 },
      items,
    });
  });

  it('for events that damage destroyed and the centre does not have; those around them come', async () => {
    const world = await startWorld();
    const { centre, terminal } = world;
    centre.broker.setDown(true);
    for (let index = 0; index < 40; index += 1) await terminal.serve(1);
    await terminal.crash();
    const disk = terminal.disk.clone();
    const [segment = ''] = disk.files().filter((path) => path.endsWith('.seg'));
    const bytes = disk.peek(segment);
    const used = bytes.findLastIndex((byte) => byte !== 0);
    bytes.fill(0xaa, Math.floor(used / 2), Math.floor(used / 2) + 8);
    disk.poke(segment, bytes);
    const [loss] = await read(disk, async ({ epochs }) => epochs[0]?.missing ?? []);
    const first = loss?.first ?? 0;
    expect(loss).toEqual({ first, last: first });
    const report = await imported(centre.store, disk);
    expect(report.cases).toHaveLength(1);
    expect(casesAt(centre.store)[0]).toMatchObject({ kind: 'import-gap', first, last: first });
    expect(servicesAt(centre.store).size).toBe(39);
  });

  it('for none that the centre had got before it was destroyed', async () => {
    const world = await startWorld();
    const { time, centre, terminal } = world;
    for (let index = 0; index < 40; index += 1) await terminal.serve(1);
    await untilAcknowledged(time, [terminal]);
    await terminal.crash();
    const disk = terminal.disk.clone();
    const [segment = ''] = disk.files().filter((path) => path.endsWith('.seg'));
    const bytes = disk.peek(segment);
    bytes.fill(0xaa, 3_000, 3_400);
    disk.poke(segment, bytes);
    for (const path of disk.files()) if (/checkpoint|base/.test(path)) disk.unlink(path);
    const lost = await read(disk, async ({ epochs }) => epochs[0]?.missing ?? []);
    expect(lost.length).toBeGreaterThan(0);
    const report = await imported(centre.store, disk);
    expect(report.cases.filter((id) => id.startsWith('import-gap'))).toEqual([]);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 40));
  });

  it('for an older copy of a journal: the centre is ahead of it', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(10);
    await untilAcknowledged(time, [terminal]);
    const old = terminal.disk.clone();
    await terminal.serve(10);
    await untilAcknowledged(time, [terminal]);
    const report = await imported(centre.store, old);
    const [epoch] = terminal.journal.epochs();
    expect(report.cases).toEqual([`closed-epoch:${TERMINAL}:${epoch?.name}`]);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 20));
  });

  it('for another history that the centre holds in the same places', async () => {
    const { time, centre, terminal } = await startWorld();
    await terminal.serve(10);
    await untilAcknowledged(time, [terminal]);
    const image = terminal.disk.clone();
    centre.broker.setDown(true);
    await terminal.serve(5);
    await terminal.crash();
    centre.broker.setDown(false);
    const clone = await startTerminal(time, centre.broker, { disk: image, seed: 'clone' });
    await clone.serve(5);
    await untilAcknowledged(time, [clone]);
    const report = await imported(centre.store, terminal.disk.clone());
    expect(report).toMatchObject({ different: 5 });
    expect(kindsAt(centre.store)).toEqual([...Array(5).fill('equivocation'), 'import-fork']);
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 15), servicesOf('clone', 5)));
  });
});

describe('a dead terminal that comes back to life', () => {
  it('is taken at its word, nothing is lost, and each epoch that it goes on with is a case', async () => {
    const { time, centre, terminal } = await dead(10, 10);
    await imported(centre.store, terminal.disk.clone());
    const back = await startTerminal(time, centre.broker, { disk: terminal.disk, seed: 'back' });
    await untilAcknowledged(time, [back]);
    // It only says again what was imported.
    expect(kindsAt(centre.store)).toEqual([]);
    await back.serve(7);
    await untilAcknowledged(time, [back]);
    await time.advance(92 * 24 * HOUR);
    await back.serve(3);
    await untilAcknowledged(time, [back]);
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 20), servicesOf('back', 10)));
    const names = back.journal.epochs().map(({ name }) => name);
    expect(names.length).toBeGreaterThan(1);
    expect(casesAt(centre.store).map(({ _id }) => _id)).toEqual(
      names.map((name) => `closed-epoch:${TERMINAL}:${name}`).sort(),
    );
    expect(casesAt(centre.store)[0]).toMatchObject({ kind: 'closed-epoch', closed: { seq: 21 } });
  });

  it('is not acknowledged before its case is stored', async () => {
    const { time, centre, terminal } = await dead(5, 5);
    await imported(centre.store, terminal.disk.clone());
    centre.store.plan = ({ operation, database }) =>
      operation === 'create' && database === 'wasl-cases' ? 'fail' : 'go';
    const back = await startTerminal(time, centre.broker, { disk: terminal.disk, seed: 'back' });
    await back.serve(2);
    await time.advance(120_000);
    expect(back.journal.state().backlog).toBeGreaterThan(0);
    centre.store.plan = () => 'go';
    await untilAcknowledged(time, [back], HOUR);
    expect(kindsAt(centre.store)).toEqual(['closed-epoch']);
  });

  it('is no case when the machine has new keys and a journal of its own', async () => {
    const { time, centre, terminal } = await dead(5, 5);
    await imported(centre.store, terminal.disk.clone());
    const fresh = terminalSigner('the same place, a new machine');
    await enrolTerminal(centre.store, { terminal: TERMINAL, site: 'port-said-3', publicKey: fresh.publicKey });
    await time.advance(30_000);
    const again = await startTerminal(time, centre.broker, { seed: 'fresh', signer: fresh });
    await again.serve(6);
    await untilAcknowledged(time, [again]);
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 10), servicesOf('fresh', 6)));
    expect(kindsAt(centre.store)).toEqual([]);
    expect(await readTerminal(centre.store, TERMINAL)).toMatchObject({
      publicKey: hexOf(fresh.publicKey),
      formerKeys: [OWN_KEY],
      closures: [{ key: OWN_KEY }],
    });
  });

  it('a longer journal of it that is found later moves its end on', async () => {
    const { centre, terminal } = await dead(5, 5);
    const early = terminal.disk.clone();
    const world = await startWorld();
    world.centre.broker.setDown(true);
    await imported(centre.store, early);
    const time = world.time;
    const more = await startTerminal(time, world.centre.broker, { disk: terminal.disk, seed: 'more' });
    await more.serve(4);
    await more.crash();
    const report = await imported(centre.store, terminal.disk.clone());
    expect(report).toMatchObject({ recorded: 4, cases: [] });
    const record = await readTerminal(centre.store, TERMINAL);
    expect(record?.closures).toMatchObject([{ key: OWN_KEY, epochs: [{ seq: 15 }] }]);
    expect(servicesAt(centre.store)).toEqual(union(servicesOf('terminal', 10), servicesOf('more', 4)));
  });
});
