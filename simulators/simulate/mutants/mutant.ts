/** A known defect that the simulation has to find: an edit of a copy of the sources. */

/** One change of one file. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly search: string;
  readonly replacement: string;
}

/** A defect to plant. */
export interface Mutant extends Edit {
  /** Short, for the command line. */
  readonly name: string;
  /** What it stands for, in plain words. */
  readonly defect: string;
  /** Where the product is safe twice over, the other guard has to go too; in another file. */
  readonly also?: readonly Edit[];
  /** Where to look for it first: every fault of small worlds, or whole worlds by seed. */
  readonly first: 'exhaustive' | 'seeds';
}

/** All edits of a mutant. */
export function editsOf(mutant: Mutant): readonly Edit[] {
  return [mutant, ...(mutant.also ?? [])];
}

/** How often `search` occurs in a text. */
export function occurrencesIn(text: string, search: string): number {
  return text.split(search).length - 1;
}
