/**
 * Frames: what a segment consists of after its head. Pure. Layout in `docs/formats/journal.md`:
 *
 *   length u32 | crc u32 | index u32 | group u32 | sealed content
 *
 * `length` counts what follows the crc; the crc (CRC-32 of zlib) covers the length and all that it counts. `index` numbers the frames
 * of a segment from 0. `group` is the index of the first frame that was written in the same flush: everything before it was on the
 * medium before this frame was written, which is what tells a torn write from damage.
 */
import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { NONCE_BYTES, openBytes, SEAL_TAG_BYTES, type SealContext, sealBytes } from '../keys.js';

/** Bytes of a frame before its sealed content. */
export const FRAME_HEADER_BYTES = 16;

/** Bytes of a frame besides its content. */
export const FRAME_OVERHEAD_BYTES = FRAME_HEADER_BYTES + SEAL_TAG_BYTES;

/** Largest content of a frame. */
export const FRAME_CONTENT_BYTES_MAX = 256 * 1024;

/** Highest index of a frame: no segment is ever large enough for more. */
export const FRAME_INDEX_MAX = (1 << 22) - 1;

/** Index that no frame has: its nonce seals the statement in the head of the segment. */
export const STATEMENT_INDEX = 0xffff_ffff;

const LENGTH_BYTES = 4;
const CRC_END = 8;
const LENGTH_MIN = FRAME_HEADER_BYTES - CRC_END + SEAL_TAG_BYTES;
const LENGTH_MAX = LENGTH_MIN + FRAME_CONTENT_BYTES_MAX;

/** The segment that frames belong to. */
export interface FrameContext {
  /** Key of this segment alone. */
  readonly key: KeyObject;
  readonly segment: number;
}

/** Where a frame stands in its segment. */
export interface FramePlace {
  readonly index: number;
  /** Index of the first frame of the same flush. */
  readonly group: number;
}

/** A frame that was read. */
export interface Frame extends FramePlace {
  readonly content: Uint8Array;
  readonly offset: number;
  /** Offset of the first byte after it. */
  readonly end: number;
}

/** Why there is no frame at an offset. `seal`: its bytes are as they were written, but not by us, not here, or not at this place. */
export type FrameFault = 'frame' | 'seal';

/** What {@link readFrame} found. */
export type FrameReading = Frame | FrameFault;

/** True when there was a frame. */
export function isFrame(reading: FrameReading): reading is Frame {
  return typeof reading !== 'string';
}

/** The bytes of a frame. `content` has at most {@link FRAME_CONTENT_BYTES_MAX} bytes. */
export function encodeFrame(context: FrameContext, place: FramePlace, content: Uint8Array): Uint8Array {
  const bytes = sealBytes(sealFor(context, place), content, FRAME_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bytes.length - CRC_END);
  view.setUint32(8, place.index);
  view.setUint32(12, place.group);
  view.setUint32(4, crcOf(bytes, 0, bytes.length));
  return bytes;
}

/** Bytes that a frame with content of this size takes up. */
export function frameBytes(contentBytes: number): number {
  return FRAME_OVERHEAD_BYTES + contentBytes;
}

/** Reads the frame at `offset`. Never throws. */
export function readFrame(context: FrameContext, bytes: Uint8Array, offset: number): FrameReading {
  const end = frameEnd(bytes, offset);
  if (end === null) return 'frame';
  const index = u32At(bytes, offset + CRC_END);
  const group = u32At(bytes, offset + CRC_END + 4);
  if (group > index || u32At(bytes, offset + LENGTH_BYTES) !== crcOf(bytes, offset, end)) return 'frame';
  const content = openBytes(sealFor(context, { index, group }), bytes.subarray(offset + FRAME_HEADER_BYTES, end));
  return content === null ? 'seal' : { index, group, content, offset, end };
}

/** Bytes that must be at hand to read the frame at `offset`, from its length; null when no frame can stand there. */
export function frameEnd(bytes: Uint8Array, offset: number): number | null {
  if (offset + FRAME_OVERHEAD_BYTES > bytes.length) return null;
  const length = u32At(bytes, offset);
  if (length < LENGTH_MIN || length > LENGTH_MAX) return null;
  const end = offset + CRC_END + length;
  return end > bytes.length ? null : end;
}

/**
 * The next place from `at.from` on at which a whole frame stands whose index is above `at.indexAbove`, or null. For finding the way
 * again behind damage: the bounds on length and index rule out nearly every offset without computing a checksum.
 */
export function findFrame(
  context: FrameContext,
  bytes: Uint8Array,
  at: { readonly from: number; readonly indexAbove: number },
): { readonly offset: number; readonly index: number } | null {
  const view = viewOf(bytes);
  for (let offset = at.from; offset + FRAME_OVERHEAD_BYTES <= bytes.length; offset += 1) {
    const length = view.getUint32(offset);
    if (length < LENGTH_MIN || length > LENGTH_MAX || offset + CRC_END + length > bytes.length) continue;
    const index = view.getUint32(offset + CRC_END);
    if (index <= at.indexAbove || index > FRAME_INDEX_MAX) continue;
    if (isFrame(readFrame(context, bytes, offset))) return { offset, index };
  }
  return null;
}

function sealFor(context: FrameContext, place: FramePlace): SealContext {
  const bound = new Uint8Array(12);
  putU32(bound, 0, context.segment);
  putU32(bound, 4, place.index);
  putU32(bound, 8, place.group);
  return { key: context.key, nonce: frameNonce(place.index), bound };
}

/** The nonce of a frame: eight zero bytes, then its index. Unique under the key, which belongs to one segment of one process. */
export function frameNonce(index: number): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES);
  putU32(nonce, 8, index);
  return nonce;
}

function crcOf(bytes: Uint8Array, start: number, end: number): number {
  return crc32(bytes.subarray(start + CRC_END, end), crc32(bytes.subarray(start, start + LENGTH_BYTES)));
}

/** Big-endian. A view for each frame would cost more than reading it. */
function u32At(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  return high * 256 + (bytes[at + 3] ?? 0);
}

function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
