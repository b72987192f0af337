/**
 * What the search looks names up in: every distinct word once, and for each the rows that have it. Typed arrays, so that the index of a
 * roster takes tens of bytes a person.
 */

import type { ListedPerson } from '../domain/person.js';
import { arabicWords, foldArabic } from './names/arabic.js';
import { latinWords, soundOf } from './names/latin.js';
import type { Roster } from './roster.js';

/** Where a word stands: what a posting says besides its row. */
export const FIELDS = { own: 0, parent: 1, latin: 2, part: 3 } as const;

/** Bits of a posting below its row: two for the field, one that says "first word of the own name". */
export const POSTING_BITS = 3;

/** The index of a roster. Immutable. */
export interface SearchIndex {
  readonly roster: Roster;
  /** Distinct words in code-unit order. */
  readonly words: readonly string[];
  /** By word: its length (255 for what is longer), and {@link lettersIn} it. */
  readonly lengths: Uint8Array;
  readonly letters: Uint32Array;
  /** Postings of word `w` are those from `starts[w]` to `starts[w + 1]`: `row << 3 | field << 1 | first`. */
  readonly starts: Uint32Array;
  readonly postings: Uint32Array;
  /** Rows by their external id, in code-unit order of its one form. */
  readonly byId: Uint32Array;
  /** By row: hash of the own name in its one form. */
  readonly nameHashes: Uint32Array;
  /** By row; 0 for none. */
  readonly birthYears: Uint16Array;
  /** Bytes of all of it, the roster's own rows not counted. */
  readonly bytes: number;
}

/** An external id in its one form: digits of any script, capital letters, nothing between them. */
export function foldId(id: string): string {
  return foldArabic(id)
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '');
}

/** Hash of a name in its one form, for {@link SearchIndex.nameHashes}: FNV-1a over its UTF-16 units. Equal names have equal hashes. */
export function hashOfName(words: readonly string[]): number {
  let hash = 0x811c_9dc5;
  for (const word of words) {
    for (let i = 0; i < word.length; i += 1) hash = Math.imul(hash ^ word.charCodeAt(i), 0x0100_0193);
    hash = Math.imul(hash ^ 0x20, 0x0100_0193);
  }
  return hash >>> 0;
}

/** Longest length that is told from others. */
const LENGTH_MAX = 255;

/** Which letters a word has, as bits: letters that stand 32 apart share one. One slip changes at most one letter for another, so at most two bits. */
export function lettersIn(word: string): number {
  let letters = 0;
  for (let at = 0; at < word.length; at += 1) letters |= 1 << (word.charCodeAt(at) & 31);
  return letters >>> 0;
}

/** Builds the index of a roster: some microseconds a person. */
export function buildIndex(roster: Roster): SearchIndex {
  const { size } = roster;
  const found = new WordCollector();
  const nameHashes = new Uint32Array(size);
  const birthYears = new Uint16Array(size);
  const ids: string[] = [];
  for (let row = 0; row < size; row += 1) {
    const person = roster.personAt(row);
    nameHashes[row] = hashOfName(addPerson(found, person, row));
    birthYears[row] = person.birthYear ?? 0;
    ids.push(foldId(person.id));
  }
  const byId = Uint32Array.from({ length: size }, (_, row) => row).sort((a, b) => compare(ids[a] ?? '', ids[b] ?? ''));
  const { words, starts, postings } = found.sorted();
  const textBytes = words.reduce((sum, word) => sum + WORD_OVERHEAD_BYTES + 2 * word.length, 0);
  const lengths = Uint8Array.from(words, (word) => Math.min(word.length, LENGTH_MAX));
  const letters = Uint32Array.from(words, lettersIn);
  const arrays = [lengths, letters, starts, postings, byId, nameHashes, birthYears];
  const bytes = arrays.reduce((sum, array) => sum + array.byteLength, textBytes);
  return { roster, words, lengths, letters, starts, postings, byId, nameHashes, birthYears, bytes };
}

/** What V8 takes for a short string of its own and the reference to it. */
const WORD_OVERHEAD_BYTES = 24;

/** Collects the words of a person; returns those of the own name. */
function addPerson(found: WordCollector, person: ListedPerson, row: number): readonly string[] {
  const own = arabicWords(person.name);
  for (const [at, word] of own.words.entries()) found.add(word, row, (FIELDS.own << 1) | (at === 0 ? 1 : 0));
  for (const part of own.parts) found.add(part, row, FIELDS.part << 1);
  for (const parent of [person.mother, person.father]) {
    const { words, parts } = arabicWords(parent ?? '');
    for (const word of words) found.add(word, row, FIELDS.parent << 1);
    for (const part of parts) found.add(part, row, FIELDS.part << 1);
  }
  for (const [at, word] of latinWords(person.latin ?? '').entries()) {
    const mark = (FIELDS.latin << 1) | (at === 0 ? 1 : 0);
    found.add(word, row, mark);
    found.add(soundOf(word), row, mark);
  }
  return own.words;
}

/** Pairs of word and posting in the order in which they come, sorted by counting at the end. */
class WordCollector {
  readonly #numbers = new Map<string, number>();
  #words = new Uint32Array(1024);
  #postings = new Uint32Array(1024);
  #count = 0;

  add(word: string, row: number, mark: number): void {
    if (word === '') return;
    const number = this.#numbers.get(word) ?? this.#numbers.size;
    if (number === this.#numbers.size) this.#numbers.set(word, number);
    if (this.#count === this.#words.length) {
      this.#words = grown(this.#words);
      this.#postings = grown(this.#postings);
    }
    this.#words[this.#count] = number;
    this.#postings[this.#count] = (row << POSTING_BITS) | mark;
    this.#count += 1;
  }

  sorted(): Pick<SearchIndex, 'words' | 'starts' | 'postings'> {
    const words = [...this.#numbers.keys()].sort(compare);
    const place = new Uint32Array(words.length);
    for (const [at, word] of words.entries()) place[this.#numbers.get(word) ?? 0] = at;
    const starts = new Uint32Array(words.length + 1);
    for (let i = 0; i < this.#count; i += 1) bump(starts, (place[this.#words[i] ?? 0] ?? 0) + 1, 1);
    for (let at = 1; at < starts.length; at += 1) bump(starts, at, starts[at - 1] ?? 0);
    const next = starts.slice();
    const postings = new Uint32Array(this.#count);
    for (let i = 0; i < this.#count; i += 1) {
      const at = place[this.#words[i] ?? 0] ?? 0;
      postings[next[at] ?? 0] = this.#postings[i] ?? 0;
      bump(next, at, 1);
    }
    return { words, starts, postings };
  }
}

function bump(array: Uint32Array, at: number, by: number): void {
  array[at] = (array[at] ?? 0) + by;
}

function grown(array: Uint32Array): Uint32Array<ArrayBuffer> {
  const next = new Uint32Array(2 * array.length);
  next.set(array);
  return next;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
