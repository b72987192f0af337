/** Lists of persons who are served without a card, as a desk sees them. Port: `agent/roster/terminal-rosters.ts` stands behind it. */
import type { ListedPerson } from '../domain/person.js';
import type { LedgerFacts } from '../services/service.js';

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
  /** The list with this number; likewise. */
  numbered(number: number, nowSec: number): PersonList | null;
  /** Ledgers by the numbers of list and person; null while there is no list. Their answers never reject. */
  ledger(): {
    factsOf(roster: number, person: number): Promise<LedgerFacts>;
    /** Time of the newest event about a person that was counted, in seconds since 1970; 0 for none. */
    newestOf(roster: number, person: number): number;
  } | null;
}
