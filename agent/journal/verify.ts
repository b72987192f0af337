/** Looks through a journal that no terminal has open: checks every byte of it, or gives its events. Changes nothing. */
import { WaslError } from '../domain/errors.js';
import type { ChainedEvent } from '../domain/event.js';
import { isHarmless, type JournalDamage } from './damage.js';
import { type Disk, faultOf } from './disk.js';
import type { EpochInfo } from './journal.js';
import { journalKey } from './keys.js';
import { takeLock } from './open-journal.js';
import { type RecoveredSegment, type Recovery, recover } from './recovery.js';
import { ioError } from './segment-writer.js';
import { infoOf, viewOf } from './state.js';

/** Which journal to look through. */
export interface VerifyOptions {
  readonly disk: Disk;
  /** Absolute. */
  readonly folder: string;
  /** 32 bytes. */
  readonly key: Uint8Array;
  /** Called after each segment. */
  readonly onProgress?: (progress: VerifyProgress) => void;
}

/** How far {@link verifyJournal} has come. */
export interface VerifyProgress {
  readonly segment: number;
  /** Files and bytes of segments that were read so far. */
  readonly segments: number;
  readonly bytes: number;
  readonly events: number;
}

/** What {@link verifyJournal} found. */
export interface VerifyReport {
  /** True when nothing is damaged and every hash follows from the one before, from the first event to the last. */
  readonly sound: boolean;
  /** Name of the terminal; null for a folder without segments. */
  readonly terminal: string | null;
  readonly segments: number;
  readonly bytes: number;
  readonly events: number;
  /** Oldest first. The head of the last one is printed on receipts and known to the centre. */
  readonly epochs: readonly EpochInfo[];
  /** Events that are not acknowledged. */
  readonly backlog: number;
  readonly openIntents: number;
  readonly undispensed: number;
  /** Cards with a high-water mark. */
  readonly cards: number;
  /** Bytes of a torn write at the end, which the next opening cuts off. Nothing of them was reported durable. */
  readonly tornBytes: number;
  /** Oldest first; also damage that the terminal has recorded and answered with a new epoch. */
  readonly damages: readonly JournalDamage[];
}

/**
 * Reads all of a closed journal: checksums, seals, sequence and hash chain. Rejects with `ERR_JOURNAL_LOCKED` while a terminal has it
 * open, `ERR_DATA_FOLDER` when there is none, `ERR_JOURNAL_KEY`, `ERR_JOURNAL_VERSION`, `ERR_JOURNAL_IO`.
 */
export async function verifyJournal(options: VerifyOptions): Promise<VerifyReport> {
  const walking = walk(options);
  const read = { segments: 0, bytes: 0, events: 0 };
  for (;;) {
    const step = await walking.next();
    if (step.done) return reportOf(step.value, read);
    read.segments += 1;
    read.bytes += step.value.fileBytes;
    read.events += step.value.events.length;
    options.onProgress?.({ segment: step.value.segment, ...read });
  }
}

/** All events of a closed journal that can be read, oldest first, each checked as by {@link verifyJournal}. Rejects like it. */
export async function* exportEvents(options: Omit<VerifyOptions, 'onProgress'>): AsyncGenerator<ChainedEvent, void> {
  for await (const { events } of walk(options)) yield* events;
}

async function* walk(options: VerifyOptions): AsyncGenerator<RecoveredSegment, Recovery> {
  const { disk, folder } = options;
  const key = journalKey(options.key);
  try {
    const lock = await takeLock(disk, folder);
    try {
      return yield* recover({ disk, folder, key, terminal: null }, true);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (faultOf(error) === 'ENOENT') throw new WaslError('ERR_DATA_FOLDER', 'there is no journal in this folder');
    throw ioError(error);
  }
}

function reportOf({ history, damages, terminal, tail }: Recovery, read: Omit<VerifyProgress, 'segment'>): VerifyReport {
  const { state } = history;
  const epochs = [...state.epochs.values()].map(infoOf);
  return {
    sound: damages.every(isHarmless),
    terminal,
    ...read,
    epochs,
    backlog: viewOf(state).backlog,
    openIntents: state.openIntents.size,
    undispensed: state.undispensed.size,
    cards: state.highWater.size,
    tornBytes: tail.tornBytes,
    damages,
  };
}
