/** Persons on lists, as the page shows them. */

import type { ListedPerson } from '../domain/person.js';
import type { UndispensedGift } from '../journal/journal.js';
import type { HolderView, PersonView } from './state.js';

/** Characters of an id that are shown. */
const ID_ENDING_CHARS = 4;

/** A person among those found. `areaOf` names the area of a site. */
export function personView(person: ListedPerson, areaOf: (site: number) => string | null): PersonView {
  const { number, mother, father, birthYear, id, homeSite } = person;
  return {
    ...{ number, mother, father, birthYear, names: namesOf(person) },
    area: homeSite === 0 ? null : areaOf(homeSite),
    idEnding: endingOf(id),
  };
}

/** A person as whoever is served. */
export function listedHolder(person: ListedPerson): HolderView {
  const { householdSize, draws, id } = person;
  return { names: namesOf(person), householdSize, draws, cardEnding: endingOf(id), isListed: true };
}

/** Whoever was on a list that is no more. */
export function unlistedHolder(ending: string): HolderView {
  return { names: [{ text: ending, language: 'und' }], householdSize: 1, draws: 0, cardEnding: ending, isListed: true };
}

/** What tells whom an open hand-over is for: the end of the id, or the number in the list where the list is no more. */
export function listedEnding(
  { given }: UndispensedGift,
  personOf: (roster: number, person: number) => ListedPerson | null,
): string {
  const person = personOf(given.roster, given.person);
  return person === null ? `#${given.person}` : endingOf(person.id);
}

function namesOf({ name, latin }: ListedPerson): HolderView['names'] {
  const own = { text: name, language: 'ara' };
  return latin === null ? [own] : [own, { text: latin, language: 'und' }];
}

function endingOf(id: string): string {
  return id.slice(-ID_ENDING_CHARS);
}
