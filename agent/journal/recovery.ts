/** Reads a journal from its disk, from the checkpoint or from the beginning, without changing anything. */
import type { KeyObject } from 'node:crypto';
import { sameBytes } from '../credential/cbor.js';
import { WaslError } from '../domain/errors.js';
import type { ChainedEvent } from '../domain/event.js';
import type { Checkpoint } from './checkpoints/checkpoint-codec.js';
import { readCheckpoints, type StoredCheckpoints } from './checkpoints/checkpoint-files.js';
import { isKnown, type JournalDamage, type KnownDamage } from './damage.js';
import type { Disk } from './disk.js';
import { createEventIndex } from './event-index.js';
import { type FoundDamage, type Hashing, type History, Replay } from './history.js';
import { historyAtPruned } from './pruning.js';
import { loadSegment, type SegmentFile, surveySegments } from './segments/segment-files.js';
import { HEAD_BYTES, NO_LINK, type SegmentHead, type SegmentLink, segmentKey } from './segments/segment-head.js';
import { isGap, type ScanBounds, type SegmentScan, scanSegment } from './segments/segment-scan.js';
import type { SegmentStatement } from './segments/statement.js';
import { emptyState } from './state.js';

/** Damages of one segment that are listed one by one; what comes after so many is listed as one. */
const DAMAGES_PER_SEGMENT_MAX = 32;

/** Where a journal is read from. */
export interface JournalSource {
  readonly disk: Disk;
  readonly folder: string;
  readonly key: KeyObject;
  /** Null takes the journal of any terminal. */
  readonly terminal: string | null;
}

/** One segment of a journal that was read. */
export interface RecoveredSegment {
  readonly segment: number;
  readonly fileBytes: number;
  /** The events in it, in order; none unless the journal is read as a whole. */
  readonly events: readonly ChainedEvent[];
  /** What its head says: epoch of all its events, and where the chain stood before them. */
  readonly statement: SegmentStatement;
}

/** A journal as it was found. */
export interface Recovery {
  readonly history: History;
  readonly damages: readonly JournalDamage[];
  /** True when the checkpoint spared reading everything. */
  readonly fromCheckpoint: boolean;
  /** Name of the terminal that the segments are of; null when none says. */
  readonly terminal: string | null;
  /** Files of segments. */
  readonly files: number;
  /** Numbers of segments that were pruned, but whose files are still there: the power was cut before they could be removed. */
  readonly leftovers: readonly number[];
  /** Bases that are lost and have to be written anew, see `checkpoint-files.ts`. */
  readonly basesLost: readonly string[];
  readonly tail: JournalTail;
}

/** What there is to tidy at the end of the newest segment, and where the next one goes on. */
export interface JournalTail {
  /** The newest segment when its file is longer than it: by bytes of a torn write, or by room that was not used. */
  readonly cut: { readonly segment: number; readonly endBytes: number } | null;
  /** Bytes of a write that a cut tore; nothing of them was reported durable. */
  readonly tornBytes: number;
  /** A segment that was begun and has nothing in it that was reported durable. */
  readonly unused: number | null;
  readonly nextSegment: number;
  readonly link: SegmentLink;
}

/**
 * Reads a journal, segment by segment, and returns what it all comes to. With `whole`, the checkpoint spares nothing, and the head after
 * every event is computed; without, only what an opening needs.
 * Throws `ERR_JOURNAL_KEY`, `ERR_JOURNAL_VERSION`, `ERR_DATA_FOLDER` for another terminal's journal, or what the disk reported.
 */
export async function* recover(source: JournalSource, whole: boolean): AsyncGenerator<RecoveredSegment, Recovery> {
  const files = await surveySegments(source.disk, source.folder, source.key);
  checkTerminal(files, source.terminal);
  const stored = await readCheckpoints(source.disk, source.folder, source.key);
  const walk = new Walk(source, files, { stored, whole });
  for (const file of walk.toRead) {
    const events = await walk.read(file);
    if (events === null || file.reading.state !== 'ok') continue;
    yield { segment: file.segment, fileBytes: file.sizeBytes, events, statement: file.reading.head.statement };
  }
  return walk.finish();
}

/** Reads everything at once, for those who need only the end. */
export async function recoverAll(source: JournalSource): Promise<Recovery> {
  const reading = recover(source, false);
  for (;;) {
    const step = await reading.next();
    if (step.done) return step.value;
  }
}

function checkTerminal(files: readonly SegmentFile[], terminal: string | null): void {
  for (const { reading } of files) {
    if (reading.state === 'ok' && terminal !== null && reading.head.statement.terminal !== terminal) {
      throw new WaslError('ERR_DATA_FOLDER', 'the data folder belongs to another terminal');
    }
  }
}

