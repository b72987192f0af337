/** The shift of whoever serves at a desk: from the cash that is put into the drawer until it is counted again. */
import type { PaymentMethod } from './payment.js';

/** Why a count differs, as the clerk and the supervisor give it. Events have them by their place: new ones go to the end. */
export const SHIFT_REASONS = ['none', 'change', 'float', 'receipt', 'loss', 'unexplained'] as const;

/**
 * One of {@link SHIFT_REASONS}. `change`: wrong change was given. `float`: there was not as much in the drawer at the beginning as was said. `receipt`: something was
 * paid, or paid back, beside the terminal. `loss`: lost, stolen or spoilt. `unexplained`: nobody can say.
 */
export type ShiftReason = (typeof SHIFT_REASONS)[number];

/** Largest sum of money that anybody can count in a drawer, in minor units. */
export const SHIFT_MONEY_MAX = 1_000_000_000;

/** Most commodities that the event of a closing names; of more the largest are in it. */
export const SHIFT_GOODS_MAX = 24;

/** What one method of paying came to, in minor units of the policy's currency. */
export interface Takings {
  readonly paid: number;
  /** Given back, since the service was taken back. */
  readonly returned: number;
  /** Taken, or perhaps taken, for a service whose effect on the card is not known: cash of this kind lies in the drawer. */
  readonly held: number;
}

/** What was handed out of one commodity, in its unit, and what was given back to cards before it was handed over. */
export interface ShiftGoods {
  readonly commodity: number;
  readonly out: number;
  readonly back: number;
}

/** What a terminal's events say of a shift. */
export interface ShiftTally {
  /** Services, those that were taken back included; what was only tried out is none. */
  readonly services: number;
  readonly voids: number;
  readonly takings: Readonly<Record<PaymentMethod, Takings>>;
  /** By number. */
  readonly goods: readonly ShiftGoods[];
  /** False where events of the shift are gone, destroyed or pruned: the sums are then too low. */
  readonly isWhole: boolean;
}

/** A shift that is not closed. */
export interface OpenShift {
  /** Random, 16 hex digits. */
  readonly id: string;
  readonly atMs: number;
  /** Number of whose shift it is; 0 where the site has no log-in. */
  readonly operator: number;
  /** What was in the drawer, in minor units; null at a desk that takes no money. */
  readonly float: number | null;
}

/** A shift began. */
export interface ShiftOpenedEvent extends Omit<OpenShift, 'id' | 'atMs'> {
  readonly type: 'shift';
  readonly phase: 'opened';
  /** Seconds since 1970. */
  readonly time: number;
  /** 16 hex digits, the same in both events of a shift. */
  readonly shift: string;
}

/** A shift ended: what the terminal knows of it, and what was counted. */
export interface ShiftClosedEvent {
  readonly type: 'shift';
  readonly phase: 'closed';
  readonly time: number;
  readonly shift: string;
  /** Number of whose shift it was; 0 where the site has no log-in. */
  readonly operator: number;
  readonly float: number | null;
  /** Seconds since 1970. */
  readonly openedAt: number;
  /** Number of who counted; 0 where the site has no log-in. */
  readonly closedBy: number;
  /** Number of the supervisor who answers for it; 0 for nobody. */
  readonly supervisor: number;
  readonly tally: ShiftTally;
  /** What was in the drawer, in minor units; null at a desk that takes no money. */
  readonly counted: number | null;
  readonly reason: ShiftReason;
}

/** What should be in the drawer, in minor units: what was put in, and all cash that came and did not go back. Null at a desk that takes no money. */
export function expectedCash(float: number | null, { takings }: Pick<ShiftTally, 'takings'>): number | null {
  const { paid, returned, held } = takings.cash;
  return float === null ? null : float + paid - returned + held;
}

/** By how much the count is off, in minor units: below 0 where money is missing. 0 at a desk that takes none. */
export function cashDifference(closed: Pick<ShiftClosedEvent, 'float' | 'tally' | 'counted'>): number {
  const expected = expectedCash(closed.float, closed.tally);
  return expected === null || closed.counted === null ? 0 : closed.counted - expected;
}
