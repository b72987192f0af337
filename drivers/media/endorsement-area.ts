/**
 * The area of a tag for an endorsement: framed like a ledger slot, so that a cut write is seen.
 *
 *   page 0      CRC-32 (ISO-HDLC, big-endian) over everything after it; written last
 *   page 1      version 1, 0, length of the endorsement (16 bits, big-endian)
 *   page 2 …    the endorsement, then zeros up to the page
 */
import { crc32 } from 'node:zlib';
import type { EndorsementPlace } from '../medium.js';

const PAGE_BYTES = 4;
const VERSION = 1;

/** Bytes of the area before the endorsement. */
export const AREA_HEADER_BYTES = 2 * PAGE_BYTES;

/** The content of the area for an endorsement. */
export function encodeArea(endorsement: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil((AREA_HEADER_BYTES + endorsement.length) / PAGE_BYTES) * PAGE_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[PAGE_BYTES] = VERSION;
  view.setUint16(PAGE_BYTES + 2, endorsement.length);
  bytes.set(endorsement, AREA_HEADER_BYTES);
  view.setUint32(0, crc32(bytes.subarray(PAGE_BYTES)));
  return bytes;
}

/** Bytes that the area uses, from its header: 0 when it is empty, and all of it when the header makes no sense. */
export function areaBytesUsed(header: Uint8Array, areaBytes: number): number {
  if (header.every((byte) => byte === 0)) return 0;
  const length = ((header[PAGE_BYTES + 2] ?? 0) << 8) | (header[PAGE_BYTES + 3] ?? 0);
  return Math.min(areaBytes, Math.ceil((AREA_HEADER_BYTES + length) / PAGE_BYTES) * PAGE_BYTES);
}

/** What the bytes of an area hold, as many as {@link areaBytesUsed} says. A later version of the frame reads as damaged: what it says is not known. */
export function decodeArea(bytes: Uint8Array): EndorsementPlace {
  if (bytes.length < AREA_HEADER_BYTES || bytes.subarray(0, AREA_HEADER_BYTES).every((byte) => byte === 0)) {
    return { state: 'none' };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint16(PAGE_BYTES + 2);
  const end = Math.ceil((AREA_HEADER_BYTES + length) / PAGE_BYTES) * PAGE_BYTES;
  const isWhole =
    bytes[PAGE_BYTES] === VERSION &&
    bytes[PAGE_BYTES + 1] === 0 &&
    length > 0 &&
    end <= bytes.length &&
    view.getUint32(0) === crc32(bytes.subarray(PAGE_BYTES, end));
  if (!isWhole) return { state: 'damaged' };
  return { state: 'bytes', bytes: bytes.slice(AREA_HEADER_BYTES, AREA_HEADER_BYTES + length) };
}
