/**
 * Exhaustive runs: small worlds of real parts in which **every** fault is tried at **every** place, one after another.
 *
 *   taps     two terminals and a card: power, process, disk and card at every call, page and command      taps.ts
 *   lists    a terminal that takes in signed lists: power and disk at every call, old and mixed lists     lists.ts
 *   centre   a terminal and its centre: every message, database call and disk call of three stories       centre.ts
 */
import { exploreCentre } from './centre.js';
import { EnoughFound, type ExhaustiveCounts, type ExhaustiveFailure, Findings } from './findings.js';
import { exploreLists } from './lists.js';
import { TapExploration } from './taps.js';

/** The small worlds. */
export const EXHAUSTIVE_PARTS = ['taps', 'lists', 'centre'] as const;

/** One of {@link EXHAUSTIVE_PARTS}. */
export type ExhaustivePart = (typeof EXHAUSTIVE_PARTS)[number];

/** The invariants that exhaustive runs check. */
export const EXHAUSTIVE_INVARIANTS: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20];

/** What to run. */
export interface ExhaustiveOptions {
  /** Default: all. */
  readonly parts?: readonly ExhaustivePart[];
  /** Less of everything: seconds instead of a minute. */
  readonly quick?: boolean;
  /** Ends at the first broken invariant. */
  readonly stopAtFirst?: boolean;
  /** Hears once for each stage. For people. */
  readonly onProgress?: (line: string) => void;
  /** Milliseconds since any fixed moment; for the report alone. */
  readonly nowMs: () => number;
}

/** What was tried, and what was found. */
export interface ExhaustiveReport extends Readonly<ExhaustiveCounts> {
  /** Distinct states that were visited: disks, card or database, and all that was promised. */
  readonly states: number;
  readonly invariants: readonly number[];
  readonly violations: number;
  /** The first of them. */
  readonly failures: readonly ExhaustiveFailure[];
  readonly seconds: number;
}

/** Carries everything out. Never rejects for a broken invariant: see the report. */
export async function runExhaustive(options: ExhaustiveOptions): Promise<ExhaustiveReport> {
  const { parts = EXHAUSTIVE_PARTS, quick = false, stopAtFirst = false, onProgress, nowMs } = options;
  const startedMs = nowMs();
  const seconds = (): number => Math.round((nowMs() - startedMs) / 100) / 10;
  const progress = (line: string): void => onProgress?.(`${line}, ${seconds()} s`);
  const findings = new Findings({ stopAtFirst, progress });
  try {
    if (parts.includes('lists')) await exploreLists(findings);
    if (parts.includes('taps')) await new TapExploration(findings, { quick }).explore();
    if (parts.includes('centre')) await exploreCentre(findings, { quick });
  } catch (error) {
    if (!(error instanceof EnoughFound)) throw error;
  }
  const { states, counts, violations, failures } = findings;
  return { states, ...counts, invariants: EXHAUSTIVE_INVARIANTS, violations, failures, seconds: seconds() };
}
