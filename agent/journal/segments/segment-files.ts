/** Finds and reads the files of segments. */
import type { KeyObject } from 'node:crypto';
import { WaslError } from '../../domain/errors.js';
import { type Disk, type DiskFile, faultOf } from '../disk.js';
import { HEAD_BYTES, type HeadReading, readHead } from './segment-head.js';

/** A segment is never larger than this; a file that is, is none of ours. */
export const SEGMENT_BYTES_MAX = 64 * 1024 * 1024;

const NAME = /^([0-9]{8})\.seg$/;
/** Unit in which a file is read that the disk cannot read at once. */
const BLOCK_BYTES = 4096;

/** A file that has the name of a segment. */
export interface SegmentFile {
  readonly segment: number;
  readonly sizeBytes: number;
  readonly reading: HeadReading;
}

/** The bytes of a file, with zeros where the disk could not read. */
export interface FileBytes {
  readonly bytes: Uint8Array;
  readonly unreadable: readonly { readonly fromByte: number; readonly toByte: number }[];
}

/** Name of a segment's file in the folder of the journal. */
export function segmentName(segment: number): string {
  return `${String(segment).padStart(8, '0')}.seg`;
}

/** The number of the segment whose file has this name; null for a file of another kind. */
export function segmentNumber(name: string): number | null {
  const match = NAME.exec(name);
  return match === null ? null : Number(match[1]);
}

/**
 * Lists the segments in a folder, ascending, and reads their heads. Changes nothing. Throws `ERR_JOURNAL_KEY` when there are heads and
 * `key` fits none of them, `ERR_JOURNAL_VERSION` when one is from a newer version, `ERR_JOURNAL_IO` when the folder cannot be read.
 */
export async function surveySegments(disk: Disk, folder: string, key: KeyObject): Promise<readonly SegmentFile[]> {
  const files: SegmentFile[] = [];
  for (const name of await disk.list(folder)) {
    const segment = segmentNumber(name);
    if (segment === null) continue;
    const file = await disk.open(`${folder}/${name}`, 'read');
    try {
      const head = await readParts(file, HEAD_BYTES);
      files.push({ segment, sizeBytes: await file.sizeBytes(), reading: readHead(key, segment, head.bytes) });
    } finally {
      await file.close();
    }
  }
  const states = files.map((file) => file.reading.state);
  if (states.includes('version')) throw new WaslError('ERR_JOURNAL_VERSION');
  if (states.includes('key') && !states.includes('ok')) throw new WaslError('ERR_JOURNAL_KEY');
  return files;
}

/** Reads the whole file of a segment. */
export async function loadSegment(disk: Disk, folder: string, segment: number): Promise<FileBytes> {
  const file = await disk.open(`${folder}/${segmentName(segment)}`, 'read');
  try {
    const size = await file.sizeBytes();
    return await readParts(file, Math.min(size, SEGMENT_BYTES_MAX));
  } finally {
    await file.close();
  }
}

/** Reads from the beginning of a file; what the disk reports an error for reads as zeros, and is listed. */
async function readParts(file: DiskFile, length: number): Promise<FileBytes> {
  try {
    return { bytes: await file.read(0, length), unreadable: [] };
  } catch (error) {
    if (faultOf(error) !== 'EIO') throw error;
  }
  const bytes = new Uint8Array(length);
  const unreadable: { fromByte: number; toByte: number }[] = [];
  for (let fromByte = 0; fromByte < length; fromByte += BLOCK_BYTES) {
    const toByte = Math.min(length, fromByte + BLOCK_BYTES);
    try {
      bytes.set(await file.read(fromByte, toByte - fromByte), fromByte);
    } catch (error) {
      if (faultOf(error) !== 'EIO') throw error;
      unreadable.push({ fromByte, toByte });
    }
  }
  return { bytes, unreadable };
}
