/**
 * Reads the part of CDDL (RFC 8610) that the published formats use: rules for types and groups, choices, ranges, maps, arrays, tags,
 * occurrences, cuts, and the controls `.size`, `.cbor` and `.regexp`. Anything else is refused, so that nothing is silently not checked.
 */

/** A type. */
export type CddlType =
  | { readonly kind: 'choice'; readonly of: readonly CddlType[] }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'value'; readonly value: number | string | Uint8Array }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'control'; readonly of: CddlType; readonly control: string; readonly argument: CddlType }
  | { readonly kind: 'tag'; readonly tag: number; readonly of: CddlType }
  | { readonly kind: 'map' | 'array'; readonly group: CddlGroup };

/** Entries of a map or an array. */
export type CddlGroup = readonly CddlEntry[];

/** One entry of a group, or a group in brackets. */
export interface CddlEntry {
  readonly min: number;
  readonly max: number;
  /** Null for an element of an array, or a group by its name. */
  readonly key: CddlType | null;
  readonly of: { readonly type: CddlType } | { readonly group: CddlGroup };
}

/** A specification: its rules by name, the first one being what it is about. */
export interface CddlRules {
  readonly first: string;
  readonly types: ReadonlyMap<string, CddlType>;
  readonly groups: ReadonlyMap<string, CddlGroup>;
}

const TOKEN =
  /\s+|;[^\n]*|h'[0-9a-f]*'|"[^"\\]*"|-?[0-9]+(?![0-9A-Za-z_])|#6\.[0-9]+|\.\.|\.[a-z]+|=>|[A-Za-z@_$](?:[-.]*[A-Za-z0-9@_$])*|[=/()[\]{},:?*+^]/y;

/** The tokens that are still to be read. */
interface Cursor {
  peek(ahead?: number): string;
  next(): string;
  /** Skips a token that must stand here. */
  skip(token: string): void;
  fail(wanted: string): never;
}

/** Reads a specification. Throws, with the place, for anything that it does not understand. */
export function parseCddl(text: string): CddlRules {
  const cursor = cursorOf(tokensOf(text));
  const types = new Map<string, CddlType>();
  const groups = new Map<string, CddlGroup>();
  const first = cursor.peek();
  while (cursor.peek() !== '') {
    const name = cursor.next();
    if (!isName(name) || types.has(name) || groups.has(name)) cursor.fail('a new name');
    cursor.skip('=');
    if (cursor.peek() !== '(') types.set(name, readType(cursor));
    else {
      cursor.next();
      groups.set(name, readGroup(cursor, ')'));
    }
  }
  return { first, types, groups };
}

function cursorOf(tokens: readonly string[]): Cursor {
  let at = 0;
  const fail = (wanted: string): never => {
    throw new Error(`${wanted} expected after ${tokens.slice(Math.max(0, at - 9), at).join(' ')}`);
  };
  const next = (): string => {
    at += 1;
    return tokens[at - 1] ?? '';
  };
  return {
    peek: (ahead = 0) => tokens[at + ahead] ?? '',
    next,
    skip: (token) => {
      if (next() !== token) fail(token);
    },
    fail,
  };
}

function isName(token: string): boolean {
  return /^[A-Za-z@_$]/.test(token) && !token.startsWith("h'");
}

/** type = type1 *("/" type1) */
function readType(cursor: Cursor): CddlType {
  const first = readRange(cursor);
  const of = [first];
  while (cursor.peek() === '/') {
    cursor.next();
    of.push(readRange(cursor));
  }
  return of.length === 1 ? first : { kind: 'choice', of };
}

/** type1 = type2 [(".." / control) type2] */
function readRange(cursor: Cursor): CddlType {
  const left = readSimple(cursor);
  if (cursor.peek() === '..') {
    cursor.next();
    const right = readSimple(cursor);
    if (left.kind !== 'value' || right.kind !== 'value') return cursor.fail('a range of two numbers');
    return { kind: 'range', from: Number(left.value), to: Number(right.value) };
  }
  if (!/^\.[a-z]/.test(cursor.peek())) return left;
  return { kind: 'control', of: left, control: cursor.next(), argument: readSimple(cursor) };
}

function readSimple(cursor: Cursor): CddlType {
  const token = cursor.next();
  if (token === '(' || token.startsWith('#6.')) {
    if (token !== '(') cursor.skip('(');
    const of = readType(cursor);
    cursor.skip(')');
    return token === '(' ? of : { kind: 'tag', tag: Number(token.slice(3)), of };
  }
  if (token === '{') return { kind: 'map', group: readGroup(cursor, '}') };
  if (token === '[') return { kind: 'array', group: readGroup(cursor, ']') };
  if (/^-?[0-9]/.test(token)) return { kind: 'value', value: Number(token) };
  if (token.startsWith('"')) return { kind: 'value', value: token.slice(1, -1) };
  if (token.startsWith("h'")) return { kind: 'value', value: Uint8Array.from(Buffer.from(token.slice(2, -1), 'hex')) };
  return isName(token) ? { kind: 'name', name: token } : cursor.fail('a type');
}

function readGroup(cursor: Cursor, end: string): CddlGroup {
  const entries: CddlEntry[] = [];
  while (cursor.peek() !== end) {
    entries.push(readEntry(cursor));
    if (cursor.peek() !== end) cursor.skip(',');
  }
  cursor.next();
  return entries;
}

/** grpent = [occur] [memberkey] type / [occur] "(" group ")"; a key with ":" is a cut, one with "=>" is not. */
function readEntry(cursor: Cursor): CddlEntry {
  const times = readOccurrence(cursor);
  if (cursor.peek() === '(') {
    cursor.next();
    return { ...times, key: null, of: { group: readGroup(cursor, ')') } };
  }
  if (isName(cursor.peek()) && cursor.peek(1) === ':') {
    const key: CddlType = { kind: 'value', value: cursor.next() };
    cursor.next();
    return { ...times, key, of: { type: readType(cursor) } };
  }
  const first = readType(cursor);
  if (cursor.peek() !== ':' && cursor.peek() !== '=>') return { ...times, key: null, of: { type: first } };
  // All that this reader knows of a cut is that a value as a key has one.
  const cuts = cursor.next() === ':';
  if (cuts !== (first.kind === 'value')) return cursor.fail('":" behind a value, "=>" behind a type');
  return { ...times, key: first, of: { type: readType(cursor) } };
}

function readOccurrence(cursor: Cursor): Pick<CddlEntry, 'min' | 'max'> {
  const many = Number.POSITIVE_INFINITY;
  const sign = cursor.peek();
  if (sign === '?' || sign === '+') {
    cursor.next();
    return sign === '?' ? { min: 0, max: 1 } : { min: 1, max: many };
  }
  const min = /^[0-9]+$/.test(sign) && cursor.peek(1) === '*' ? Number(cursor.next()) : 0;
  if (cursor.peek() !== '*') return { min: 1, max: 1 };
  cursor.next();
  return { min, max: /^[0-9]+$/.test(cursor.peek()) ? Number(cursor.next()) : many };
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  for (let at = 0; at < text.length; at = TOKEN.lastIndex) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) throw new Error(`not understood: ${text.slice(at, at + 40)}`);
    if (!/^(\s|;)/.test(token)) tokens.push(token);
  }
  return tokens;
}
