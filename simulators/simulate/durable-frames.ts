/** Reads along what becomes durable on a terminal's disk: each frame of its journal, once, at the moment at which no cut can take it away. */
import type { KeyObject } from 'node:crypto';
import { decodeContent } from '../../agent/journal/entries/entry-codec.js';
import { journalKey } from '../../agent/journal/keys.js';
import { type Frame, isFrame, readFrame } from '../../agent/journal/segments/frame.js';
import { HEAD_BYTES, readHead, segmentKey } from '../../agent/journal/segments/segment-head.js';
import type { SegmentStatement } from '../../agent/journal/segments/statement.js';
import { chainEvent } from '../../agent/journal/state.js';
import { decodeEvent } from '../../sync/protocol/event-codec.js';
import type { MemoryDisk } from '../world/memory-disk.js';
import type { SeenEvent, SeenFrame } from './observations.js';

const NAME = /\/([0-9]{8})\.seg$/;

/** How far a segment was read. */
interface Place {
  readonly salt: string;
  readonly key: KeyObject;
  readonly statement: SegmentStatement;
  offset: number;
  index: number;
}

/** A frame, but for the machine that it is on. */
export type FoundFrame = Omit<SeenFrame, 'machine' | 'type'>;

/** See the head of this file. */
export class DurableFrames {
  readonly #key: KeyObject;
  readonly #folder: string;
  readonly #places: Map<string, Place>;

  /** `before` has read an image of the same disk: what it read is not read again. */
  constructor(key: Uint8Array, folder: string, before: DurableFrames | null = null) {
    this.#key = journalKey(key);
    this.#folder = folder;
    this.#places = new Map();
    if (before !== null) for (const [path, place] of before.#places) this.#places.set(path, { ...place });
  }

  /** Frames that are durable now and were not before, after `path` (a file or the folder) became durable. */
  *read(disk: MemoryDisk, path: string): Generator<FoundFrame> {
    if (path === this.#folder) for (const file of disk.durableFiles()) yield* this.#readFile(disk, file);
    else yield* this.#readFile(disk, path);
  }

  *#readFile(disk: MemoryDisk, path: string): Generator<FoundFrame> {
    const segment = Number(NAME.exec(path)?.[1] ?? 0);
    if (segment === 0 || !path.startsWith(this.#folder)) return;
    const bytes = disk.durable(path);
    if (bytes === null || bytes.length < HEAD_BYTES) return;
    const place = this.#placeOf(path, segment, bytes);
    if (place === null) return;
    for (;;) {
      const reading = readFrame({ key: place.key, segment }, bytes, place.offset);
      if (!isFrame(reading) || reading.index !== place.index) return;
      place.offset = reading.end;
      place.index += 1;
      yield foundFrame(segment, place.statement, reading);
    }
  }

  #placeOf(path: string, segment: number, bytes: Uint8Array): Place | null {
    const salt = Buffer.from(bytes.subarray(16, 32)).toString('hex');
    const known = this.#places.get(path);
    // The salt in the head may be spoilt while the segment is the same: what was read before stays read.
    if (known !== undefined && known.salt === salt) return known;
    const reading = readHead(this.#key, segment, bytes.subarray(0, HEAD_BYTES));
    if (reading.state !== 'ok') return known ?? null;
    const found = Buffer.from(reading.head.salt).toString('hex');
    if (known !== undefined && known.salt === found) return known;
    const place: Place = {
      salt: found,
      key: segmentKey(this.#key, reading.head.salt),
      statement: reading.head.statement,
      offset: HEAD_BYTES,
      index: 0,
    };
    this.#places.set(path, place);
    return place;
  }
}

function foundFrame(segment: number, { epoch }: SegmentStatement, frame: Frame): FoundFrame {
  const content = decodeContent(frame.content);
  const events: SeenEvent[] = [];
  let before = content.headBefore;
  for (const entry of content.entries) {
    if (entry.kind !== 'event' || before === null) continue;
    const chained = chainEvent(epoch, { seq: entry.seq - 1, head: before }, entry.bytes);
    events.push({
      seq: entry.seq,
      bytes: hex(entry.bytes),
      bodyHash: hex(chained.bodyHash),
      before: hex(before),
      head: hex(chained.head),
      event: decodeEvent(entry.bytes),
    });
    before = chained.head;
  }
  const { previous } = epoch;
  return {
    segment,
    index: frame.index,
    epoch: epoch.name,
    base: hex(epoch.base),
    previous: previous === null ? null : { epoch: previous.epoch, seq: previous.seq, head: hex(previous.head) },
    timeMs: content.timeMs,
    entries: content.entries,
    events,
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
