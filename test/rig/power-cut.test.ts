/**
 * Power cuts on a real file system: ext4 on a loop device whose image holds what had reached the device, a process that writes, frozen at
 * moments that nobody chose. A copy of the image is mounted (ext4 replays its own journal) and opened as after any cut.
 *
 * What this does not show: a medium that forgets what it said was flushed. The simulated disk has such tears; this has a real kernel.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { RecordProjector } from '../../agent/journal/record/record-projector.js';
import type { RecordStore } from '../../agent/journal/record-store.js';
import { verifyJournal } from '../../agent/journal/verify.js';
import { systemRandom } from '../../agent/system.js';
import { openRecordProcess, realTimers } from '../journal/records.js';
import { journalOptions, KEY, refusal, TERMINAL } from '../journal/samples.js';
import { type CompiledPrograms, compilePrograms } from '../support/compiled.js';
import { RIG_LIMITS } from './limits.js';
import { describeWithMounts, ext4OnLoop, type LoopDisk } from './mounts.js';
import { expectAllThere, readTold, type Told } from './told.js';

/** Cuts; more with WASL_RIG_ROUNDS. Not more than fit the time, but for the first three. */
const ROUNDS = Number(process.env.WASL_RIG_ROUNDS ?? 8);
const BUDGET_MS = process.env.WASL_RIG_ROUNDS === undefined ? 20_000 : Number.POSITIVE_INFINITY;
const TIMEOUT_MS = BUDGET_MS === Number.POSITIVE_INFINITY ? ROUNDS * 60_000 : 300_000;
const ROUNDS_MIN = 3;

describeWithMounts('power cuts on ext4', 'loop')('a power cut on ext4', { timeout: TIMEOUT_MS }, () => {
  let compiled: CompiledPrograms;
  let base: string;
  beforeAll(async () => {
    compiled = await compilePrograms(['test/rig/writer.ts', 'agent/journal/record/record-child.ts']);
    base = await mkdtemp(join(tmpdir(), 'wasl-rig-'));
  }, 120_000);
  afterAll(async () => {
    await compiled.remove();
    await rm(base, { recursive: true, force: true });
  });

  it('at any moment costs nothing that was told to be durable, and the record is made whole while the journal serves', async () => {
    const disk = ext4OnLoop({ sizeMib: 48 });
    const toldFile = join(base, 'told');
    writeFileSync(toldFile, '');
    const writer = startWriter(disk, toldFile);
    const endMs = performance.now() + BUDGET_MS;
    let told = 0;
    try {
      for (let round = 0; round < ROUNDS && (round < ROUNDS_MIN || performance.now() < endMs); round += 1) {
        // The first cuts come while everything is being made for the first time.
        await sleep(round < 2 ? 150 + systemRandom.fraction() * 800 : systemRandom.fraction() * 2500);
        expect(writer.exitCode).toBeNull();
        const image = join(base, 'copy');
        await freeze(writer);
        disk.copyImage(image);
        const lines = readTold(readFileSync(toldFile, 'utf8'));
        thaw(writer);
        told = lines.events.size;
        await recover(image, lines);
        rmSync(image);
      }
    } finally {
      await end(writer);
      disk.remove();
    }
    // Else the cuts met nothing.
    expect(told).toBeGreaterThan(10);
  });

  function startWriter(disk: LoopDisk, toldFile: string): ChildProcess {
    const program = join(compiled.folder, 'test/rig/writer.js');
    const child = join(compiled.folder, 'agent/journal/record/record-child.js');
    // A group of its own: the process of the databases is frozen with it.
    return spawn(process.execPath, [program, join(disk.folder, 'data'), toldFile, child], {
      detached: true,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }

  async function recover(image: string, told: Told): Promise<void> {
    const copy = ext4OnLoop({ image });
    try {
      const folder = join(copy.folder, 'data/journal');
      const options = journalOptions(nodeDisk(), { folder, random: systemRandom, limits: RIG_LIMITS });
      const journal = await openJournal(options);
      expect(journal.report).toMatchObject({ damages: [], stateLost: false });
      await expectAllThere(journal, told);
      await fillRecord(journal, join(copy.folder, 'data/record'));
      await journal.close();
      expect(await verifyJournal({ disk: nodeDisk(), folder, key: KEY })).toMatchObject({ sound: true, damages: [] });
    } finally {
      copy.remove();
    }
  }

  /** The copy that is in PouchDB may be damaged by the cut, or lack what it had said it took. The journal takes appends all the while. */
  async function fillRecord(journal: OpenJournal, folder: string): Promise<void> {
    const program = { compiled, path: join(compiled.folder, 'agent/journal/record/record-child.js') };
    const store = await openRecordProcess(program, folder, { random: systemRandom });
    const pseudonym = (card: number): string => card.toString(16).padStart(16, '0');
    for (let start = 0; start < 3 && !(await isComplete(store, journal)); start += 1) {
      const projector = new RecordProjector({ journal, store, terminal: TERMINAL, pseudonym, timers: realTimers });
      projector.start();
      const [event] = await journal.append([refusal(start)]);
      expect(event?.seq).toBe(journal.epochs().at(-1)?.lastSeq);
      await projector.idle();
      await projector.stop();
    }
    expect(await isComplete(store, journal)).toBe(true);
    await store.close();
  }
});

/** Whether the store has every event that is in the journal. */
async function isComplete(store: RecordStore, journal: OpenJournal): Promise<boolean> {
  for (const { name, lastSeq, pruned = 0 } of journal.epochs()) {
    const stored = await store.countOf(TERMINAL, name).catch(() => 0);
    const last = await store.lastSeq(TERMINAL, name).catch(() => 0);
    if (stored < lastSeq - pruned || last !== lastSeq) return false;
  }
  return true;
}

/** Stops every thread of the writer's group; resolves when its own has stopped, so that it can tell nothing more. */
async function freeze(writer: ChildProcess): Promise<void> {
  signal(writer, 'SIGSTOP');
  for (;;) {
    const text = readFileSync(`/proc/${writer.pid}/stat`, 'utf8');
    if (text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3) === 'T') return;
    await sleep(1);
  }
}

function thaw(writer: ChildProcess): void {
  signal(writer, 'SIGCONT');
}

async function end(writer: ChildProcess): Promise<void> {
  if (writer.exitCode !== null) return;
  const ended = new Promise((resolve) => writer.once('exit', resolve));
  signal(writer, 'SIGKILL');
  await ended;
}

function signal(writer: ChildProcess, name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void {
  if (writer.pid === undefined) throw new Error('the writer did not start');
  process.kill(-writer.pid, name);
}
