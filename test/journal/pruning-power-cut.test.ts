/** The power fails at every call to the disk while segments are pruned: no state is lost, and what is gone was acknowledged and held. */
import { describe, expect, it } from 'vitest';
import { isWaslError } from '../../agent/domain/errors.js';
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { JournalEntry } from '../../agent/journal/journal.js';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import { verifyJournal } from '../../agent/journal/verify.js';
import { isPowerCut } from '../../simulators/world/disk-call.js';
import { LOSE_ALL, type Tear } from '../../simulators/world/inode.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { EVEN_SECTORS, HALF_OF_LAST, KEEP_ALL, TEARS } from '../../simulators/world/tears.js';
import { acknowledge, current, DAY_MS, PRUNING_LIMITS, segmentsOn, settled } from './pruning-bench.js';
import { FOLDER, KEY, NOON_MS, openOn, refusal, tapBegin, tapEnd, tapId } from './samples.js';

const LIMITS = { ...PRUNING_LIMITS, segmentBytesMax: 1500, checkpointFrames: 20 };
const EVERY_CALL: readonly Tear[] = [LOSE_ALL, KEEP_ALL, EVEN_SECTORS];
const TIMEOUT_MS = 240_000;
const ALL = { countMax: 10_000, bytesMax: 10_000_000 };

/** What the script has been told. */
interface Told {
  readonly events: ChainedEvent[];
  /** Sequence of the newest event that was certainly acknowledged more than the window ago, and so may be gone. */
  mayBeGone: number;
  /** What was recorded first and must be remembered for ever. */
  begun: boolean;
  granted: boolean;
}

const open = (disk: MemoryDisk): Promise<OpenJournal> => openOn(disk, { limits: LIMITS });

/** A tap that stays open, one that ends, then days of service until pruning has begun. */
async function script(disk: MemoryDisk, told: Told): Promise<void> {
  const journal = await open(disk);
  const append = async (entries: readonly JournalEntry[]): Promise<void> => {
    told.events.push(...(await journal.append(entries)));
  };
  await append([...tapBegin(1, 1), ...tapBegin(2, 2, 9), refusal(0)]);
  told.begun = true;
  await append(tapEnd(1, 1));
  told.granted = true;
  for (let day = 0; day < 9; day += 1) {
    for (let minutes = 0; minutes < 4; minutes += 1) await append([refusal(minutes)]);
    await acknowledge(journal, { signedMs: NOON_MS + day * DAY_MS });
    if (day >= 4) told.mayBeGone = 3 + 4 * (day - 3);
  }
  await settled(journal);
  await journal.close();
}

function onlyForPower(error: unknown): void {
  if (!isWaslError(error, 'ERR_JOURNAL_IO') || !isPowerCut(error.cause)) throw error;
}

async function runUntil(disk: MemoryDisk): Promise<Told> {
  const told: Told = { events: [], mayBeGone: 0, begun: false, granted: false };
  await script(disk, told).catch(onlyForPower);
  return told;
}

async function expectNothingLost(disk: MemoryDisk, told: Told, verify: boolean): Promise<void> {
  const journal = await open(disk);
  expect(journal.report).toMatchObject({ damages: [], stateLost: false });
  const { name, lastSeq, pruned = 0 } = current(journal);
  // An acknowledgement may be recorded whose append was not told of any more: a day more may be gone.
  expect(pruned).toBeLessThanOrEqual(told.mayBeGone + 4);
  expect(segmentsOn(disk)[0]).toBe(journal.report.prunedSegments + 1);
  const left = pruned === lastSeq ? [] : await journal.readEvents(name, pruned + 1, ALL);
  expect(left).toHaveLength(lastSeq - pruned);
  const heads = new Map(left.map((event) => [event.seq, Buffer.from(event.head).toString('hex')]));
  for (const event of told.events.filter(({ seq }) => seq > pruned))
    expect(heads.get(event.seq)).toBe(Buffer.from(event.head).toString('hex'));
  const { openIntents, undispensed, highWater } = journal.state();
  if (told.begun) expect(openIntents.has(tapId(2))).toBe(true);
  if (told.granted) expect([undispensed.has(tapId(1)), highWater.get(1)?.get(1)?.sequence]).toEqual([true, 2]);
  const remembered = (opened: OpenJournal): unknown => {
    const state = opened.state();
    const marks = state.highWater.get(1) ?? new Map();
    return [state.openIntents, state.undispensed, marks].map((map) => [...map.keys()]);
  };
  const before = remembered(journal);
  await journal.append([refusal(99)]);
  await journal.close();
  const again = await open(disk);
  expect(remembered(again)).toEqual(before);
  // That append may have pruned on.
  expect(current(again).pruned ?? 0).toBeGreaterThanOrEqual(pruned);
  expect(current(again).lastSeq).toBe(lastSeq + 1);
  await again.close();
  if (!verify) return;
  const report = await verifyJournal({ disk: disk.session(), folder: FOLDER, key: KEY });
  expect(report).toMatchObject({ sound: true, damages: [], basesLost: [], openIntents: openIntents.size });
}

