/**
 * Finding a person of a roster by what a clerk types: an id, or names in any order, whole or begun, with one slip in a word.
 *
 *   typed ─ has digits, and begins ids ─▶ those ids
 *     └─ words ─ each: the same word, a word that begins so, one that sounds so (Latin), one a slip away ─▶ rows that have all of them, ranked
 *
 * Ranking: the whole own name first; then by how well each word was met; the person's own name counts more than those of the parents.
 */

import type { ListedPerson } from '../domain/person.js';
import { arabicWords, foldArabic, looseArabicWords } from './names/arabic.js';
import { latinWords, soundOf } from './names/latin.js';
import { isOneSlip } from './names/slip.js';
import { foldId, hashOfName, lettersIn, POSTING_BITS, type SearchIndex } from './search-index.js';

/** Most results of one search. */
export const RESULTS_MAX = 1_000;

/** Most characters and words that are looked at of what was typed. */
export const QUERY_CHARS_MAX = 200;
const QUERY_WORDS_MAX = 12;

/** A person who was found. */
export interface RosterHit {
  readonly person: ListedPerson;
  /** What was met: the external id, or names. */
  readonly by: 'id' | 'name';
  /** Higher is nearer; for comparing hits of one search. */
  readonly score: number;
}

/** What a search came to. */
export interface RosterSearch {
  /** The nearest first. */
  readonly hits: readonly RosterHit[];
  /** How many persons were met, those beyond the limit included. */
  readonly total: number;
}

/** Finds persons of one roster. Calls are answered at once, one after the other. */
export interface RosterFinder {
  /** The nearest `limit` persons, at most {@link RESULTS_MAX}. Nothing for what holds no letter and no digit. */
  find(typed: string, limit: number): RosterSearch;
}

const QUALITY = { same: 100, begins: 80, sounds: 75, slip: 55 } as const;
const WHOLE_NAME = 400;
const FIRST_WORD = 12;
const FIELD_LOSS: readonly number[] = [0, 8, 0, 4];
const BEGINNING_MIN = 2;
const ID_BEGINNING_MIN = 3;
const SLIP_LETTERS_MIN = 4;
/** Of a word and of what was typed, the shorter one has at least so many letters. */
const SLIP_SHORTER_MIN = 3;
const ARTICLE_BEGUN_MAX = 4;
/** Least words of which one may be missing when nobody has them all. */
const FORGIVING_FROM = 3;

const NOTHING: RosterSearch = { hits: [], total: 0 };

/** A finder over an index. Takes 4 bytes a person besides it. */
export function createFinder(index: SearchIndex): RosterFinder {
  const { size } = index.roster;
  const scratch: Scratch = { met: new Uint8Array(size), seen: new Uint8Array(size), scores: new Uint16Array(size) };
  return {
    find: (typed, limit) => {
      const text = typed.slice(0, QUERY_CHARS_MAX);
      const most = Math.max(0, Math.min(Math.floor(limit), RESULTS_MAX));
      const byId = /\p{N}/u.test(text) ? findById(index, foldId(text), most) : NOTHING;
      return byId.total > 0 ? byId : findByName(index, { text, most }, scratch);
    },
  };
}

/** By row, reused from search to search: words met, the last word that met it, and the score. */
interface Scratch {
  readonly met: Uint8Array;
  readonly seen: Uint8Array;
  readonly scores: Uint16Array;
}

function findById({ roster, byId }: SearchIndex, id: string, most: number): RosterSearch {
  const idAt = (at: number): string => foldId(roster.personAt(byId[at] ?? 0).id);
  const from = lowerBound(byId.length, (at) => idAt(at) < id);
  const hits: RosterHit[] = [];
  const end =
    id.length < ID_BEGINNING_MIN ? from + 1 : lowerBound(byId.length, (at) => idAt(at) < id || idAt(at).startsWith(id));
  for (let at = from; at < Math.min(end, byId.length) && hits.length < most; at += 1) {
    const person = roster.personAt(byId[at] ?? 0);
    const isWhole = foldId(person.id) === id;
    if (isWhole || id.length >= ID_BEGINNING_MIN)
      hits.push({ person, by: 'id', score: isWhole ? WHOLE_NAME : QUALITY.begins });
  }
  return { hits, total: id.length < ID_BEGINNING_MIN ? hits.length : end - from };
}

/** One word that was typed, in the forms that it is looked up by. */
interface Term {
  readonly word: string;
  readonly sound: string | null;
}

function findByName(
  index: SearchIndex,
  { text, most }: { readonly text: string; readonly most: number },
  scratch: Scratch,
): RosterSearch {
  const asked = questionOf(text);
  const { hash, birthYear } = asked;
  const look = (terms: readonly Term[], needed: number): RosterSearch => {
    if (needed === 0) return NOTHING;
    scratch.met.fill(0);
    scratch.scores.fill(0);
    for (const [at, term] of terms.entries()) meet(index, { term, at }, scratch);
    return ranked(index, { needed, birthYear, hash, most }, scratch);
  };
  const joined = look(asked.joined, asked.joined.length);
  if (joined.total > 0) return joined;
  const loose = look(asked.loose, asked.loose.length);
  if (loose.total > 0 || asked.joined.length < FORGIVING_FROM) return loose;
  return look(asked.joined, asked.joined.length - 1);
}

