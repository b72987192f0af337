/** What can be wrong with a journal on the disk, and how it is reported. Pure. */
import type { SeqRange } from './journal.js';

/**
 * Why a stretch of a segment cannot be used.
 * `missing`: the whole file is gone. `head`: both copies of its head are spoilt. `head-copy`: one of them is, nothing is lost.
 * `frame`: the bytes of a frame are not what was written. `seal`: they are, but were not sealed by us for this place.
 * `content`: sealed by us, but it makes no sense. `chain`: it does not follow from what is before it. `unreadable`: the disk reports an
 * error there. `state`: earlier segments are gone, and so is every checkpoint that remembered what they came to: which cards were seen
 * last, which taps were open. A damage is stored as its place in this list.
 */
export const DAMAGE_REASONS = [
  'missing',
  'head',
  'head-copy',
  'frame',
  'seal',
  'content',
  'chain',
  'unreadable',
  'state',
] as const;

/** One of {@link DAMAGE_REASONS}. */
export type DamageReason = (typeof DAMAGE_REASONS)[number];

/** A stretch of a segment that is known to be damaged: recorded, so that it is reported and answered with a new epoch once. */
export interface KnownDamage {
  readonly segment: number;
  readonly fromByte: number;
  /** Offset of the first byte after it. Equal to `fromByte` where frames are gone without having left their bytes. */
  readonly toByte: number;
  readonly reason: DamageReason;
}

/** Events of an epoch that were destroyed. `last` is null where it is not known how many there were. */
export interface MissingEvents {
  readonly epoch: string;
  readonly first: number;
  readonly last: number | null;
}

/** A damage with what it cost. */
export interface JournalDamage extends KnownDamage {
  /** Empty when no event was in it: then steps of taps were, or nothing. */
  readonly missing: readonly MissingEvents[];
  /** True when an earlier run recorded it and began a new epoch. */
  readonly known: boolean;
}

/** True when a damage costs nothing but redundancy: it needs no new epoch. */
export function isHarmless(damage: KnownDamage): boolean {
  return damage.reason === 'head-copy';
}

/** True when `known` has a damage that covers this one. */
export function isKnown(known: readonly KnownDamage[], damage: KnownDamage): boolean {
  return known.some(
    (other) => other.segment === damage.segment && other.fromByte <= damage.fromByte && other.toByte >= damage.toByte,
  );
}

/** Adds a range to an ascending list of disjoint ranges that all lie before it. */
export function withRange(ranges: readonly SeqRange[], range: SeqRange): SeqRange[] {
  const last = ranges.at(-1);
  if (last !== undefined && last.last + 1 === range.first) {
    return [...ranges.slice(0, -1), { first: last.first, last: range.last }];
  }
  return [...ranges, range];
}

/** How many sequences of `ranges` are above `seq`. */
export function countAbove(ranges: readonly SeqRange[], seq: number): number {
  return ranges.reduce((sum, range) => sum + Math.max(0, range.last - Math.max(range.first - 1, seq)), 0);
}
