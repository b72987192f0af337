/** The schema's issues as problems with a remedy, and what of a policy is well-formed in spite of them. */
import { z } from 'zod';
import { comparePaths, nearest, type Path, type PolicyProblem, type ProblemKind, told, untold } from './problem.js';

/** What of `T` is there and well-formed: everything may be missing, and whatever is there has the right kind and bounds. */
export type Known<T> = T extends readonly (infer Item)[]
  ? readonly (Known<Item> | undefined)[]
  : T extends object
    ? { readonly [Name in keyof T]?: Known<T[Name]> | undefined }
    : T;

/** What a schema says of a value. */
export interface Reading<T> {
  /** The value when nothing is wrong with it. */
  readonly whole: T | null;
  /** What is well-formed of it; null where it is not even an object. */
  readonly known: Known<T> | null;
  readonly problems: readonly PolicyProblem[];
}

/** Checks `value` against `schema`. Mistakes of one member hide none of another. */
export function read<T>(schema: z.ZodType<T>, value: unknown): Reading<T> {
  const parsed = schema.safeParse(value, { error: wordsOf, reportInput: true });
  if (parsed.success) return { whole: parsed.data, known: parsed.data as Known<T>, problems: [] };
  const issues = parsed.error.issues.flatMap((issue) => flatten(issue, value));
  const problems = issues.flatMap(problemsOf);
  return { whole: null, known: withoutBad<T>(value, issues), problems };
}

/** An issue with its whole path; of a union, those of the variant that was meant. */
function flatten(issue: z.core.$ZodIssue, top: unknown, base: Path = []): z.core.$ZodIssue[] {
  const path = [...base, ...issue.path] as (string | number)[];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ ...issue, path }];
  // The branch that the author meant is the one whose complaints lie deepest.
  const branches = issue.errors.map((errors) => errors.flatMap((one) => flatten(one, top, path)));
  const meant = branches.toSorted((a, b) => depthOf(b) - depthOf(a))[0] ?? [];
  if (depthOf(meant) > path.length) return meant;
  return [
    {
      ...issue,
      path,
      message: told('is neither a text nor an object of texts', 'write a text, or an object with the plural forms'),
    },
  ];
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => issue.path.length + (issue.code === 'unrecognized_keys' ? 1 : 0)));
}

const KIND_WORDS: Readonly<Record<string, string>> = {
  string: 'a text in double quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false, without quotes',
  object: 'an object { … }',
  array: 'a list [ … ]',
};

/** Names the known members of an object behind one that is not known; {@link problemsOf} takes it apart. */
const KNOWN_MEMBERS = 'known members: ';

/** What is wrong and what to do, where the schema has no words of its own. */
function wordsOf(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      return KNOWN_MEMBERS + (issue.inst instanceof z.ZodObject ? Object.keys(issue.inst.shape).join(' ') : '');
    case 'invalid_type':
      return wrongType(issue.expected, issue.input);
    case 'invalid_value':
      return wrongValue(issue.values.map(String), issue.input);
    case 'invalid_union':
      return wrongVariant(issue);
    case 'too_small':
      return issue.origin === 'array'
        ? told('the list is too short', `give at least ${issue.minimum}`)
        : told(`${shortOf(issue.input)} is too little`, `use at least ${issue.minimum}`);
    case 'too_big':
      if (issue.origin === 'array') return told('the list is too long', `give at most ${issue.maximum}`);
      if (issue.origin === 'string') return told('the text is too long', `use at most ${issue.maximum} characters`);
      return told(`${shortOf(issue.input)} is too much`, `use at most ${issue.maximum}`);
    default:
      return undefined;
  }
}

function wrongType(expected: string, input: unknown): string {
  const wanted = KIND_WORDS[expected] ?? expected;
  if (input === undefined) return told('is missing', `add it: ${wanted}`);
  if (typeof input === 'number') return told(`${input} is not ${wanted}`, `write ${wanted}`);
  const numeric = (expected === 'int' || expected === 'number') && typeof input === 'string' && /^\d+$/.test(input);
  return told(`${kindOf(input)} stands here`, numeric ? `write ${input} without the quotes` : `write ${wanted}`);
}

