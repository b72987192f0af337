import type { ErrorCode } from './error-codes.js';
import type { DecisionVersions, TakenItem } from './event.js';

/** What may be taken of one commodity now, and what bounds it. All in the unit of the commodity. */
export interface OfferedItem {
  readonly commodity: number;
  /** Most that may be taken now; at least 1 for one item of an offer. */
  readonly available: number;
  readonly usedDay: number;
  readonly usedMonth: number;
  /** This card's bound for the day and for the month; null where the policy has none. */
  readonly quotaDay: number | null;
  readonly quotaMonth: number | null;
}

/** A refusal: a value with its reason, never an exception. */
export interface Refusal {
  readonly outcome: 'refuse';
  readonly reason: ErrorCode;
  readonly programme: number;
  readonly versions: DecisionVersions;
}

/** What the holder may take, before the operator confirms. */
export interface Offer {
  readonly outcome: 'offer';
  readonly programme: number;
  readonly items: readonly OfferedItem[];
  readonly versions: DecisionVersions;
}

/** The holder is served these items. */
export interface Grant {
  readonly outcome: 'grant';
  readonly programme: number;
  readonly items: readonly TakenItem[];
  readonly versions: DecisionVersions;
}

/** The outcome of a request. */
export type Decision = Grant | Refusal;
