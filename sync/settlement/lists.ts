/** The rules from lists in memory: every version of policy and hotlist that the centre ever had. */
import { calendars } from '../../agent/domain/calendar.js';
import type { Policy } from '../../agent/domain/policy.js';
import type { Blocked, HouseholdShare, SettlementRules } from './rules.js';

/** A hotlist as it was signed. */
export interface HotlistVersion {
  readonly version: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  readonly cards: Iterable<number>;
}

/** What {@link listRules} begins with. */
export interface ListRulesOptions {
  /** Counts days until there is a policy, which names its own. Default `UTC`. */
  readonly timeZone?: string;
  /** Default 99, the most that a credential can state. */
  readonly householdMembersMax?: number;
  /** Default: no register, so that no household is known. */
  readonly householdOf?: (card: number) => Promise<HouseholdShare | null>;
}

/** Rules that learn new lists while they are used. */
export interface ListRules extends SettlementRules {
  /** Takes in a policy; the same version again changes nothing. */
  addPolicy(policy: Policy): void;
  /** Takes in a hotlist, in any order of versions; the same version again changes nothing. */
  addHotlist(list: HotlistVersion): void;
}

/** Rules without any list yet. What they hold grows with the cards that were ever blocked, hardly with the number of lists. */
export function listRules(options: ListRulesOptions = {}): ListRules {
  const calendarFor = calendars();
  const policies = new Map<number, Policy>();
  const issued = new Map<number, number>();
  /** For each card that any list names: the versions that name it, as runs. */
  const naming = new Map<number, Run[]>();
  let newest: Policy | null = null;
  const timeZone = (): string => newest?.timeZone ?? options.timeZone ?? 'UTC';
  const blocked = (card: number): Blocked | null => {
    const version = naming.get(card)?.[0]?.first;
    if (version === undefined) return null;
    return { version, sinceS: issued.get(version) ?? 0 };
  };
  return {
    calendar: { dayOf: (timeMs) => calendarFor(timeZone()).dayOf(timeMs) },
    householdMembersMax: options.householdMembersMax ?? 99,
    policy: (version) => policies.get(version) ?? null,
    newestPolicy: () => newest,
    isHotlistedIn: (version, card) => {
      if (version === 0) return false;
      if (!issued.has(version)) return null;
      return naming.get(card)?.some(({ first, last }) => first <= version && version <= last) ?? false;
    },
    blocked,
    householdOf: options.householdOf ?? (() => Promise.resolve(null)),
    addPolicy: (policy) => {
      policies.set(policy.version, policy);
      if (newest === null || policy.version >= newest.version) newest = policy;
    },
    addHotlist: ({ version, issuedAt, cards }) => {
      if (issued.has(version)) return;
      issued.set(version, issuedAt);
      for (const card of cards) naming.set(card, withVersion(naming.get(card) ?? [], version));
    },
  };
}

/** Consecutive versions, both ends included. */
interface Run {
  readonly first: number;
  readonly last: number;
}

/** The runs, ascending and apart from each other, with one more version. */
function withVersion(runs: readonly Run[], version: number): Run[] {
  const next: Run[] = [];
  let own: Run = { first: version, last: version };
  for (const run of runs) {
    if (run.last + 1 < own.first) next.push(run);
    else if (run.first <= own.last + 1) {
      own = { first: Math.min(run.first, own.first), last: Math.max(run.last, own.last) };
    }
  }
  return [...next, own, ...runs.filter((run) => run.first > own.last + 1)];
}
