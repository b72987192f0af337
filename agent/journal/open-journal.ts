/**
 * Opens the journal of a terminal: the composition of this folder.
 *
 *   lock → read (checkpoint, segments) → set damage aside → tidy the newest segment → begin the epoch that is due → serve
 */
import { isTerminalName } from '../../sync/protocol/topics.js';
import type { Clock, Randomness } from '../domain/clock.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import { sealCheckpoint, writeCheckpoint } from './checkpoint.js';
import type { Checkpoint } from './checkpoint-codec.js';
import { Committer } from './committer.js';
import { isHarmless, type JournalDamage } from './damage.js';
import type { Disk, DiskLock } from './disk.js';
import { prepareAppend } from './draft.js';
import { EventReader } from './event-reader.js';
import type { History } from './history.js';
import type { Journal } from './journal.js';
import { journalKey } from './keys.js';
import { JOURNAL_LIMITS, type JournalLimits } from './limits.js';
import { quarantine } from './quarantine.js';
import { type DueEpoch, Recorder } from './recorder.js';
import { type JournalSource, type Recovery, recoverAll } from './recovery.js';
import { segmentName } from './segment-files.js';
import { ioError, removeSegment } from './segment-writer.js';
import { infoOf, viewOf } from './state.js';

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
}

/** An open journal, and how it was found. */
export type OpenJournal = Journal & { readonly report: OpenReport };

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
  const news = recovery.damages.filter((damage) => !damage.known);
  const quarantined = await quarantine(source.disk, source.folder, news);
  await tidy(source, recovery);
  const due = dueEpoch(recovery, news);
  const journal = new DurableJournal(options, { source, recovery, lock }, due);
  try {
    await journal.start();
  } catch (error) {
    await journal.abandon();
    throw error;
  }
  const { damages, fromCheckpoint, files, tail } = recovery;
  const report = {
    fresh: due?.cause === 'first',
    fromCheckpoint,
    segments: files,
    tornBytes: tail.tornBytes,
    damages,
    quarantined,
  };
  return Object.assign(journal.port(), { report });
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

/** The journal behind its port. */
class DurableJournal {
  readonly #source: JournalSource;
  readonly #history: History;
  readonly #random: Randomness;
  readonly #limits: JournalLimits;
  readonly #lock: DiskLock;
  readonly #committer: Committer;
  readonly #reader: EventReader;
  readonly #listeners = new Set<() => void>();
  #framesSinceCheckpoint = 0;
  #checkpointing: Promise<void> | null = null;
  #suspect = false;
  #closing: Promise<void> | null = null;

  constructor(
    options: JournalOptions,
    opened: { readonly source: JournalSource; readonly recovery: Recovery; readonly lock: DiskLock },
    due: DueEpoch | null,
  ) {
    const { history, tail } = opened.recovery;
    this.#source = opened.source;
    this.#history = history;
    this.#random = options.random;
    this.#limits = { ...JOURNAL_LIMITS, ...options.limits };
    this.#lock = opened.lock;
    const { disk, folder, key } = opened.source;
    const recorder = new Recorder(
      {
        ...{ disk, folder, key, history, limits: this.#limits },
        ...{ terminal: options.terminal, clock: options.clock, random: options.random },
        next: { segment: tail.nextSegment, link: tail.link },
        flushed: (frames) => this.#flushed(frames),
      },
      due,
    );
    this.#committer = new Committer(recorder, history.state, this.#limits);
    const doubt = (): void => {
      this.#suspect = true;
      this.#checkpoint();
    };
    this.#reader = new EventReader({ disk, folder, key, history, doubt });
  }

  /** Begins the epoch that is due, and sees to room for the taps that an earlier run left open. */
  async start(): Promise<void> {
    const { state } = this.#history;
    try {
      await this.#committer.beginEpoch(null);
    } catch (error) {
      // An earlier epoch can still be read and uploaded, and its taps be ended, with a full disk.
      if (!isWaslError(error, 'ERR_JOURNAL_SPACE') || state.epochs.size === 0) throw error;
    }
    if (state.openIntents.size > 0) await this.#committer.hasRoom();
  }

  /** Closes what was opened, when the opening came to nothing. */
  async abandon(): Promise<void> {
    await this.#committer.close().catch(() => undefined);
  }

  port(): Journal {
    const { state } = this.#history;
    const view = viewOf(state);
    return {
      epochs: () => [...state.epochs.values()].map(infoOf),
      state: () => view,
      readEvents: (epoch, fromSeq, limits) => this.#reader.read(epoch, fromSeq, limits),
      headAt: (epoch, seq) => this.#reader.headAt(epoch, seq),
      subscribe: (listener) => {
        this.#listeners.add(listener);
        return () => this.#listeners.delete(listener);
      },
      append: async (entries) => (entries.length === 0 ? [] : this.#committer.append(prepareAppend(entries))),
      hasRoom: () => this.#committer.hasRoom(),
      beginEpoch: (cause) => this.#committer.beginEpoch(cause),
      close: () => {
        this.#closing ??= this.#close();
        return this.#closing;
      },
    };
  }

  #flushed(frames: number): void {
    this.#framesSinceCheckpoint += frames;
    if (this.#framesSinceCheckpoint >= this.#limits.checkpointFrames) this.#checkpoint();
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch {
        // A listener's fault is not the journal's: what was recorded stays recorded.
      }
    }
  }

  /** Writes a checkpoint of this moment, beside what else goes on. One at a time: another one that is due waits for its next turn. */
  #checkpoint(): void {
    if (this.#checkpointing !== null) return;
    this.#framesSinceCheckpoint = 0;
    const { disk, folder, key } = this.#source;
    const bytes = sealCheckpoint(key, this.#snapshot(), this.#random);
    this.#checkpointing = writeCheckpoint(disk, folder, bytes)
      // It only saves time: with a full disk the one before does.
      .catch(() => undefined)
      .finally(() => {
        this.#checkpointing = null;
      });
  }

  #snapshot(): Checkpoint {
    const newest = [...this.#history.segments.values()].at(-1);
    const at = newest === undefined ? null : { segment: newest.segment, end: newest.end };
    return { history: this.#history, at, suspect: this.#suspect };
  }

  async #close(): Promise<void> {
    try {
      await this.#committer.close();
      if (!this.#committer.failed) {
        await this.#checkpointing;
        this.#checkpoint();
      }
      await this.#checkpointing;
    } finally {
      await this.#lock.release();
    }
  }
}
