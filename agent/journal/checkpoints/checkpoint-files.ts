/**
 * The files that checkpoints are kept in.
 *
 *   checkpoint          written often; spares reading. It can be deleted as long as the two below are whole
 *   base.1, base.2      written when segments are pruned: nothing else has what those came to. Both are durable, and were read
 *                       back, before the first segment is removed
 */
import type { KeyObject } from 'node:crypto';
import { sameBytes } from '../../credential/cbor.js';
import type { Randomness } from '../../domain/clock.js';
import { WaslError } from '../../domain/errors.js';
import { type Disk, isFull, readWhole, removeIfThere } from '../disk.js';
import type { PrunedSegments } from '../history.js';
import {
  CHECKPOINT_NAME,
  type CheckpointPlace,
  openCheckpoint,
  readCheckpoint,
  sealCheckpoint,
  writeCheckpoint,
} from './checkpoint.js';
import type { Checkpoint } from './checkpoint-codec.js';

/** Names of the two files of which one at least must be whole once anything was pruned. */
export const BASE_NAMES: readonly string[] = ['base.1', 'base.2'];

/** What the files have. */
export interface StoredCheckpoints {
  /** The one that knows most: the newest that is whole. Null for none. */
  readonly newest: Checkpoint | null;
  /** How far was pruned, as far as any of them knows; null for nothing. */
  readonly pruned: PrunedSegments | null;
  /** Names of the bases that do not know of that, though they should: they are written anew from the others. */
  readonly lost: readonly string[];
  /** True when there is a file of a checkpoint, and none is whole. */
  readonly allLost: boolean;
}

/** Reads them all. Rejects with `ERR_JOURNAL_VERSION` for bases of newer software: what was pruned under it nobody here can know. */
export async function readCheckpoints(disk: Disk, folder: string, key: KeyObject): Promise<StoredCheckpoints> {
  const read: { name: string; checkpoint: Checkpoint }[] = [];
  for (const name of [CHECKPOINT_NAME, ...BASE_NAMES]) {
    const checkpoint = await readCheckpoint({ disk, folder, name }, key);
    if (checkpoint === 'newer' && BASE_NAMES.includes(name)) throw new WaslError('ERR_JOURNAL_VERSION');
    if (checkpoint !== null && checkpoint !== 'newer') read.push({ name, checkpoint });
  }
  let pruned: PrunedSegments | null = null;
  for (const { checkpoint } of read)
    if (segmentOf(checkpoint.history.pruned) > segmentOf(pruned)) pruned = checkpoint.history.pruned;
  const upTo = segmentOf(pruned);
  // One from before the pruning speaks of segments that are gone.
  const whole = read.filter(({ checkpoint }) => segmentOf(checkpoint.history.pruned) === upTo);
  let newest: Checkpoint | null = null;
  for (const { checkpoint } of whole) if (newest === null || isNewer(checkpoint, newest)) newest = checkpoint;
  const names = whole.map(({ name }) => name);
  const lost = upTo === 0 ? [] : BASE_NAMES.filter((name) => !names.includes(name));
  return { newest, pruned, lost, allLost: read.length === 0 && (await anyThere(disk, folder)) };
}

/**
 * Makes both bases durable, as of this moment. Rejects with what the disk reported, or `ERR_JOURNAL_DAMAGED` when what was written is not
 * what is read: then nothing may be pruned. On a full disk the checkpoint makes room, since these have all that it has.
 */
export async function writeBases(
  at: { readonly disk: Disk; readonly folder: string; readonly key: KeyObject },
  checkpoint: Checkpoint,
  random: Randomness,
): Promise<void> {
  const bytes = sealCheckpoint(at.key, checkpoint, random);
  if (openCheckpoint(at.key, bytes) === null) throw unreadable();
  try {
    for (const name of BASE_NAMES) await writeBase({ ...at, name }, bytes);
  } catch (error) {
    if (!isFull(error) || !(await removeIfThere(at.disk, `${at.folder}/${CHECKPOINT_NAME}`))) throw error;
    await at.disk.syncFolder(at.folder);
    for (const name of BASE_NAMES) await writeBase({ ...at, name }, bytes);
  }
}

async function writeBase(at: CheckpointPlace, bytes: Uint8Array): Promise<void> {
  await writeCheckpoint(at, bytes);
  const read = await readWhole(at.disk, `${at.folder}/${at.name}`, bytes.length);
  if (read === null || !sameBytes(read, bytes)) throw unreadable();
}

function unreadable(): WaslError {
  return new WaslError('ERR_JOURNAL_DAMAGED', 'a checkpoint could not be read back');
}

function segmentOf(pruned: PrunedSegments | null): number {
  return pruned?.segment ?? 0;
}

function isNewer(one: Checkpoint, other: Checkpoint): boolean {
  const [a, b] = [one.at, other.at];
  if (a === null || b === null) return a !== null;
  if (a.segment !== b.segment) return a.segment > b.segment;
  if (a.end.endBytes !== b.end.endBytes) return a.end.endBytes > b.end.endBytes;
  // A doubt is newer than what it is about.
  return one.suspect && !other.suspect;
}

async function anyThere(disk: Disk, folder: string): Promise<boolean> {
  const names = await disk.list(folder);
  return [CHECKPOINT_NAME, ...BASE_NAMES].some((name) => names.includes(name));
}
