/** What is wrong with a policy: where, what, and what to do about it. */

/** From the top of the document: names of members and positions in lists. */
export type Path = readonly (string | number)[];

/**
 * Kinds of mistakes, stable for machines. `unknown-key`: no such member. `missing`, `type`, `value`: the member itself. `duplicate`: used twice.
 * `reference`: names what is not there, or is of another kind. `order`: dates or steps. `unreachable`: never comes into force. `conflict`: does not go
 * together with another rule. `text`: what a screen or a receipt would show.
 */
export type ProblemKind =
  | 'unknown-key'
  | 'missing'
  | 'type'
  | 'value'
  | 'duplicate'
  | 'reference'
  | 'order'
  | 'unreachable'
  | 'conflict'
  | 'text';

/** One mistake, or one warning. */
export interface PolicyProblem {
  readonly path: Path;
  readonly kind: ProblemKind;
  /** What is wrong, in a few words that follow the path. */
  readonly message: string;
  /** What to do, in one sentence. */
  readonly remedy: string;
}

/** Told of each mistake. */
export type Report = (problem: PolicyProblem) => void;

/** Stands between what is wrong and what to do, where both are one text. */
const ARROW = ' → ';

/** What is wrong and what to do as one text, as an issue of the schema carries it. */
export function told(message: string, remedy: string): string {
  return `${message}${ARROW}${remedy}`;
}

/** Takes apart what {@link told} put together; a text without a remedy gets `otherwise`. */
export function untold(text: string, otherwise: string): { readonly message: string; readonly remedy: string } {
  const at = text.indexOf(ARROW);
  return at < 0
    ? { message: text, remedy: otherwise }
    : { message: text.slice(0, at), remedy: text.slice(at + ARROW.length) };
}

/** A path as people read it: `programmes.0.commodities.1.number`; the document itself is `(top)`. */
export function pathText(path: Path): string {
  return path.join('.') || '(top)';
}

/** Orders paths as they stand in the document: positions by number, names by letters, the outer before the inner. */
export function comparePaths(a: Path, b: Path): number {
  for (let i = 0; i < Math.min(a.length, b.length); i += 1) {
    const [one, other] = [a[i] ?? '', b[i] ?? ''];
    if (one === other) continue;
    if (typeof one === 'number' && typeof other === 'number') return one - other;
    return String(one) < String(other) ? -1 : 1;
  }
  return a.length - b.length;
}

/** The word of `known` that was most likely meant: at most two letters away, and less than half of it wrong. Null where none is near. */
export function nearest(word: string, known: readonly string[]): string | null {
  let best: string | null = null;
  let least = Math.min(2, Math.floor((word.length - 1) / 2)) + 1;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}

/** Longest word that is compared: names of members are shorter, and a hostile one must not cost time. */
const WORD_CHARS_MAX = 64;

/** Letters to insert, remove, replace or swap with their neighbour (optimal string alignment). */
function editDistance(a: string, b: string): number {
  if (a.length > WORD_CHARS_MAX || b.length > WORD_CHARS_MAX) return Number.MAX_SAFE_INTEGER;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      next.push(least);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
