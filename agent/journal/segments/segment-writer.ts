/**
 * The segment that is being written. One life of the process writes to segments that it began itself, and to no other.
 *
 *   head (1 KiB) → sync → name in the folder → sync → room (zeros) → frames → sync → frames → sync → …
 *
 * Room is written ahead as zeros and made durable with the frames, so that frames go where the file system has blocks already: they
 * cannot meet a full disk, and a flush need not write the file's size.
 */
import type { KeyObject } from 'node:crypto';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { type Disk, type DiskFile, isFull, removeIfThere } from '../disk.js';
import { SEAL_TAG_BYTES } from '../keys.js';
import { encodeFrame, frameBytes } from './frame.js';
import { segmentName } from './segment-files.js';
import { encodeHead, HEAD_BYTES, NO_LINK, type SegmentHead, type SegmentLink, segmentKey } from './segment-head.js';

/** Zeros are written in pieces of this size. */
const ZEROS = 64 * 1024;

/** Where a frame was written. */
export interface WrittenFrame {
  readonly offset: number;
}

/** What a segment is begun with. */
export interface SegmentPlan {
  readonly disk: Disk;
  readonly folder: string;
  readonly key: KeyObject;
  readonly head: SegmentHead;
  /** Room that it must have at once. */
  readonly roomBytes: number;
}

/**
 * An open segment. After a call rejected with `ERR_JOURNAL_IO` nothing about the file is certain, and it is not to be used again
 * (what an `fsync` failed to write may be gone from the cache, so that a second one that succeeds proves nothing).
 */
export class SegmentWriter {
  readonly segment: number;
  readonly salt: Uint8Array;
  readonly #file: DiskFile;
  readonly #key: KeyObject;
  #end: SegmentLink = { ...NO_LINK, endBytes: HEAD_BYTES };
  /** Size of the file: what is behind the end is room. */
  #fileBytes = HEAD_BYTES;

  private constructor(file: DiskFile, key: KeyObject, head: SegmentHead) {
    this.#file = file;
    this.segment = head.segment;
    this.salt = head.salt;
    this.#key = segmentKey(key, head.salt);
  }

  /** Begins a segment. Rejects with `ERR_JOURNAL_SPACE`, leaving no file behind, or `ERR_JOURNAL_IO`. */
  static async create(plan: SegmentPlan): Promise<SegmentWriter> {
    const { disk, folder, head } = plan;
    const path = `${folder}/${segmentName(head.segment)}`;
    let file: DiskFile | null = null;
    try {
      file = await disk.open(path, 'create');
      await file.write(0, encodeHead(plan.key, head));
      await file.sync();
      await disk.syncFolder(folder);
      const writer = new SegmentWriter(file, plan.key, head);
      await writer.makeRoom(plan.roomBytes);
      return writer;
    } catch (error) {
      await file?.close().catch(() => undefined);
      if (!isFull(error) && !isWaslError(error, 'ERR_JOURNAL_SPACE')) throw ioError(error);
      await removeSegment(disk, folder, head.segment);
      throw spaceError(error);
    }
  }

  /** Where it ends. */
  get end(): SegmentLink {
    return this.#end;
  }

  /** Bytes that can be written without asking the disk for more. */
  get roomBytes(): number {
    return this.#fileBytes - this.#end.endBytes;
  }

  /** Sees to it that there is room for so many bytes. Rejects with `ERR_JOURNAL_SPACE`, having taken nothing, or `ERR_JOURNAL_IO`. */
  async makeRoom(bytes: number): Promise<void> {
    const target = this.#end.endBytes + bytes;
    if (target <= this.#fileBytes) return;
    try {
      for (let at = this.#fileBytes; at < target; at += ZEROS) {
        await this.#file.write(at, new Uint8Array(Math.min(ZEROS, target - at)));
      }
      this.#fileBytes = target;
    } catch (error) {
      if (!isFull(error)) throw ioError(error);
      await this.#cutBack(this.#fileBytes);
      throw spaceError(error);
    }
  }

  /**
   * Writes frames with these contents, in order, and makes them durable: one flush. There is room for them. On `ERR_JOURNAL_SPACE`
   * (a file system that needs new blocks to overwrite) what was written of them has been cut off again.
   */
  async write(contents: readonly Uint8Array[]): Promise<readonly WrittenFrame[]> {
    const group = this.#end.frames;
    const context = { key: this.#key, segment: this.segment };
    const frames = contents.map((content, i) => encodeFrame(context, { index: group + i, group }, content));
    const [only] = frames;
    const bytes = frames.length === 1 && only !== undefined ? only : Buffer.concat(frames);
    const start = this.#end.endBytes;
    try {
      await this.#file.write(start, bytes);
    } catch (error) {
      if (!isFull(error)) throw ioError(error);
      // Whole frames may be among what was written: they must be gone before anybody is told that nothing was recorded.
      await this.#cutBack(start);
      await this.#sync();
      throw spaceError(error);
    }
    try {
      await this.#sync();
    } catch (error) {
      // The frames are in the cache and count as written back, though they never reached the medium: whoever opens the journal next
      // would read them, and build on what the next power cut takes away. Nobody was told of them, so they may go.
      await this.#cutBack(start).catch(() => undefined);
      throw error;
    }
    this.#fileBytes = Math.max(this.#fileBytes, start + bytes.length);
    this.#end = { endBytes: start + bytes.length, frames: group + frames.length, tag: bytes.subarray(-SEAL_TAG_BYTES) };
    let offset = start;
    return frames.map((frame) => {
      const written = { offset };
      offset += frame.length;
      return written;
    });
  }

  async #sync(): Promise<void> {
    try {
      await this.#file.sync();
    } catch (error) {
      throw ioError(error);
    }
  }

  /** Gives back the room that was not used, and closes the file. Everything in it is durable already. */
  async finish(): Promise<void> {
    try {
      if (this.roomBytes > 0) await this.#file.truncate(this.#end.endBytes);
      await this.#file.sync();
    } catch (error) {
      throw ioError(error);
    } finally {
      await this.#file.close();
    }
  }

  /** Closes the file as it is, for when nothing more can be done with it. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }

  async #cutBack(length: number): Promise<void> {
    try {
      await this.#file.truncate(length);
      this.#fileBytes = length;
    } catch (error) {
      throw ioError(error);
    }
  }
}

/** Bytes that frames with contents of these sizes take up. */
export function bytesOf(contents: readonly Uint8Array[]): number {
  return contents.reduce((sum, content) => sum + frameBytes(content.length), 0);
}

/** What a fault of the disk means for the journal: `ERR_JOURNAL_IO`, or the {@link WaslError} that it is already. */
export function ioError(error: unknown): WaslError {
  return error instanceof WaslError ? error : new WaslError('ERR_JOURNAL_IO', undefined, { cause: error });
}

function spaceError(error: unknown): WaslError {
  return error instanceof WaslError ? error : new WaslError('ERR_JOURNAL_SPACE', undefined, { cause: error });
}

/** Removes a segment that came to nothing, since the next attempt takes its number. Rejects with `ERR_JOURNAL_IO`. */
export async function removeSegment(disk: Disk, folder: string, segment: number): Promise<void> {
  try {
    await removeIfThere(disk, `${folder}/${segmentName(segment)}`);
    await disk.syncFolder(folder);
  } catch (error) {
    throw ioError(error);
  }
}
