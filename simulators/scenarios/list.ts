/** A list of invented persons, by the way that a ministry's table takes: written as a spreadsheet saves it, imported, signed, and sealed to the terminals. */
import { parseCsv } from '../../agent/cards/csv.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { Signer } from '../../agent/domain/keys.js';
import type { ListedPerson } from '../../agent/domain/person.js';
import { columnOf, PERSON_COLUMNS } from '../../agent/roster/columns.js';
import { importRows } from '../../agent/roster/import.js';
import { sealRoster } from '../../agent/roster/sealed-roster.js';
import { signRoster } from '../../agent/roster/signed-roster.js';
import { inventedPersons } from '../bench/roster-people.js';
import type { Stream } from '../world/random.js';

const VALID_S = 90 * 86_400;

/** What a list is made from. */
export interface ListOrder {
  readonly name: string;
  readonly count: number;
  readonly nowMs: number;
  readonly signer: Signer;
  readonly random: Stream;
  /** Public keys of the terminals that may read it. */
  readonly terminals: readonly Uint8Array[];
}

/** Imports it. Throws `ERR_DATA_FILE` when a row of the table is not taken. */
export function importedList({ name, count, nowMs, signer, random, terminals }: ListOrder): {
  readonly persons: readonly ListedPerson[];
  readonly sealed: Uint8Array;
} {
  const heading = 'الرقم الوطني;الاسم;mother;birth year;gender';
  const table = inventedPersons(count, random).map(
    ({ id, name: own, mother, birthYear, gender }) => `${id};${own};${mother ?? ''};${birthYear};${gender}`,
  );
  const year = new Date(nowMs).getUTCFullYear();
  const rows = parseCsv([heading, ...table].join('\n'), PERSON_COLUMNS, columnOf);
  const { persons, mistakes } = importRows(rows, { years: { least: year - 130, most: year }, given: new Map() });
  const [first] = mistakes;
  if (first !== undefined) throw new WaslError('ERR_DATA_FILE', `line ${first.line}: ${first.message}`);
  const issuedAt = Math.floor(nowMs / 1000);
  const signed = signRoster({ name, version: 1, issuedAt, expiresAt: issuedAt + VALID_S }, persons, signer);
  return { persons, sealed: sealRoster(signed, { name, terminals }, random) };
}
