/** The files of the databases are spoilt while they are open. The journal takes every append meanwhile; the record is made whole, at the next start at the latest. */
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isWaslError } from '../../../agent/domain/errors.js';
import type { OpenJournal } from '../../../agent/journal/open-journal.js';
import { RecordProjector } from '../../../agent/journal/record/record-projector.js';
import type { RecordStore } from '../../../agent/journal/record-store.js';
import { MemoryDisk } from '../../../simulators/world/memory-disk.js';
import { openRecordProcess, type RecordProgram, realTimers, recordProgram } from '../records.js';
import { openOn, redemption, TERMINAL } from '../samples.js';

const TIMEOUT_MS = 180_000;
const EVENTS = 300;
const PERIOD = '2026q4';

let program: RecordProgram;
beforeAll(async () => {
  program = await recordProgram();
}, TIMEOUT_MS);
afterAll(() => program.compiled.remove());

let folder: string;
let journal: OpenJournal;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-records-'));
  journal = await openOn(new MemoryDisk());
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A terminal's record as `main.ts` puts it together: what is lost is looked for again. */
interface Following {
  readonly store: RecordStore;
  readonly lost: string[];
  readonly problems: unknown[];
  stop(): Promise<void>;
  idle(): Promise<void>;
}

async function follow(): Promise<Following> {
  const lost: string[] = [];
  const problems: unknown[] = [];
  const store = await openRecordProcess(program, folder, {
    onLost: (period, reason) => {
      lost.push(`${period}: ${reason}`);
      projector.recheck();
    },
  });
  const pseudonym = (card: number): string => card.toString(16).padStart(16, '0');
  const onProblem = (error: unknown): void => void problems.push(error);
  const parts = { journal, store, terminal: TERMINAL, pseudonym, timers: realTimers, onProblem };
  const projector: RecordProjector = new RecordProjector(parts);
  projector.start();
  await projector.idle();
  const stop = async (): Promise<void> => {
    await projector.stop();
    await store.close();
  };
  return { store, lost, problems, stop, idle: () => projector.idle() };
}

/** Every append is recorded, whatever the record does. */
async function serve(count: number): Promise<void> {
  const { lastSeq = 0 } = journal.epochs().at(-1) ?? {};
  for (let n = 1; n <= count; n += 1) {
    const [event] = await journal.append([{ kind: 'event', event: redemption(n % 50) }]);
    expect(event?.seq).toBe(lastSeq + n);
  }
}

async function filesOf(): Promise<string[]> {
  const database = join(folder, PERIOD);
  return (await readdir(database)).map((name) => join(database, name));
}

const SPOILINGS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['deleted', () => rm(join(folder, PERIOD), { recursive: true })],
  ['deleted with everything around it', () => rm(folder, { recursive: true })],
  [
    'cut short',
    async () => Promise.all((await filesOf()).map(async (path) => truncate(path, (await stat(path)).size >> 1))),
  ],
  ['emptied', async () => Promise.all((await filesOf()).map((path) => truncate(path)))],
  [
    'overwritten',
    async () => Promise.all((await filesOf()).map(async (path) => writeFile(path, (await readFile(path)).fill(0x99)))),
  ],
];

describe('a record whose files are', { timeout: TIMEOUT_MS }, () => {
  it.each(SPOILINGS)('%s while they are in use is made whole, and the journal serves', async (_what, spoil) => {
    await serve(EVENTS);
    const first = await follow();
    expect(await first.store.count()).toBe(EVENTS + 1);
    await spoil();
    await serve(EVENTS);
    await first.idle();
    // It may answer from what it holds open, or not at all; never with a fault that has no code, and it never ends this process.
    const shown = await first.store.recent(20).then(
      () => null,
      (error: unknown) => error,
    );
    expect(shown === null || isWaslError(shown, 'ERR_RECORD_STORE')).toBe(true);
    for (const problem of first.problems) expect(isWaslError(problem, 'ERR_RECORD_STORE')).toBe(true);
    await serve(10);
    await first.stop();
    const total = 2 * EVENTS + 11;
    let count = 0;
    for (let start = 0; start < 3 && count !== total; start += 1) {
      const again = await follow();
      count = await again.store.count().catch(() => 0);
      if (count === total) {
        const sequences = (await again.store.recent(1000)).map((record) => record.event.seq);
        expect(sequences).toEqual(Array.from({ length: total }, (_, i) => total - i));
      }
      await again.stop();
    }
    expect(count).toBe(total);
  });
});
