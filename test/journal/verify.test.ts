import { describe, expect, it } from 'vitest';
import type { ChainedEvent } from '../../agent/domain/event.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { exportEvents, type VerifyProgress, verifyJournal } from '../../agent/journal/verify.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { FOLDER, KEY, openOn, refusal, SMALL_LIMITS, TERMINAL, tapBegin, tapEnd } from './samples.js';

async function closed(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const journal = await openOn(disk, { limits: SMALL_LIMITS });
  await journal.append(tapBegin(1));
  await journal.append(tapEnd(1));
  for (let minutes = 0; minutes < 100; minutes += 1) await journal.append([refusal(minutes)]);
  await journal.beginEpoch('mismatch');
  await journal.append(tapBegin(2, 4712));
  await journal.close();
  return disk;
}

describe('verifying a journal', () => {
  it('counts what is in it and finds it sound', async () => {
    const disk = await closed();
    const progress: VerifyProgress[] = [];
    const options = { disk: disk.session(), folder: FOLDER, key: KEY };
    const report = await verifyJournal({ ...options, onProgress: (step) => progress.push(step) });
    expect(report).toMatchObject({
      sound: true,
      terminal: TERMINAL,
      events: 103,
      backlog: 103,
      openIntents: 1,
      undispensed: 1,
      cards: 1,
      tornBytes: 0,
      damages: [],
    });
    expect(report.epochs.map((epoch) => epoch.lastSeq)).toEqual([102, 1]);
    const sizes = disk
      .files()
      .filter((path) => path.endsWith('.seg'))
      .map((path) => disk.peek(path).length);
    expect(report.segments).toBe(sizes.length);
    expect(report.bytes).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(progress.map((step) => step.segment)).toEqual(sizes.map((_, i) => i + 1));
    expect(progress.at(-1)).toMatchObject({ events: 103, bytes: report.bytes });
  });

  it('changes nothing, even where an opening would', async () => {
    const disk = await closed();
    const [first] = disk.files().filter((path) => path.endsWith('.seg')) as [string];
    disk.poke(first, disk.peek(first).fill(0xaa, 1200, 1300));
    const before = disk.files().map((path) => [path, Buffer.from(disk.peek(path)).toString('hex')]);
    const calls = disk.calls;
    const report = await verifyJournal({ disk: disk.session(), folder: FOLDER, key: KEY });
    expect(report.sound).toBe(false);
    expect(disk.calls).toBe(calls);
    expect(disk.files().map((path) => [path, Buffer.from(disk.peek(path)).toString('hex')])).toEqual(before);
  });

  it('is refused while a terminal has the journal open, and does not keep it locked', async () => {
    const disk = await closed();
    const journal = await openOn(disk);
    const options = { disk: disk.session(), folder: FOLDER, key: KEY };
    await expect(verifyJournal(options)).rejects.toMatchObject({ code: 'ERR_JOURNAL_LOCKED' });
    await journal.close();
    await verifyJournal(options);
    await (await openOn(disk)).close();
  });

  it('tells what is wrong when there is no journal, or it is under another key', async () => {
    const disk = await closed();
    const other = { disk: disk.session(), folder: FOLDER, key: new Uint8Array(32) };
    await expect(verifyJournal(other)).rejects.toMatchObject({ code: 'ERR_JOURNAL_KEY' });
    const nowhere = { disk: nodeDisk(), folder: '/nowhere/journal', key: KEY };
    await expect(verifyJournal(nowhere)).rejects.toMatchObject({ code: 'ERR_DATA_FOLDER' });
  });
});

describe('exporting a journal', () => {
  it('gives every event in order', async () => {
    const disk = await closed();
    const events: ChainedEvent[] = [];
    for await (const event of exportEvents({ disk: disk.session(), folder: FOLDER, key: KEY })) events.push(event);
    const journal = await openOn(disk);
    const expected = [];
    for (const { name } of journal.epochs()) {
      expected.push(...(await journal.readEvents(name, 1, { countMax: 1000, bytesMax: 1_000_000 })));
    }
    expect(JSON.stringify(events)).toBe(JSON.stringify(expected));
    expect(events).toHaveLength(103);
  });

  it('lets go of the journal when its reader stops early', async () => {
    const disk = await closed();
    for await (const event of exportEvents({ disk: disk.session(), folder: FOLDER, key: KEY })) {
      expect(event.seq).toBe(1);
      break;
    }
    await (await openOn(disk)).close();
  });
});