function cutAt(call: number, tear: Tear, verdict: 'cut' | 'kill' = 'cut'): MemoryDisk {
  return new MemoryDisk({
    plan: ({ index, operation }) => (index === call && operation !== 'read' ? verdict : 'go'),
    tear,
  });
}

/** The calls from the first one to a base on, and how many there are. */
async function pruningCalls(): Promise<{ readonly from: number; readonly to: number }> {
  const disk = new MemoryDisk();
  let from = 0;
  let removed = 0;
  disk.plan = ({ index, operation, path }) => {
    if (from === 0 && path.includes('base.1')) from = index;
    if (operation === 'remove' && path.endsWith('.seg')) removed += 1;
    return 'go';
  };
  await runUntil(disk);
  expect(removed).toBeGreaterThan(2);
  return { from, to: disk.calls };
}

describe('a power cut while segments are pruned', { timeout: TIMEOUT_MS }, async () => {
  const { from, to } = await pruningCalls();

  it('is tried at more than sixty calls', () => expect(to - from).toBeGreaterThan(60));

  it.each(TEARS)('at any call loses no state and no event that may not be gone, with $name', async (tear) => {
    // Every call with three kinds of tears, every third with the others: the calls that matter here change names, not bytes.
    const stride = EVERY_CALL.includes(tear) ? 1 : 3;
    for (let call = Math.max(0, from - 2); call <= to; call += stride) {
      const disk = cutAt(call, tear);
      const told = await runUntil(disk);
      disk.plan = () => 'go';
      disk.cut();
      await expectNothingLost(disk, told, call % 4 === 0).catch((error: unknown) => {
        throw new Error(`cut at call ${call}`, { cause: error });
      });
    }
  });

  it('again at every call of the opening that finishes it loses nothing either', async () => {
    for (let call = from; call <= to; call += 8) {
      for (let later = 0; ; later += 1) {
        const disk = cutAt(call, HALF_OF_LAST);
        const told = await runUntil(disk);
        disk.plan = () => 'go';
        disk.cut();
        const base = disk.calls;
        let cut = false;
        disk.plan = ({ index, operation }) => {
          if (index !== base + later || operation === 'read' || cut) return 'go';
          cut = true;
          return 'cut';
        };
        await open(disk).catch(onlyForPower);
        if (!cut) break;
        disk.plan = () => 'go';
        disk.cut();
        await expectNothingLost(disk, told, false).catch((error: unknown) => {
          throw new Error(`cut at call ${call}, again at ${later} of the opening`, { cause: error });
        });
      }
    }
  });

  it('with one file of a checkpoint spoilt on top of it loses nothing', async () => {
    for (const name of ['checkpoint', 'base.1', 'base.2']) {
      for (let call = from; call <= to; call += 5) {
        const disk = cutAt(call, HALF_OF_LAST);
        const told = await runUntil(disk);
        disk.plan = () => 'go';
        disk.cut();
        const path = `${FOLDER}/${name}`;
        // A base that is alone so far is the one copy that there is: nothing was removed on its word yet.
        if (!disk.files().includes(path)) continue;
        const before = segmentsOn(disk)[0];
        disk.poke(path, disk.peek(path).fill(0x5a, 40, 60));
        const report = (await open(disk)).report;
        expect([name, call, report.stateLost, report.damages]).toEqual([name, call, false, []]);
        if (before !== undefined && before > 1) expect(report.prunedSegments).toBeGreaterThanOrEqual(before - 1);
        disk.cut();
        await expectNothingLost(disk, told, false);
      }
    }
  });
});
