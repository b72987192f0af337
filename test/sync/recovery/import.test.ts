/** The journal of a dead terminal, read at the centre: what it brings, what becomes a case, and what happens when the dead one comes back. */
import { describe, expect, it } from 'vitest';
import { openDeadJournal, readOnlyDisk } from '../../../agent/cli/dead-journal.js';
import type { Signer } from '../../../agent/domain/keys.js';
import { faultOf } from '../../../agent/journal/disk.js';
import type { MemoryStore } from '../../../simulators/central/memory-store.js';
import type { MemoryDisk } from '../../../simulators/world/memory-disk.js';
import { hexOf } from '../../../sync/bridge/documents.js';
import { enrolTerminal } from '../../../sync/bridge/registry.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { readTerminal } from '../../../sync/bridge/terminals.js';
import {
  type ImportOptions,
  type ImportPlan,
  type ImportReport,
  importJournal,
  planImport,
} from '../../../sync/recovery/import.js';
import { withoutRevision } from '../../../sync/recovery/server.js';
import { step, tapBegin, tapId } from '../../journal/samples.js';
import { seededRandom, seedOf, terminalSigner } from '../../support/sync-events.js';
import { systemTimers } from '../../support/system.js';
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

const HOUR = 3_600_000;
const EVENTS = 'wasl-events-2026q4';
const BATCHES = 'wasl-batches-2026q4';
const NOW = { nowMs: () => Date.UTC(2026, 10, 22, 9) };
const OWN_KEY = hexOf(terminalSigner(TERMINAL).publicKey);

const union = (...sets: readonly Set<string>[]): Set<string> => new Set(sets.flatMap((set) => [...set]));

type World = Awaited<ReturnType<typeof startWorld>>;

/** A terminal that served `sent` in contact with the centre, `unsent` more without, and died. */
async function dead(sent: number, unsent: number): Promise<World> {
  const world = await startWorld();
  const { time, centre, terminal } = world;
  await terminal.serve(sent);
  await untilAcknowledged(time, [terminal]);
  centre.broker.setDown(true);
  await time.advance(1_000);
  await terminal.serve(unsent);
  await terminal.crash();
  centre.broker.setDown(false);
  return world;
}

interface How {
  readonly signer?: Signer;
  readonly publicKey?: string | null;
}

function optionsFor(store: MemoryStore, { signer, publicKey = OWN_KEY }: How): ImportOptions {
  const limits = { attemptsMax: 3, backoff: { baseMs: 1, maxMs: 2 } };
  const retry = { timers: systemTimers, random: seededRandom('import'), limits };
  return { store, clock: NOW, retry, by: 'clerk', host: 'centre-1', publicKey, signer: signer ?? null, settleMs: 0 };
}

async function read<T>(disk: MemoryDisk, use: (journal: Awaited<ReturnType<typeof openDeadJournal>>) => Promise<T>) {
  const journal = await openDeadJournal(disk.session(), '/journal', { key: seedOf('journal key') });
  try {
    return await use(journal);
  } finally {
    await journal.close();
  }
}

const imported = (store: MemoryStore, disk: MemoryDisk, how: How = {}): Promise<ImportReport> =>
  read(disk, (journal) => importJournal(journal, optionsFor(store, how)));

const planned = (store: MemoryStore, disk: MemoryDisk, how: How = {}): Promise<ImportPlan> =>
  read(disk, (journal) => planImport(journal, optionsFor(store, how)));

function contentOf(store: MemoryStore, database: string): StoredDocument[] {
  return store.documents(database).map(withoutRevision);
}

function casesAt(store: MemoryStore): StoredDocument[] {
  return store.documents('wasl-cases');
}

const kindsAt = (store: MemoryStore): unknown[] => casesAt(store).map(({ kind }) => kind);

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
