import type { BackoffLimits } from '../link/backoff.js';

/** Bounds and delays of settlement. */
export interface SettlementLimits {
  /** Changes taken at once. */
  readonly pageMax: number;
  /** Documents looked at in one step of a pass over all of them. */
  readonly passPageMax: number;
  /** Pause between two looks at databases in which nothing happened. */
  readonly pollMs: number;
  /** Pauses after a failure, each twice as long as the one before. */
  readonly backoff: BackoffLimits;
  /** How often a document is tried that somebody else changes at the same time. */
  readonly attemptsMax: number;
  /** A missing range this old is a case. */
  readonly gapAfterMs: number;
  /** How often the age of missing ranges is looked at. */
  readonly gapPassMs: number;
  /** How far an event may lie before its predecessor of the same epoch. */
  readonly backwardsMaxMs: number;
  /** How far an event may lie ahead of the centre's clock. */
  readonly aheadMaxMs: number;
}

/** Limits for a centre. */
export const SETTLEMENT_LIMITS: SettlementLimits = {
  pageMax: 500,
  passPageMax: 500,
  pollMs: 2_000,
  backoff: { baseMs: 500, maxMs: 60_000 },
  attemptsMax: 8,
  gapAfterMs: 24 * 3_600_000,
  gapPassMs: 300_000,
  backwardsMaxMs: 300_000,
  aheadMaxMs: 3_600_000,
};

/**
 * Bounds of single documents. Where a set is larger, its lowest members in the order of their ids are kept, whichever came first: so the
 * document depends on the events alone, and not on their order.
 */
export const DOCUMENT_LIMITS = {
  /** Events of one card and ledger sequence. */
  serviceEventsMax: 64,
  /** Events of one card, programme and month. */
  usageEventsMax: 1_000,
  /** Services of one programme to one person on a roster. */
  personEventsMax: 1_000,
  /** Services with one slip, and voids of such. */
  slipEventsMax: 256,
  /** Endorsements written to one card. */
  endorsedEventsMax: 256,
  /** Services that one person collected for others in a month. */
  representedEventsMax: 1_000,
  /** Ledgers that were carried on to a card, or from it. */
  replacedEventsMax: 256,
  /** Events of one shift: two, and each again in every epoch that says them again. */
  shiftEventsMax: 32,
  /** Runs of events that the centre holds of one epoch. */
  heldRunsMax: 2_048,
  /** Events that contradict what stands in their place, impossible times, later epochs: of each, for one epoch. */
  oddEventsMax: 32,
  /** Events that a case names. */
  caseEventsMax: 32,
} as const;
