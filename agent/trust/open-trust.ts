/**
 * Trust from a folder of signed list files: `keys.list`, `terminals.list`, `hotlist.list`, `policy.list`, `actions.list`.
 *
 *   folder (what was brought) ─ verify all ─ none older than the floor ─ accepted, durable ─ in force
 *                                   └──────── otherwise nothing changes: what was accepted before stays in force
 */
import { LIST_BYTES_MAX, LIST_KINDS, type ListKind } from '../credential/signed-list.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { Verifier } from '../domain/keys.js';
import { type Disk, faultOf, isFull } from '../journal/disk.js';
import { readAccepted, readFloor, writeAccepted } from './accepted.js';
import { type ListBytes, type Lists, readLists, refuseOlder, trustIn } from './lists.js';
import type { SiteTrust, SupervisorTrust, Trust, TrustVersions } from './trust.js';

/** Where trust comes from. Paths are absolute. */
export interface TrustSource {
  readonly disk: Disk;
  /** Where new lists are brought to. Only read. */
  readonly folder: string;
  /** Where the terminal keeps what it has accepted. Made if it is not there; belongs to one process at a time. */
  readonly memory: string;
  /** Whose signature counts. */
  readonly authority: Verifier;
}

/** Trust that can be brought up to date. */
export interface OpenTrust extends Trust, SupervisorTrust, SiteTrust {
  /** When the newest list in force was signed, ms since 1970. */
  issuedMs(): number;
  /** Why the lists in the folder were not taken at the start, or null: then those in force are what was accepted earlier. */
  readonly refused: WaslError | null;
  /**
   * Reads the folder again. All lists are replaced together, and are durable before they are in force; when one is bad, or older than
   * what was accepted, or cannot be stored, all stay as they were and this rejects.
   */
  reload(): Promise<void>;
}

/** Name of the file of a list. */
export function listFile(kind: ListKind): string {
  return `${kind}.list`;
}

/**
 * Opens trust. Goes on with what was accepted earlier where the folder holds nothing better. Rejects with `ERR_LIST_*` and the name of
 * the file when there is nothing to go on with, and with `ERR_DATA_FOLDER` or `ERR_JOURNAL_SPACE` when the memory cannot be kept.
 */
export async function openTrust(source: TrustSource): Promise<OpenTrust> {
  const { disk, folder, memory, authority } = source;
  await disk.makeFolder(memory).catch((cause: unknown) => {
    throw memoryError(memory, cause);
  });
  const known = await remembered(source);
  let lists: Lists | null = known.lists;
  let floor: TrustVersions = known.floor;
  const takeIn = async (): Promise<void> => {
    const bytes = await broughtTo(disk, folder);
    const next = readLists(bytes, authority);
    refuseOlder(next.versions, floor, folder);
    if (lists === null || !sameVersions(next.versions, lists.versions))
      await writeAccepted(disk, memory, { bytes, versions: next.versions }).catch((cause: unknown) => {
        throw memoryError(memory, cause);
      });
    else refuseForked(bytes, known.bytes, folder);
    known.bytes = bytes;
    lists = next;
    floor = next.versions;
  };
  let last: Promise<void> = Promise.resolve();
  /** One after the other: two at once would write the same file. */
  const reload = (): Promise<void> => {
    const own = last.then(takeIn);
    last = own.catch(() => undefined);
    return own;
  };
  let refused: WaslError | null = null;
  try {
    await reload();
  } catch (error) {
    if (!isWaslError(error) || lists === null) throw error;
    refused = error;
  }
  const inForce = (): Lists => {
    if (lists === null) throw new WaslError('ERR_LIST_FORMAT', 'no list is in force');
    return lists;
  };
  return { ...trustIn(inForce), issuedMs: () => inForce().issuedMs, refused, reload };
}

/** The lists in a folder as they stand, for a diagnosis: nothing is kept. Rejects with `ERR_LIST_*`. */
export async function readTrust(disk: Disk, folder: string, authority: Verifier): Promise<Trust & SiteTrust> {
  const lists = readLists(await broughtTo(disk, folder), authority);
  return trustIn(() => lists);
}

