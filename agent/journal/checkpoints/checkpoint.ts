/**
 * A checkpoint: the folded state and the index up to a place in the segments, so that opening does not read everything again. It is
 * written whole and put in the place of the one before in one step. While nothing was pruned, a missing or damaged one costs time and
 * nothing else; a sound one behind damage also saves the state that the damaged frames had been folded into.
 */
import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Randomness } from '../../domain/clock.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { type Disk, readWhole, replaceFile } from '../disk.js';
import {
  deriveKey,
  FILE_SALT_BYTES,
  KEY_LABELS,
  NONCE_BYTES,
  openBytes,
  type SealContext,
  sealBytes,
} from '../keys.js';
import { CHECKPOINT_BYTES_MAX, type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint-codec.js';

/** Name of the checkpoint's file. */
export const CHECKPOINT_NAME = 'checkpoint';

/**
 * Version of the checkpoint format. Versions 2, which knows nothing of endorsements, 3, which knows the marks of rations alone, and 4, which knows nothing of payments,
 * are still read: pruning may rest on them.
 */
export const CHECKPOINT_VERSION = 7;
const READ_VERSIONS: readonly number[] = [2, 3, 4, 5, 6, CHECKPOINT_VERSION];

/** `WASLCKP`, then a line feed. */
const MAGIC = Uint8Array.of(0x57, 0x41, 0x53, 0x4c, 0x43, 0x4b, 0x50, 0x0a);
const SALT_AT = 12;
const CRC_AT = SALT_AT + FILE_SALT_BYTES;
const HEADER_BYTES = CRC_AT + 4;

/** Where a checkpoint is kept. */
export interface CheckpointPlace {
  readonly disk: Disk;
  readonly folder: string;
  readonly name: string;
}

/** Reads a checkpoint; null when there is none that is whole, of a version that is read and made under this key; `newer` for one that newer software wrote. */
export async function readCheckpoint(place: CheckpointPlace, key: KeyObject): Promise<Checkpoint | 'newer' | null> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readWhole(place.disk, `${place.folder}/${place.name}`, CHECKPOINT_BYTES_MAX);
  } catch {
    return null;
  }
  if (bytes === null) return null;
  return versionOf(bytes) > CHECKPOINT_VERSION ? 'newer' : openCheckpoint(key, bytes);
}

/** Version of a checkpoint whose bytes are as they were written; 0 for anything else. */
function versionOf(bytes: Uint8Array): number {
  if (bytes.length < HEADER_BYTES || !MAGIC.every((byte, i) => bytes[i] === byte)) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const crc = crc32(bytes.subarray(HEADER_BYTES), crc32(bytes.subarray(0, CRC_AT)));
  return view.getUint32(CRC_AT) === crc ? view.getUint32(8) : 0;
}

/** What {@link sealCheckpoint} made; null for bytes that are not whole, of a version that is not read or made under another key. */
export function openCheckpoint(key: KeyObject, bytes: Uint8Array): Checkpoint | null {
  if (!READ_VERSIONS.includes(versionOf(bytes))) return null;
  const content = openBytes(sealFor(key, bytes.subarray(0, CRC_AT)), bytes.subarray(HEADER_BYTES));
  if (content === null) return null;
  try {
    return decodeCheckpoint(content);
  } catch (error) {
    if (isWaslError(error)) return null;
    throw error;
  }
}

/** The bytes of a checkpoint's file, as of now: what is changed in the history later is not in them. */
export function sealCheckpoint(key: KeyObject, checkpoint: Checkpoint, random: Randomness): Uint8Array {
  const header = new Uint8Array(CRC_AT);
  header.set(MAGIC);
  new DataView(header.buffer).setUint32(8, CHECKPOINT_VERSION);
  header.set(random.bytes(FILE_SALT_BYTES), SALT_AT);
  const sealed = sealBytes(sealFor(key, header), encodeCheckpoint(checkpoint));
  const crc = new Uint8Array(4);
  new DataView(crc.buffer).setUint32(0, crc32(sealed, crc32(header)));
  return Buffer.concat([header, crc, sealed]);
}

/**
 * Puts a checkpoint in the place of the one before. Rejects with what the disk reported, or with `ERR_JOURNAL_SPACE` for one that no
 * reader would take; the one before then stands.
 */
export async function writeCheckpoint({ disk, folder, name }: CheckpointPlace, bytes: Uint8Array): Promise<void> {
  if (bytes.length > CHECKPOINT_BYTES_MAX) throw new WaslError('ERR_JOURNAL_SPACE', 'the checkpoint is too large');
  await replaceFile(disk, { folder, name }, bytes);
}

/** The key belongs to the salt of one file, so a fixed nonce is used once. */
function sealFor(key: KeyObject, header: Uint8Array): SealContext {
  const salt = header.subarray(SALT_AT, SALT_AT + FILE_SALT_BYTES);
  return { key: deriveKey(key, KEY_LABELS.checkpoint, salt), nonce: new Uint8Array(NONCE_BYTES), bound: header };
}
