/** What a cut may leave of writes that were not durable: the kinds that real media show. */
import { LOSE_ALL, type PendingChange, type Tear } from './inode.js';
import { SECTOR_BYTES } from './memory-disk.js';

type Write = Extract<PendingChange, { kind: 'write' }>;

/** Everything reached the medium, though nobody was told so. */
export const KEEP_ALL: Tear = { name: 'all kept', data: (pending) => pending, names: 'kept' };

/** The last write stops in the middle of a sector; those before it are whole. */
export const HALF_OF_LAST: Tear = {
  name: 'half of the last write',
  data: (pending) => pending.map((change, i) => (i === pending.length - 1 ? firstBytes(change, 0.5) : change)),
  names: 'kept',
};

/** One byte of the last write. */
export const FIRST_BYTE: Tear = {
  name: 'one byte of the last write',
  data: (pending) => pending.map((change, i) => (i === pending.length - 1 ? firstBytes(change, 0) : change)),
  names: 'kept',
};

/** Sectors reach the medium in any order: every other one did. */
export const EVEN_SECTORS: Tear = {
  name: 'even sectors',
  data: (pending) => sectorsOf(pending, (sector) => sector % 2 === 0),
  names: 'kept',
};

/** The others did. */
export const ODD_SECTORS: Tear = {
  name: 'odd sectors',
  data: (pending) => sectorsOf(pending, (sector) => sector % 2 === 1),
  names: 'kept',
};

/** The newest write overtook those before it. */
export const LAST_ONLY: Tear = { name: 'only the last change', data: (pending) => pending.slice(-1), names: 'kept' };

/** The sector that was being written holds noise. */
export const GARBLED: Tear = {
  name: 'the last sector garbled',
  data: (pending) => pending.map((change, i) => (i === pending.length - 1 ? garbled(change) : change)),
  names: 'kept',
};

/** All of them, for a test that goes through every one. */
export const TEARS: readonly Tear[] = [
  LOSE_ALL,
  KEEP_ALL,
  HALF_OF_LAST,
  FIRST_BYTE,
  EVEN_SECTORS,
  ODD_SECTORS,
  LAST_ONLY,
  GARBLED,
];

function firstBytes(change: PendingChange, share: number): PendingChange {
  if (change.kind === 'truncate') return change;
  return { ...change, bytes: change.bytes.subarray(0, Math.max(1, Math.floor(change.bytes.length * share))) };
}

function sectorsOf(pending: readonly PendingChange[], kept: (sector: number) => boolean): PendingChange[] {
  return pending.flatMap((change) => (change.kind === 'write' ? split(change, kept) : [change]));
}

/** The kept sectors of a write. The file is as long as if all had been written: its size travels apart from its bytes. */
function split(write: Write, kept: (sector: number) => boolean): PendingChange[] {
  const end = write.at + write.bytes.length;
  const parts: PendingChange[] = [{ kind: 'write', at: end, bytes: new Uint8Array() }];
  for (let at = write.at; at < end; ) {
    const next = Math.min(end, (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    const bytes = write.bytes.subarray(at - write.at, next - write.at);
    if (kept(Math.floor(at / SECTOR_BYTES))) parts.push({ kind: 'write', at, bytes });
    at = next;
  }
  return parts;
}

function garbled(change: PendingChange): PendingChange {
  if (change.kind === 'truncate') return change;
  const bytes = change.bytes.slice();
  const lastSector = Math.floor((change.at + bytes.length - 1) / SECTOR_BYTES) * SECTOR_BYTES;
  for (let i = Math.max(0, lastSector - change.at); i < bytes.length; i += 1)
    bytes[i] = ((bytes[i] ?? 0) ^ (0x5a + i)) & 0xff;
  return { ...change, bytes };
}
