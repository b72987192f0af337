/** What happens to the files of the databases in the field. None of it ends the terminal, and the journal makes good what was lost. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, rm, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OpenJournal } from '../../../agent/journal/open-journal.js';
import { RecordProjector } from '../../../agent/journal/record/record-projector.js';
import type { RecordStore } from '../../../agent/journal/record-store.js';
import { MemoryDisk } from '../../../simulators/world/memory-disk.js';
import { openRecordProcess, openRecords, type RecordProgram, realTimers, recordProgram } from '../records.js';
import { openOn, redemption, TERMINAL } from '../samples.js';

const EVENTS = 600;
const PERIOD = '2026q4';

let program: RecordProgram;
let journal: OpenJournal;
/** A folder with a store that has everything, part of it in tables and part in the log. */
let filled: string;
beforeAll(async () => {
  program = await recordProgram();
  journal = await openOn(new MemoryDisk());
  filled = await mkdtemp(join(tmpdir(), 'wasl-records-'));
  const fill = async (upTo: number): Promise<void> => {
    const { lastSeq = 1 } = journal.epochs()[0] ?? {};
    const cards = Array.from({ length: upTo - lastSeq }, (_, i) => (lastSeq + i) % 50);
    await Promise.all(cards.map((card) => journal.append([{ kind: 'event', event: redemption(card) }])));
    const store = await openRecords(filled);
    await project(store);
    expect(await store.count()).toBe(upTo);
    await store.close();
  };
  await fill(EVENTS - 200);
  await fill(EVENTS);
});
afterAll(async () => {
  await program.compiled.remove();
  await rm(filled, { recursive: true });
});

let folder: string;
let lost: string[];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-records-'));
  await cp(filled, folder, { recursive: true });
  lost = [];
});
afterEach(() => rm(folder, { recursive: true }));

const onLost = (period: string, reason: string): void => void lost.push(`${period}: ${reason}`);
const open = (more = {}): Promise<RecordStore> => openRecordProcess(program, folder, { onLost, ...more });
const openHere = (more = {}): Promise<RecordStore> => openRecords(folder, { onLost, ...more });

/** Follows the journal once, as a start of the terminal does. */
async function project(store: RecordStore): Promise<void> {
  const pseudonym = (card: number): string => card.toString(16).padStart(16, '0');
  const projector = new RecordProjector({ journal, store, terminal: TERMINAL, pseudonym, timers: realTimers });
  projector.start();
  await projector.idle();
  await projector.stop();
}

const database = (): string => join(folder, PERIOD);

async function filesLike(pattern: RegExp): Promise<string[]> {
  const names = (await readdir(database())).filter((name) => pattern.test(name));
  expect(names.length).toBeGreaterThan(0);
  return names.map((name) => join(database(), name));
}

async function overwrite(pattern: RegExp, share: { from: number; to: number }): Promise<void> {
  for (const path of await filesLike(pattern)) {
    const bytes = await readFile(path);
    bytes.fill(0x99, Math.floor(bytes.length * share.from), Math.ceil(bytes.length * share.to));
    await writeFile(path, bytes);
  }
}

type Spoiling = readonly [string, () => Promise<unknown>];

/** With these the adapter may throw where nobody can catch it, or never answer. */
const IN_A_PROCESS: readonly Spoiling[] = [
  ['has overwritten tables', () => overwrite(/\.ldb$/, { from: 0, to: 0.9 })],
  [
    'has tables cut short',
    async () =>
      Promise.all((await filesLike(/\.ldb$/)).map(async (path) => truncate(path, (await stat(path)).size >> 1))),
  ],
  ['has an overwritten log', () => overwrite(/\.log$/, { from: 0.2, to: 0.6 })],
];

/** With these it does not open. */
const ANYWHERE: readonly Spoiling[] = [
  ['is gone', () => rm(database(), { recursive: true })],
  ['is a file', () => rm(database(), { recursive: true }).then(() => writeFile(database(), 'not a folder'))],
  ['has an overwritten pointer', () => writeFile(join(database(), 'CURRENT'), 'garbage')],
  ['has an empty pointer', () => truncate(join(database(), 'CURRENT'))],
  ['lost its list of files', async () => Promise.all((await filesLike(/^MANIFEST/)).map(unlink))],
  ['has an overwritten list of files', () => overwrite(/^MANIFEST/, { from: 0, to: 1 })],
  ['lost its tables', async () => Promise.all((await filesLike(/\.ldb$/)).map(unlink))],
];

async function expectFilledAgain(store: RecordStore): Promise<void> {
  // A terminal that shows its records may meet the damage before the projector does.
  const shown = await store.recent(20).catch((error: { code: string }) => error.code);
  if (typeof shown === 'string') expect(shown).toBe('ERR_RECORD_STORE');
  for (let start = 0; start < 3 && (await store.count().catch(() => 0)) !== EVENTS; start += 1) await project(store);
  const sequences = (await store.recent(1000)).map((record) => record.event.seq);
  expect(sequences).toEqual(Array.from({ length: EVENTS }, (_, i) => EVENTS - i));
  expect(await store.byCard((7).toString(16).padStart(16, '0'), 100)).toHaveLength(12);
  await store.close();
}

