/** Rations: how much of each commodity a card may draw by day and by month. Pure: the same snapshot gives the same decision, anywhere. */
import { monthOfDay } from '../../domain/calendar.js';
import type { Credential } from '../../domain/credential.js';
import type { Decision, Offer, OfferedItem, Refusal } from '../../domain/decision.js';
import type { ErrorCode } from '../../domain/error-codes.js';
import type { DecisionVersions, TakenItem } from '../../domain/event.js';
import type { LedgerRecord, LedgerUsage } from '../../domain/ledger.js';
import type { Commodity, Programme, Quota } from '../../domain/policy.js';

/** Everything that a decision on a ration depends on. */
export interface RationSnapshot {
  readonly programme: Programme;
  readonly credential: Credential;
  /** The record that counts: the newest one on the card. */
  readonly ledger: LedgerRecord;
  /** True when the newest slot is damaged or not trusted here: `programme.doubtfulLedgerMax` bounds what is served. */
  readonly doubtful: boolean;
  /** True when the medium can be copied: `programme.copyableMaxDay` bounds what is served in a day. */
  readonly isCopyable: boolean;
  /** The site's calendar day, in days since 1970-01-01. */
  readonly day: number;
  readonly versions: DecisionVersions;
}

/** What is asked for: quantities by number of the commodity. */
export type RationRequest = readonly TakenItem[];

/** What the holder may take now, or why nothing. */
export function offerRation(snapshot: RationSnapshot): Offer | Refusal {
  const { programme, credential, versions } = snapshot;
  const scheme = credential.entitlements.rationScheme;
  if (scheme === null || !programme.schemes.includes(scheme)) return refuse(snapshot, 'ERR_PROGRAMME_NOT_ENTITLED');
  if (snapshot.isCopyable && programme.copyableMaxDay === 0) return refuse(snapshot, 'ERR_MEDIUM_PROTECTION');
  if (snapshot.doubtful && programme.doubtfulLedgerMax === 0) return refuse(snapshot, 'ERR_LEDGER_UNTRUSTED');
  const items = programme.commodities.map((commodity) => offerOf(commodity, snapshot));
  if (items.every((item) => item.available === 0)) {
    return refuse(snapshot, items.some(boundByMonth) ? 'ERR_QUOTA_MONTH' : 'ERR_QUOTA_DAY');
  }
  return { outcome: 'offer', programme: programme.number, items, versions };
}

/** Decides on a request: granted whole or refused whole, never cut down without the holder's word. */
export function decideRation(snapshot: RationSnapshot, request: RationRequest): Decision {
  const offer = offerRation(snapshot);
  if (offer.outcome === 'refuse') return offer;
  const items = request.filter((item) => item.quantity !== 0);
  const distinct = new Set(items.map((item) => item.commodity)).size === items.length;
  if (items.length === 0 || !distinct) return refuse(snapshot, 'ERR_QUANTITY');
  for (const item of items) {
    const offered = offer.items.find((candidate) => candidate.commodity === item.commodity);
    if (offered === undefined || !Number.isSafeInteger(item.quantity) || item.quantity < 0) {
      return refuse(snapshot, 'ERR_QUANTITY');
    }
    if (item.quantity > offered.available)
      return refuse(snapshot, boundByMonth(offered) ? 'ERR_QUOTA_MONTH' : 'ERR_QUOTA_DAY');
  }
  return { outcome: 'grant', programme: snapshot.programme.number, items, versions: snapshot.versions };
}

/** The day that the next record counts for: never before that of the last one, so that a clock set back opens no quota again. */
export function ledgerDay(ledger: LedgerRecord, day: number): number {
  return Math.max(ledger.day, day);
}

/** The usage that the card's next record states after `taken`. Commodities of other programmes keep theirs, rolled over to the new day. */
export function applyRation(ledger: LedgerRecord, day: number, taken: readonly TakenItem[]): LedgerUsage[] {
  const numbers = new Set([...ledger.usage.map((usage) => usage.commodity), ...taken.map((item) => item.commodity)]);
  return [...numbers]
    .sort((a, b) => a - b)
    .map((commodity) => {
      const used = usageOn(ledger, day, commodity);
      const quantity = taken.find((item) => item.commodity === commodity)?.quantity ?? 0;
      return { commodity, usedDay: used.usedDay + quantity, usedMonth: used.usedMonth + quantity };
    })
    .filter((usage) => usage.usedMonth > 0);
}

