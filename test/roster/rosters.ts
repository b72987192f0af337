/** Rosters of invented persons for tests. */
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import type { ListedPerson } from '../../agent/domain/person.js';
import type { Roster, RosterHead } from '../../agent/roster/roster.js';
import { createFinder, type RosterFinder } from '../../agent/roster/search.js';
import { buildIndex } from '../../agent/roster/search-index.js';
import { readRoster, signRoster } from '../../agent/roster/signed-roster.js';
import { NOW, signerOf } from '../support/people.js';

/** Signs the rosters. */
export const authority = signerOf(10);

/** Seed and signer of the terminal that reads them. */
export const TERMINAL_SEED = new Uint8Array(32).fill(7);
/** See {@link TERMINAL_SEED}. */
export const terminal = signerFromSeed(TERMINAL_SEED);

/** What a roster says of itself. */
export function head(version = 1, name = 'gezira-2026'): RosterHead {
  return { name, version, issuedAt: NOW, expiresAt: NOW + 90 * 86_400 };
}

/** A person; `change` differs. */
export function person(number: number, change: Partial<ListedPerson> = {}): ListedPerson {
  return {
    number,
    id: `900000000${String(number).padStart(4, '0')}`,
    name: 'سلمى عبد الرحيم بدران',
    mother: null,
    father: null,
    latin: null,
    birthYear: 1984,
    gender: 2,
    household: 70_000 + number,
    householdSize: 4,
    draws: 1,
    homeSite: 17,
    coverage: { plan: 3, class: 1, familyUnit: 12 },
    scheme: null,
    ...change,
  };
}

/** The roster of these persons, as a terminal reads it. */
export function rosterOf(persons: readonly ListedPerson[], of = head()): Roster {
  return readRoster(signRoster(of, persons, authority), verifierFromKey(authority.publicKey));
}

/** A finder over persons with these own names, numbered from 1 on. */
export function finderOf(...names: readonly string[]): RosterFinder {
  return createFinder(buildIndex(rosterOf(names.map((name, at) => person(at + 1, { name })))));
}