/** Versions that a terminal has accepted and will not go below, as its memory has them; zeros where there is none. Rejects with `ERR_DATA_FOLDER`. */
export async function acceptedVersions(source: Omit<TrustSource, 'folder'>): Promise<TrustVersions> {
  return (await remembered(source)).floor;
}

interface Remembered {
  bytes: ListBytes | null;
  readonly lists: Lists | null;
  readonly floor: TrustVersions;
}

/** What was accepted before. Damaged, or put back to older lists behind our back, it counts as gone; its versions still bind. */
async function remembered({ disk, memory, authority }: Omit<TrustSource, 'folder'>): Promise<Remembered> {
  try {
    const floor = await readFloor(disk, memory);
    const bytes = await readAccepted(disk, memory);
    if (bytes === null) return { bytes: null, lists: null, floor };
    try {
      const lists = readLists(bytes, authority);
      refuseOlder(lists.versions, floor, memory);
      return { bytes, lists, floor: lists.versions };
    } catch (error) {
      if (!isWaslError(error)) throw error;
      return { bytes: null, lists: null, floor };
    }
  } catch (error) {
    throw memoryError(memory, error);
  }
}

async function broughtTo(disk: Disk, folder: string): Promise<ListBytes> {
  const bytes = new Map<ListKind, Uint8Array | null>();
  for (const kind of LIST_KINDS) bytes.set(kind, await readList(disk, folder, kind));
  const whole = (kind: ListKind): Uint8Array => bytes.get(kind) ?? missing(`${folder}/${listFile(kind)}`, folder);
  return {
    keys: whole('keys'),
    terminals: whole('terminals'),
    hotlist: bytes.get('hotlist') ?? null,
    policy: whole('policy'),
    actions: bytes.get('actions') ?? null,
  };
}

/** Bytes of one list; null where there is no file. */
async function readList(disk: Disk, folder: string, kind: ListKind): Promise<Uint8Array | null> {
  const path = `${folder}/${listFile(kind)}`;
  try {
    const file = await disk.open(path, 'read');
    try {
      const sizeBytes = await file.sizeBytes();
      if (sizeBytes > LIST_BYTES_MAX) throw new WaslError('ERR_LIST_FORMAT', `${path} is too large for a list`);
      return await file.read(0, sizeBytes);
    } finally {
      await file.close();
    }
  } catch (error) {
    if (isWaslError(error)) throw error;
    if (faultOf(error) === 'ENOENT') return null;
    return missing(path, folder, error);
  }
}

function missing(path: string, folder: string, cause?: unknown): never {
  throw new WaslError(
    'ERR_LIST_FORMAT',
    `${path} cannot be read. A terminal needs it: copy the lists that "wasl authority publish" wrote into ${folder}`,
    { cause },
  );
}

function sameVersions(a: TrustVersions, b: TrustVersions): boolean {
  return LIST_KINDS.every((kind) => a[kind] === b[kind]);
}

/** Two lists under one number are two truths: the one that was accepted first stays. */
function refuseForked(bytes: ListBytes, before: ListBytes | null, folder: string): void {
  for (const kind of LIST_KINDS) {
    if (Buffer.compare(bytes[kind] ?? NOTHING, before?.[kind] ?? NOTHING) === 0) continue;
    throw new WaslError(
      'ERR_LIST_VERSION',
      `the ${kind} list in ${folder} has the number of the one in force and another content; publish again`,
    );
  }
}

const NOTHING = new Uint8Array(0);

function memoryError(memory: string, cause: unknown): WaslError {
  if (isWaslError(cause)) return cause;
  const code = isFull(cause) ? 'ERR_JOURNAL_SPACE' : 'ERR_DATA_FOLDER';
  return new WaslError(code, `the accepted lists cannot be kept in ${memory} (${faultOf(cause)})`, { cause });
}
