/**
 * What the terminal has accepted, kept beside its journal, so that a restart can neither lose a list nor go back to an older one:
 *
 *   accepted   the signed lists, byte for byte, replaced together in one step
 *   floor      their version numbers, once more: when `accepted` is damaged, still no older list is taken
 *
 * Neither needs a seal: the lists carry the authority's signature and are no secret.
 */
import { crc32 } from 'node:zlib';
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import { LIST_BYTES_MAX } from '../credential/signed-list.js';
import { type Disk, readWhole, replaceFile } from '../journal/disk.js';
import type { ListBytes } from './lists.js';
import type { TrustVersions } from './trust.js';

/** Name of the file of the lists. */
export const ACCEPTED_NAME = 'accepted';
/** Name of the file of their version numbers. */
export const FLOOR_NAME = 'floor';

/** 2 from the list of card actions on. Version 1 is still read: it is what an upgraded terminal finds. */
const FORMAT_VERSION = 2;
const FIRST_VERSION = 1;
const ACCEPTED_BYTES_MAX = 5 * LIST_BYTES_MAX + 64;
const FLOOR_BYTES_MAX = 128;
const NO_VERSIONS: TrustVersions = { keys: 0, terminals: 0, hotlist: 0, policy: 0, actions: 0 };

/** The lists that were accepted last; null when there are none, or the file is not whole. Rejects with the fault of the disk. */
export async function readAccepted(disk: Disk, folder: string): Promise<ListBytes | null> {
  const bytes = await readWhole(disk, `${folder}/${ACCEPTED_NAME}`, ACCEPTED_BYTES_MAX);
  if (bytes === null) return null;
  const decoded = decodeCbor(bytes, { bytesMax: ACCEPTED_BYTES_MAX, depthMax: 1, itemsMax: 8 });
  const parts: readonly unknown[] = decoded.ok && Array.isArray(decoded.value) ? decoded.value : [];
  const [version, keys, terminals, hotlist, policy, actions = null] = parts;
  if (!isFormat(version, parts.length - 5)) return null;
  if (!isBytes(keys) || !isBytes(terminals) || !isBytes(policy)) return null;
  if (hotlist !== null && !isBytes(hotlist)) return null;
  if (actions !== null && !isBytes(actions)) return null;
  return { keys, terminals, hotlist, policy, actions };
}

/** Puts lists in the place of those before. After any cut there are the old ones or the new ones, whole. Rejects with the fault of the disk. */
export async function writeAccepted(
  disk: Disk,
  folder: string,
  { bytes, versions }: { readonly bytes: ListBytes; readonly versions: TrustVersions },
): Promise<void> {
  const { keys, terminals, hotlist, policy, actions } = bytes;
  const lists = encodeCbor([FORMAT_VERSION, keys, terminals, hotlist, policy, actions]);
  await replaceFile(disk, { folder, name: ACCEPTED_NAME }, lists);
  // Second, so that it never asks for more than what is there to serve with.
  await replaceFile(disk, { folder, name: FLOOR_NAME }, encodeFloor(versions));
}

/** The versions that must not be gone below; zeros when there is no file, or it is not whole. Rejects with the fault of the disk. */
export async function readFloor(disk: Disk, folder: string): Promise<TrustVersions> {
  const bytes = await readWhole(disk, `${folder}/${FLOOR_NAME}`, FLOOR_BYTES_MAX);
  const decoded = bytes === null ? null : decodeCbor(bytes, { bytesMax: FLOOR_BYTES_MAX, depthMax: 1, itemsMax: 8 });
  const parts: readonly unknown[] = decoded?.ok === true && Array.isArray(decoded.value) ? decoded.value : [];
  const [version, keys, terminals, hotlist, policy] = parts;
  const actions = version === FIRST_VERSION ? 0 : parts[5];
  if (!isFormat(version, parts.length - 6)) return NO_VERSIONS;
  if (!isCount(keys) || !isCount(terminals) || !isCount(hotlist) || !isCount(policy) || !isCount(actions))
    return NO_VERSIONS;
  return parts.at(-1) === crc32(encodeCbor(parts.slice(0, -1)))
    ? { keys, terminals, hotlist, policy, actions }
    : NO_VERSIONS;
}

function encodeFloor(versions: TrustVersions): Uint8Array {
  const { keys, terminals, hotlist, policy, actions } = versions;
  const numbers = [FORMAT_VERSION, keys, terminals, hotlist, policy, actions];
  return encodeCbor([...numbers, crc32(encodeCbor(numbers))]);
}

/** True for a version that is read here, with as many parts more than the first one had as it has. */
function isFormat(version: unknown, more: number): boolean {
  return (version === FIRST_VERSION && more === 0) || (version === FORMAT_VERSION && more === 1);
}

function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
