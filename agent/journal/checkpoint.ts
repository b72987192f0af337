/**
 * The checkpoint: the folded state and the index up to a place in the segments, so that opening does not read everything again. It is
 * written whole and put in the place of the one before in one step. A missing or damaged one costs time and nothing else; a sound one
 * behind damage also saves the state that the damaged frames had been folded into.
 */
import type { KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Randomness } from '../domain/clock.js';
import { isWaslError } from '../domain/errors.js';
import { CHECKPOINT_BYTES_MAX, type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint-codec.js';
import { type Disk, readWhole, replaceFile } from './disk.js';
import { deriveKey, FILE_SALT_BYTES, KEY_LABELS, NONCE_BYTES, openBytes, type SealContext, sealBytes } from './keys.js';

/** Name of the checkpoint's file. */
export const CHECKPOINT_NAME = 'checkpoint';

/** Version of the checkpoint format. One of another version is not read, which costs time only. */
export const CHECKPOINT_VERSION = 1;

/** `WASLCKP`, then a line feed. */
const MAGIC = Uint8Array.of(0x57, 0x41, 0x53, 0x4c, 0x43, 0x4b, 0x50, 0x0a);
const SALT_AT = 12;
const CRC_AT = SALT_AT + FILE_SALT_BYTES;
const HEADER_BYTES = CRC_AT + 4;

/** Reads the checkpoint in a folder; null when there is none that is whole, of this version and made under this key. */
export async function readCheckpoint(disk: Disk, folder: string, key: KeyObject): Promise<Checkpoint | null> {
  let bytes: Uint8Array | null;
  try {
    bytes = await readWhole(disk, `${folder}/${CHECKPOINT_NAME}`, CHECKPOINT_BYTES_MAX);
  } catch {
    return null;
  }
  if (bytes === null || bytes.length < HEADER_BYTES || !MAGIC.every((byte, i) => bytes[i] === byte)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(8) !== CHECKPOINT_VERSION) return null;
  const sealed = bytes.subarray(HEADER_BYTES);
  if (view.getUint32(CRC_AT) !== crc32(sealed, crc32(bytes.subarray(0, CRC_AT)))) return null;
  const content = openBytes(sealFor(key, bytes.subarray(0, CRC_AT)), sealed);
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

/** Puts a checkpoint in the place of the one before. Rejects with what the disk reported; the one before then stands. */
export async function writeCheckpoint(disk: Disk, folder: string, bytes: Uint8Array): Promise<void> {
  if (bytes.length <= CHECKPOINT_BYTES_MAX) await replaceFile(disk, { folder, name: CHECKPOINT_NAME }, bytes);
}

/** The key belongs to the salt of one file, so a fixed nonce is used once. */
function sealFor(key: KeyObject, header: Uint8Array): SealContext {
  const salt = header.subarray(SALT_AT, SALT_AT + FILE_SALT_BYTES);
  return { key: deriveKey(key, KEY_LABELS.checkpoint, salt), nonce: new Uint8Array(NONCE_BYTES), bound: header };
}
