/**
 * What a rule is. A decision is an ordered list of named rules, each a small pure function that looks at the same values: a rule says how much it allows, and
 * never what another rule thinks.
 */
import type { ErrorCode } from '../domain/error-codes.js';
import type { Commodity } from '../domain/policy.js';
import { UNBOUNDED } from './entitlement.js';
import type { LedgerState, RuleVerdict, ServiceRequest, ServiceSnapshot } from './service.js';

/** What a rule about a whole service looks at. */
export interface ServiceLook {
  readonly snapshot: ServiceSnapshot;
  /** Without items where only an offer is wanted. */
  readonly request: ServiceRequest;
  /** The ledger on the day of the service, before anything is taken. */
  readonly opening: LedgerState;
  /** The ledger as all items leave it, before anything is paid from it. */
  readonly served: LedgerState;
}

/** What a rule about one commodity looks at. */
export interface ItemLook extends ServiceLook {
  readonly commodity: Commodity;
  /** The ledger as the items before this one leave it. */
  readonly state: LedgerState;
}

/** What a rule found. */
export interface Finding {
  /** Most units that it allows: 0 refuses, {@link UNBOUNDED} allows. */
  readonly most: number;
  /** What it compared. */
  readonly facts: RuleVerdict['facts'];
  /** Id of the account, where a rule looks at several: ends the rule's id. */
  readonly of?: string;
}

interface NamedRule {
  /** Last part of the id of the rule, e.g. `quota-day`; never changed. */
  readonly name: string;
  /** Why it refuses. */
  readonly reason: ErrorCode;
}

/** A rule about the service as a whole: it is held against the units of all items together. */
export interface ServiceRule extends NamedRule {
  readonly per: 'service';
  /** Nothing where the policy has no such condition. */
  look(at: ServiceLook): readonly Finding[];
}

/** A rule about each item. */
export interface ItemRule extends NamedRule {
  readonly per: 'item';
  /** Nothing where the policy has no such condition. */
  look(at: ItemLook): readonly Finding[];
}

/** One of the rules of a decision. */
export type Rule = ServiceRule | ItemRule;

/** The finding of a rule that does not look: the policy has no such condition. */
export const NOTHING: readonly Finding[] = [];

/** The finding of a condition that holds or does not. */
export function when(holds: boolean, facts: Finding['facts']): readonly Finding[] {
  return [{ most: holds ? UNBOUNDED : 0, facts }];
}

/** The finding of a bound on the quantity. `most` is stated as a fact. */
export function atMost(bound: number, facts: Finding['facts']): readonly Finding[] {
  const most = Math.max(0, bound);
  return [{ most, facts: { ...facts, most } }];
}
