/** The journal of a dead terminal, read at the centre. */
import { describe, expect, it } from 'vitest';
import { openDeadJournal, readOnlyDisk } from '../../../agent/cli/journal/dead-journal.js';
import { faultOf } from '../../../agent/journal/disk.js';
import { seedOf, terminalSigner } from '../../support/sync-events.js';
import { virtualTime } from '../../support/virtual-time.js';
import {
  servicesAt,
  servicesOf,
  startCentre,
  startTerminal,
  startWorld,
  TERMINAL,
  untilAcknowledged,
} from '../uplink/bench.js';

import { BATCHES, contentOf, dead, EVENTS, HOUR, imported, kindsAt, OWN_KEY, planned, read } from './import-bench.js';

describe('the journal of a dead terminal', () => {
  it('brings what the centre lacks, in the very documents that a bridge would have made', async () => {
    const { time, centre, terminal } = await dead(40, 30);
    const plan = await planned(centre.store, terminal.disk.clone());
    expect(plan).toMatchObject({ terminal: TERMINAL, events: 71, lacking: 30, different: 0 });
    expect(servicesAt(centre.store).size).toBe(40);

    const report = await imported(centre.store, terminal.disk.clone());
    expect(report).toMatchObject({ recorded: 30, cases: [] });
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 70));
    const byImport = contentOf(centre.store, EVENTS);
    centre.store.lose(EVENTS, ({ seq }) => Number(seq) > 41);
    const back = await startTerminal(time, centre.broker, { disk: terminal.disk, seed: 'back' });
    await time.advance(HOUR);
    expect(back.journal.state().backlog).toBe(0);
    expect(contentOf(centre.store, EVENTS)).toEqual(byImport);
  });

  it('is never written to, not even a lock, and is not read while a terminal has it', async () => {
    const { centre, terminal } = await dead(5, 5);
    const disk = terminal.disk.clone();
    const before = disk.files().map((path) => [path, disk.peek(path)]);
    disk.plan = ({ operation }) => (operation === 'read' ? 'go' : 'kill');
    await imported(centre.store, disk);
    expect(disk.files().map((path) => [path, disk.peek(path)])).toEqual(before);
    const refusing = readOnlyDisk(disk.session());
    for (const change of [
      () => refusing.open('/journal/x', 'create'),
      () => refusing.remove('/journal/lock'),
      () => refusing.rename('/journal/a', '/journal/b'),
      () => refusing.makeFolder('/other'),
      () => refusing.syncFolder('/journal'),
    ])
      expect(faultOf(await change().catch((error: unknown) => error))).toBe('EROFS');

    const { terminal: alive } = await startWorld();
    alive.disk.poke('/journal/lock', new Uint8Array());
    await expect(read(alive.disk, async () => null)).rejects.toMatchObject({ code: 'ERR_JOURNAL_LOCKED' });
  });

  it('is refused with another key, and for a terminal that is not registered', async () => {
    const { centre, terminal } = await dead(5, 5);
    const open = openDeadJournal(terminal.disk.clone().session(), '/journal', { key: seedOf('another') });
    await expect(open).rejects.toMatchObject({ code: 'ERR_JOURNAL_KEY' });
    centre.store.lose('wasl-registry', () => true);
    await expect(imported(centre.store, terminal.disk.clone())).rejects.toMatchObject({ code: 'ERR_BATCH_TERMINAL' });
    expect(centre.store.databases()).not.toContain('wasl-imports');
  });

  it('imported twice changes nothing the second time; one that broke off goes on where it was', async () => {
    const { centre, terminal } = await dead(20, 700);
    let creates = 0;
    centre.store.plan = ({ operation, database }) => {
      if (operation !== 'create' || database !== EVENTS) return 'go';
      creates += 1;
      return creates > 1 ? 'fail' : 'go';
    };
    await expect(imported(centre.store, terminal.disk.clone())).rejects.toMatchObject({ code: 'ERR_DATABASE' });
    expect(servicesAt(centre.store).size).toBeLessThan(720);
    centre.store.plan = () => 'go';
    await imported(centre.store, terminal.disk.clone());
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 720));
    const before = centre.store.databases().map((name) => contentOf(centre.store, name));
    const again = await imported(centre.store, terminal.disk.clone());
    expect(again).toMatchObject({ recorded: 0, lacking: 0 });
    expect(centre.store.databases().map((name) => contentOf(centre.store, name))).toEqual(before);
  });

  it('leaves a record of who read what, with the chain that it had', async () => {
    const { centre, terminal } = await dead(4, 6);
    const { epochs } = terminal.journal;
    const [epoch] = epochs();
    await imported(centre.store, terminal.disk.clone());
    const [record] = centre.store.documents('wasl-imports');
    expect(record).toMatchObject({ kind: 'import', terminal: TERMINAL, by: 'clerk', host: 'centre-1', signed: false });
    expect(record).toMatchObject({ at: '2026-11-22T09:00:00.000Z', publicKey: OWN_KEY });
    const text = (bytes: Uint8Array = new Uint8Array()): string => Buffer.from(bytes).toString('base64url');
    expect(record?.ranges).toEqual([
      { epoch: epoch?.name, first: 1, last: 11, base: text(epoch?.base), head: text(epoch?.head) },
    ]);
  });

  it('whose key was found as well is proved by batches, as if the terminal had sent it', async () => {
    const { centre, terminal } = await dead(4, 600);
    const before = centre.store.documents(BATCHES).length;
    await imported(centre.store, terminal.disk.clone());
    expect(centre.store.documents(BATCHES)).toHaveLength(before);
    // Found a day later: what was imported without it is signed now.
    await imported(centre.store, terminal.disk.clone(), { signer: terminalSigner(TERMINAL) });
    const headers = centre.store.documents(BATCHES);
    expect(headers.length).toBe(before + 2);
    expect(Math.max(...headers.map(({ last }) => Number(last)))).toBe(605);
  });

  it('that begins in the middle, since the rest was pruned, is taken as it is: the centre has what is before', async () => {
    const time = virtualTime();
    const centre = await startCentre(time);
    await time.settle();
    const journal = { segmentBytesMax: 8 * 1024, allocateBytes: 2_048, reserveBytes: 1_024, backupWindowDays: 1 };
    const terminal = await startTerminal(time, centre.broker, { journal });
    for (let day = 0; day < 6; day += 1) {
      await terminal.serve(60);
      await untilAcknowledged(time, [terminal]);
      await time.advance(24 * HOUR);
    }
    centre.broker.setDown(true);
    await time.advance(1_000);
    await terminal.serve(20);
    const pruned = terminal.journal.epochs()[0]?.pruned ?? 0;
    expect(pruned).toBeGreaterThan(50);
    await terminal.crash();
    const report = await imported(centre.store, terminal.disk.clone(), { signer: terminalSigner(TERMINAL) });
    expect(report).toMatchObject({ events: 381 - pruned, recorded: 20, different: 0, cases: [] });
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 380));

    // What was pruned and is not at the centre either is told.
    centre.store.lose(EVENTS, ({ seq }) => Number(seq) === 7);
    const again = await imported(centre.store, terminal.disk.clone());
    expect(again.cases.map((id) => id.split(':').at(-1))).toEqual(['7-7']);
  });

  it('with a torn tail loses nothing that was promised', async () => {
    const { centre, terminal } = await dead(10, 10);
    const disk = terminal.disk.clone();
    const [segment = ''] = disk.files().filter((path) => path.endsWith('.seg'));
    const bytes = disk.peek(segment);
    const used = bytes.findLastIndex((byte) => byte !== 0);
    bytes.set(new Uint8Array(100).fill(0x5a), used + 9);
    disk.poke(segment, bytes.subarray(0, used + 109));
    await imported(centre.store, disk);
    expect(servicesAt(centre.store)).toEqual(servicesOf('terminal', 20));
    expect(kindsAt(centre.store)).toEqual([]);
  });
});
