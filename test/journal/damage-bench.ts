/** A journal to be damaged, and what is left of it. */
import type { ChainedEvent } from '../../agent/domain/event.js';
import type { JournalDamage } from '../../agent/journal/damage.js';
import { journalKey } from '../../agent/journal/keys.js';
import type { OpenJournal } from '../../agent/journal/open-journal.js';
import { type Recovery, recover } from '../../agent/journal/recovery.js';
import { MemoryDisk } from '../../simulators/world/memory-disk.js';
import { FOLDER, KEY, openOn, refusal, tapBegin, tapEnd } from './samples.js';

/** Limits that bound nothing. */
export const ALL = { countMax: 10_000, bytesMax: 10_000_000 };
/** Path of the checkpoint. */
export const CHECKPOINT = `${FOLDER}/checkpoint`;
/** Size at which the segments of {@link closedJournal} end. */
export const SEGMENT_BYTES = 2000;

/** Path of a segment. */
export function segment(number: number): string {
  return `${FOLDER}/${String(number).padStart(8, '0')}.seg`;
}

/** Three segments of a few frames each, closed cleanly: 16 events, a finished tap and an open one. */
export async function closedJournal(): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  const limits = { segmentBytesMax: SEGMENT_BYTES, allocateBytes: 512, reserveBytes: 256 };
  const journal = await openOn(disk, { limits });
  await journal.append(tapBegin(1));
  await journal.append(tapEnd(1));
  for (let minutes = 1; minutes < 12; minutes += 1) await journal.append([refusal(minutes)]);
  await journal.append(tapBegin(2, 4712));
  for (let minutes = 12; minutes < 15; minutes += 1) await journal.append([refusal(minutes)]);
  await journal.close();
  return disk;
}

/** A journal as it was read. */
export interface Found {
  readonly recovery: Recovery;
  readonly events: readonly ChainedEvent[];
}

/** Reads all of a journal without changing it. */
export async function found(disk: MemoryDisk): Promise<Found> {
  const reading = recover({ disk: disk.session(), folder: FOLDER, key: journalKey(KEY), terminal: null }, true);
  const events: ChainedEvent[] = [];
  for (;;) {
    const step = await reading.next();
    if (step.done) return { recovery: step.value, events };
    events.push(...step.value.events);
  }
}

/** Events as text: equal for equal places in the chain. */
export function places(events: readonly ChainedEvent[]): string[] {
  return events.map((event) => `${event.seq}:${Buffer.from(event.head).toString('hex')}`);
}

/** Sequences that the damage is said to have cost. */
export function missingSeqs(damages: readonly JournalDamage[]): number[] {
  return damages
    .flatMap((damage) => damage.missing)
    .flatMap(({ first, last }) => Array.from({ length: (last ?? first - 1) - first + 1 }, (_, i) => first + i));
}

/** All events that an open journal can read. */
export async function readAll(journal: OpenJournal): Promise<ChainedEvent[]> {
  const events: ChainedEvent[] = [];
  for (const { name, lastSeq } of journal.epochs()) {
    for (let seq = 1; seq <= lastSeq; ) {
      const run = await journal.readEvents(name, seq, ALL);
      events.push(...run);
      seq += Math.max(1, run.length);
    }
  }
  return events;
}