describe('a database of records that', () => {
  it.each(IN_A_PROCESS)('%s is filled again from the journal', async (_what, spoil) => {
    await spoil();
    await expectFilledAgain(await open());
  });

  it.each(ANYWHERE)('%s is filled again from the journal', async (_what, spoil) => {
    await spoil();
    await expectFilledAgain(await openHere());
  });

  it('does not open is set aside, and whoever keeps it is told', async () => {
    await writeFile(join(database(), 'CURRENT'), 'garbage');
    const store = await openHere();
    await expect(store.recent(5)).rejects.toMatchObject({ code: 'ERR_RECORD_STORE' });
    expect(lost).toEqual([expect.stringMatching(/^2026q4: /)]);
    expect(await readdir(join(folder, 'quarantine'))).toEqual([expect.stringMatching(/^[0-9]{17}-0-2026q4$/)]);
    expect(await store.recent(5)).toEqual([]);
    await store.close();
  });

  it('is cleared again and again leaves no more than three behind', async () => {
    const store = await openHere();
    for (let round = 0; round < 5; round += 1) {
      const [event] = await journal.readEvents(journal.epochs()[0]?.name ?? '', 1, { countMax: 1, bytesMax: 1 });
      if (event === undefined) throw new Error('the journal has an event');
      await store.put([{ id: `${TERMINAL}:${event.epoch}:00000001`, type: 'epoch', time: 1, card: null, event }]);
      await store.clear();
    }
    expect(await readdir(join(folder, 'quarantine'))).toHaveLength(3);
    await store.close();
  });

  it('was made under another key is set aside and filled again', async () => {
    const store = await openHere({ key: new Uint8Array(32).fill(1) });
    await expect(store.recent(5)).rejects.toMatchObject({ code: 'ERR_RECORD_STORE' });
    expect(lost).toEqual([expect.stringMatching(/^2026q4: /)]);
    await project(store);
    expect(await store.recent(5)).toHaveLength(5);
    await store.close();
  });

  it('another process still has open is waited for, and not set aside', async () => {
    const first = await open();
    expect(await first.count()).toBe(EVENTS);
    let waits = 0;
    const second = await openHere({
      timers: {
        after: (delayMs: number, callback: () => void) => {
          if (delayMs !== 250) return realTimers.after(delayMs, callback);
          waits += 1;
          // The other one ends while this one waits.
          void first.close().then(callback);
          return () => {};
        },
      },
    });
    expect(await second.count()).toBe(EVENTS);
    expect(waits).toBe(1);
    expect(lost).toEqual([]);
    await second.close();
  });

  it('cannot be made because its folder is a file is refused with a code', async () => {
    const path = join(folder, 'file');
    await writeFile(path, '');
    await expect(openRecords(join(path, 'records'))).rejects.toMatchObject({ code: 'ERR_RECORD_STORE' });
  });
});

describe('the process of the databases', () => {
  it('ends in the place of the terminal', async () => {
    await overwrite(/\.ldb$/, { from: 0, to: 0.9 });
    const store = await open();
    await expect(store.recent(100)).rejects.toMatchObject({ code: 'ERR_RECORD_STORE' });
    expect(lost).toEqual([expect.stringContaining('the process of the databases ended')]);
    expect(await store.recent(100)).toEqual([]);
    await store.close();
  });

  it('that is killed is started again, and nothing is lost', async () => {
    const store = await open();
    expect(await store.count()).toBe(EVENTS);
    const pids = spawn('pgrep', ['-f', folder]);
    const [output] = (await once(pids.stdout, 'data')) as [Buffer];
    for (const pid of String(output).trim().split('\n')) process.kill(Number(pid), 'SIGKILL');
    expect(await store.count()).toBe(EVENTS);
    expect(lost).toEqual([]);
    await store.close();
  });

  it('that cannot be started is told as a fault of the store', async () => {
    const nowhere = { ...program, path: join(folder, 'none.js') };
    const store = await openRecordProcess(nowhere, folder);
    await expect(store.recent(1)).rejects.toMatchObject({ code: 'ERR_RECORD_STORE' });
    await store.close();
  });
});

describe('the files of the databases', () => {
  it('show neither a card nor the body of an event', async () => {
    const everything = Buffer.concat(await Promise.all((await filesLike(/./)).map((path) => readFile(path))));
    const [, event] = await journal.readEvents(journal.epochs()[0]?.name ?? '', 1, { countMax: 2, bytesMax: 9999 });
    const body = Buffer.from(event?.bytes ?? new Uint8Array());
    for (const form of [body, Buffer.from(body.toString('base64')), Buffer.from(body.toString('hex'))]) {
      expect(everything.includes(form)).toBe(false);
    }
    // What is meant to be in clear is found, so the search would have found the rest.
    expect(everything.includes(Buffer.from('redemption'))).toBe(true);
  });
});
