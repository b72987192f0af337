/** Rations as a desk sees them that knows nothing of itself: the rules of `decide` over one programme and one card, and its counters alone. */
import type { Credential } from '../../agent/domain/credential.js';
import type { Decision, Offer, Refusal } from '../../agent/domain/decision.js';
import type { DecisionVersions, TakenItem } from '../../agent/domain/event.js';
import { type LedgerRecord, type LedgerUsage, NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Programme } from '../../agent/domain/policy.js';
import { decide } from '../../agent/services/decide.js';
import { offer } from '../../agent/services/offer.js';
import { rollCounters } from '../../agent/services/roll-over.js';
import type { LedgerState, ServiceSnapshot } from '../../agent/services/service.js';
import { usageOf, withUsage } from '../../agent/services/state.js';
import { withoutCounted } from '../../agent/services/take-back.js';

export { ledgerDay } from '../../agent/services/time.js';

const SEC_PER_DAY = 86_400;

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
  return offer(serviceSnapshot(snapshot));
}

/** Decides on a request: granted whole or refused whole, never cut down without the holder's word. */
export function decideRation(snapshot: RationSnapshot, request: RationRequest): Decision {
  return decide(serviceSnapshot(snapshot), { items: request });
}

/** The usage that the card's next record states after `taken`. Commodities of other programmes keep theirs, rolled over to the new day. */
export function applyRation(ledger: LedgerRecord, day: number, taken: readonly TakenItem[]): LedgerUsage[] {
  return [...taken.reduce(counted, stateOn(ledger, day)).usage];
}

/**
 * The usage that the card's next record states after `items`, served on `servedDay`, were given back. What was used on an earlier day
 * comes off the month alone, and nothing comes off a month that is over. Never below zero. See `takeBack`.
 */
export function applyVoid(
  ledger: LedgerRecord,
  days: { readonly today: number; readonly servedDay: number },
  items: readonly TakenItem[],
): LedgerUsage[] {
  const { day, usage, more = NOTHING_MORE } = ledger;
  const opening = rollCounters({ day, usage, more }, days.today, () => null);
  const state = items.reduce((so, { commodity, quantity }) => {
    const counted = { commodity, day: quantity, ahead: 0, month: quantity, drawn: 0 };
    return withoutCounted(so, counted, { servedDay: days.servedDay, quotaDay: 0 });
  }, opening);
  return [...state.usage];
}

function counted(state: LedgerState, { commodity, quantity }: TakenItem): LedgerState {
  const { usedDay, usedMonth } = usageOf(state, commodity);
  return withUsage(state, { commodity, usedDay: usedDay + quantity, usedMonth: usedMonth + quantity });
}

function stateOn({ day, usage, more = NOTHING_MORE }: LedgerRecord, today: number): LedgerState {
  return rollCounters({ day, usage, more }, today, () => null);
}

const NOBODY_KNOWS = {
  site: { number: 0, name: '', kind: '', area: '', accredited: false },
  operator: { number: 0, role: '' },
  exposure: {
    ...{ daysSinceContact: null, daysSinceSignedTime: null, units: 0, services: 0 },
    ...{ exemptionsToday: [], representedThisMonth: [] },
  },
} as const;

function serviceSnapshot(snapshot: RationSnapshot): ServiceSnapshot {
  const { programme, credential, ledger, day, versions } = snapshot;
  const { card, household, householdSize, draws, homeSite, coverage, rationScheme } = credential.entitlements;
  const dayOf = (timeSec: number): number => Math.floor(timeSec / SEC_PER_DAY);
  return {
    ...NOBODY_KNOWS,
    policy: { version: versions.policy, name: '', expiresAt: 0, timeZone: 'UTC', programmes: [programme] },
    programme,
    holder: {
      ...{ card, household, householdSize, draws, homeSite, homeArea: null, coverage, rationScheme, rosters: [] },
      issuedDay: dayOf(credential.issuedAt),
      expiresDay: dayOf(credential.expiresAt),
    },
    ledger: {
      day: ledger.day,
      usage: ledger.usage,
      more: ledger.more ?? NOTHING_MORE,
      nextSequence: ledger.sequence + 1,
      isDoubtful: snapshot.doubtful,
    },
    medium: { kind: '', isCopyable: snapshot.isCopyable },
    day,
    timeSec: day * SEC_PER_DAY,
    versions,
  };
}
