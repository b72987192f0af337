/** The power fails at every call to the disk, in every way that a medium can be left: what was reported durable is there, whole and in order. */
import { describe, expect, it } from 'vitest';
import { isWaslError } from '../../agent/domain/errors.js';
import type { ChainedEvent, WaslEvent } from '../../agent/domain/event.js';
import type { JournalEntry } from '../../agent/journal/journal.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { verifyJournal } from '../../agent/journal/verify.js';
import { isPowerCut } from '../../simulators/world/disk-call.js';
import type { Tear } from '../../simulators/world/inode.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { HALF_OF_LAST, TEARS } from '../../simulators/world/tears.js';
import { encodeEvent } from '../../sync/protocol/event-codec.js';
import {
  FOLDER,
  handClock,
  journalOptions,
  KEY,
  NOON_MS,
  redemption,
  refusal,
  step,
  tapBegin,
  tapEnd,
  tapId,
} from './samples.js';

/** So small that a few appends begin segments, write room ahead and leave checkpoints. */
const LIMITS = { segmentBytesMax: 3072, allocateBytes: 1024, reserveBytes: 512, checkpointFrames: 6 };
const HOUR_MS = 3_600_000;
/** Thousands of runs: a busy machine needs its time. */
const TIMEOUT_MS = 120_000;

/** One append of the script, and what became of it. */
interface Attempt {
  readonly entries: readonly JournalEntry[];
  events: readonly ChainedEvent[] | null;
}

/** What the script has been told. */
interface Told {
  readonly attempts: Attempt[];
  /** Epochs that were reported to have begun. */
  readonly epochs: string[];
}

async function openOn(disk: MemoryDisk, atMs: number): Promise<OpenJournal> {
  return openJournal(journalOptions(disk, { clock: handClock(atMs), limits: LIMITS }));
}

/** Two lives of a terminal: taps, refusals that share a flush, an acknowledgement, a new epoch on demand and one for a new quarter. */
async function script(disk: MemoryDisk, told: Told): Promise<void> {
  const append = async (journal: OpenJournal, entries: readonly JournalEntry[]): Promise<void> => {
    const attempt: Attempt = { entries, events: null };
    told.attempts.push(attempt);
    attempt.events = await journal.append(entries);
  };
  const first = await openOn(disk, NOON_MS);
  await append(first, tapBegin(1));
  await Promise.all([append(first, tapEnd(1)), append(first, [refusal(1)]), append(first, [refusal(2), refusal(3)])]);
  const [epoch] = first.epochs();
  const mark = { epoch: epoch?.name ?? '', seq: 2, incarnation: 1, atMs: NOON_MS + 1000 };
  await append(first, [
    { kind: 'acknowledged', mark },
    { kind: 'time-floor', atMs: NOON_MS + 2000 },
  ]);
  await append(first, [step({ step: 'dispensed', tapId: tapId(1), atMs: NOON_MS }), refusal(4)]);
  told.epochs.push((await first.beginEpoch('mismatch')).name);
  await append(first, [...tapBegin(2, 4712), refusal(5)]);
  await first.close();
  const second = await openOn(disk, NOON_MS + 60 * 24 * HOUR_MS);
  await Promise.all([append(second, tapEnd(2, 4712)), append(second, [refusal(6), refusal(7)])]);
  for (let minutes = 8; minutes < 14; minutes += 1) await append(second, [refusal(minutes)]);
  await append(second, [step({ step: 'dispensed', tapId: tapId(2), atMs: NOON_MS })]);
  await second.close();
}

/** Once the process or the power has ended, every call is refused, and so the script fails. It must not fail for anything else. */
function onlyForPower(error: unknown): void {
  if (!isWaslError(error, 'ERR_JOURNAL_IO') || !isPowerCut(error.cause)) throw error;
}

async function runUntilCut(disk: MemoryDisk): Promise<Told> {
  const told: Told = { attempts: [], epochs: [] };
  await script(disk, told).catch(onlyForPower);
  disk.plan = () => 'go';
  disk.cut();
  return told;
}

async function allEvents(journal: OpenJournal): Promise<ChainedEvent[]> {
  const events: ChainedEvent[] = [];
  for (const epoch of journal.epochs()) {
    const read = await journal.readEvents(epoch.name, 1, { countMax: 1000, bytesMax: 1_000_000 });
    expect(read.filter((event, i) => event.seq !== i + 1)).toEqual([]);
    expect(read.length).toBe(epoch.lastSeq);
    events.push(...read);
  }
  return events;
}

function places(events: readonly ChainedEvent[]): string[] {
  return events.map((event) => `${event.epoch}:${event.seq}:${Buffer.from(event.head).toString('hex')}`);
}

/** Everything that outlives a cut, in a form that can be compared. */
async function summary(journal: OpenJournal): Promise<unknown> {
  const { highWater, openIntents, undispensed, acknowledged, timeFloorMs, lastContactMs, backlog } = journal.state();
  const state = [[...(highWater.get(1) ?? [])], [...openIntents], [...undispensed], [...acknowledged]];
  return JSON.stringify([places(await allEvents(journal)), state, timeFloorMs, lastContactMs, backlog], sortedKeys);
}

