/**
 * A table of persons as the persons of a roster, each with its number:
 *
 *   rows ─ read, each mistake with its line ─ same id twice: a mistake ─ same name and year: probable, to be looked at ─ numbered
 *
 * A person keeps the number of the versions before: services are recorded under it. Pure.
 */
import type { CsvRow } from '../cards/csv.js';
import type { ListedPerson } from '../domain/person.js';
import type { PersonColumn } from './columns.js';
import { type BirthYears, type PersonOfRow, readRow } from './import-row.js';
import { arabicWords } from './names/arabic.js';
import { foldId } from './search-index.js';

/** A row that is not taken. */
export interface ImportMistake {
  /** Line of the file, from 1. */
  readonly line: number;
  readonly column: PersonColumn | null;
  readonly message: string;
  readonly remedy: string;
}

/** Two rows that may be one person: they are taken, and somebody should look. */
export interface ProbableTwin {
  readonly line: number;
  /** The earlier one. */
  readonly like: number;
}

/** What a table came to. */
export interface ImportResult {
  /** Ascending by number. */
  readonly persons: readonly ListedPerson[];
  readonly mistakes: readonly ImportMistake[];
  readonly twins: readonly ProbableTwin[];
  /** Persons that the version before had and this one has not. */
  readonly gone: number;
  /** Persons that no version before had. */
  readonly fresh: number;
}

/** Numbers that were given: by the one form of each id. Never taken back, so that no number comes to stand for somebody else. */
export type GivenNumbers = ReadonlyMap<string, number>;

/** What is known besides the table. */
export interface ImportContext {
  readonly years: BirthYears;
  /** Of the versions before. */
  readonly given: GivenNumbers;
  /** Called after each row. */
  readonly progress?: (done: number, total: number) => void;
}

/** Reads all rows. Never throws for what stands in them. */
export function importRows(rows: readonly CsvRow[], { years, given, progress }: ImportContext): ImportResult {
  const mistakes: ImportMistake[] = [];
  const twins: ProbableTwin[] = [];
  const lineOfId = new Map<string, number>();
  const lineOfName = new Map<string, number>();
  const listed: { readonly id: string; readonly person: PersonOfRow }[] = [];
  for (const [at, { line, cells, fault }] of rows.entries()) {
    progress?.(at, rows.length);
    if (fault !== null) {
      mistakes.push({ line, column: null, message: `the row ${fault}`, remedy: 'look for a separator inside a cell' });
      continue;
    }
    const reading = readRow(cells, years);
    if (!reading.ok) {
      mistakes.push(...reading.mistakes.map((mistake) => ({ line, ...mistake })));
      continue;
    }
    const { person } = reading;
    const id = foldId(person.id);
    const before = lineOfId.get(id);
    if (before !== undefined) {
      const message = `is the id of line ${before} too`;
      mistakes.push({ line, column: 'id', message, remedy: 'take one of the two rows out, or mend its id' });
      continue;
    }
    lineOfId.set(id, line);
    const like = twinOf(person, line, lineOfName);
    if (like !== null) twins.push({ line, like });
    listed.push({ id, person });
  }
  progress?.(rows.length, rows.length);
  const persons = numbered(listed, given);
  const gone = [...given.keys()].filter((id) => !lineOfId.has(id)).length;
  const fresh = listed.filter(({ id }) => !given.has(id)).length;
  return { persons, mistakes, twins, gone, fresh };
}

/** All numbers that are given once these persons are: those before, and theirs. */
export function numbersAfter(given: GivenNumbers, persons: readonly ListedPerson[]): GivenNumbers {
  return new Map([...given, ...persons.map((person) => [foldId(person.id), person.number] as const)]);
}

/** The line of an earlier row with the same own name, in its one form, and the same year of birth. */
function twinOf(person: PersonOfRow, line: number, lineOfName: Map<string, number>): number | null {
  if (person.birthYear === null) return null;
  const key = `${arabicWords(person.name).words.join(' ')} ${person.birthYear}`;
  const before = lineOfName.get(key);
  if (before === undefined) lineOfName.set(key, line);
  return before ?? null;
}

function numbered(
  listed: readonly { readonly id: string; readonly person: PersonOfRow }[],
  given: GivenNumbers,
): readonly ListedPerson[] {
  let next = 1 + [...given.values()].reduce((most, number) => Math.max(most, number), 0);
  const persons = listed.map(({ id, person }): ListedPerson => {
    const known = given.get(id);
    if (known !== undefined) return { number: known, ...person };
    next += 1;
    return { number: next - 1, ...person };
  });
  return persons.sort((a, b) => a.number - b.number);
}
