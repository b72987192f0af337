/** What a judge says. */
import type { Evidence } from './evidence.js';

/** How one row turned out: what was looked for, and what was found. A row with several clauses has a check for each. */
export interface Verdict {
  readonly id: string;
  readonly ok: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Judges the rows of one scenario. */
export type Judge = (evidence: Evidence) => readonly Verdict[];
