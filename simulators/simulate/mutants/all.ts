import { JOURNAL_MUTANTS } from './journal-mutants.js';
import type { Mutant } from './mutant.js';
import { SYNC_MUTANTS } from './sync-mutants.js';
import { TAP_MUTANTS } from './tap-mutants.js';

/** Every known defect, by where it is planted. */
export const ALL_MUTANTS: readonly Mutant[] = [...TAP_MUTANTS, ...JOURNAL_MUTANTS, ...SYNC_MUTANTS];
