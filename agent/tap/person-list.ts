/** Lists of persons who are served without a card, as a desk sees them. Port: `agent/roster/terminal-rosters.ts` stands behind it. */
import type { CoverageClaim } from '../domain/credential.js';
import type { LedgerFacts } from '../services/service.js';

/** Somebody on a list. */
export interface ListedPerson {
  /** Stands for the person in events; stays through all versions of the list. */
  readonly number: number;
  /** Identifier with whoever made the list. */
  readonly id: string;
  readonly name: string;
  readonly mother: string | null;
  readonly father: string | null;
  /** The own name in Latin letters. */
  readonly latin: string | null;
  readonly birthYear: number | null;
  readonly household: number;
  readonly householdSize: number;
  readonly draws: number;
  /** Number of the home site; 0 for none. */
  readonly homeSite: number;
  readonly coverage: CoverageClaim | null;
  readonly scheme: number | null;
}

/** A list in force. */
export interface PersonList {
  readonly roster: {
    /** Stands for the list in events. */
    readonly number: number;
    /** Seconds since 1970. */
    readonly head: { readonly name: string; readonly issuedAt: number; readonly expiresAt: number };
    /** The person with this number; null for one whom it does not name. */
    person(number: number): ListedPerson | null;
  };
  readonly finder: {
    /** The nearest `limit` persons for what was typed, and how many there are in all. */
    find(
      typed: string,
      limit: number,
    ): { readonly hits: readonly { readonly person: ListedPerson }[]; readonly total: number };
  };
}

/** The lists of a terminal, and what their persons have had at it. */
export interface PersonLists {
  /** The list of this name; null where there is none in force at `nowSec`, seconds since 1970. */
  inForce(name: string, nowSec: number): PersonList | null;
  /** Ledgers by the numbers of list and person; null while there is no list. Their answers never reject. */
  ledger(): { factsOf(roster: number, person: number): Promise<LedgerFacts> } | null;
}
