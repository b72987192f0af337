/** What a service does to the ledger of a card, beside what it hands out: kept with its intent, so that it can be taken back. */
import type { LedgerBalance, LedgerPaper } from './ledger.js';

/** Money of a service, in minor units of the policy's currency. */
export interface Charge {
  readonly gross: number;
  /** What the holder pays; the rest is the plan's. */
  readonly holder: number;
}

/** How the units of one item were counted, so that taking the service back can undo it. */
export interface CountedItem {
  readonly commodity: number;
  /** Units for the day of the ledger, and for days after it. */
  readonly day: number;
  readonly ahead: number;
  /** Of both, the units that count against the quota of that day's month; the others were drawn from an account or are for later months. */
  readonly month: number;
  /** Units drawn from the account in which the commodity accumulates. */
  readonly drawn: number;
}

/** A change of an account: its new value, and what was added to the old one (days for an `until`; below zero for what was taken off). */
export interface BalanceChange extends LedgerBalance {
  readonly by: number;
}

/** Units used of a paper. `before`: as it stood, so that one that was used up can be written again. */
export interface PaperUsed {
  readonly paper: number;
  readonly units: number;
  readonly before: LedgerPaper;
  /** The slip that it stands on, and the units that it was written for there; absent for a paper on the ledger. */
  readonly slip?: SlipOfPaper;
}

/** Where a paper stands that is on no ledger. */
export interface SlipOfPaper {
  /** Id of the slip, 16 hex digits. */
  readonly id: string;
  readonly of: number;
}

/** What a service does besides handing out. */
export interface ServiceEffects {
  /** The day of the ledger that it counts for: never before that of the record it builds on. */
  readonly day: number;
  readonly counted: readonly CountedItem[];
  /** New values of the accounts that change. */
  readonly balances: readonly BalanceChange[];
  /** Papers used, by number, with the units used of each. */
  readonly used: readonly PaperUsed[];
  readonly written: readonly LedgerPaper[];
  /** What is written goes on a slip: the ledger cannot take it, or there is none. */
  readonly isOnSlip?: true;
  readonly charge: Charge;
}
