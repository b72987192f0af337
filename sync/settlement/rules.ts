/** The rules port: what settlement has to know besides events. Lists are held in memory; only the register of households may have to be asked. */
import { monthOfDay, type SiteCalendar } from '../../agent/domain/calendar.js';
import type { Policy, Quota } from '../../agent/domain/policy.js';

/** A card's part in its household, as the register of the authority has it. */
export interface HouseholdShare {
  /** Persons in the household. */
  readonly householdSize: number;
  /** Members that this card draws for. */
  readonly draws: number;
}

/** When a card was first blocked. */
export interface Blocked {
  /** Version of the first hotlist that names it. */
  readonly version: number;
  /** When that list was issued, in seconds since 1970. */
  readonly sinceS: number;
}

/** What the centre knows of policies, hotlists and households. Answers of the lists are immediate and never throw. */
export interface SettlementRules {
  /** By which days and months are counted. */
  readonly calendar: SiteCalendar;
  /** Largest household that there can be: bounds what a card may draw while the register does not tell its household. */
  readonly householdMembersMax: number;
  /** The policy of a version, or null for one that the centre never had. */
  policy(version: number): Policy | null;
  /** The newest policy, or null when there is none. */
  newestPolicy(): Policy | null;
  /** Whether this version of the hotlist blocks the card; null for a version that the centre never had. */
  isHotlistedIn(version: number, card: number): boolean | null;
  /** When the card was first blocked, or null when no list that is known names it. */
  blocked(card: number): Blocked | null;
  /** The card's share of its household; null when the register does not have it, or there is none. Rejects with `ERR_DATABASE`. */
  householdOf(card: number): Promise<HouseholdShare | null>;
}

/** The most that a card may have drawn of something, and whether that is known or only bounded. */
export interface DrawLimit {
  readonly amount: number;
  /**
   * `card`: exact. `most`: the largest of several amounts for cards. `register`: by the household that the register has. `largest`: by the largest household
   * there can be.
   */
  readonly by: 'card' | 'most' | 'register' | 'largest';
}

/**
 * The tightest bound of a commodity's quotas by day or month, or null without one. Where the household is not known it is the largest
 * amount that any card could have been entitled to, so that what is above it is above it for certain.
 */
export function drawLimit(
  quotas: readonly Quota[],
  every: Quota['every'],
  card: { readonly share: HouseholdShare | null; readonly householdMembersMax: number },
): DrawLimit | null {
  const { share, householdMembersMax } = card;
  const by = share === null ? 'largest' : 'register';
  const limits = quotas
    .filter((quota) => quota.every === every)
    .map(({ per, amount: plain, lines = [] }): DrawLimit => {
      // No event names scheme or coverage: of several amounts the largest is what nobody exceeds.
      const amount = Math.max(plain, ...lines.map((line) => line.amount));
      if (per === 'card') return { amount, by: lines.length === 0 ? 'card' : 'most' };
      if (per === 'member') return { amount: amount * (share?.draws ?? householdMembersMax), by };
      return { amount: share === null ? amount : Math.floor((amount * share.draws) / share.householdSize), by };
    });
  return limits.reduce<DrawLimit | null>((best, one) => (best === null || one.amount < best.amount ? one : best), null);
}

/** The last second of the year 9999: a later time is a broken clock, and counts as this one. */
const TIME_MAX_S = 253_402_300_799;

/** The site's calendar day, counted since 1970-01-01, of a time in seconds since then. */
export function dayOfTime(timeS: number, { calendar }: Pick<SettlementRules, 'calendar'>): number {
  return calendar.dayOf(Math.min(timeS, TIME_MAX_S) * 1000);
}

/** `2026-11` of a day counted since 1970-01-01. */
export function isoMonth(day: number): string {
  const month = monthOfDay(day);
  return `${1970 + Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, '0')}`;
}
