/** Snapshots for tests of the rules: one invented programme that states nothing, and changes of it. */
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Commodity, Programme } from '../../agent/domain/policy.js';
import type { LedgerFacts, LedgerState, ServiceSnapshot } from '../../agent/services/service.js';

const WORDS = { ar: 'خبز', fr: 'pain', en: 'bread' };

/** 2026-11-21. */
export const DAY = 20_778;
/** 2026-12-01. */
export const DECEMBER = DAY + 10;

/** Loaves without any quota. */
export function commodityOf(change: Partial<Commodity> = {}): Commodity {
  return { id: 'loaf', number: 1, name: WORDS, unit: WORDS, quotas: [], ...change };
}

/** Bread for scheme 1 that states no condition. */
export function programmeOf(change: Partial<Programme> = {}): Programme {
  return {
    ...{ id: 'bread', number: 1, title: WORDS, family: 1, schemes: [1], doubtfulLedgerMax: 2 },
    commodities: [commodityOf()],
    ...change,
  };
}

/** An account of kind `amount`, numbered 9. */
export const POINTS = { id: 'points', number: 9, kind: 'amount', name: WORDS, max: 1000 } as const;
/** A flag, numbered 8. */
export const ACTIVE = { id: 'active', number: 8, kind: 'flag', name: WORDS, max: 1 } as const;
/** A day until which something holds, numbered 7: 2027-12-31 at the latest. */
export const PAID = { id: 'paid', number: 7, kind: 'until', name: WORDS, max: DAY + 405 } as const;

/** A ledger of yesterday that nothing was used of. */
export function ledgerOf(change: Partial<LedgerFacts> = {}): LedgerFacts {
  return { day: DAY - 1, usage: [], more: NOTHING_MORE, nextSequence: 5, isDoubtful: false, ...change };
}

/** Changes of a snapshot, part by part. */
export interface Change {
  readonly programme?: Partial<Programme>;
  readonly commodity?: Partial<Commodity>;
  /** More commodities, and more programmes on the same ledger. */
  readonly commodities?: readonly Commodity[];
  readonly programmes?: readonly Programme[];
  readonly site?: Partial<ServiceSnapshot['site']>;
  readonly operator?: Partial<ServiceSnapshot['operator']>;
  readonly holder?: Partial<ServiceSnapshot['holder']>;
  readonly ledger?: Partial<LedgerFacts>;
  readonly medium?: Partial<ServiceSnapshot['medium']>;
  readonly exposure?: Partial<ServiceSnapshot['exposure']>;
  readonly remindDays?: number;
  readonly day?: number;
}

/** A card of scheme 1 that draws for three of five, at the clerk of a bakery that hears from its centre. */
export function snapshotOf(change: Change = {}): ServiceSnapshot {
  const { day = DAY, remindDays } = change;
  const commodities = [commodityOf(change.commodity), ...(change.commodities ?? [])];
  const programme = programmeOf({ commodities, ...change.programme });
  return {
    policy: {
      ...{ version: 1, name: 'test', expiresAt: 2_000_000_000, timeZone: 'Africa/Cairo', currency: 'EGP' },
      ...(remindDays === undefined ? {} : { remindDays }),
      programmes: [programme, ...(change.programmes ?? [])],
    },
    programme,
    site: { number: 17, name: 'bakery-1', kind: 'bakery', area: 'Port Said', accredited: true, ...change.site },
    operator: { number: 3, role: 'clerk', ...change.operator },
    holder: {
      ...{ card: 4711, household: 90_001, householdSize: 5, draws: 3, homeSite: 17, homeArea: 'Port Said' },
      ...{ coverage: { plan: 1, class: 2, familyUnit: 12 }, rationScheme: 1 },
      ...{ issuedDay: DAY - 30, expiresDay: DAY + 365, rosters: [] },
      ...change.holder,
    },
    ledger: ledgerOf(change.ledger),
    medium: { kind: 'ntag216', isCopyable: true, ...change.medium },
    exposure: {
      ...{ daysSinceContact: 0, daysSinceSignedTime: 0, units: 0, services: 0 },
      ...{ exemptionsToday: [], representedThisMonth: [] },
      ...change.exposure,
    },
    day,
    timeSec: day * 86_400 + 30_000,
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'signed' },
  };
}

/** The facts of a ledger that stands so, for the next tap. */
export function next(state: LedgerState, before: LedgerFacts): LedgerFacts {
  return { ...state, nextSequence: before.nextSequence + 1, isDoubtful: false };
}
