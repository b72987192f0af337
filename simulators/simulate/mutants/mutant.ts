/** A known defect that the simulation has to find: one edit of one file, made in a copy. */

/** A defect to plant. */
export interface Mutant {
  /** Short, for the command line. */
  readonly name: string;
  /** What it stands for, in plain words. */
  readonly defect: string;
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly search: string;
  readonly replacement: string;
  /** Where to look for it first: every fault of small worlds, or whole worlds by seed. */
  readonly first: 'exhaustive' | 'seeds';
}

/** How often `search` occurs in a text. */
export function occurrencesIn(text: string, search: string): number {
  return text.split(search).length - 1;
}
