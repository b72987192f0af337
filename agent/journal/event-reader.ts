/** Reads events of the past from the segments. */
import type { KeyObject } from 'node:crypto';
import { sameBytes } from '../credential/cbor.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { ChainedEvent } from '../domain/event.js';
import type { Disk, DiskFile } from './disk.js';
import { decodeContent } from './entries/entry-codec.js';
import type { EventPlace } from './event-index.js';
import type { History } from './history.js';
import {
  FRAME_CONTENT_BYTES_MAX,
  type Frame,
  type FrameContext,
  findFrame,
  frameBytes,
  isFrame,
  readFrame,
} from './segments/frame.js';
import { segmentName } from './segments/segment-files.js';
import { segmentKey } from './segments/segment-head.js';
import { ioError } from './segments/segment-writer.js';
import { chainEvent, type EpochState } from './state.js';

/** Bytes that are read at a time. */
const CHUNK_BYTES = 64 * 1024;

/** How much {@link EventReader.read} gives at most. */
export interface ReadLimits {
  readonly countMax: number;
  readonly bytesMax: number;
}

/** A frame with where it begins in its segment. */
interface PlacedFrame {
  readonly frame: Frame;
  readonly offset: number;
}

/** An event with the head of the chain before it. */
interface PlacedEvent {
  readonly event: ChainedEvent;
  readonly headBefore: Uint8Array;
}

/** Where the segments are, and what is known of them. */
export interface ReaderParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly key: KeyObject;
  readonly history: History;
  /** Called when something durable cannot be read any more. */
  readonly doubt: () => void;
}

/** Reads what is durable, beside the writer. */
export class EventReader {
  readonly #parts: ReaderParts;
  /** The last frame that was read from: whoever reads one run after another need not search each time. */
  #recent: { readonly epoch: string; readonly place: EventPlace } | null = null;
  /** The key of the segment that was read last. */
  #recentKey: { readonly salt: Uint8Array; readonly key: KeyObject } | null = null;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
  }

  /** See `JournalReader.readEvents`. Rejects with `ERR_JOURNAL_DAMAGED` or `ERR_JOURNAL_IO`. */
  async read(epoch: string, fromSeq: number, limits: ReadLimits): Promise<readonly ChainedEvent[]> {
    const known = this.#parts.history.state.epochs.get(epoch);
    if (known === undefined || fromSeq < 1 || fromSeq > known.lastSeq || isGone(known, fromSeq)) return [];
    const events: ChainedEvent[] = [];
    let bytes = 0;
    for await (const { event } of this.#from(known, fromSeq)) {
      bytes += event.bytes.length;
      if (event.seq !== fromSeq + events.length || (events.length > 0 && bytes > limits.bytesMax)) break;
      events.push(event);
      if (events.length >= limits.countMax) break;
    }
    // It may have been pruned while it was being read.
    if (events.length === 0 && !isPruned(known, fromSeq)) throw this.#damaged();
    return events;
  }

  /** See `JournalReader.headAt`. Rejects like {@link read}. */
  async headAt(epoch: string, seq: number): Promise<Uint8Array | null> {
    const known = this.#parts.history.state.epochs.get(epoch);
    if (known === undefined || seq < 0 || seq > known.lastSeq) return null;
    if (known.pruned !== null && seq <= known.pruned.seq) return seq === known.pruned.seq ? known.pruned.head : null;
    if (seq === 0) return known.base;
    if (seq === known.lastSeq) return known.head;
    // The frame behind the event tells it too, so it is known for an event that is missing just before one that is not.
    const missing = isMissing(known, seq);
    if (missing && isMissing(known, seq + 1)) return null;
    for await (const { event, headBefore } of this.#from(known, missing ? seq + 1 : seq)) {
      if (event.seq === seq) return event.head;
      if (!missing) this.#parts.doubt();
      if (event.seq === seq + 1) return headBefore;
      break;
    }
    if (isPruned(known, seq)) return null;
    throw this.#damaged();
  }

  /** Events from `fromSeq` on, in order, as far as they can be read. */
  async *#from(epoch: EpochState, fromSeq: number): AsyncGenerator<PlacedEvent> {
    let wanted = fromSeq;
    let place = this.#find(epoch.name, wanted);
    while (place !== null) {
      const { segment } = place;
      for await (const { frame, offset } of this.#frames(place)) {
        const placed = eventsOf(epoch, frame, wanted);
        const [first] = placed;
        if (first !== undefined) this.#recent = { epoch: epoch.name, place: { seq: first.event.seq, segment, offset } };
        for (const one of placed) {
          if (one.event.seq < wanted) continue;
          yield one;
          wanted = one.event.seq + 1;
        }
      }
      const next = wanted > epoch.lastSeq ? null : this.#parts.history.index.find(epoch.name, wanted);
      // The same place again means that reading stopped short of what should be there.
      place = next === null || (next.segment === place.segment && next.offset <= place.offset) ? null : next;
    }
  }

  #find(epoch: string, seq: number): EventPlace | null {
    const indexed = this.#parts.history.index.find(epoch, seq);
    const recent = this.#recent?.epoch === epoch && this.#recent.place.seq <= seq ? this.#recent.place : null;
    return recent !== null && recent.seq > (indexed?.seq ?? 0) ? recent : indexed;
  }

  /** The frames of a segment from a place on, up to its end, without those that cannot be read. */
  async *#frames(place: EventPlace): AsyncGenerator<PlacedFrame> {
    const { disk, folder, history } = this.#parts;
    const record = history.segments.get(place.segment);
    // Pruned a moment ago, like a file that is not there any more.
    if (record === undefined) return;
    const context = { key: this.#keyFor(record.salt), segment: place.segment };
    let file: DiskFile;
    try {
      file = await disk.open(`${folder}/${segmentName(place.segment)}`, 'read');
    } catch (error) {
      if (!history.segments.has(place.segment)) return;
      throw this.#damaged(error);
    }
    try {
      yield* framesIn(file, context, { offset: place.offset, endBytes: record.end.endBytes });
    } catch (error) {
      if (!isWaslError(error)) this.#parts.doubt();
      throw ioError(error);
    } finally {
      await file.close();
    }
  }

  /** Deriving it costs more than reading what came since the last time. */
  #keyFor(salt: Uint8Array): KeyObject {
    if (this.#recentKey === null || !sameBytes(this.#recentKey.salt, salt))
      this.#recentKey = { salt, key: segmentKey(this.#parts.key, salt) };
    return this.#recentKey.key;
  }

  #damaged(cause?: unknown): WaslError {
    this.#parts.doubt();
    return new WaslError('ERR_JOURNAL_DAMAGED', undefined, { cause });
  }
}