/** What was typed, as words to look up. */
interface Question {
  readonly joined: readonly Term[];
  /** With compounds in their parts. */
  readonly loose: readonly Term[];
  /** Of the Arabic words, as {@link SearchIndex.nameHashes} has it. */
  readonly hash: number;
  /** A number that can only be one. */
  readonly birthYear: number | null;
}

function questionOf(text: string): Question {
  const folded = foldArabic(text);
  const year = /(?<!\d)(?:1[89]|2[01])\d{2}(?!\d)/.exec(folded)?.[0];
  const arabicText = text.replace(/[\p{N}\p{Script=Latin}]+/gu, ' ');
  const arabic = arabicWords(arabicText).words;
  const latin = latinWords(folded.replace(/[^\p{Script=Latin}\p{Mn}'’\s-]+/gu, ' ')).map((word) => ({
    word,
    sound: soundOf(word),
  }));
  // An article with the beginning of a word is too little to look up beside others.
  const whole = arabic.filter((word) => !word.startsWith('ال') || word.length > ARTICLE_BEGUN_MAX);
  const termsOf = (words: readonly string[]): readonly Term[] =>
    [...words.map((word) => ({ word, sound: null })), ...latin].slice(0, QUERY_WORDS_MAX);
  return {
    joined: termsOf(whole.length > 0 ? whole : arabic),
    loose: termsOf(looseArabicWords(arabicText)),
    hash: hashOfName(arabic),
    birthYear: year === undefined ? null : Number(year),
  };
}

/** Adds what one typed word gives to the rows that have it, the best match of each row first. */
function meet(index: SearchIndex, { term, at }: { readonly term: Term; readonly at: number }, scratch: Scratch): void {
  const { words } = index;
  const { word, sound } = term;
  const place: Meeting = { index, scratch, isFirst: at === 0 };
  scratch.seen.fill(0);
  const from = lowerBound(words.length, (i) => (words[i] ?? '') < word);
  const isThere = words[from] === word;
  if (isThere) meetWord(place, from, QUALITY.same);
  if (word.length >= BEGINNING_MIN)
    for (let i = isThere ? from + 1 : from; words[i]?.startsWith(word) === true; i += 1)
      meetWord(place, i, QUALITY.begins);
  if (sound !== null) {
    const heard = lowerBound(words.length, (i) => (words[i] ?? '') < sound);
    if (words[heard] === sound) meetWord(place, heard, QUALITY.sounds);
  }
  for (const i of slipsFrom(index, word)) meetWord(place, i, QUALITY.slip);
}

/** Words that are one slip away. All of them are looked at, so lengths and letters are asked before the word itself. */
function slipsFrom({ words, lengths, letters }: SearchIndex, word: string): number[] {
  const found: number[] = [];
  const own = lettersIn(word);
  const shortest = Math.max(SLIP_SHORTER_MIN, word.length - 1, word.length < SLIP_LETTERS_MIN ? SLIP_LETTERS_MIN : 0);
  if (word.length < SLIP_SHORTER_MIN) return found;
  for (let i = 0; i < lengths.length; i += 1) {
    const length = lengths[i] ?? 0;
    if (length < shortest || length > word.length + 1) continue;
    const others = (letters[i] ?? 0) ^ own;
    const butOne = others & (others - 1);
    if ((butOne & (butOne - 1)) === 0 && isOneSlip(word, words[i] ?? '')) found.push(i);
  }
  return found;
}

interface Meeting {
  readonly index: SearchIndex;
  readonly scratch: Scratch;
  /** The first word that was typed: worth more where it is the person's first name. */
  readonly isFirst: boolean;
}

function meetWord({ index, scratch, isFirst }: Meeting, word: number, quality: number): void {
  const { starts, postings } = index;
  const { met, seen, scores } = scratch;
  for (let at = starts[word] ?? 0; at < (starts[word + 1] ?? 0); at += 1) {
    const posting = postings[at] ?? 0;
    const row = posting >>> POSTING_BITS;
    if (seen[row] === 1) continue;
    seen[row] = 1;
    met[row] = (met[row] ?? 0) + 1;
    const isFirstName = isFirst && (posting & 1) === 1;
    scores[row] =
      (scores[row] ?? 0) + quality - (FIELD_LOSS[(posting >>> 1) & 3] ?? 0) + (isFirstName ? FIRST_WORD : 0);
  }
}

/** The best rows by score, then in the order of the roster. */
function ranked(
  { roster, nameHashes, birthYears }: SearchIndex,
  wanted: Pick<Question, 'hash' | 'birthYear'> & { readonly needed: number; readonly most: number },
  { met, scores }: Scratch,
): RosterSearch {
  const best: { row: number; score: number }[] = [];
  let total = 0;
  for (let row = 0; row < met.length; row += 1) {
    if ((met[row] ?? 0) < wanted.needed) continue;
    if (wanted.birthYear !== null && birthYears[row] !== wanted.birthYear) continue;
    total += 1;
    const score = (scores[row] ?? 0) + (nameHashes[row] === wanted.hash ? WHOLE_NAME : 0);
    if (best.length >= wanted.most && score <= (best.at(-1)?.score ?? 0)) continue;
    const at = lowerBound(best.length, (i) => (best[i]?.score ?? 0) >= score);
    best.splice(at, 0, { row, score });
    if (best.length > wanted.most) best.pop();
  }
  return { hits: best.map(({ row, score }) => ({ person: roster.personAt(row), by: 'name', score })), total };
}

/** The first place of `count` for which `isBefore` does not hold; those for which it does all come first. */
function lowerBound(count: number, isBefore: (at: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
