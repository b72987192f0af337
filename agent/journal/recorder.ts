/**
 * Records frames in the newest segment: sees to room for them, begins segments and epochs, and folds what is durable into the history.
 * One call at a time: the committer sees to that.
 */
import type { KeyObject } from 'node:crypto';
import type { Clock, Randomness } from '../domain/clock.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { KnownDamage } from './damage.js';
import type { Disk } from './disk.js';
import { type DraftedFrame, draftFrame, prepareAppend } from './draft.js';
import { type EpochCause, type EpochOrigin, isPeriodOver, newEpoch } from './epochs.js';
import type { History, SegmentRecord } from './history.js';
import { FILE_SALT_BYTES } from './keys.js';
import { type AppendUse, type JournalLimits, TAP_END_BYTES_MAX } from './limits.js';
import { FRAME_INDEX_MAX } from './segments/frame.js';
import { HEAD_BYTES, type SegmentLink } from './segments/segment-head.js';
import { bytesOf, removeSegment, SegmentWriter } from './segments/segment-writer.js';
import { chainEnd, currentEpoch, type EpochState, foldEpoch, foldFrame } from './state.js';

/** What a recorder works with. */
export interface RecorderParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly key: KeyObject;
  readonly terminal: string;
  readonly clock: Clock;
  readonly random: Randomness;
  readonly limits: JournalLimits;
  /** See `JournalOptions.builtMs`. */
  readonly builtMs: number;
  readonly history: History;
  /** Number of the next segment, and the end of the one before. */
  readonly next: { readonly segment: number; readonly link: SegmentLink };
  /** Called after each flush, with the frames in it; state and index have them. */
  readonly flushed: (frames: number) => void;
}

/** An epoch that is to begin before anything else is recorded. */
export interface DueEpoch {
  readonly cause: EpochCause;
  /** Damage that is recorded with it. */
  readonly damages: readonly KnownDamage[];
}

/** See above. Every call rejects with `ERR_JOURNAL_SPACE`, having recorded nothing, or with `ERR_JOURNAL_IO`: then it is not to be called again. */
export class Recorder {
  readonly #parts: RecorderParts;
  #writer: SegmentWriter | null = null;
  #next: { segment: number; link: SegmentLink };
  #due: DueEpoch | null;

  constructor(parts: RecorderParts, due: DueEpoch | null) {
    this.#parts = parts;
    this.#next = parts.next;
    this.#due = due;
  }

  /** Makes drafted frames durable and folds them. There must be room: see {@link makeRoom}. */
  async record(frames: readonly DraftedFrame[]): Promise<void> {
    const { state, index, segments } = this.#parts.history;
    const writer = this.#writer;
    if (writer === null) throw new WaslError('ERR_INTERNAL', 'no segment is open');
    const written = await writer.write(frames.map((frame) => frame.bytes));
    const { segment } = writer;
    const epoch = this.epoch();
    for (const [i, frame] of frames.entries()) {
      foldFrame(state, epoch, frame);
      const [first] = frame.events;
      const offset = written[i]?.offset ?? 0;
      if (first !== undefined) index.note(epoch.name, { seq: first.seq, segment, offset }, false);
    }
    segments.set(segment, recordOf(writer, epoch));
    this.#parts.flushed(frames.length);
  }

  /** Ends the newest segment. With `clean` false nothing more is asked of the disk. Nothing may be recorded afterwards. */
  async close(clean: boolean): Promise<void> {
    const writer = this.#writer;
    this.#writer = null;
    if (clean) await writer?.finish();
    else await writer?.abandon();
  }

  /** What may not be used by anything but the end of a tap: of those that are open and, in a moment, of `intents` more. */
  reserve(intents: number): number {
    return Math.max(this.#parts.limits.reserveBytes, this.#openTaps(intents));
  }

  #openTaps(intents: number): number {
    const open = [...this.#parts.history.state.openIntents.values()].filter((intent) => !intent.reported).length;
    return (open + intents) * TAP_END_BYTES_MAX;
  }

  /** What must be left behind an append of this use. */
  #reserveFor(use: AppendUse, intents: number): number {
    if (use === 'tap-end') return 0;
    // What the centre acknowledged makes room in the end: half of what is kept back is for that.
    if (use === 'upkeep') return Math.max(this.#parts.limits.reserveBytes >> 1, this.#openTaps(0));
    return this.reserve(intents);
  }

  /**
   * Sees to a segment with room for `bytes`, with `intents` among them, and what must be left behind them. Rejects with `ERR_JOURNAL_SPACE`,
   * also where the journal has reached its own limit, or `ERR_JOURNAL_IO`.
   */
  async makeRoom(bytes: number, use: AppendUse, intents = 0): Promise<void> {
    const { limits } = this.#parts;
    const reserve = this.#reserveFor(use, intents);
    this.#checkLimit(bytes, use, intents);
    const writer = this.#writer;
    const full =
      writer !== null &&
      (writer.end.endBytes + bytes > limits.segmentBytesMax ||
        writer.end.frames >= FRAME_INDEX_MAX - limits.waitingMax);
    if (writer === null || full) {
      try {
        return await this.#rotate(bytes + (writer === null ? reserve : this.reserve(intents)));
      } catch (error) {
        // What ends a tap, or makes room, goes where room was kept for it.
        if (writer === null || use === 'record' || !isWaslError(error, 'ERR_JOURNAL_SPACE')) throw error;
      }
    }
    if (writer !== null && writer.roomBytes < bytes + reserve) {
      await preferably(Math.max(limits.allocateBytes, bytes + reserve), bytes + reserve, (room) =>
        writer.makeRoom(room),
      );
    }
  }

  /** Bytes that all segments together hold. */
  usedBytes(): number {
    let bytes = 0;
    for (const { end } of this.#parts.history.segments.values()) bytes += end.endBytes;
    return bytes;
  }

  #checkLimit(bytes: number, use: AppendUse, intents: number): void {
    if (use !== 'record') return;
    const { journalBytesMax } = this.#parts.limits;
    const limit = intents > 0 ? journalBytesMax : journalBytesMax + (journalBytesMax >> 3);
    const used = this.usedBytes();
    // It may take a new segment, which has a head.
    if (used + HEAD_BYTES + bytes <= limit) return;
    const details = { used, journalBytesMax };
    throw new WaslError('ERR_JOURNAL_SPACE', 'the journal has reached its limit: the centre must acknowledge first', {
      details,
    });
  }

  /** Goes on in a new segment of the same epoch. */
  async #rotate(bytes: number): Promise<void> {
    const epoch = this.epoch();
    const before = this.#writer;
    const writer = await this.#create(epoch, { seq: epoch.lastSeq, head: epoch.head, bytes });
    this.#use(writer);
    await before?.finish();
  }