/** The order in which properties were made tells nothing. */
function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** For each append that was asked for: whether it is here. It must be here as a whole or not at all. */
function presence(told: Told, events: readonly ChainedEvent[]): boolean[] {
  const here = new Set(events.map((event) => hex(event.bytes)));
  return told.attempts.flatMap(({ entries }) => {
    const bodies = entries.flatMap((entry) => (entry.kind === 'event' ? [hex(encodeEvent(entry.event))] : []));
    const found = bodies.map((body) => here.has(body));
    expect(new Set(found).size).toBeLessThanOrEqual(1);
    return found.slice(0, 1);
  });
}

/** What the steps of the script did to the state is there exactly when the events are that they were recorded with. */
function expectStateFits(journal: OpenJournal, told: Told, events: readonly ChainedEvent[]): void {
  const { openIntents, undispensed, highWater } = journal.state();
  const here = new Set(events.map((event) => hex(event.bytes)));
  const has = (event: WaslEvent): boolean => here.has(hex(encodeEvent(event)));
  const refused = (minutes: number): boolean => {
    const entry = refusal(minutes);
    return entry.kind === 'event' && has(entry.event);
  };
  presence(told, events);
  const granted = { first: has(redemption(4711)), second: has(redemption(4712)) };
  expect(undispensed.has(tapId(1))).toBe(granted.first && !refused(4));
  expect(highWater.get(1)?.has(4711) ?? false).toBe(granted.first);
  // Nothing tells of the last step but itself.
  if (!granted.second) expect(undispensed.has(tapId(2))).toBe(false);
  expect(highWater.get(1)?.has(4712) ?? false).toBe(granted.second);
  expect(openIntents.has(tapId(2))).toBe(refused(5) && !granted.second);
}

async function expectNothingLost(disk: MemoryDisk, told: Told, verify = true): Promise<void> {
  const journal = await openOn(disk, NOON_MS);
  expect(journal.report.damages).toEqual([]);
  const events = await allEvents(journal);
  const here = new Set(places(events));
  for (const { events: durable } of told.attempts) {
    expect(places(durable ?? []).filter((place) => !here.has(place))).toEqual([]);
  }
  const names = journal.epochs().map((epoch) => epoch.name);
  for (const name of told.epochs) expect(names).toContain(name);
  expectStateFits(journal, told, events);
  const before = await summary(journal);
  await journal.close();
  const again = await openOn(disk, NOON_MS);
  expect(await summary(again)).toBe(before);
  const [recorded] = await again.append([refusal(99)]);
  expect(recorded?.seq).toBe(again.epochs().at(-1)?.lastSeq);
  await again.close();
  if (!verify) return;
  const report = await verifyJournal({ disk: disk.session(), folder: FOLDER, key: KEY });
  expect(report).toMatchObject({ sound: true, damages: [], tornBytes: 0 });
}

async function countCalls(): Promise<number> {
  const disk = new MemoryDisk();
  await script(disk, { attempts: [], epochs: [] });
  return disk.calls;
}

function cutAt(call: number, tear: Tear): MemoryDisk {
  return new MemoryDisk({
    plan: ({ index, operation }) => (index === call && operation !== 'read' ? 'cut' : 'go'),
    tear,
  });
}

describe('a power cut at every call to the disk', { timeout: TIMEOUT_MS }, async () => {
  const calls = await countCalls();

  it('is tried at more than eighty calls', () => expect(calls).toBeGreaterThan(80));

  it.each(TEARS)('loses nothing that was reported durable, with $name', async (tear) => {
    for (let call = 0; call <= calls; call += 1) {
      const disk = cutAt(call, tear);
      await expectNothingLost(disk, await runUntilCut(disk), call % 4 === 0).catch((error: unknown) => {
        throw new Error(`cut at call ${call}`, { cause: error });
      });
    }
  });

  it('loses nothing that an opening has shown, when it came after a kill and the power fails right behind it', async () => {
    for (let call = 0; call <= calls; call += 1) {
      const disk = new MemoryDisk({
        plan: ({ index, operation }) => (index === call && operation !== 'read' ? 'kill' : 'go'),
      });
      const told: Told = { attempts: [], epochs: [] };
      await script(disk, told).catch(onlyForPower);
      disk.plan = () => 'go';
      disk.kill();
      // What the killed process wrote is read from the cache here; from now on it counts as recorded.
      const shown = await summary(await openOn(disk, NOON_MS));
      disk.cut();
      expect(await summary(await openOn(disk, NOON_MS)), `killed at call ${call}`).toBe(shown);
      disk.cut();
      await expectNothingLost(disk, told, false);
    }
  });

  it('loses nothing when the power fails again at every call of the recovery', async () => {
    for (let call = 0; call <= calls; call += 4) {
      for (let recoveryCall = 0; ; recoveryCall += 1) {
        const disk = cutAt(call, HALF_OF_LAST);
        const told = await runUntilCut(disk);
        const base = disk.calls;
        let cut = false;
        disk.plan = ({ index, operation }) => {
          if (index !== base + recoveryCall || operation === 'read' || cut) return 'go';
          cut = true;
          return 'cut';
        };
        await openOn(disk, NOON_MS).catch(onlyForPower);
        if (!cut) break;
        disk.plan = () => 'go';
        await expectNothingLost(disk, told, false).catch((error: unknown) => {
          throw new Error(`cut at call ${call}, again at ${recoveryCall} of the recovery`, { cause: error });
        });
      }
    }
  });
});
