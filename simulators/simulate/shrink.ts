/** Makes the script of a failing seed shorter: leaves actions out as long as the same invariant still breaks (delta debugging). */
import type { Action } from './actions.js';
import { runSeed, type SeedOptions, scriptOfSeed } from './run-seed.js';

/** How much may be tried. */
export interface ShrinkBudget {
  readonly runsMax: number;
  /** True once it has taken long enough. */
  readonly spent: () => boolean;
}

/** A script that still breaks the invariant. */
export interface Shrunk {
  /** Places of the actions that are left in the seed's own script. */
  readonly kept: readonly number[];
  readonly runs: number;
}

/** The actions of a script at some places, each at the time at which it was. */
export function onlyAt(script: readonly Action[], kept: readonly number[]): readonly Action[] {
  const wanted = new Set(kept);
  const left: Action[] = [];
  let waitedMs = 0;
  for (const [place, action] of script.entries()) {
    waitedMs += action.afterMs;
    if (!wanted.has(place)) continue;
    left.push({ ...action, afterMs: waitedMs });
    waitedMs = 0;
  }
  return left;
}

/** Shortens the script of `seed`, which is known to break `invariant`. Bounded by the budget; what is found first is kept. */
export async function shrink(
  seed: number,
  invariant: number,
  how: { readonly options: SeedOptions & Required<Pick<SeedOptions, 'level'>>; readonly budget: ShrinkBudget },
): Promise<Shrunk> {
  const { options, budget } = how;
  const script = options.script ?? scriptOfSeed(seed, options.level);
  let runs = 0;
  const breaks = async (kept: readonly number[]): Promise<boolean> => {
    runs += 1;
    const report = await runSeed(seed, { ...options, script: onlyAt(script, kept) });
    return report.violations.some((violation) => violation.invariant === invariant);
  };
  let kept: readonly number[] = script.map((_, place) => place);
  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < kept.length; ) {
      if (runs >= budget.runsMax || budget.spent()) return { kept, runs };
      const fewer = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (fewer.length > 0 && (await breaks(fewer))) kept = fewer;
      else at += size;
    }
  }
  return { kept, runs };
}
