/** Reads the journal of a dead terminal from its disk, its SD card or an image of it: never writes, and takes it as it is. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { DeadJournal, JournalLoss } from '../../../sync/recovery/dead-journal.js';
import { WaslError } from '../../domain/errors.js';
import type { ChainedEvent } from '../../domain/event.js';
import { isHarmless, type JournalDamage } from '../../journal/damage.js';
import { type Disk, type DiskFile, faultOf } from '../../journal/disk.js';
import { journalKey } from '../../journal/keys.js';
import { LOCK_NAME, takeLock } from '../../journal/open-journal.js';
import { type Recovery, recover } from '../../journal/recovery.js';
import { ioError } from '../../journal/segments/segment-writer.js';
import type { EpochState } from '../../journal/state.js';

const HASH_PIECE_BYTES = 1024 * 1024;

/** An open journal of a dead terminal; nobody else can open it meanwhile. */
export interface OpenDeadJournal extends DeadJournal {
  close(): Promise<void>;
}

/** A disk on which nothing can be changed: what the port allows to write rejects with `EROFS`. */
export function readOnlyDisk(disk: Disk): Disk {
  const refuse = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('the disk is only read'), { code: 'EROFS' }));
  return {
    makeFolder: refuse,
    list: (folder) => disk.list(folder),
    open: async (path, mode) => (mode === 'read' ? readOnlyFile(await disk.open(path, 'read'), refuse) : refuse()),
    rename: refuse,
    remove: refuse,
    syncFolder: refuse,
    lock: async (path) => {
      // Taking the lock would make its file; where there is none, no terminal runs on this folder.
      if (!(await isThere(disk, path))) return { release: async () => {} };
      return disk.lock(path);
    },
  };
}

function readOnlyFile(file: DiskFile, refuse: () => Promise<never>): DiskFile {
  return {
    sizeBytes: () => file.sizeBytes(),
    read: (position, length) => file.read(position, length),
    write: refuse,
    truncate: refuse,
    sync: refuse,
    close: () => file.close(),
  };
}

async function isThere(disk: Disk, path: string): Promise<boolean> {
  try {
    await (await disk.open(path, 'read')).close();
    return true;
  } catch (error) {
    if (faultOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** The folder of the journal in `folder`: itself, or `journal` in the data folder of a terminal. */
export async function journalFolder(disk: Disk, folder: string): Promise<string> {
  for (const candidate of [folder, join(folder, 'journal')]) {
    const names = await disk.list(candidate).catch(() => []);
    if (names.some((name) => name.endsWith('.seg'))) return candidate;
  }
  throw new WaslError('ERR_DATA_FOLDER', `there is no journal in ${folder}, nor in a folder "journal" in it`);
}

/**
 * Reads and verifies the journal in `folder` with `key` (32 bytes). Rejects with `ERR_JOURNAL_KEY` when it was made under another key,
 * `ERR_JOURNAL_LOCKED` while a terminal runs on it, `ERR_JOURNAL_VERSION`, `ERR_JOURNAL_IO`, `ERR_DATA_FOLDER` when nothing in it can be read.
 */
export async function openDeadJournal(
  disk: Disk,
  folder: string,
  options: { readonly key: Uint8Array; readonly onProgress?: (events: number) => void },
): Promise<OpenDeadJournal> {
  const reading = readOnlyDisk(disk);
  const source = { disk: reading, folder, key: journalKey(options.key), terminal: null };
  try {
    const lock = await takeLock(reading, folder);
    try {
      const recovery = await readThrough(source, options.onProgress);
      if (recovery.terminal === null)
        throw new WaslError('ERR_DATA_FOLDER', `nothing of the journal in ${folder} can be read`);
      const journal = describe(recovery, recovery.terminal, await hashOf(reading, folder));
      return { ...journal, events: () => eventsOf(source), close: () => lock.release() };
    } catch (error) {
      await lock.release();
      throw error;
    }
  } catch (error) {
    throw ioError(error);
  }
}

type Source = Parameters<typeof recover>[0];

async function readThrough(source: Source, onProgress: ((events: number) => void) | undefined): Promise<Recovery> {
  const reading = recover(source, true);
  let events = 0;
  for (;;) {
    const step = await reading.next();
    if (step.done) return step.value;
    events += step.value.events.length;
    onProgress?.(events);
  }
}

async function* eventsOf(source: Source): AsyncGenerator<ChainedEvent> {
  try {
    for await (const { events } of recover(source, true)) yield* events;
  } catch (error) {
    throw ioError(error);
  }
}

interface Hashed {
  readonly sha256: string;
  readonly files: number;
  readonly bytes: number;
}

function describe(recovery: Recovery, terminal: string, hashed: Hashed): Omit<DeadJournal, 'events'> {
  const { history, damages, tail } = recovery;
  const { state } = history;
  const openTaps = [...state.openIntents.values()].flatMap(({ intent, reported }) => (reported ? [] : [intent]));
  return {
    terminal,
    ...hashed,
    tornBytes: tail.tornBytes,
    epochs: [...state.epochs.values()].map((epoch) => epochOf(epoch, state.acknowledged.get(epoch.name)?.seq ?? 0)),
    openTaps: openTaps.map(({ tapId, atMs, card, ledgerSequence, programme, items }) => ({
      ...{ tapId, atMs, card, ledgerSequence, programme, items },
    })),
    undispensed: state.undispensed.size + state.undispensedGifts.size,
    losses: damages.filter((damage) => !isHarmless(damage)).map(lossOf),
  };
}

function epochOf(epoch: EpochState, acknowledged: number): DeadJournal['epochs'][number] {
  const { name, base, saltKey, lastSeq, head, missing, pruned } = epoch;
  return { name, base, saltKey, lastSeq, head, missing, pruned, acknowledged };
}

function lossOf({ segment, fromByte, toByte, reason, missing }: JournalDamage): JournalLoss {
  const counted = missing.length > 0 && missing.every(({ last }) => last !== null);
  const where = reason === 'missing' ? `segment ${segment}` : `segment ${segment}, bytes ${fromByte} to ${toByte}`;
  return { what: `${where} (${reason})`, uncounted: !counted };
}

/** Over names, sizes and bytes of all files but the lock, in the order of their names. */
async function hashOf(disk: Disk, folder: string): Promise<Hashed> {
  const hash = createHash('sha256');
  let bytes = 0;
  const names = (await disk.list(folder)).filter((name) => name !== LOCK_NAME);
  for (const name of names) {
    const file = await disk.open(`${folder}/${name}`, 'read');
    try {
      const size = await file.sizeBytes();
      hash.update(`${name} ${size}\n`);
      for (let at = 0; at < size; at += HASH_PIECE_BYTES)
        hash.update(await pieceOf(file, at, Math.min(HASH_PIECE_BYTES, size - at)));
      bytes += size;
    } finally {
      await file.close();
    }
  }
  return { sha256: hash.digest('hex'), files: names.length, bytes };
}

/** What a worn-out card cannot read counts as zeros, as it does for the journal's reader. */
async function pieceOf(file: DiskFile, at: number, length: number): Promise<Uint8Array> {
  try {
    return await file.read(at, length);
  } catch (error) {
    if (faultOf(error) !== 'EIO') throw error;
    return new Uint8Array(length);
  }
}
