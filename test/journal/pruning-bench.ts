/** A journal whose events the centre acknowledges, day after day, until they are pruned. */
import type { EpochInfo, Journal } from '../../agent/journal/journal.js';
import type { JournalLimits } from '../../agent/journal/limits.js';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import type { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { FOLDER, NOON_MS, refusal } from './samples.js';

/** A day. */
export const DAY_MS = 86_400_000;

/** So small that a segment is full after about ten refusals, and pruned after four days. */
export const PRUNING_LIMITS: Partial<JournalLimits> = {
  segmentBytesMax: 2048,
  allocateBytes: 512,
  reserveBytes: 256,
  backupWindowDays: 3,
};

/** What an acknowledgement says. Default: everything, now, in the centre's first life. */
export interface Agreed {
  readonly epoch?: EpochInfo;
  readonly seq?: number;
  readonly incarnation?: number;
  /** Time that the centre signed. */
  readonly signedMs?: number;
}

/** Records what the uplink records for an acknowledgement of the centre. */
export async function acknowledge(journal: Journal, agreed: Agreed = {}): Promise<void> {
  const epoch = agreed.epoch ?? current(journal);
  const { seq = epoch.lastSeq, incarnation = 1, signedMs = NOON_MS } = agreed;
  await journal.append([
    { kind: 'acknowledged', mark: { epoch: epoch.name, seq, incarnation, atMs: signedMs } },
    { kind: 'time-floor', atMs: signedMs },
  ]);
}

/** The newest epoch. */
export function current(journal: Journal): EpochInfo {
  const epoch = journal.epochs().at(-1);
  if (epoch === undefined) throw new Error('a journal has an epoch');
  return epoch;
}

/** Records as many refusals, one after the other. */
export async function refuse(journal: Journal, count: number): Promise<void> {
  for (let minutes = 0; minutes < count; minutes += 1) await journal.append([refusal(minutes)]);
}

/** Service and acknowledgement on as many days, from `fromDay` on. */
export async function serveDays(journal: Journal, days: number, fromDay = 0): Promise<void> {
  for (let day = fromDay; day < fromDay + days; day += 1) {
    await refuse(journal, 5);
    await acknowledge(journal, { signedMs: NOON_MS + day * DAY_MS });
  }
}

/** Numbers of the segments whose files are there. */
export function segmentsOn(disk: MemoryDisk): number[] {
  return disk
    .files()
    .filter((path) => path.startsWith(FOLDER) && path.endsWith('.seg') && !path.includes('quarantine'))
    .map((path) => Number(path.slice(-12, -4)));
}

/** How many events of the current epoch were pruned. */
export function prunedEvents(journal: Journal): number {
  return current(journal).pruned ?? 0;
}

/** Resolves when what the journal does beside its appends has been done: all of it happens in calls to the disk in memory. */
export async function settled(journal: OpenJournal): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await Promise.resolve();
  await journal.hasRoom();
}
