/**
 * The head of a segment: what it is keyed with, where the segment before it ends, and (sealed) where in the chain it begins. Pure.
 * Layout in `docs/formats/journal.md`. It is written twice, a sector each, and is on the medium before the first frame is written, so
 * a file that is longer than its head had a whole one, and one spoilt sector does not cost the segment.
 */
import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { sameBytes } from '../../credential/cbor.js';
import {
  deriveKey,
  FILE_SALT_BYTES,
  KEY_LABELS,
  macOf,
  openBytes,
  SEAL_TAG_BYTES,
  sameMac,
  sealBytes,
} from '../keys.js';
import { frameNonce, STATEMENT_INDEX } from './frame.js';
import { decodeStatement, encodeStatement, type SegmentStatement } from './statement.js';

/** Version of the segment format: of head, frames and entries together. */
export const SEGMENT_VERSION = 1;

/** Bytes of a segment before its first frame. */
export const HEAD_BYTES = 1024;

const COPY_BYTES = HEAD_BYTES / 2;
/** `WASLSEG`, then a line feed, which a transfer as text would spoil. */
const MAGIC = Uint8Array.of(0x57, 0x41, 0x53, 0x4c, 0x53, 0x45, 0x47, 0x0a);
const AT = {
  version: 8,
  sealedLength: 10,
  segment: 12,
  salt: 16,
  endBytes: 32,
  frames: 36,
  tag: 40,
  check: 56,
  sealed: 72,
} as const;
const CHECK_BYTES = AT.sealed - AT.check;
const CRC_AT = COPY_BYTES - 4;

/** Where the segment before ends. What stands in its file after that was never reported durable. */
export interface SegmentLink {
  /** Offset of the first byte after its last frame; 0 when there is no segment before, or its head cannot be read. */
  readonly endBytes: number;
  readonly frames: number;
  /** 16 bytes: the seal's tag of its last frame, zeros when it has none. Two segments of one number are told apart by it. */
  readonly tag: Uint8Array;
}

/** A head. */
export interface SegmentHead {
  readonly segment: number;
  /** 16 random bytes: no two segments share a key, whatever is restored or cloned. */
  readonly salt: Uint8Array;
  readonly link: SegmentLink;
  readonly statement: SegmentStatement;
}

/**
 * What stands at the beginning of a file. `bad`: no copy is whole. `key`: whole, but made under another key. `version`: from a newer
 * version of this software. `spoilt` is true when only one of the two copies is whole.
 */
export type HeadReading =
  | { readonly state: 'ok'; readonly head: SegmentHead; readonly spoilt: boolean }
  | { readonly state: 'bad' | 'key' | 'version' };

/** The link of a first segment. */
export const NO_LINK: SegmentLink = { endBytes: 0, frames: 0, tag: new Uint8Array(SEAL_TAG_BYTES) };

/** The key that the frames of a segment are sealed under. */
export function segmentKey(key: KeyObject, salt: Uint8Array): KeyObject {
  return deriveKey(key, KEY_LABELS.segment, salt);
}

/** The {@link HEAD_BYTES} bytes of a head. */
export function encodeHead(key: KeyObject, head: SegmentHead): Uint8Array {
  const copy = new Uint8Array(COPY_BYTES);
  const view = new DataView(copy.buffer);
  copy.set(MAGIC);
  view.setUint16(AT.version, SEGMENT_VERSION);
  const content = encodeStatement(head.statement);
  view.setUint16(AT.sealedLength, content.length + SEAL_TAG_BYTES);
  view.setUint32(AT.segment, head.segment);
  copy.set(head.salt, AT.salt);
  view.setUint32(AT.endBytes, head.link.endBytes);
  view.setUint32(AT.frames, head.link.frames);
  copy.set(head.link.tag, AT.tag);
  copy.set(checkOf(key, copy), AT.check);
  copy.set(sealBytes(statementSeal(key, copy), content), AT.sealed);
  view.setUint32(CRC_AT, crc32(copy.subarray(0, CRC_AT)));
  const bytes = new Uint8Array(HEAD_BYTES);
  bytes.set(copy);
  bytes.set(copy, COPY_BYTES);
  return bytes;
}

/** Reads the head at the beginning of `bytes` that a file called `segment` should have. Never throws. */
export function readHead(key: KeyObject, segment: number, bytes: Uint8Array): HeadReading {
  const [first, second] = [bytes.subarray(0, COPY_BYTES), bytes.subarray(COPY_BYTES, HEAD_BYTES)];
  const reading = readCopy(key, segment, first);
  if (reading.state === 'ok') return { ...reading, spoilt: !sameBytes(first, second) };
  const other = readCopy(key, segment, second);
  if (other.state === 'ok') return { ...other, spoilt: true };
  return reading.state === 'bad' ? other : reading;
}

function readCopy(key: KeyObject, segment: number, copy: Uint8Array): HeadReading {
  const bad: HeadReading = { state: 'bad' };
  if (copy.length !== COPY_BYTES || !MAGIC.every((byte, i) => copy[i] === byte)) return bad;
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  if (view.getUint32(CRC_AT) !== crc32(copy.subarray(0, CRC_AT))) return bad;
  const version = view.getUint16(AT.version);
  if (version > SEGMENT_VERSION) return { state: 'version' };
  const sealedEnd = AT.sealed + view.getUint16(AT.sealedLength);
  if (version !== SEGMENT_VERSION || view.getUint32(AT.segment) !== segment || sealedEnd > CRC_AT) return bad;
  if (!sameMac(checkOf(key, copy), copy.subarray(AT.check, AT.check + CHECK_BYTES))) return { state: 'key' };
  const content = openBytes(statementSeal(key, copy), copy.subarray(AT.sealed, sealedEnd));
  const statement = content === null ? null : decodeStatement(content);
  if (statement === null) return bad;
  const link = {
    endBytes: view.getUint32(AT.endBytes),
    frames: view.getUint32(AT.frames),
    tag: copy.slice(AT.tag, AT.check),
  };
  return { state: 'ok', head: { segment, salt: saltOf(copy), link, statement }, spoilt: false };
}

/** Shows that the key is the right one without opening anything, and that the fields in clear are as they were written. */
function checkOf(key: KeyObject, copy: Uint8Array): Uint8Array {
  return macOf(deriveKey(key, KEY_LABELS.head, saltOf(copy)), copy.subarray(0, AT.check), CHECK_BYTES);
}

function statementSeal(key: KeyObject, copy: Uint8Array): { key: KeyObject; nonce: Uint8Array; bound: Uint8Array } {
  return { key: segmentKey(key, saltOf(copy)), nonce: frameNonce(STATEMENT_INDEX), bound: copy.subarray(0, AT.sealed) };
}

function saltOf(copy: Uint8Array): Uint8Array {
  return copy.slice(AT.salt, AT.salt + FILE_SALT_BYTES);
}
