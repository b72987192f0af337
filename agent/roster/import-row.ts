/** One row of a table as a person: every mistake named with its column, what stands there, and what to do. Pure. */
import { showableText } from '../credential/plain-text.js';
import type { ListedPerson } from '../domain/person.js';
import type { PersonColumn } from './columns.js';
import { foldArabic } from './names/arabic.js';
import { ID_CHARS_MAX, NAME_CHARS_MAX } from './roster.js';

/** A mistake in a row. */
export interface RowMistake {
  readonly column: PersonColumn | null;
  /** For people; names no person. */
  readonly message: string;
  readonly remedy: string;
}

/** A person without a number yet. */
export type PersonOfRow = Omit<ListedPerson, 'number'>;

/** What a row came to. */
export type RowReading =
  | { readonly ok: true; readonly person: PersonOfRow }
  | { readonly ok: false; readonly mistakes: readonly RowMistake[] };

/** Years that a person of this list can be born in. */
export interface BirthYears {
  readonly least: number;
  readonly most: number;
}

const PERSONS_OF_HOUSEHOLD_MAX = 99;
const SMALL_MAX = 65_535;

/** Marks that spreadsheets put beside Arabic, and a byte order mark: they show nothing, and are no part of a name. */
const DIRECTION_MARKS = /[\u200e\u200f\u061c\ufeff]/g;

/** Words for genders, in their one form. */
const GENDERS: ReadonlyMap<string, number> = new Map([
  ...['1', 'm', 'male', 'ذكر', 'رجل'].map((word) => [foldArabic(word), 1] as const),
  ...['2', 'f', 'female', 'انثى', 'امرأة'].map((word) => [foldArabic(word), 2] as const),
  ...['3', 'x', 'other', 'آخر'].map((word) => [foldArabic(word), 3] as const),
]);

/** Reads a row. Empty cells take what {@link ListedPerson} says of a list that has none. */
export function readRow(cells: ReadonlyMap<string, string>, years: BirthYears): RowReading {
  const mistakes: RowMistake[] = [];
  const cell = (column: PersonColumn): string =>
    (cells.get(column) ?? '').replace(DIRECTION_MARKS, '').replace(/\s+/gu, ' ').trim();
  const text = (column: PersonColumn, charsMax: number): string | null => {
    const value = cell(column);
    if (value === '' || showableText(value, charsMax) !== null) return value === '' ? null : value;
    const message = `has more than ${charsMax} characters, or one that cannot be shown`;
    mistakes.push({ column, message, remedy: 'type the cell anew, without hidden characters' });
    return null;
  };
  const number = (column: PersonColumn, range: { readonly least: number; readonly most: number }): number | null => {
    const value = foldArabic(cell(column));
    if (value === '') return null;
    const count = /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
    if (Number.isSafeInteger(count) && count >= range.least && count <= range.most) return count;
    const message = `is no whole number from ${range.least} to ${range.most}`;
    mistakes.push({ column, message, remedy: 'write digits only, or leave the cell empty' });
    return null;
  };
  const needed = (column: 'id' | 'name', charsMax: number): string => {
    const value = text(column, charsMax);
    const isEmpty = value === null && cell(column) === '';
    const isDumb = value !== null && !/[\p{L}\p{N}]/u.test(value);
    if (isEmpty || isDumb)
      mistakes.push({ column, message: 'is empty', remedy: 'ask whoever made the list, or take the row out' });
    return value ?? '';
  };
  const small = { least: 0, most: SMALL_MAX };
  const members = { least: 1, most: PERSONS_OF_HOUSEHOLD_MAX };
  const whole = { least: 0, most: Number.MAX_SAFE_INTEGER };
  const plan = number('plan', small);
  const person: PersonOfRow = {
    id: needed('id', ID_CHARS_MAX),
    name: needed('name', NAME_CHARS_MAX),
    mother: text('mother', NAME_CHARS_MAX),
    father: text('father', NAME_CHARS_MAX),
    latin: text('latin', NAME_CHARS_MAX),
    birthYear: number('birth_year', years) ?? yearOfDate(cell('birth_date'), years, mistakes),
    gender: genderOf(cell('gender'), mistakes),
    household: number('household', whole) ?? 0,
    householdSize: number('household_size', members) ?? 1,
    draws: number('draws', members) ?? 1,
    homeSite: number('home_site', small) ?? 0,
    coverage:
      plan === null
        ? null
        : { plan, class: number('class', small) ?? 0, familyUnit: number('family_unit', whole) ?? 0 },
    scheme: number('scheme', small),
  };
  if (person.draws > person.householdSize && mistakes.length === 0)
    mistakes.push({
      column: 'draws',
      message: 'is more than the household has',
      remedy: 'mend "draws" or "household_size"',
    });
  return mistakes.length === 0 ? { ok: true, person } : { ok: false, mistakes };
}

/** The year of a date in any order of day, month and year: what has four digits. */
function yearOfDate(cell: string, { least, most }: BirthYears, mistakes: RowMistake[]): number | null {
  if (cell === '') return null;
  const years = foldArabic(cell).match(/(?<!\d)\d{4}(?!\d)|(?<!\d)\d{4}(?=\d{4}(?!\d))/g) ?? [];
  const year = years.length === 1 ? Number(years[0]) : Number.NaN;
  if (year >= least && year <= most) return year;
  const message = `has no year from ${least} to ${most}`;
  mistakes.push({ column: 'birth_date', message, remedy: 'write the date like 1984-02-29' });
  return null;
}

function genderOf(cell: string, mistakes: RowMistake[]): number | null {
  if (cell === '') return null;
  const gender = GENDERS.get(foldArabic(cell).toLowerCase());
  if (gender !== undefined) return gender;
  mistakes.push({ column: 'gender', message: 'is not known', remedy: 'write ذكر or أنثى, m or f, 1, 2 or 3' });
  return null;
}
