/** Reads a whole segment and says what in it is sound, what is torn and what is damaged. Pure. */
import type { DamageReason } from '../damage.js';
import { SEAL_TAG_BYTES } from '../keys.js';
import { type Frame, type FrameContext, type FrameFault, findFrame, isFrame, readFrame } from './frame.js';
import { HEAD_BYTES, NO_LINK, type SegmentLink } from './segment-head.js';

/** A stretch without a frame where frames had been. */
export interface ScannedGap {
  readonly fromByte: number;
  readonly toByte: number;
  readonly reason: DamageReason;
}

/** A stretch of a segment, in order. */
export type ScannedPart = Frame | ScannedGap;

/** True for a stretch without a frame. */
export function isGap(part: ScannedPart): part is ScannedGap {
  return 'reason' in part;
}

/** What else is known about a segment. */
export interface ScanBounds {
  /** Everything before this offset is known to have been on the medium: what is not sound there is damage, never a torn write. */
  readonly durableBytes: number;
  /** What stands from this offset on was never reported durable, and is not looked at. */
  readonly limitBytes: number;
  /** Stretches that the disk could not read, ascending; they read as zeros. */
  readonly unreadable?: readonly { readonly fromByte: number; readonly toByte: number }[];
  /** Where to begin: what is before was read at an earlier time. Default: behind the head. */
  readonly from?: SegmentLink;
}

/** A segment as it was found. */
export interface SegmentScan {
  readonly parts: readonly ScannedPart[];
  /** Where it ends: the bytes after that are torn, or room that was never used. */
  readonly end: SegmentLink;
  /** Bytes of a torn write after the end. */
  readonly tornBytes: number;
}

/**
 * Scans `bytes`, the whole file of a segment whose head is sound, from its first frame on.
 *
 * A bad stretch is damage when something shows that it had been sound: `durableBytes`, or a frame behind it that was written in a
 * later flush. Else it is the torn end of the last flush, of which nothing was reported durable: all of that flush from there on is
 * dropped, sound frames included, since sectors of one flush reach the medium in any order.
 */
export function scanSegment(context: FrameContext, bytes: Uint8Array, bounds: ScanBounds): SegmentScan {
  const limit = Math.min(bytes.length, bounds.limitBytes);
  const parts = partsOf(context, bytes.subarray(0, limit), bounds);
  const newestGroup = lastFrame(parts)?.group ?? 0;
  let indexBefore = (bounds.from?.frames ?? 0) - 1;
  const kept: ScannedPart[] = [];
  for (const part of parts) {
    if (!isGap(part)) indexBefore = part.index;
    else if (part.fromByte >= bounds.durableBytes && newestGroup <= indexBefore + 1) break;
    kept.push(part);
  }
  const end = endOf(kept, bytes, bounds.from);
  return { parts: kept, end, tornBytes: Math.max(0, usedBytes(bytes.subarray(0, limit)) - end.endBytes) };
}

/** Offset after the last byte that is not zero: segments are filled with zeros ahead of what is written. */
export function usedBytes(bytes: Uint8Array): number {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return end;
}

function partsOf(context: FrameContext, bytes: Uint8Array, bounds: ScanBounds): ScannedPart[] {
  const parts: ScannedPart[] = [];
  let offset = bounds.from?.endBytes ?? HEAD_BYTES;
  let index = (bounds.from?.frames ?? 0) - 1;
  // A frame ends in a tag, which may end in zeros: so many zeros after the last other byte may belong to it.
  const used = usedBytes(bytes);
  const within = bytes.subarray(0, Math.max(used + SEAL_TAG_BYTES, bounds.durableBytes));
  while (offset < Math.max(used, bounds.durableBytes)) {
    const reading = readFrame(context, within, offset);
    if (isFrame(reading) && reading.index === index + 1) {
      parts.push(reading);
      offset = reading.end;
      index += 1;
      continue;
    }
    const next = findFrame(context, within, { from: offset, indexAbove: index });
    const toByte = next?.offset ?? Math.max(used, bounds.durableBytes);
    const reason = reasonFor({ fromByte: offset, toByte }, isFrame(reading) ? 'frame' : reading, bounds);
    parts.push({ fromByte: offset, toByte, reason });
    if (next === null) break;
    offset = next.offset;
    index = next.index - 1;
  }
  return parts;
}

function reasonFor(gap: { fromByte: number; toByte: number }, fault: FrameFault, bounds: ScanBounds): DamageReason {
  const unreadable = (bounds.unreadable ?? []).some(
    (range) => range.fromByte < gap.toByte && range.toByte > gap.fromByte,
  );
  return unreadable ? 'unreadable' : fault;
}

function endOf(
  parts: readonly ScannedPart[],
  bytes: Uint8Array,
  from: SegmentLink = { ...NO_LINK, endBytes: HEAD_BYTES },
): SegmentLink {
  const last = parts.at(-1);
  if (last === undefined) return from;
  const endBytes = isGap(last) ? last.toByte : last.end;
  const frame = lastFrame(parts);
  if (frame === null) return { ...from, endBytes };
  return { endBytes, frames: frame.index + 1, tag: bytes.slice(frame.end - SEAL_TAG_BYTES, frame.end) };
}

function lastFrame(parts: readonly ScannedPart[]): Frame | null {
  for (let i = parts.length - 1; i >= 0; i -= 1) {
    const part = parts[i];
    if (part !== undefined && !isGap(part)) return part;
  }
  return null;
}