function wrongValue(values: readonly string[], input: unknown): string {
  const all = values.map((value) => `"${value}"`).join(', ');
  if (input === undefined) return told('is missing', `add one of ${all}`);
  const meant = typeof input === 'string' ? nearest(input, values) : null;
  return told(
    `${shortOf(input)} is not possible here${meant === null ? '' : `; did you mean "${meant}"?`}`,
    values.length === 1 ? `write ${all}` : `write one of ${all}`,
  );
}

function wrongVariant(issue: z.core.$ZodRawIssue<z.core.$ZodIssueInvalidUnion>): string | undefined {
  if (issue.input === undefined) return told('is missing', 'add it: a text, or an object with the plural forms');
  if (issue.inst instanceof z.ZodDiscriminatedUnion) {
    const given =
      typeof issue.input === 'object' && issue.input !== null ? Reflect.get(issue.input, 'kind') : undefined;
    return wrongValue(['accumulate', 'convert'], given);
  }
  return undefined;
}

function kindOf(input: unknown): string {
  if (input === null) return 'null';
  if (Array.isArray(input)) return 'a list';
  return typeof input === 'object' ? 'an object' : typeof input === 'string' ? 'a text' : `a ${typeof input}`;
}

/** A value in a message: short, and nothing that could rearrange a terminal's screen. */
function shortOf(input: unknown): string {
  const text = JSON.stringify(input) ?? String(input);
  const safe = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
  return safe.length > 40 ? `${safe.slice(0, 40)}…` : safe;
}

function problemsOf(issue: z.core.$ZodIssue): PolicyProblem[] {
  const path = issue.path as Path;
  if (issue.code !== 'unrecognized_keys') {
    return [{ path, kind: kindOfIssue(issue), ...untold(issue.message, 'see the schema of policies') }];
  }
  const known = issue.message.slice(KNOWN_MEMBERS.length).split(' ');
  return issue.keys.map((key) => {
    const meant = nearest(key, known);
    return {
      path: [...path, key],
      kind: 'unknown-key',
      message: `there is no such member${meant === null ? '' : `; did you mean "${meant}"?`}`,
      remedy: meant === null ? `remove it, or use one of ${known.join(', ')}` : `rename it to "${meant}", or remove it`,
    };
  });
}

function kindOfIssue(issue: z.core.$ZodIssue): ProblemKind {
  if (issue.message.startsWith('is missing')) return 'missing';
  if (issue.code === 'invalid_type' && typeof issue.input !== 'number') return 'type';
  if (issue.code === 'invalid_format' && /^(the text|the character)/.test(issue.message)) return 'text';
  return 'value';
}

/** A copy without what is bad. Lists that are only too long or too short stay, and positions in lists stay as they are. */
function withoutBad<T>(value: unknown, issues: readonly z.core.$ZodIssue[]): Known<T> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const copy = structuredClone(value) as Known<T>;
  // The inner before the outer: what is gone has nothing in it to be removed.
  for (const issue of issues.toSorted((a, b) => comparePaths(b.path as Path, a.path as Path))) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys) remove(copy, [...(issue.path as Path), key], true);
    else if (!isOnlyLength(issue)) remove(copy, issue.path as Path, false);
  }
  return copy;
}

function isOnlyLength(issue: z.core.$ZodIssue): boolean {
  return (issue.code === 'too_small' || issue.code === 'too_big') && issue.origin === 'array';
}

/** A member that is bad stays there without a value: its author meant to say something. One that is not known is as if it were not there. */
function remove(from: unknown, path: Path, isUnknown: boolean): void {
  let at: unknown = from;
  for (const step of path.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return;
    at = Reflect.get(at, step);
  }
  const last = path.at(-1);
  if (last === undefined || typeof at !== 'object' || at === null) return;
  if (Array.isArray(at)) at[Number(last)] = undefined;
  else if (isUnknown) Reflect.deleteProperty(at, last);
  else if (last in at) Reflect.set(at, last, undefined);
}