async function* framesIn(
  file: DiskFile,
  context: FrameContext,
  range: { readonly offset: number; readonly endBytes: number },
): AsyncGenerator<PlacedFrame> {
  let at = range.offset;
  let sizeMax = CHUNK_BYTES;
  while (at < range.endBytes) {
    const chunk = await file.read(at, Math.min(sizeMax, range.endBytes - at));
    let used = 0;
    for (;;) {
      const reading = readFrame(context, chunk, used);
      if (!isFrame(reading)) break;
      yield { frame: reading, offset: at + used };
      used = reading.end;
    }
    // The frame at the end of the chunk may be cut off there; if it still cannot be read with room enough, it is damaged.
    if (used === 0 && sizeMax > CHUNK_BYTES) {
      const sound = await soundFrameBehind(file, context, { offset: at + 1, endBytes: range.endBytes });
      if (sound === null) return;
      at = sound;
    }
    sizeMax = used === 0 && sizeMax === CHUNK_BYTES ? frameBytes(FRAME_CONTENT_BYTES_MAX) : CHUNK_BYTES;
    at += used;
  }
}

/** Where the next frame that can be read begins; null when there is none. A segment is small enough to be looked through at once. */
async function soundFrameBehind(
  file: DiskFile,
  context: FrameContext,
  { offset, endBytes }: { readonly offset: number; readonly endBytes: number },
): Promise<number | null> {
  const rest = await file.read(offset, endBytes - offset);
  const found = findFrame(context, rest, { from: 0, indexAbove: -1 });
  return found === null ? null : offset + found.offset;
}

/** The events of a frame; none when all of them are before `wanted`, so that they need not be hashed. */
function eventsOf(epoch: EpochState, frame: Frame, wanted: number): PlacedEvent[] {
  const content = decodeContent(frame.content);
  const entries = content.entries.filter((entry) => entry.kind === 'event');
  if ((entries.at(-1)?.seq ?? 0) < wanted) return [];
  const placed: PlacedEvent[] = [];
  let headBefore = content.headBefore;
  for (const entry of entries) {
    if (headBefore === null) break;
    const event = chainEvent(epoch, { seq: entry.seq - 1, head: headBefore }, entry.bytes);
    placed.push({ event, headBefore });
    headBefore = event.head;
  }
  return placed;
}

function isGone(epoch: EpochState, seq: number): boolean {
  return isMissing(epoch, seq) || isPruned(epoch, seq);
}

function isPruned(epoch: EpochState, seq: number): boolean {
  return epoch.pruned !== null && seq <= epoch.pruned.seq;
}

function isMissing(epoch: EpochState, seq: number): boolean {
  return epoch.missing.some((range) => range.first <= seq && seq <= range.last);
}
