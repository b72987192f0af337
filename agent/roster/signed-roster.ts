/**
 * A roster as the authority signs it: the envelope of every signed list, its content deflated CBOR. Published in `docs/formats/roster.md`.
 *
 *   envelope [1, "roster", key id, content, signature] ─ verified ─▶ content inflated, bounded ─▶ head and rows, each row checked
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { decodeCbor, encodeCbor, sameBytes } from '../credential/cbor.js';
import { hashOf, LABELS } from '../credential/hash.js';
import { SIGNATURE_BYTES, sigStructure } from '../credential/signature.js';
import { WaslError } from '../domain/errors.js';
import type { Signer, Verifier } from '../domain/keys.js';
import type { ListedPerson } from '../domain/person.js';
import { decodePerson, encodePerson, ROW_BYTES_MAX } from './person-row.js';
import { PERSONS_MAX, ROSTER_NAME, type Roster, type RosterHead } from './roster.js';

/** Most bytes of a roster, inflated or not: 320 for each of 200,000 persons; lists of real names take about 130. */
export const ROSTER_BYTES_MAX = 64 * 1024 * 1024;

const FORMAT_VERSION = 1;
const KIND = 'roster';
const ENVELOPE_LIMITS = { bytesMax: ROSTER_BYTES_MAX, depthMax: 1, itemsMax: 8 };

/** What stands for the name of a roster in events: the first 32 bits of its hash. An authority gives no two rosters one number. */
export function rosterNumber(name: string): number {
  return new DataView(hashOf(LABELS.rosterName, name).buffer).getUint32(0);
}

/** Signs a roster. Throws `ERR_LIST_FORMAT` for persons out of order, too many of them, or one that no reader would take back. */
export function signRoster(head: RosterHead, persons: readonly ListedPerson[], authority: Signer): Uint8Array {
  if (persons.length > PERSONS_MAX) throw format(`has more than ${PERSONS_MAX} persons`);
  // Each row as a byte string: where the next one begins is known without reading it.
  const rows = persons.map((person) => encodeCbor(encodePerson(person)));
  const { name, version, issuedAt, expiresAt } = head;
  const content = encodeCbor([FORMAT_VERSION, name, version, issuedAt, expiresAt, persons.length, Buffer.concat(rows)]);
  readContent(content);
  const payload = new Uint8Array(deflateRawSync(content));
  const signature = authority.sign(sigStructure(LABELS.list, payload, [KIND]));
  const signed = encodeCbor([FORMAT_VERSION, KIND, authority.keyId, payload, signature]);
  if (signed.length > ROSTER_BYTES_MAX) throw format('is too large');
  return signed;
}

/**
 * Verifies and reads a roster; the signature is verified before anything is inflated. Every row is checked. Throws `ERR_LIST_FORMAT` or
 * `ERR_LIST_SIGNATURE`. Whether it has expired is not looked at: what was accepted stays readable, and is not served by.
 */
export function readRoster(signed: Uint8Array, authority: Verifier): Roster {
  const decoded = decodeCbor(signed, ENVELOPE_LIMITS);
  const parts: readonly unknown[] = decoded.ok && Array.isArray(decoded.value) ? decoded.value : [];
  const [version, kind, keyId, payload, signature] = parts;
  const sized =
    payload instanceof Uint8Array && signature instanceof Uint8Array && signature.length === SIGNATURE_BYTES;
  if (parts.length !== 5 || version !== FORMAT_VERSION || kind !== KIND || !sized)
    throw format(`is not a signed roster of version ${FORMAT_VERSION}`);
  const known = keyId instanceof Uint8Array && sameBytes(keyId, authority.keyId);
  if (!known || !authority.verify(sigStructure(LABELS.list, payload, [KIND]), signature))
    throw new WaslError('ERR_LIST_SIGNATURE', 'the roster was not signed by the authority of this terminal');
  return readContent(inflated(payload));
}

function inflated(payload: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(inflateRawSync(payload, { maxOutputLength: ROSTER_BYTES_MAX }));
  } catch (cause) {
    throw new WaslError('ERR_LIST_FORMAT', 'the roster is damaged, or inflates to more than a roster may have', {
      cause,
    });
  }
}

function readContent(content: Uint8Array): Roster {
  const decoded = decodeCbor(content, ENVELOPE_LIMITS);
  const parts: readonly unknown[] = decoded.ok && Array.isArray(decoded.value) ? decoded.value : [];
  const [format_, name, version, issuedAt, expiresAt, size, rows] = parts;
  if (parts.length !== 7 || format_ !== FORMAT_VERSION || !(rows instanceof Uint8Array))
    throw format('does not have the published shape');
  if (typeof name !== 'string' || !ROSTER_NAME.test(name)) throw format('has a name of another form');
  if (!isCount(version) || version < 1 || !isCount(issuedAt) || !isCount(expiresAt))
    throw format('has a version or times that are no whole numbers');
  if (!isCount(size) || size > PERSONS_MAX) throw format(`has more than ${PERSONS_MAX} persons`);
  return rosterOf({ name, version, issuedAt, expiresAt }, rows, size);
}

/** Goes through all rows once: checks each, and remembers where it begins. */
function rosterOf(head: RosterHead, rows: Uint8Array, size: number): Roster {
  const starts = new Uint32Array(size + 1);
  const numbers = new Uint32Array(size);
  let at = 0;
  let before = 0;
  for (let row = 0; row < size; row += 1) {
    const { start, end } = placeOfRow(rows, at);
    const { number } = decodePerson(rows.subarray(start, end));
    if (number <= before) throw format('has persons out of order, or a number twice');
    numbers[row] = number;
    starts[row] = at;
    before = number;
    at = end;
  }
  starts[size] = at;
  if (at !== rows.length) throw format('has more rows than it says');
  const personAt = (row: number): ListedPerson => {
    if (!Number.isInteger(row) || row < 0 || row >= size) throw new RangeError('there is no such row');
    const { start, end } = placeOfRow(rows, starts[row] ?? 0);
    return decodePerson(rows.subarray(start, end));
  };
  const person = (number: number): ListedPerson | null => {
    const row = rowOf(numbers, number);
    return row === null ? null : personAt(row);
  };
  return { head, number: rosterNumber(head.name), size, personAt, person };
}

/** The byte string that begins at `at`, of at most {@link ROW_BYTES_MAX}: heads of one, two or three bytes (RFC 8949 §3). */
function placeOfRow(rows: Uint8Array, at: number): { readonly start: number; readonly end: number } {
  const [head = 0, first = 0, second = 0] = [rows[at], rows[at + 1], rows[at + 2]];
  const [headBytes, length] =
    head >= 0x40 && head < 0x58
      ? [1, head - 0x40]
      : head === 0x58
        ? [2, first]
        : head === 0x59
          ? [3, first * 256 + second]
          : [0, 0];
  const start = at + headBytes;
  if (headBytes === 0 || length > ROW_BYTES_MAX || start + length > rows.length) throw format('has a damaged row');
  return { start, end: start + length };
}

function rowOf(numbers: Uint32Array, number: number): number | null {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < number) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === number ? low : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function format(what: string): WaslError {
  return new WaslError('ERR_LIST_FORMAT', `the roster ${what}`);
}
