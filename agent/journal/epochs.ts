/** Names and beginnings of epochs. Pure. */
import { epochBase, HASH_BYTES } from '../../sync/protocol/chain.js';
import type { Randomness } from '../domain/clock.js';
import type { EpochEvent } from '../domain/event.js';
import { periodOf } from '../domain/event.js';

/** Why an epoch began. */
export type EpochCause = EpochEvent['cause'];

/** All causes; a cause is stored as its place in this list. */
export const EPOCH_CAUSES: readonly EpochCause[] = ['first', 'period', 'mismatch', 'provisioned', 'damage'];

/** A place in the chain of a terminal: the head after event `seq` of `epoch`. */
export interface ChainPlace {
  readonly epoch: string;
  readonly seq: number;
  /** 32 bytes. */
  readonly head: Uint8Array;
}

/** What an epoch is, apart from its events. */
export interface EpochOrigin {
  readonly name: string;
  /** 32 bytes: see `EpochInfo`. */
  readonly base: Uint8Array;
  /** 32 bytes: see `EpochInfo`. */
  readonly saltKey: Uint8Array;
  readonly cause: EpochCause;
  /** End of the epoch before, or null for a terminal's first. */
  readonly previous: ChainPlace | null;
}

/** Alphabet of RFC 4648 §6, in lower case. */
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const NAME_RANDOM_BYTES = 5;
/** Bounds of the names of periods (see `isEpochName`): a clock that was never set, or is far ahead, does not leave them. */
const EARLIEST_MS = Date.UTC(2020, 0, 1);
const LATEST_MS = Date.UTC(2099, 11, 31);

/** The calendar quarter of a time (UTC), e.g. `2026q4`, from `2020q1` to `2099q4`. Names of periods sort by time. */
export function quarterOf(atMs: number): string {
  const date = new Date(Math.min(Math.max(atMs, EARLIEST_MS), LATEST_MS));
  return `${date.getUTCFullYear()}q${Math.floor(date.getUTCMonth() / 3) + 1}`;
}

/** True when the calendar quarter of `atMs` is later than that of the epoch. Never for an earlier one: a clock set back begins nothing. */
export function isPeriodOver(epoch: string, atMs: number): boolean {
  return quarterOf(atMs) > periodOf(epoch);
}

/** What {@link newEpoch} begins an epoch from. */
export interface EpochBeginning {
  readonly terminal: string;
  readonly cause: EpochCause;
  readonly atMs: number;
  readonly previous: ChainPlace | null;
}

/** A new epoch: random name and salt key, bound to the terminal and to the end of the epoch before. */
export function newEpoch(beginning: EpochBeginning, random: Randomness): EpochOrigin {
  const { terminal, cause, previous } = beginning;
  const name = `${periodFor(beginning)}-${base32(random.bytes(NAME_RANDOM_BYTES))}`;
  const base = epochBase({ terminal, epoch: name, previous });
  return { name, base, saltKey: random.bytes(HASH_BYTES), cause, previous };
}

/** Periods never go back along the chain, so that names of epochs sort in its order from one period to the next. */
function periodFor(beginning: EpochBeginning): string {
  const now = quarterOf(beginning.atMs);
  const before = beginning.previous === null ? now : periodOf(beginning.previous.epoch);
  return now > before ? now : before;
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)] ?? '').join('');
}
