/** Looks through a journal that no terminal has open: checks every byte of it, or gives its events. Changes nothing. */
import { bodySalt } from '../../sync/protocol/chain.js';
import { WaslError } from '../domain/errors.js';
import type { ChainedEvent } from '../domain/event.js';
import { isHarmless, type JournalDamage } from './damage.js';
import { type Disk, faultOf } from './disk.js';
import type { EpochOrigin } from './epochs.js';
import type { EpochInfo } from './journal.js';
import { journalKey } from './keys.js';
import { cardsKnown } from './marks.js';
import { takeLock } from './open-journal.js';
import { type RecoveredSegment, type Recovery, recover } from './recovery.js';
import { ioError } from './segments/segment-writer.js';
import type { SegmentStatement } from './segments/statement.js';
import { infoOf, viewOf } from './state-view.js';

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
  /** Segments up to this number were pruned; 0 for none. What is left of each epoch begins after its `pruned`. */
  readonly prunedSegments: number;
  /** Files of the bases that are lost; the next opening writes them anew. */
  readonly basesLost: readonly string[];
  /** Oldest first; also damage that the terminal has recorded and answered with a new epoch. */
  readonly damages: readonly JournalDamage[];
}

/**
 * Reads all of a closed journal: checksums, seals, sequence and hash chain. Rejects with `ERR_JOURNAL_LOCKED` while a terminal has it
 * open, `ERR_DATA_FOLDER` when there is none, `ERR_JOURNAL_KEY`, `ERR_JOURNAL_VERSION`, `ERR_JOURNAL_IO`.
 */
export async function verifyJournal(options: VerifyOptions): Promise<VerifyReport> {
  const reading = new Reading(options);
  for await (const segment of reading.segments()) reading.passed(segment);
  return reading.report();
}

/** All events of a closed journal that can be read, oldest first, each checked as by {@link verifyJournal}. Rejects like it. */
export async function* exportEvents(options: Omit<VerifyOptions, 'onProgress'>): AsyncGenerator<ChainedEvent, void> {
  for await (const { events } of new Reading(options).segments()) yield* events;
}

/** An event with what it takes to prove it: without the salt nobody can recompute the hash of its body. */
export interface ProvenEvent {
  readonly event: ChainedEvent;
  /** What this event's epoch chains on, and where that came from. */
  readonly origin: EpochOrigin;
  /** 16 bytes: of this body's hash. */
  readonly salt: Uint8Array;
  /** Head of the chain before it; null behind damage that took the event before with it. */
  readonly previousHead: Uint8Array | null;
}

/** Like {@link exportEvents}, with the proof of each event; `onEnd` is called with the report after the last of them. */
export async function* exportProven(
  options: VerifyOptions & { readonly onEnd: (report: VerifyReport) => void },
): AsyncGenerator<ProvenEvent, void> {
  const reading = new Reading(options);
  let before: ChainedEvent | null = null;
  for await (const segment of reading.segments()) {
    const { statement } = segment;
    for (const event of segment.events) {
      const salt = bodySalt(statement.epoch.saltKey, event.seq);
      yield { event, origin: statement.epoch, salt, previousHead: headBefore(event, before, statement) };
      before = event;
    }
    reading.passed(segment);
  }
  options.onEnd(reading.report());
}

function headBefore(event: ChainedEvent, before: ChainedEvent | null, statement: SegmentStatement): Uint8Array | null {
  if (before?.epoch === event.epoch && before.seq === event.seq - 1) return before.head;
  return statement.seq === event.seq - 1 ? statement.head : null;
}

/** One way through a closed journal. */
class Reading {
  readonly #options: VerifyOptions;
  readonly #read = { segments: 0, bytes: 0, events: 0 };
  #recovery: Recovery | null = null;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  /** The segments, while the lock is held. Whoever stops early lets go of it. */
  async *segments(): AsyncGenerator<RecoveredSegment, void> {
    const { disk, folder } = this.#options;
    const key = journalKey(this.#options.key);
    try {
      const lock = await takeLock(disk, folder);
      try {
        this.#recovery = yield* recover({ disk, folder, key, terminal: null }, true);
      } finally {
        await lock.release();
      }
    } catch (error) {
      if (faultOf(error) === 'ENOENT') throw new WaslError('ERR_DATA_FOLDER', 'there is no journal in this folder');
      throw ioError(error);
    }
  }

  /** Called when all of a segment was taken in. */
  passed({ segment, fileBytes, events }: RecoveredSegment): void {
    this.#read.segments += 1;
    this.#read.bytes += fileBytes;
    this.#read.events += events.length;
    this.#options.onProgress?.({ segment, ...this.#read });
  }

  /** What it all came to, after the last segment. */
  report(): VerifyReport {
    if (this.#recovery === null) throw new WaslError('ERR_INTERNAL', 'the journal was not read to its end');
    return reportOf(this.#recovery, this.#read);
  }
}

function reportOf(
  { history, damages, terminal, tail, basesLost }: Recovery,
  read: Omit<VerifyProgress, 'segment'>,
): VerifyReport {
  const { state } = history;
  const epochs = [...state.epochs.values()].map(infoOf);
  return {
    sound: damages.every(isHarmless),
    terminal,
    ...read,
    epochs,
    backlog: viewOf(state).backlog,
    openIntents: state.openIntents.size,
    undispensed: state.undispensed.size + state.undispensedGifts.size,
    cards: cardsKnown(state.highWater),
    tornBytes: tail.tornBytes,
    prunedSegments: history.pruned?.segment ?? 0,
    basesLost,
    damages,
  };
}
