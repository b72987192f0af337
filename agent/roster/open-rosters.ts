/**
 * Rosters from files `NAME.roster` in the folder that lists are brought to:
 *
 *   file ─ sealed to this terminal ─ signed by the authority ─ not older than the floor ─ kept, sealed, durable ─ in force
 *                 └──────────────────── otherwise: refused with a reason; what was kept before stays in force
 *
 * Each roster stands for itself: a bad file of one keeps no other out. None of this touches the four lists that a terminal serves by.
 */
import { sameBytes } from '../credential/cbor.js';
import { isWaslError, WaslError } from '../domain/errors.js';
import type { Verifier } from '../domain/keys.js';
import { faultOf, isFull, readWhole } from '../journal/disk.js';
import {
  hashOfRoster,
  type KeptPlace,
  keptNames,
  ROSTERS_MAX,
  type RosterFloor,
  readFloors,
  readKept,
  writeFloors,
  writeKept,
} from './kept-rosters.js';
import { ROSTER_NAME, type Roster } from './roster.js';
import { openSealedRoster, SEALED_BYTES_MAX, type TerminalSealKey } from './sealed-roster.js';
import { readRoster } from './signed-roster.js';

/** Where rosters come from. */
export interface RosterSource {
  /** Where accepted rosters are kept. Belongs to one process at a time. */
  readonly kept: KeptPlace;
  /** Where new ones are brought to. Only read. */
  readonly folder: string;
  /** Whose signature counts. */
  readonly authority: Verifier;
  /** Opens what is sealed to this terminal. */
  readonly terminal: TerminalSealKey;
}

/** A file that was not taken. */
export interface RefusedRoster {
  readonly file: string;
  readonly reason: WaslError;
}

/** Rosters that can be brought up to date. */
export interface OpenRosters {
  /** Those in force, by name. The map is replaced, never changed. */
  all(): ReadonlyMap<string, Roster>;
  /** True when this terminal had accepted a roster before it was opened now, be it lost since. */
  readonly hadRosters: boolean;
  /** Files that were not taken at the last look. */
  refused(): readonly RefusedRoster[];
  /** Looks into the folder again. Rejects with `ERR_DATA_FOLDER` or `ERR_JOURNAL_SPACE` when a roster cannot be kept; the others stay as they were. */
  reload(): Promise<void>;
}

/** What the name of a roster's file ends with. */
export const ROSTER_ENDING = '.roster';

/** Opens rosters: those kept, then those brought. Rejects as {@link OpenRosters.reload}. */
export async function openRosters(source: RosterSource): Promise<OpenRosters> {
  const { kept } = source;
  let floors = new Map<string, RosterFloor>();
  let rosters: ReadonlyMap<string, Roster> = new Map();
  let refused: readonly RefusedRoster[] = [];
  await atDisk(source, async () => {
    await kept.disk.makeFolder(kept.folder);
    floors = new Map(await readFloors(kept));
    rosters = await remembered(source, floors);
  });
  const hadRosters = floors.size > 0;
  const takeIn = async (): Promise<void> => {
    const reasons: RefusedRoster[] = [];
    for (const file of await broughtFiles(source)) {
      try {
        const one = await readBrought(source, file);
        const floor = floors.get(one.name);
        const isKnown = isSame(one, floor) && rosters.has(one.name);
        if (isKnown) continue;
        refuseOlder(one, floor);
        if (!rosters.has(one.name) && rosters.size >= ROSTERS_MAX) throw tooMany();
        // The roster first: a floor without it would keep the same file out after a cut.
        await atDisk(source, () => writeKept(kept, one.name, one.signed));
        floors.delete(one.name);
        floors.set(one.name, { name: one.name, version: one.roster.head.version, hash: one.hash });
        await atDisk(source, () => writeFloors(kept, [...floors.values()]));
        rosters = new Map([...rosters, [one.name, one.roster]]);
      } catch (error) {
        if (!isWaslError(error) || !LIST_CODES.includes(error.code)) throw error;
        reasons.push({ file, reason: error });
      }
    }
    refused = reasons;
  };
  let last: Promise<void> = Promise.resolve();
  /** One after the other: two at once would write the same files. */
  const reload = (): Promise<void> => {
    const own = last.then(takeIn);
    last = own.catch(() => undefined);
    return own;
  };
  await reload();
  return { all: () => rosters, hadRosters, refused: () => refused, reload };
}

