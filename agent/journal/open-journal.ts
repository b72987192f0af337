/**
 * Opens the journal of a terminal: the composition of this folder.
 *
 *   lock → read (checkpoint, segments) → set damage aside → tidy the newest segment → begin the epoch that is due → serve
 */
import { isTerminalName } from '../../sync/protocol/topics.js';
import type { Clock, Randomness } from '../domain/clock.js';
import { WaslError } from '../domain/errors.js';
import { isHarmless, type JournalDamage } from './damage.js';
import type { Disk, DiskLock } from './disk.js';
import { DurableJournal, type JournalSpace } from './durable-journal.js';
import type { Journal } from './journal.js';
import { finishPruning } from './keeper.js';
import { journalKey } from './keys.js';
import { JOURNAL_LIMITS, type JournalLimits } from './limits.js';
import { quarantine } from './quarantine.js';
import type { DueEpoch } from './recorder.js';
import { type JournalSource, type Recovery, recoverAll } from './recovery.js';
import { segmentName } from './segments/segment-files.js';
import { ioError, removeSegment } from './segments/segment-writer.js';

/** Name of the lock's file in the folder of the journal. */
export const LOCK_NAME = 'lock';

/** Damage that is recorded at one opening; more is found again at the next. */
const DAMAGES_RECORDED_MAX = 4096;

/** What a journal is opened with. */
export interface JournalOptions {
  readonly disk: Disk;
  /** Absolute. Made if it is not there. */
  readonly folder: string;
  /** 32 bytes, kept outside the folder. */
  readonly key: Uint8Array;
  /** Name of the terminal; a journal belongs to one for good. */
  readonly terminal: string;
  readonly clock: Clock;
  readonly random: Randomness;
  /** What differs from {@link JOURNAL_LIMITS}. */
  readonly limits?: Partial<JournalLimits>;
  /** When this software was built, ms since 1970: no epoch is named by a clock that says it is earlier. Default: not known. */
  readonly builtMs?: number;
}

/** What was found when the journal was opened. */
export interface OpenReport {
  /** True for a folder that had no journal. */
  readonly fresh: boolean;
  /** True when the checkpoint spared reading everything. */
  readonly fromCheckpoint: boolean;
  readonly segments: number;
  /** Bytes of a write that a power cut tore, cut off. Nothing of them had been reported durable. */
  readonly tornBytes: number;
  /** All damage that was found, also that which an earlier opening recorded. With what the checkpoint spared, none is found. */
  readonly damages: readonly JournalDamage[];
  /** Numbers of the segments that a copy of was set aside now. */
  readonly quarantined: readonly number[];
  /** Segments up to this number were pruned, now or before; 0 for none. */
  readonly prunedSegments: number;
  /** Files of checkpoints that were lost, and written anew from those that were not. */
  readonly basesLost: readonly string[];
  /**
   * True when earlier segments are gone and no checkpoint remembers them: which cards were seen last and which taps were open is not
   * known any more. The terminal goes on in a new epoch that tells the centre; people must be told too.
   */
  readonly stateLost: boolean;
}

/** An open journal, and how it was found. */
export type OpenJournal = Journal & {
  readonly report: OpenReport;
  /** How much it holds, of what it may hold. */
  space(): JournalSpace;
};

/**
 * Opens the journal in a folder. Rejects with
 * `ERR_JOURNAL_LOCKED` (another process has it open), `ERR_JOURNAL_KEY` (made under another key), `ERR_JOURNAL_VERSION` (by newer
 * software), `ERR_DATA_FOLDER` (another terminal's, or it cannot be locked), `ERR_JOURNAL_SPACE` (no room to begin a first epoch),
 * `ERR_JOURNAL_IO`, `ERR_SECRET` (no 32-byte key) or `ERR_CONFIG` (no name of a terminal). Damage does not keep it from opening: see the report.
 */
export async function openJournal(options: JournalOptions): Promise<OpenJournal> {
  const { disk, folder, terminal } = options;
  const key = journalKey(options.key);
  if (!isTerminalName(terminal)) throw new WaslError('ERR_CONFIG', 'the name of the terminal is not one');
  try {
    await disk.makeFolder(folder);
    const lock = await takeLock(disk, folder);
    try {
      return await openLocked(options, { disk, folder, key, terminal }, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw ioError(error);
  }
}

/** Takes the lock of a journal's folder. Rejects with `ERR_JOURNAL_LOCKED` when it is taken. */
export async function takeLock(disk: Disk, folder: string): Promise<DiskLock> {
  const lock = await disk.lock(`${folder}/${LOCK_NAME}`);
  if (lock === null) throw new WaslError('ERR_JOURNAL_LOCKED');
  return lock;
}

async function openLocked(options: JournalOptions, source: JournalSource, lock: DiskLock): Promise<OpenJournal> {
  const recovery = await recoverAll(source);
  const { damages, fromCheckpoint, files, tail, history, basesLost } = recovery;
  const news = damages.filter((damage) => !damage.known);
  const quarantined = await quarantine(source.disk, source.folder, news);
  await tidy(source, recovery);
  await finishPruning({ ...source, history, random: options.random }, recovery);
  const due = dueEpoch(recovery, news);
  const limits = { ...JOURNAL_LIMITS, ...options.limits };
  const { clock, random, terminal, builtMs = 0 } = options;
  const journal = new DurableJournal({ ...source, terminal, clock, random, limits, builtMs, recovery, lock }, due);
  try {
    await journal.start();
  } catch (error) {
    await journal.abandon();
    throw error;
  }
  const report = {
    fresh: due?.cause === 'first',
    fromCheckpoint,
    segments: files,
    tornBytes: tail.tornBytes,
    damages,
    quarantined,
    prunedSegments: history.pruned?.segment ?? 0,
    basesLost,
    stateLost: damages.some((damage) => damage.reason === 'state'),
  };
  return Object.assign(journal.port(), { report, space: () => journal.space() });
}

/** Cuts off what is torn, and makes sure that all that was read is durable: what a killed process wrote may be in the cache only. */
async function tidy({ disk, folder }: JournalSource, { tail }: Recovery): Promise<void> {
  if (tail.unused !== null) await removeSegment(disk, folder, tail.unused);
  const newest = tail.nextSegment - 1;
  if (newest >= 1 && (await disk.list(folder)).includes(segmentName(newest))) {
    const file = await disk.open(`${folder}/${segmentName(newest)}`, 'update');
    try {
      if (tail.cut !== null) await file.truncate(tail.cut.endBytes);
      await file.sync();
    } finally {
      await file.close();
    }
  }
  await disk.syncFolder(folder);
}

function dueEpoch({ history }: Recovery, news: readonly JournalDamage[]): DueEpoch | null {
  const damages = news.filter((damage) => !isHarmless(damage)).slice(0, DAMAGES_RECORDED_MAX);
  if (damages.length > 0) return { cause: 'damage', damages };
  return history.state.epochs.size === 0 ? { cause: 'first', damages: [] } : null;
}
