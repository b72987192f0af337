/** Who judges which scenario. */
import type { Evidence } from './evidence.js';
import { judgePortSaid } from './port-said.js';

/** How one row turned out: what was looked for, and what was found. A row with several clauses has a check for each. */
export interface Verdict {
  readonly id: string;
  readonly ok: boolean;
  readonly evidence: Readonly<Record<string, unknown>>;
}

/** Judges the rows of one scenario. */
export type Judge = (evidence: Evidence) => readonly Verdict[];

/** By the name of the scenario. */
export function judges(): ReadonlyMap<string, Judge> {
  return new Map([['port-said', judgePortSaid]]);
}
