/**
 * What the journal costs on this disk: a durable append against a bare one of the same size, twenty writers against one, and how long a
 * terminal takes to open a journal after a power cut and after a clean stop.
 */
import { mkdtemp, open, readFile, rm, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JournalEntry } from '../../agent/journal/journal.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';
import { type OpenJournal, openJournal } from '../../agent/journal/open-journal.js';
import { systemClock } from '../../agent/system.js';
import { seeded, services } from './events.js';

/** How much is measured. */
export interface JournalBenchSize {
  /** Durable appends of each side, one after another. */
  readonly appends: number;
  /** Events in the journal that is recovered. */
  readonly events: number;
  /** Where to measure: each file system has its own costs. Default: the folder for temporary files. */
  readonly folder?: string;
}

/** What was measured. Times in milliseconds, but for `recovery.seconds`. */
export interface JournalBenchResult {
  readonly ratios: {
    /** Our durable append ÷ a bare write and `fdatasync` of as many bytes, medians, taken in turns on the same file system. */
    readonly fdatasync: number;
    /** Appends a second of twenty writers at once ÷ those of one. */
    readonly group: number;
  };
  /** Opening without a checkpoint, as if it had been lost: every frame is read, unsealed, hashed and folded. */
  readonly recovery: { readonly events: number; readonly seconds: number; readonly cpuSeconds: number };
  readonly open: {
    readonly afterCleanStopMs: number;
    /** The newest part is read again, at most so many frames as `checkpointFrames`. */
    readonly afterPowerCutMs: number;
  };
  readonly eventsPerSecond: { readonly one: number; readonly twenty: number };
  readonly append: { readonly bytes: number; readonly medianMs: number; readonly p99Ms: number };
  readonly bare: { readonly bytes: number; readonly medianMs: number; readonly p99Ms: number };
  readonly folder: string;
}

const WRITERS = 20;
/** Appends of one side before it is the other's turn: what else the machine does falls on both. */
const TURN = 25;
const KEY = new Uint8Array(32).fill(7);
const BEGIN_SEC = Date.UTC(2026, 10, 21, 6) / 1000;

/** Measures. Everything is made in a folder of its own and removed. */
export async function benchJournal(size: JournalBenchSize): Promise<JournalBenchResult> {
  const base = await mkdtemp(join(size.folder ?? tmpdir(), 'wasl-bench-'));
  try {
    const single = await measureAppends(base, size.appends);
    const twenty = await measureGroup(base, size.appends * 4);
    const recovered = await measureOpening(base, size.events);
    const one = 1000 / single.append.meanMs;
    return {
      ratios: { fdatasync: round(single.append.medianMs / single.bare.medianMs), group: round(twenty / one) },
      ...recovered,
      eventsPerSecond: { one: Math.round(one), twenty: Math.round(twenty) },
      append: { bytes: single.bytes, medianMs: round(single.append.medianMs), p99Ms: round(single.append.p99Ms) },
      bare: { bytes: single.bytes, medianMs: round(single.bare.medianMs), p99Ms: round(single.bare.p99Ms) },
      folder: base,
    };
  } finally {
    await rm(base, { recursive: true, force: true });
  }
}

function openAt(folder: string): Promise<OpenJournal> {
  return openJournal({
    ...{ disk: nodeDisk(), folder, key: KEY, terminal: 'bench-1', clock: systemClock },
    random: seeded(Math.floor(performance.now() * 1000)),
  });
}

function entries(count: number): JournalEntry[] {
  return services(count, seeded(1), BEGIN_SEC).map((event) => ({ kind: 'event', event }));
}

interface Spread {
  readonly medianMs: number;
  readonly meanMs: number;
  readonly p99Ms: number;
}

/** Our append and the bare one in turns, each right after its own like, on the same file system. */
async function measureAppends(base: string, count: number): Promise<{ append: Spread; bare: Spread; bytes: number }> {
  const folder = join(base, 'appends');
  const journal = await openAt(folder);
  const all = entries(count + TURN);
  const used = journal.space().bytes;
  for (const entry of all.slice(count)) await journal.append([entry]);
  const bytes = Math.round((journal.space().bytes - used) / TURN);
  const file = await open(join(base, 'bare'), 'wx');
  const payload = seeded(2).bytes(bytes);
  const times: { append: number[]; bare: number[] } = { append: [], bare: [] };
  for (let at = 0; at < count; at += TURN) {
    for (const entry of all.slice(at, Math.min(count, at + TURN))) {
      const startMs = performance.now();
      await journal.append([entry]);
      times.append.push(performance.now() - startMs);
    }
    for (let n = at; n < Math.min(count, at + TURN); n += 1) {
      const startMs = performance.now();
      await file.write(payload, 0, bytes, n * bytes);
      await file.datasync();
      times.bare.push(performance.now() - startMs);
    }
  }
  await file.close();
  await journal.close();
  return { append: spreadOf(times.append), bare: spreadOf(times.bare), bytes };
}

/** Appends a second of {@link WRITERS} that each wait for their own before the next one. */
async function measureGroup(base: string, count: number): Promise<number> {
  const journal = await openAt(join(base, 'group'));
  const waiting = entries(count);
  const startMs = performance.now();
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      for (let entry = waiting.pop(); entry !== undefined; entry = waiting.pop()) await journal.append([entry]);
    }),
  );
  const perSecond = (count * 1000) / (performance.now() - startMs);
  await journal.close();
  return perSecond;
}

async function measureOpening(base: string, count: number): Promise<Pick<JournalBenchResult, 'recovery' | 'open'>> {
  const folder = join(base, 'recovery');
  const writing = await openAt(folder);
  const all = entries(count - 1);
  // Each event in a frame of its own, as a terminal records them; only the flushes are shared.
  for (let at = 0; at < all.length; at += 1000)
    await Promise.all(all.slice(at, at + 1000).map((entry) => writing.append([entry])));
  const checkpoint = join(folder, 'checkpoint');
  // What a power cut leaves: the checkpoint that was written last while serving, and the frames behind it.
  const lastWhileServing = await readFile(checkpoint).catch(() => null);
  await writing.close();
  const clean = await timeToOpen(folder);
  if (lastWhileServing === null) await unlink(checkpoint);
  else await writeFile(checkpoint, lastWhileServing);
  const cut = await timeToOpen(folder);
  await unlink(checkpoint);
  const whole = await timeToOpen(folder);
  return {
    recovery: { events: whole.events, seconds: round(whole.ms / 1000), cpuSeconds: round(whole.cpuMs / 1000) },
    open: { afterCleanStopMs: round(clean.ms), afterPowerCutMs: round(cut.ms) },
  };
}

/** Opens and closes it. The file system's cache is warm, as it is not after a real start. */
async function timeToOpen(folder: string): Promise<{ ms: number; cpuMs: number; events: number }> {
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  const journal = await openAt(folder);
  const ms = performance.now() - startMs;
  const { user, system } = process.cpuUsage(cpu);
  const events = journal.epochs().reduce((sum, epoch) => sum + epoch.lastSeq, 0);
  await journal.close();
  return { ms, cpuMs: (user + system) / 1000, events };
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const meanMs = sorted.reduce((sum, time) => sum + time, 0) / sorted.length;
  return { medianMs: at(0.5), meanMs, p99Ms: at(0.99) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