/** One way through the segments. */
class Walk {
  readonly toRead: readonly SegmentFile[];
  readonly #source: JournalSource;
  /** Without those that were pruned. */
  readonly #files: readonly SegmentFile[];
  readonly #leftovers: readonly number[];
  readonly #stored: StoredCheckpoints;
  readonly #checkpoint: Checkpoint | null;
  readonly #fromCheckpoint: boolean;
  readonly #replay: Replay;
  /** Number that the next file should have. */
  #expected: number;
  #unused: number | null = null;
  #unusedTornBytes = 0;
  #last: { file: SegmentFile; scan: SegmentScan } | null = null;
  #damaged = new Set<number>();

  constructor(
    source: JournalSource,
    files: readonly SegmentFile[],
    hints: { readonly stored: StoredCheckpoints; readonly whole: boolean },
  ) {
    const { stored, whole } = hints;
    const checkpoint = stored.newest;
    const hashing: Hashing = whole ? 'each' : 'ends';
    const upTo = stored.pruned?.segment ?? 0;
    this.#source = source;
    this.#files = files.filter((file) => file.segment > upTo);
    this.#leftovers = files.filter((file) => file.segment <= upTo).map((file) => file.segment);
    this.#stored = stored;
    this.#checkpoint = checkpoint;
    const at = checkpoint?.at ?? null;
    this.#fromCheckpoint = checkpoint !== null && at !== null && !whole && stillFits(checkpoint, this.#files, upTo);
    if (checkpoint !== null && at !== null && this.#fromCheckpoint) {
      this.#replay = new Replay(checkpoint.history, hashing);
      this.toRead = this.#files.filter((file) => file.segment >= at.segment);
      this.#expected = at.segment;
    } else {
      const empty = { state: emptyState(), index: createEventIndex(), segments: new Map(), pruned: null };
      const history = checkpoint === null ? empty : historyAtPruned(checkpoint.history, empty);
      const adopt = history.pruned !== null;
      const anchor =
        checkpoint === null || at === null ? null : { ...at, ...at.end, state: checkpoint.history.state, adopt };
      this.#replay = new Replay(history, hashing, anchor);
      this.toRead = this.#files;
      this.#expected = (history.pruned?.segment ?? 0) + 1;
      const [first] = this.#files;
      // Nothing else tells of what is gone, so nobody must take this for a journal that has just begun.
      if (stored.newest === null && (first === undefined ? stored.allLost : first.segment > 1)) {
        this.#lost({ segment: 1, fromByte: 0, toByte: 0, reason: 'state' });
        this.#expected = first?.segment ?? 1;
      }
    }
  }

  /** Takes in one file; null when it holds nothing to use. */
  async read(file: SegmentFile): Promise<readonly ChainedEvent[] | null> {
    const { segment, sizeBytes, reading } = file;
    if (segment > this.#expected) this.#lost({ segment: this.#expected, fromByte: 0, toByte: 0, reason: 'missing' });
    this.#expected = segment + 1;
    const newest = segment === this.#files.at(-1)?.segment;
    const claimed = segment <= (this.#checkpoint?.at?.segment ?? 0);
    if (reading.state !== 'ok') {
      // Its head was being written when the power went: no frame was ever behind it.
      if (newest && !claimed && sizeBytes <= HEAD_BYTES) this.#unused = segment;
      else this.#lost({ segment, fromByte: 0, toByte: sizeBytes, reason: 'head' });
      return null;
    }
    const { head } = reading;
    const scan = await this.#scan(head);
    if (newest && !claimed && scan.parts.length === 0) {
      this.#unused = segment;
      this.#unusedTornBytes = scan.tornBytes;
      return null;
    }
    if (reading.spoilt) this.#replay.note({ segment, fromByte: 0, toByte: HEAD_BYTES, reason: 'head-copy' });
    if (!this.#linkFits(head)) this.#lost({ segment, fromByte: 0, toByte: 0, reason: 'chain' });
    if (scan.parts.some(isGap)) this.#damaged.add(segment);
    this.#last = { file, scan };
    const resumed = this.#fromCheckpoint && segment === this.#checkpoint?.at?.segment;
    return this.#replay.segment({ head, scan, fileBytes: sizeBytes, resumed });
  }

  finish(): Recovery {
    const promised = this.#checkpoint?.at?.segment ?? 0;
    if (promised >= this.#expected) {
      this.#lost({ segment: this.#expected, fromByte: 0, toByte: 0, reason: 'missing' });
      this.#expected = promised + 1;
    }
    const { history } = this.#replay;
    const damages = coalesce(this.#replay.finish()).map((damage) => ({
      ...damage,
      known: isKnown(history.state.damages, damage),
    }));
    const files = this.#files.length - (this.#unused === null ? 0 : 1);
    const named = this.#files.flatMap(({ reading }) =>
      reading.state === 'ok' ? [reading.head.statement.terminal] : [],
    );
    const terminal = named[0] ?? null;
    const found = { history, damages, fromCheckpoint: this.#fromCheckpoint, terminal, files };
    return { ...found, leftovers: this.#leftovers, basesLost: this.#stored.lost, tail: this.#tail() };
  }

  #tail(): JournalTail {
    const nextSegment = this.#unused ?? this.#expected;
    const link = this.#endOf(nextSegment - 1) ?? NO_LINK;
    const newest = this.#last?.file.segment === nextSegment - 1 ? this.#last : null;
    const endBytes = newest?.scan.end.endBytes ?? 0;
    const cut = newest !== null && newest.file.sizeBytes > endBytes ? { segment: newest.file.segment, endBytes } : null;
    const tornBytes = (newest?.scan.tornBytes ?? 0) + this.#unusedTornBytes;
    return { cut, tornBytes, unused: this.#unused, nextSegment, link };
  }

  #endOf(segment: number): SegmentLink | null {
    const { segments, pruned } = this.#replay.history;
    return segments.get(segment)?.end ?? (pruned?.segment === segment ? pruned.end : null);
  }

  #lost(damage: KnownDamage): void {
    this.#damaged.add(damage.segment);
    this.#replay.lost(damage);
  }