const LIST_CODES: readonly string[] = ['ERR_LIST_FORMAT', 'ERR_LIST_SIGNATURE', 'ERR_LIST_VERSION'];

/** What was kept; its versions are added to the floors. A file that is damaged, or older than its floor, counts as gone; the floor still binds. */
async function remembered(
  { kept, authority }: RosterSource,
  floors: Map<string, RosterFloor>,
): Promise<ReadonlyMap<string, Roster>> {
  const rosters = new Map<string, Roster>();
  for (const name of await keptNames(kept)) {
    const signed = await readKept(kept, name);
    if (signed === null) continue;
    try {
      const one = { name, roster: readRoster(signed, authority), hash: hashOfRoster(signed) };
      refuseOlder(one, floors.get(name));
      if (one.roster.head.name !== name) continue;
      rosters.set(name, one.roster);
      // A cut may have come between a roster and its floor.
      floors.set(name, { name, version: one.roster.head.version, hash: one.hash });
    } catch (error) {
      if (!isWaslError(error)) throw error;
    }
  }
  return rosters;
}

interface Brought {
  readonly name: string;
  readonly roster: Roster;
  readonly hash: Uint8Array;
}

async function broughtFiles({ kept, folder }: RosterSource): Promise<readonly string[]> {
  const files = await kept.disk.list(folder).catch((error: unknown) => {
    if (faultOf(error) === 'ENOENT') return [];
    throw error;
  });
  return files.filter((file) => file.endsWith(ROSTER_ENDING)).slice(0, 4 * ROSTERS_MAX);
}

async function readBrought(
  { kept, folder, authority, terminal }: RosterSource,
  file: string,
): Promise<Brought & { readonly signed: Uint8Array }> {
  const bytes = await readWhole(kept.disk, `${folder}/${file}`, SEALED_BYTES_MAX).catch((cause: unknown) => {
    throw new WaslError('ERR_LIST_FORMAT', `the roster cannot be read (${faultOf(cause)})`, { cause });
  });
  if (bytes === null) throw new WaslError('ERR_LIST_FORMAT', 'the roster is not there, or too large');
  const { name, signed } = openSealedRoster(bytes, terminal);
  const roster = readRoster(signed, authority);
  if (roster.head.name !== name || !ROSTER_NAME.test(name))
    throw new WaslError('ERR_LIST_FORMAT', 'the roster has another name inside than outside');
  return { name, signed, roster, hash: hashOfRoster(signed) };
}

function isSame({ roster, hash }: Brought, floor: RosterFloor | undefined): boolean {
  return floor !== undefined && floor.version === roster.head.version && sameBytes(floor.hash, hash);
}

function refuseOlder({ name, roster, hash }: Brought, floor: RosterFloor | undefined): void {
  if (floor === undefined || roster.head.version > floor.version) return;
  if (roster.head.version < floor.version)
    throw new WaslError(
      'ERR_LIST_VERSION',
      `the roster ${name} is version ${roster.head.version}, older than version ${floor.version}, which this terminal has accepted`,
    );
  // Two lists under one number are two truths: the one that was accepted first stays.
  if (!sameBytes(hash, floor.hash))
    throw new WaslError(
      'ERR_LIST_VERSION',
      `the roster ${name} has the number of the one in force and another content; import it again`,
    );
}

function tooMany(): WaslError {
  return new WaslError('ERR_LIST_FORMAT', `a terminal keeps at most ${ROSTERS_MAX} rosters`);
}

async function atDisk<T>({ kept }: RosterSource, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (isWaslError(cause)) throw cause;
    const code = isFull(cause) ? 'ERR_JOURNAL_SPACE' : 'ERR_DATA_FOLDER';
    throw new WaslError(code, `the rosters cannot be kept in ${kept.folder} (${faultOf(cause)})`, { cause });
  }
}
