/**
 * A roster: persons whom a campaign serves, with or without a card, as the authority lists them. Pure values.
 *
 * A roster stays as bytes in memory, one row after another; a row is read when somebody asks for it. So 200,000 persons take the memory
 * of their file, not of as many objects.
 */
import type { ListedPerson } from '../domain/person.js';

/** Most persons of one roster. */
export const PERSONS_MAX = 200_000;

/** A name of a roster, e.g. `gezira-2026`; also the name of its file. */
export const ROSTER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Most UTF-16 units of a name of a person. */
export const NAME_CHARS_MAX = 80;

/** Most UTF-16 units of an external id. */
export const ID_CHARS_MAX = 40;

/** What a roster says of itself. */
export interface RosterHead {
  readonly name: string;
  /** From 1 on; a terminal never goes back to a lower one. */
  readonly version: number;
  /** Seconds since 1970. */
  readonly issuedAt: number;
  /** Seconds since 1970: nobody is served by it from then on. */
  readonly expiresAt: number;
}

/** A roster whose signature and rows were checked. */
export interface Roster {
  readonly head: RosterHead;
  /** Stands for the name in events, see `rosterNumber`. */
  readonly number: number;
  /** How many persons it has. */
  readonly size: number;
  /** The person in row `at`, from 0 on; rows are ascending by number. Throws a RangeError for a row that is not there. */
  personAt(at: number): ListedPerson;
  /** The person with this number, or null. */
  person(number: number): ListedPerson | null;
}