  async #scan(head: SegmentHead): Promise<SegmentScan> {
    const { disk, folder, key } = this.#source;
    const { bytes, unreadable } = await loadSegment(disk, folder, head.segment);
    const context = { key: segmentKey(key, head.salt), segment: head.segment };
    return scanSegment(context, bytes, { ...this.#bounds(head.segment), unreadable });
  }

  /** What the segment after it, and the checkpoint, know of where a segment ends. */
  #bounds(segment: number): ScanBounds {
    const at = this.#checkpoint?.at;
    const from = this.#fromCheckpoint && at?.segment === segment ? { from: at.end } : {};
    const after = this.#files.find((file) => file.segment === segment + 1);
    if (after?.reading.state === 'ok' && after.reading.head.link.endBytes >= HEAD_BYTES) {
      const { endBytes } = after.reading.head.link;
      return { durableBytes: endBytes, limitBytes: endBytes, ...from };
    }
    const known = this.#checkpoint?.history.segments.get(segment)?.end.endBytes ?? 0;
    return { durableBytes: known, limitBytes: Number.POSITIVE_INFINITY, ...from };
  }

  /** Whether the segment before is the one that this one was begun after. What is damaged has been reported already. */
  #linkFits(head: SegmentHead): boolean {
    const before = this.#endOf(head.segment - 1);
    if (before === null || this.#damaged.has(head.segment - 1)) return true;
    return before.frames === head.link.frames && sameBytes(before.tag, head.link.tag);
  }
}

/** Whether the segments that a checkpoint speaks of are still there, as long as they were. */
function stillFits(checkpoint: Checkpoint, files: readonly SegmentFile[], prunedUpTo: number): boolean {
  const { at, history, suspect } = checkpoint;
  if (at === null || suspect) return false;
  const here = files.filter((file) => file.segment <= at.segment);
  const usable = here.filter((file) => {
    const record = history.segments.get(file.segment);
    return (
      record !== undefined &&
      file.reading.state === 'ok' &&
      sameBytes(file.reading.head.salt, record.salt) &&
      file.sizeBytes >= record.end.endBytes
    );
  });
  const known = [...history.segments.keys()].filter((segment) => segment > prunedUpTo);
  return usable.length === known.length;
}

function coalesce(damages: readonly FoundDamage[]): readonly FoundDamage[] {
  const kept: FoundDamage[] = [];
  const counts = new Map<number, number>();
  for (const damage of damages) {
    const count = (counts.get(damage.segment) ?? 0) + 1;
    counts.set(damage.segment, count);
    const last = kept.at(-1);
    if (count > DAMAGES_PER_SEGMENT_MAX && last?.segment === damage.segment) {
      kept[kept.length - 1] = { ...last, toByte: damage.toByte, missing: [...last.missing, ...damage.missing] };
    } else kept.push(damage);
  }
  return kept;
}
