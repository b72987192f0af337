/** What a scenario is told with: places, people and their cards, and what is kept of each day. */
import type { Openings } from '../../agent/credential/personalise.js';
import type { CoverageClaim } from '../../agent/domain/credential.js';
import type { SimulatedCard } from '../card-file.js';
import type { Person } from '../site/population.js';

/** What happened at one terminal on one day: for the plot, not for the judge. */
export interface DayFigures {
  readonly day: string;
  readonly terminal: string;
  readonly services: number;
  readonly backlog: number;
  readonly online: boolean;
}

/** Where a terminal stands, and what it serves. */
export interface TerminalPlace {
  readonly site: string;
  /** As policies name it. */
  readonly kind: string;
  readonly area: string;
  readonly accredited?: boolean;
  /** Id of the programme, or of several; the first is served unless a tap asks for another. */
  readonly programme: string | readonly [string, ...string[]];
  /** Role of whoever serves there; absent: a clerk. */
  readonly role?: string;
  /** What holders pay is taken here, in cash and at a machine. Absent: nothing is. */
  readonly takesPayments?: boolean;
}

/** The journal of a terminal: canonical bytes of its events, base64url, oldest first. */
export interface JournalDump {
  readonly terminal: string;
  readonly events: readonly string[];
}

/** Somebody with a card. */
export interface Holder {
  readonly person: Person;
  readonly card: SimulatedCard;
  /** Class of their coverage; null for none. */
  readonly coverageClass: number | null;
  /** What the card was issued with, of an older system. */
  readonly openings?: Openings;
  /** The PIN that their letter tells. */
  readonly letter?: string;
}

/** How cards are issued. */
export interface IssueOptions {
  readonly medium?: 'ntag216' | 'type4';
  readonly coverage?: CoverageClaim;
  /** Scheme that cards are enrolled in; 1 where nobody says. */
  readonly scheme?: number;
  /** Name of a site that has a terminal. */
  readonly homeSite?: string;
  /** What a person has used and owns already, of an older system that ends; in the words of `balances` in an order. */
  readonly balances?: (person: Person) => unknown;
  /** Cards are made with the PIN of a letter, which only their holders have; on smart cards. */
  readonly letters?: true;
  /** Days that a card holds; ten years where nobody says. */
  readonly validDays?: (person: Person) => number;
}