  async #create(
    origin: EpochOrigin,
    at: { readonly seq: number; readonly head: Uint8Array; readonly bytes: number },
  ): Promise<SegmentWriter> {
    const { disk, folder, key, terminal, random, limits } = this.#parts;
    const { name, base, saltKey, cause, previous } = origin;
    const statement = { terminal, epoch: { name, base, saltKey, cause, previous }, seq: at.seq, head: at.head };
    const link = this.#writer?.end ?? this.#next.link;
    const { segment } = this.#next;
    return preferably(Math.max(limits.allocateBytes, at.bytes), at.bytes, (roomBytes) => {
      const head = { segment, salt: random.bytes(FILE_SALT_BYTES), link, statement };
      return SegmentWriter.create({ disk, folder, key, head, roomBytes });
    });
  }

  #use(writer: SegmentWriter): void {
    const { segment, end } = writer;
    this.#writer = writer;
    this.#next = { segment: segment + 1, link: end };
    this.#parts.history.segments.set(segment, recordOf(writer, this.epoch()));
  }

  /** Begins the epoch that is due: one that was asked for at the start, or that of a new calendar quarter. */
  async beginDue(): Promise<void> {
    if (this.#due !== null) {
      await this.begin(this.#due);
      this.#due = null;
    }
    if (isPeriodOver(this.epoch().name, this.#nowMs())) await this.begin({ cause: 'period', damages: [] });
  }

  #nowMs(): number {
    const { clock, history, builtMs } = this.#parts;
    return Math.max(clock.nowMs(), history.state.timeFloorMs, builtMs);
  }

  /** Begins an epoch, in a segment of its own whose first frame holds its first event: after a cut there is all of it or nothing. */
  async begin({ cause, damages }: DueEpoch): Promise<void> {
    const { disk, folder, random, terminal, history } = this.#parts;
    const atMs = this.#nowMs();
    const origin = newEpoch({ terminal, cause, atMs, previous: chainEnd(history.state) }, random);
    const time = Math.floor(atMs / 1000);
    const { entries, timeMs } = prepareAppend([
      { kind: 'event', event: { type: 'epoch', time, cause, previous: origin.previous } },
    ]);
    const recorded = damages.map((damage) => ({ kind: 'damage' as const, damage }));
    const start = { seq: 0, head: origin.base };
    const frame = draftFrame(origin, start, { entries: [...entries, ...recorded], timeMs });
    const before = this.#writer;
    const writer = await this.#create(origin, { ...start, bytes: bytesOf([frame.bytes]) + this.reserve(0) });
    try {
      const [written] = await writer.write([frame.bytes]);
      const epoch = foldEpoch(history.state, origin);
      foldFrame(history.state, epoch, frame);
      this.#use(writer);
      history.index.note(epoch.name, { seq: 1, segment: writer.segment, offset: written?.offset ?? 0 }, false);
    } catch (error) {
      await writer.abandon();
      if (isWaslError(error, 'ERR_JOURNAL_SPACE')) await removeSegment(disk, folder, writer.segment);
      throw error;
    }
    await before?.finish();
    this.#parts.flushed(1);
  }

  /** The current epoch. Throws `ERR_INTERNAL` before the first has begun. */
  epoch(): EpochState {
    const epoch = currentEpoch(this.#parts.history.state);
    if (epoch === null) throw new WaslError('ERR_INTERNAL', 'no epoch has begun');
    return epoch;
  }
}

function recordOf({ segment, salt, end }: SegmentWriter, epoch: EpochState): SegmentRecord {
  return { segment, salt, end, epoch: epoch.name, chain: { seq: epoch.lastSeq, head: epoch.head } };
}

/** Tries with the generous size first; when the disk has no room for it, with what is needed. */
async function preferably<T>(generous: number, needed: number, attempt: (bytes: number) => Promise<T>): Promise<T> {
  try {
    return await attempt(generous);
  } catch (error) {
    if (generous === needed || !isWaslError(error, 'ERR_JOURNAL_SPACE')) throw error;
    return attempt(needed);
  }
}
