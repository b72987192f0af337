/** One person as bytes: the rows of a roster, published in `docs/formats/roster.md`. */
import { decodeCbor, encodeCbor } from '../credential/cbor.js';
import { showableText } from '../credential/plain-text.js';
import type { CoverageClaim } from '../domain/credential.js';
import { WaslError } from '../domain/errors.js';
import type { ListedPerson } from '../domain/person.js';
import { ID_CHARS_MAX, NAME_CHARS_MAX } from './roster.js';

/** Most bytes of a row. */
export const ROW_BYTES_MAX = 1_536;

const LIMITS = { bytesMax: ROW_BYTES_MAX, depthMax: 2, itemsMax: 24 };
const PARTS = 14;
const PERSONS_OF_HOUSEHOLD_MAX = 99;
const SMALL_MAX = 65_535;

/** The row of a person. Throws `ERR_LIST_FORMAT` for a person that no reader would take back. */
export function encodePerson(person: ListedPerson): Uint8Array {
  const { coverage } = person;
  const bytes = encodeCbor([
    person.number,
    person.id,
    person.name,
    person.mother,
    person.father,
    person.latin,
    person.birthYear,
    person.gender,
    person.household,
    person.householdSize,
    person.draws,
    person.homeSite,
    coverage === null ? null : [coverage.plan, coverage.class, coverage.familyUnit],
    person.scheme,
  ]);
  decodePerson(bytes);
  return bytes;
}

/** Reads a row. Throws `ERR_LIST_FORMAT` that names the part, never what stands in it. */
export function decodePerson(bytes: Uint8Array): ListedPerson {
  const decoded = decodeCbor(bytes, LIMITS);
  const parts: readonly unknown[] = decoded.ok && Array.isArray(decoded.value) ? decoded.value : [];
  if (parts.length !== PARTS) throw fault('has not the parts of a person');
  const [number, id, name, mother, father, latin, birthYear, gender, household, size, draws, site, coverage, scheme] =
    parts;
  const person = {
    number: count(number, 'number', { least: 1, most: 0xffff_ffff }),
    id: text(id, 'id', ID_CHARS_MAX),
    name: text(name, 'name', NAME_CHARS_MAX),
    mother: orNull(mother, (value) => text(value, 'mother', NAME_CHARS_MAX)),
    father: orNull(father, (value) => text(value, 'father', NAME_CHARS_MAX)),
    latin: orNull(latin, (value) => text(value, 'latin', NAME_CHARS_MAX)),
    birthYear: orNull(birthYear, (value) => count(value, 'birthYear', { least: 1850, most: 2200 })),
    gender: orNull(gender, (value) => count(value, 'gender', { least: 1, most: 3 })),
    household: count(household, 'household', { least: 0, most: Number.MAX_SAFE_INTEGER }),
    householdSize: count(size, 'householdSize', { least: 1, most: PERSONS_OF_HOUSEHOLD_MAX }),
    draws: count(draws, 'draws', { least: 1, most: PERSONS_OF_HOUSEHOLD_MAX }),
    homeSite: count(site, 'homeSite', { least: 0, most: SMALL_MAX }),
    coverage: orNull(coverage, coverageOf),
    scheme: orNull(scheme, (value) => count(value, 'scheme', { least: 0, most: SMALL_MAX })),
  };
  if (person.draws > person.householdSize) throw fault('draws for more persons than the household has');
  return person;
}

function coverageOf(value: unknown): CoverageClaim {
  const parts: readonly unknown[] = Array.isArray(value) ? value : [];
  if (parts.length !== 3) throw fault('has a coverage of another shape');
  const [plan, coverageClass, familyUnit] = parts;
  const small = { least: 0, most: SMALL_MAX };
  return {
    plan: count(plan, 'plan', small),
    class: count(coverageClass, 'class', small),
    familyUnit: count(familyUnit, 'familyUnit', { least: 0, most: Number.MAX_SAFE_INTEGER }),
  };
}

function orNull<T>(value: unknown, read: (value: unknown) => T): T | null {
  return value === null ? null : read(value);
}

function text(value: unknown, part: string, charsMax: number): string {
  const shown = showableText(value, charsMax);
  if (shown === null)
    throw fault(`has a ${part} that is empty, longer than ${charsMax} characters, or cannot be shown`);
  return shown;
}

function count(value: unknown, part: string, { least, most }: { least: number; most: number }): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw fault(`has a ${part} that is no whole number from ${least} to ${most}`);
}

function fault(what: string): WaslError {
  return new WaslError('ERR_LIST_FORMAT', `a row of the roster ${what}`);
}
