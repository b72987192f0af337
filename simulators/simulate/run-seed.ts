/** One seed: a world is made from it, its script is carried out, and everything that happens is checked. */

import { Stream } from '../world/random.js';
import { type Action, FAULT_LEVELS, type FaultLevel, scriptOf, type WorldSize } from './actions.js';
import { type Checker, Checkers, type Violation } from './checker.js';
import { allCheckers } from './checkers/all.js';
import { carryOut } from './deeds.js';
import type { FaultCounts } from './faults.js';
import { healAndWait, lookAtSizes } from './heal.js';
import { History } from './history.js';
import { CARDS_MAX, createKit, type Kit, TERMINALS_MAX } from './kit.js';
import type { TraceDepth } from './trace.js';
import { World } from './world.js';

/** What is shown of a seed: `safety` lets anything go wrong until the end; `liveness` then heals everything and waits for the centre to hold all. */
export type Mode = 'safety' | 'liveness';

/** How a seed is run. */
export interface SeedOptions {
  readonly mode?: Mode;
  readonly level?: FaultLevel;
  /** What all seeds share; made where it is not given, which costs a tenth of a second. */
  readonly kit?: Kit;
  /** Carried out instead of the seed's own script: a part of it, when a failure is being shortened. */
  readonly script?: readonly Action[];
  /** What is kept of the trace for people to read. Default: nothing. */
  readonly depth?: TraceDepth;
  /** Checkers to use instead of all of them. */
  readonly checkers?: readonly Checker[];
}

/** What a seed came to. */
export interface SeedReport {
  readonly seed: number;
  readonly mode: Mode;
  /** SHA-256 over everything that happened, in hex. */
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  readonly faults: FaultCounts;
  /** Checks by number of the invariant. */
  readonly invariants: Readonly<Record<string, number>>;
  /** Things that happened. */
  readonly steps: number;
  readonly taps: number;
  /** Events in all journals. */
  readonly events: number;
  /** Lines for people; empty unless they were asked for. */
  readonly trace: readonly string[];
}

/** The size of a seed's world. */
export function sizeOf(seed: number): WorldSize {
  const random = new Stream(`seed ${seed} size`);
  return { terminals: random.between(2, TERMINALS_MAX), cards: random.between(4, CARDS_MAX) };
}

/** The script of a seed. */
export function scriptOfSeed(seed: number, level: FaultLevel): readonly Action[] {
  return scriptOf(new Stream(`seed ${seed} script`), sizeOf(seed), level);
}

/** Runs a seed. Rejects only for a fault of the simulation itself. */
export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedReport> {
  const { mode = 'safety', level = FAULT_LEVELS.heavy, depth = 'nothing' } = options;
  const kit = options.kit ?? (await createKit());
  const checkers = new Checkers(new History(), options.checkers ?? allCheckers());
  const world = new World({ seed, size: sizeOf(seed), level, kit, checkers, depth });
  await world.start();
  for (const action of options.script ?? scriptOfSeed(seed, level)) {
    await world.time.advance(action.afterMs);
    world.trace.note(`— ${JSON.stringify(action)}`);
    await carryOut(world, action);
    lookAtSizes(world);
  }
  await world.time.advance(60_000);
  if (mode === 'liveness') await healAndWait(world);
  else checkers.see({ type: 'end', mode, healedMs: null, boundMs: 0, waiting: [] });
  for (const { message } of checkers.violations) world.trace.note(`VIOLATION ${message}`);
  return {
    ...{ seed, mode, faults: world.faults, taps: world.taps, steps: world.trace.steps },
    traceHash: world.trace.finish(),
    violations: checkers.violations,
    invariants: Object.fromEntries(checkers.counts),
    events: [...checkers.history.machines.values()].reduce(
      (sum, { epochs }) => sum + [...epochs.values()].reduce((all, { events }) => all + events.size, 0),
      0,
    ),
    trace: world.trace.lines,
  };
}
