/**
 * `bench roster`: a list as large as the one of Gezira (23,034 persons): import, opening, look-ups and memory. Look-ups stand beside a bare
 * linear scan over names that are folded already, which has neither ranking nor slips.
 */
import { memoryUsage } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { parseCsv } from '../../agent/cards/csv.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import type { Randomness } from '../../agent/domain/clock.js';
import type { ListedPerson } from '../../agent/domain/person.js';
import { columnOf, PERSON_COLUMNS } from '../../agent/roster/columns.js';
import { importRows } from '../../agent/roster/import.js';
import { arabicWords } from '../../agent/roster/names/arabic.js';
import type { Roster } from '../../agent/roster/roster.js';
import { createFinder } from '../../agent/roster/search.js';
import { buildIndex } from '../../agent/roster/search-index.js';
import { readRoster, signRoster } from '../../agent/roster/signed-roster.js';
import { seeded } from './events.js';
import { inventedPersons, tableOf } from './roster-people.js';

/** Milliseconds of one way to look up. */
export interface LookUpFigures {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** What was measured. */
export interface RosterBench {
  readonly persons: number;
  /** From the text of the table to numbered persons. */
  readonly importRowsPerSecond: number;
  /** Of the signed file. */
  readonly bytesPerPerson: number;
  /** Verify, inflate, check every row. */
  readonly openSeconds: number;
  readonly indexSeconds: number;
  readonly lookUp: LookUpFigures;
  readonly scan: LookUpFigures;
  /** How many times faster than the scan, at the median and at the 95th percentile. */
  readonly ratios: { readonly p50: number; readonly p95: number };
  /** Every person who was asked for was among the results. */
  readonly missed: number;
  /** Rows and index, counted from their arrays; and what the whole process grew by, after a collection, where it can be measured. */
  readonly memory: { readonly indexBytesPerPerson: number; readonly processBytesPerPerson: number | null };
  readonly method: string;
}

const METHOD =
  'invented persons, four names each and three of the mother; questions: two names, a whole name, a beginning, a slip, the mother, Latin, an id, ' +
  'in turn; eight results; the scan asks each name that was folded before for every folded word; medians over all questions of one run';

const RESULTS = 8;

/** Measures with `persons` and `questions`. */
export async function benchRoster(options: {
  readonly persons: number;
  readonly questions: number;
}): Promise<RosterBench> {
  const random = seeded(20_261_122);
  const { signed, authority, importMs } = signedTable(options.persons, random);
  const processBytes = await heapGrowth(() => buildIndex(readRoster(signed, authority)));
  const opened = timed(() => readRoster(signed, authority));
  const indexed = timed(() => buildIndex(opened.value));
  const finder = createFinder(indexed.value);
  const scan = preparedScan(opened.value);
  const asked = questionsOf(opened.value, options.questions, () => random.fraction());
  let missed = 0;
  const ours = asked.map(({ text, number }) => {
    const found = timed(() => finder.find(text, RESULTS));
    const isThere = found.value.hits.some(({ person }) => person.number === number);
    // Of persons of one name more than fit may be there.
    if (!isThere && found.value.total <= RESULTS) missed += 1;
    return found.ms;
  });
  const theirs = asked.map(({ text }) => timed(() => scan(text)).ms);
  const [lookUp, scanned] = [figuresOf(ours), figuresOf(theirs)];
  return {
    persons: options.persons,
    importRowsPerSecond: Math.round((options.persons / importMs) * 1000),
    bytesPerPerson: round(signed.length / options.persons),
    openSeconds: round(opened.ms / 1000),
    indexSeconds: round(indexed.ms / 1000),
    lookUp,
    scan: scanned,
    ratios: { p50: round(scanned.p50Ms / lookUp.p50Ms), p95: round(scanned.p95Ms / lookUp.p95Ms) },
    missed,
    memory: {
      indexBytesPerPerson: round(indexed.value.bytes / options.persons),
      processBytesPerPerson: processBytes === null ? null : round(processBytes / options.persons),
    },
    method: METHOD,
  };
}

/** A table of invented persons, imported and signed. */
function signedTable(count: number, random: Randomness) {
  const table = tableOf(inventedPersons(count, random));
  const imported = timed(() =>
    importRows(parseCsv(table, PERSON_COLUMNS, columnOf), { years: { least: 1900, most: 2026 }, given: new Map() }),
  );
  const signer = signerFromSeed(random.bytes(32));
  const head = { name: 'gezira-2026', version: 1, issuedAt: 1_795_251_600, expiresAt: 1_803_027_600 };
  const signed = signRoster(head, imported.value.persons, signer);
  return { signed, authority: verifierFromKey(signer.publicKey), importMs: imported.ms };
}

interface Question {
  readonly text: string;
  readonly number: number;
}

function questionsOf(roster: Roster, count: number, fraction: () => number): Question[] {
  return Array.from({ length: count }, (_, at) => {
    const person = roster.personAt(Math.floor(fraction() * roster.size));
    return { text: questionAbout(person, at % 7), number: person.number };
  });
}

function questionAbout(person: ListedPerson, kind: number): string {
  const words = person.name.split(' ');
  const last = words.at(-1) ?? '';
  switch (kind) {
    case 0:
      return `${words[0]} ${last}`;
    case 1:
      return person.name;
    case 2:
      return `${last} ${words.slice(0, -1).join(' ').slice(0, -2)}`;
    case 3:
      return `${words.slice(0, -1).join(' ')} ${last.slice(0, -1)}`;
    case 4:
      return `${person.mother ?? ''} ${last}`;
    case 5:
      return person.latin ?? person.name;
    default:
      return person.id;
  }
}

/** What one would write first: every name folded once, each question asked of each. */
function preparedScan(roster: Roster): (text: string) => number {
  const lines = Array.from({ length: roster.size }, (_, row) => {
    const { id, name, mother, latin } = roster.personAt(row);
    const words = [...arabicWords(name).words, ...arabicWords(mother ?? '').words];
    return `${id} ${words.join(' ')} ${(latin ?? '').toLowerCase()}`;
  });
  return (text) => {
    const words = [...arabicWords(text).words].map((word) => word.toLowerCase());
    return lines.filter((line) => words.every((word) => line.includes(word))).length;
  };
}

function timed<T>(work: () => T): { readonly value: T; readonly ms: number } {
  const begun = performance.now();
  const value = work();
  return { value, ms: performance.now() - begun };
}

function figuresOf(all: readonly number[]): LookUpFigures {
  const sorted = [...all].sort((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return { p50Ms: Math.round(at(0.5) * 1000) / 1000, p95Ms: Math.round(at(0.95) * 1000) / 1000 };
}

/** Bytes that the process keeps for what `make` returns; null unless Node was started with `--expose-gc`. */
async function heapGrowth(make: () => object): Promise<number | null> {
  if (globalThis.gc === undefined) return null;
  const held: object[] = [make()];
  const withIt = await bytesInUse(globalThis.gc);
  held.pop();
  return withIt - (await bytesInUse(globalThis.gc));
}

/** After collections, some turns apart: what a function that has returned had in hand is let go of only then. */
async function bytesInUse(collect: () => void): Promise<number> {
  for (let i = 0; i < COLLECTIONS; i += 1) {
    collect();
    await pause(COLLECTION_PAUSE_MS);
  }
  const { heapUsed, external } = memoryUsage();
  return heapUsed + external;
}

const COLLECTIONS = 4;
const COLLECTION_PAUSE_MS = 20;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
