/** Somebody whom a list names, as the authority describes them. */
import type { CoverageClaim } from './credential.js';

/** One person of a roster. */
export interface ListedPerson {
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
