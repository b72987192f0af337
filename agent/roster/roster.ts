/**
 * A roster: persons whom a campaign serves, with or without a card, as the authority lists them. Pure values.
 *
 * A roster stays as bytes in memory, one row after another; a row is read when somebody asks for it. So 200,000 persons take the memory
 * of their file, not of as many objects.
 */
import type { CoverageClaim } from '../domain/credential.js';

/** Most persons of one roster. */
export const PERSONS_MAX = 200_000;

/** A name of a roster, e.g. `gezira-2026`; also the name of its file. */
export const ROSTER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

/** Most UTF-16 units of a name of a person. */
export const NAME_CHARS_MAX = 80;

/** Most UTF-16 units of an external id. */
export const ID_CHARS_MAX = 40;

/** One person of a roster. */
export interface RosterPerson {
  /** Dense, from 1 on; stays with the external id through all versions of the roster, and stands for the person in events. */
  readonly number: number;
  /** Identifier of the person with whoever made the list, e.g. a national number. */
  readonly id: string;
  /** The person's own name in Arabic, as many parts as the list has. */
  readonly name: string;
  readonly mother: string | null;
  readonly father: string | null;
  /** The own name in Latin letters. */
  readonly latin: string | null;
  readonly birthYear: number | null;
  /** 1 male, 2 female, 3 other, as in Claim 169. */
  readonly gender: number | null;
  /** Number of the household; 0 where the list has none. */
  readonly household: number;
  readonly householdSize: number;
  /** Members this person draws for. */
  readonly draws: number;
  /** Number of the home site; 0 for none. */
  readonly homeSite: number;
  readonly coverage: CoverageClaim | null;
  /** Number of the ration scheme; null for none. */
  readonly scheme: number | null;
}

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
  personAt(at: number): RosterPerson;
  /** The person with this number, or null. */
  person(number: number): RosterPerson | null;
}
