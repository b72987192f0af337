/**
 * What a card has used: written to the card by the terminal that served it, signed, one record after another.
 * A family groups the programmes that share a ledger; media with little room have the ration family alone.
 */

/** Version of the ledger record format. */
export const LEDGER_VERSION = 1;

/** Families of programmes with a ledger of their own. Numbers are published and never used again for another. */
export const LEDGER_FAMILIES = { ration: 1, health: 2 } as const;

/** The families that a card with room for all of them has ledgers of, in order. */
export const ALL_LEDGER_FAMILIES: readonly number[] = Object.values(LEDGER_FAMILIES);

/** Name of a family, in English; its number for one that is not known. */
export function familyName(family: number): string {
  return Object.entries(LEDGER_FAMILIES).find(([, number]) => number === family)?.[0] ?? `family ${family}`;
}

/** What the record was written for. `ended`: the card is over, another one carries on what this one states; no terminal serves it any more. */
export type LedgerCause = 'issue' | 'service' | 'void' | 'ended';

/** Causes of records that an issuer signs, at a desk where cards are made; the others are a terminal's. */
export function isIssuerCause(cause: LedgerCause): boolean {
  return cause === 'issue' || cause === 'ended';
}

/** Use of one commodity as of the day of the record: counters of an earlier day or month read as 0. */
export interface LedgerUsage {
  readonly commodity: number;
  readonly usedDay: number;
  readonly usedMonth: number;
}

/** Use of one commodity over longer times than a month, where its quotas need it, and what was collected ahead. */
export interface LedgerTally {
  readonly commodity: number;
  /** In the calendar year of the record's day. */
  readonly usedYear: number;
  readonly usedEver: number;
  /** Taken for days after the record's day. */
  readonly ahead: number;
}

/** The value of one account of the programme. See `Account` in `policy.ts`. */
export interface LedgerBalance {
  readonly account: number;
  readonly value: number;
}

/** A paper that the holder carries on the ledger: a referral, a prescription, an appointment, a request. */
export interface LedgerPaper {
  /** Index in `PAPER_KINDS`. */
  readonly kind: number;
  /** The sequence of the ledger record that it was written with: with `commodity`, unique on this card. */
  readonly number: number;
  /** What it may be used for. */
  readonly commodity: number;
  /** Units left; a paper with none is removed. */
  readonly left: number;
  /** Last day that it holds, in days since 1970-01-01. */
  readonly untilDay: number;
  /** Number of the site that it was written for; 0 for any. */
  readonly site: number;
}

/** What a record states besides use. Absent parts are empty. */
export interface LedgerMore {
  readonly tallies: readonly LedgerTally[];
  readonly balances: readonly LedgerBalance[];
  readonly papers: readonly LedgerPaper[];
}

/** Nothing besides use. */
export const NOTHING_MORE: LedgerMore = { tallies: [], balances: [], papers: [] };

/** One record of the ledger. */
export interface LedgerRecord {
  readonly family: number;
  readonly cause: LedgerCause;
  /**
   * Two are written at issue, one in each slot: 0 and 1, or, on a card that carries on what another one stated, the two after its newest one, the even one
   * first. Then strictly +1. Record n lives in slot n mod 2.
   */
  readonly sequence: number;
  /** First 8 bytes of the hash of the record before. */
  readonly previous: Uint8Array;
  /** Days since 1970-01-01 of the site's calendar day that the counters count for. */
  readonly day: number;
  /** Seconds since 1970. */
  readonly time: number;
  readonly usage: readonly LedgerUsage[];
  /** Absent where the record states nothing besides use. */
  readonly more?: LedgerMore;
  /** Key id of the terminal (or, at issue and at its end, of the issuer) that signed it. */
  readonly signer: Uint8Array;
}

/**
 * What a slot of the card turned out to be.
 * `newer`: whole, in a later version of the format: never written over. `valid`: signed by a key trusted here. `torn`: fails its own check. `untrusted`: intact, but the signer is unknown here, revoked,
 * or the record is dated beyond what its certificate or our clock allows.
 */
export type Slot =
  | { readonly state: 'valid'; readonly record: LedgerRecord; readonly hash: Uint8Array }
  | { readonly state: 'torn' }
  | { readonly state: 'newer' }
  | {
      readonly state: 'untrusted';
      readonly record: LedgerRecord;
      readonly hash: Uint8Array;
      readonly why: 'signer' | 'signature' | 'dated';
    };
