/**
 * The rosters that a terminal has accepted, kept beside its journal:
 *
 *   NAME.kept   the signed roster, sealed under a key that follows from the journal's key: no person can be read off the disk
 *   floors      name, version and hash of each, once more: when a kept one is damaged, still no older one is taken
 */
import { createHash, type KeyObject } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import type { Randomness } from '../domain/clock.js';
import { type Disk, readWhole, replaceFile } from '../journal/disk.js';
import { NONCE_BYTES, openBytes, SEAL_TAG_BYTES, sealBytes } from '../journal/keys.js';
import { ROSTER_NAME } from './roster.js';
import { ROSTER_BYTES_MAX } from './signed-roster.js';

/** Most rosters that a terminal keeps at a time. */
export const ROSTERS_MAX = 8;

/** Name of the file of the floors. */
export const FLOORS_NAME = 'floors';

/** What a terminal will not go back behind. */
export interface RosterFloor {
  readonly name: string;
  readonly version: number;
  /** 32 bytes: SHA-256 of the signed roster, so that two rosters of one version are seen to be two. */
  readonly hash: Uint8Array;
}

/** Where kept rosters lie, and what they are sealed with. */
export interface KeptPlace {
  readonly disk: Disk;
  /** Absolute path; made by whoever opens it. */
  readonly folder: string;
  /** `KEY_LABELS.roster`, from the journal's key. */
  readonly key: KeyObject;
  readonly random: Randomness;
}

const FORMAT_VERSION = 1;
const HASH_BYTES = 32;
const KEPT_BYTES_MAX = ROSTER_BYTES_MAX + NONCE_BYTES + SEAL_TAG_BYTES;
const FLOORS_BYTES_MAX = 64 * 1024;
/** Floors outlive their rosters; the oldest are forgotten first. */
const FLOORS_MAX = 256;
const FLOORS_LIMITS = { bytesMax: FLOORS_BYTES_MAX, depthMax: 3, itemsMax: 4 * FLOORS_MAX + 8 };

/** The signed roster that is kept under a name; null when there is none, or it is not as it was written. Rejects with the fault of the disk. */
export async function readKept({ disk, folder, key }: KeptPlace, name: string): Promise<Uint8Array | null> {
  const bytes = await readWhole(disk, `${folder}/${keptName(name)}`, KEPT_BYTES_MAX);
  if (bytes === null || bytes.length < NONCE_BYTES) return null;
  const nonce = bytes.subarray(0, NONCE_BYTES);
  return openBytes({ key, nonce, bound: boundOf(name) }, bytes.subarray(NONCE_BYTES));
}

/** Keeps a signed roster in the place of the one before. After any cut there is the old one or the new one, whole. Rejects with the fault of the disk. */
export async function writeKept(place: KeptPlace, name: string, signed: Uint8Array): Promise<void> {
  const { disk, folder, key, random } = place;
  const nonce = random.bytes(NONCE_BYTES);
  const sealed = sealBytes({ key, nonce, bound: boundOf(name) }, signed);
  await replaceFile(disk, { folder, name: keptName(name) }, Buffer.concat([nonce, sealed]));
}

/** Names of the kept rosters, at most {@link ROSTERS_MAX}, in code-unit order. Rejects with the fault of the disk. */
export async function keptNames({ disk, folder }: KeptPlace): Promise<readonly string[]> {
  const names = (await disk.list(folder)).flatMap((file) => {
    const name = file.endsWith(KEPT_ENDING) ? file.slice(0, -KEPT_ENDING.length) : '';
    return ROSTER_NAME.test(name) ? [name] : [];
  });
  return names.slice(0, ROSTERS_MAX);
}

/** The floors; none when there is no file, or it is not whole. Rejects with the fault of the disk. */
export async function readFloors({ disk, folder }: KeptPlace): Promise<ReadonlyMap<string, RosterFloor>> {
  const bytes = await readWhole(disk, `${folder}/${FLOORS_NAME}`, FLOORS_BYTES_MAX);
  const decoded = bytes === null ? null : decodeCbor(bytes, FLOORS_LIMITS);
  const parts: readonly unknown[] = decoded?.ok === true && Array.isArray(decoded.value) ? decoded.value : [];
  const [version, entries, crc] = parts;
  if (parts.length !== 3 || version !== FORMAT_VERSION || !Array.isArray(entries)) return new Map();
  const floors = (entries as readonly unknown[]).flatMap(floorOf);
  const whole = floors.length === entries.length && crc === crcOf(floors);
  return new Map(whole ? floors.map((floor) => [floor.name, floor]) : []);
}

/** Replaces the floors, the newest last. Rejects with the fault of the disk. */
export async function writeFloors({ disk, folder }: KeptPlace, floors: readonly RosterFloor[]): Promise<void> {
  const kept = floors.slice(-FLOORS_MAX);
  const entries = kept.map(({ name, version, hash }) => [name, version, hash]);
  await replaceFile(disk, { folder, name: FLOORS_NAME }, encodeCbor([FORMAT_VERSION, entries, crcOf(kept)]));
}

/** SHA-256 of a signed roster. */
export function hashOfRoster(signed: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(signed).digest());
}

const KEPT_ENDING = '.kept';

function keptName(name: string): string {
  return `${name}${KEPT_ENDING}`;
}

function boundOf(name: string): Uint8Array {
  return encodeCbor([FORMAT_VERSION, name]);
}

function floorOf(entry: unknown): RosterFloor[] {
  const parts: readonly unknown[] = Array.isArray(entry) ? entry : [];
  const [name, version, hash] = parts;
  if (typeof name !== 'string' || !ROSTER_NAME.test(name) || parts.length !== 3) return [];
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) return [];
  return hash instanceof Uint8Array && hash.length === HASH_BYTES ? [{ name, version, hash }] : [];
}

function crcOf(floors: readonly RosterFloor[]): number {
  return crc32(encodeCbor(floors.map(({ name, version, hash }) => [name, version, hash])));
}
