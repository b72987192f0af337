/** What outlives a sitting in an exhaustive run: two disks, one card, and what people and the centre were told. Values: a sitting makes a new one. */
import { createHash } from 'node:crypto';
import { MemoryDisk } from '../../world/memory-disk.js';
import type { CardImage } from './card.js';

/** Terminals by number. */
export type Desk = 0 | 1;

/** The files of a disk, all durable. */
export type DiskImage = ReadonlyMap<string, Uint8Array>;

/** A grant, from a green screen or a journal. */
export interface Grant {
  readonly desk: Desk;
  readonly sequence: number;
  /** Loaves. */
  readonly quantity: number;
  /** Where its event stands, `epoch:seq`. */
  readonly place: string;
}

/** What one terminal said that it will remember. */
export interface Promises {
  /** `epoch:seq` → head in hexadecimal: events that were reported durable, or seen after an opening. */
  readonly events: ReadonlyMap<string, string>;
  /** Tap id → ledger sequence: intents that were reported durable. */
  readonly intents: ReadonlyMap<string, number>;
  /** Tap ids of intents whose end was asked for. */
  readonly closing: ReadonlySet<string>;
  /** Grants on a green screen, by tap id. */
  readonly shown: ReadonlyMap<string, Grant>;
  /** Tap ids whose hand-over was asked for. */
  readonly handing: ReadonlySet<string>;
  readonly timeFloorMs: number;
}

/** `garbled`: somebody spoilt its newest record. `copied`: somebody put an old content back, so that two desks may serve it from the same record. */
export type Attack = 'none' | 'garbled' | 'copied';

/** A state between two sittings. */
export interface World {
  readonly card: CardImage;
  /** The card as it was before the first tap: what somebody may have kept a copy of. */
  readonly oldCard: CardImage;
  readonly disks: readonly [DiskImage, DiskImage];
  readonly promises: readonly [Promises, Promises];
  /** Grants in either journal, by `desk:place`. */
  readonly grants: ReadonlyMap<string, Grant>;
  /** Services that stood whole on the card at some moment, as `desk:sequence`. */
  readonly debits: ReadonlySet<string>;
  /** Doubts about a ledger that went on record, as `desk:place`. */
  readonly doubts: ReadonlySet<string>;
  /** What was done to the card besides taking it away too early. */
  readonly attack: Attack;
  /** How the world came about, one entry for each sitting. */
  readonly path: readonly string[];
}

/** Nothing promised. */
export const NO_PROMISES: Promises = {
  events: new Map(),
  intents: new Map(),
  closing: new Set(),
  shown: new Map(),
  handing: new Set(),
  timeFloorMs: 0,
};

/** Two terminals that were never switched on, and a new card. */
export function newWorld(card: CardImage): World {
  return {
    card,
    oldCard: card,
    disks: [new Map(), new Map()],
    promises: [NO_PROMISES, NO_PROMISES],
    grants: new Map(),
    debits: new Set(),
    doubts: new Set(),
    attack: 'none',
    path: [],
  };
}

/** `pair` with another element at `desk`. */
export function withDesk<T>(pair: readonly [T, T], desk: Desk, value: T): readonly [T, T] {
  return desk === 0 ? [value, pair[1]] : [pair[0], value];
}

/** The disk that an image describes, with its folder. */
export async function diskFrom(image: DiskImage, folder: string): Promise<MemoryDisk> {
  const disk = new MemoryDisk();
  for (const [path, bytes] of image) disk.poke(path, bytes);
  await disk.session().makeFolder(folder);
  return disk;
}

/** What is on a disk now. Nothing on it may be waiting to become durable. */
export function imageOfDisk(disk: MemoryDisk): DiskImage {
  return new Map(disk.files().map((path) => [path, disk.peek(path)]));
}

/** Names a disk's content. */
export function digestOfDisk(image: DiskImage): string {
  const hash = createHash('sha1');
  for (const [path, bytes] of image) hash.update(`${path}:${bytes.length}:`).update(bytes);
  return hash.digest('base64');
}

/** Names a state: two worlds with the same name cannot be told apart by anything that happens later. */
export function digestOf(world: World): string {
  const hash = createHash('sha1');
  for (const image of [world.card, world.oldCard]) hash.update(image.memory).update(String(image.weak?.page));
  for (const disk of world.disks) hash.update(digestOfDisk(disk));
  for (const promises of world.promises) {
    hash.update(JSON.stringify([[...promises.events], [...promises.intents], [...promises.closing]]));
    hash.update(JSON.stringify([[...promises.shown], [...promises.handing], promises.timeFloorMs]));
  }
  hash.update(JSON.stringify([[...world.grants], [...world.debits], [...world.doubts], world.attack]));
  return hash.digest('base64');
}