/**
 * The usage to be stated after `taken` was served to a card in doubt. What the damaged record said is not known, so the quotas count as used up: else
 * each slot that somebody spoils would give `doubtfulLedgerMax`, and then what the spoilt record had used once more.
 */
export function applyDoubtfulRation(snapshot: RationSnapshot, taken: readonly TakenItem[]): LedgerUsage[] {
  const { ledger, day, programme, credential } = snapshot;
  const plain = applyRation(ledger, day, taken);
  const mine = programme.commodities.map((commodity): LedgerUsage => {
    const used = plain.find((usage) => usage.commodity === commodity.number);
    const { usedDay = 0, usedMonth = 0 } = used ?? {};
    const quotaDay = tightest(commodity.quotas, 'day', credential);
    const quotaMonth = tightest(commodity.quotas, 'month', credential);
    const fullDay = Math.max(usedDay, quotaDay ?? usedDay);
    // Without a quota for the day there is no telling how much of the month was used.
    const month = quotaDay === null ? (quotaMonth ?? usedMonth) : usedMonth + fullDay - usedDay;
    return { commodity: commodity.number, usedDay: fullDay, usedMonth: Math.max(usedMonth, month) };
  });
  const others = plain.filter((usage) => !mine.some((one) => one.commodity === usage.commodity));
  return [...mine, ...others].filter((usage) => usage.usedMonth > 0).sort((a, b) => a.commodity - b.commodity);
}

function offerOf(commodity: Commodity, snapshot: RationSnapshot): OfferedItem {
  const used = usageOn(snapshot.ledger, snapshot.day, commodity.number);
  const quotaDay = tightest(commodity.quotas, 'day', snapshot.credential);
  const quotaMonth = tightest(commodity.quotas, 'month', snapshot.credential);
  const left = Math.min(
    quotaDay === null ? Number.MAX_SAFE_INTEGER : quotaDay - used.usedDay,
    quotaMonth === null ? Number.MAX_SAFE_INTEGER : quotaMonth - used.usedMonth,
    snapshot.doubtful ? snapshot.programme.doubtfulLedgerMax : Number.MAX_SAFE_INTEGER,
    snapshot.isCopyable
      ? (snapshot.programme.copyableMaxDay ?? Number.MAX_SAFE_INTEGER) - used.usedDay
      : Number.MAX_SAFE_INTEGER,
  );
  return { commodity: commodity.number, available: Math.max(0, left), ...used, quotaDay, quotaMonth };
}

function usageOn(ledger: LedgerRecord, day: number, commodity: number): { usedDay: number; usedMonth: number } {
  const usage = ledger.usage.find((candidate) => candidate.commodity === commodity);
  const effective = ledgerDay(ledger, day);
  if (usage === undefined || monthOfDay(effective) !== monthOfDay(ledger.day)) return { usedDay: 0, usedMonth: 0 };
  return { usedDay: effective === ledger.day ? usage.usedDay : 0, usedMonth: usage.usedMonth };
}

function tightest(quotas: readonly Quota[], every: Quota['every'], credential: Credential): number | null {
  const { draws, householdSize } = credential.entitlements;
  const amounts = quotas
    .filter((quota) => quota.every === every)
    .map((quota) => {
      if (quota.per === 'member') return quota.amount * draws;
      // Rounded down, so that the shares of all cards of a household never exceed the household's amount.
      return quota.per === 'household' ? Math.floor((quota.amount * draws) / householdSize) : quota.amount;
    });
  return amounts.length === 0 ? null : Math.min(...amounts);
}

function boundByMonth(item: OfferedItem): boolean {
  const leftMonth = item.quotaMonth === null ? Number.MAX_SAFE_INTEGER : item.quotaMonth - item.usedMonth;
  const leftDay = item.quotaDay === null ? Number.MAX_SAFE_INTEGER : item.quotaDay - item.usedDay;
  return leftMonth < leftDay;
}

function refuse(snapshot: RationSnapshot, reason: ErrorCode): Refusal {
  return { outcome: 'refuse', reason, programme: snapshot.programme.number, versions: snapshot.versions };
}
