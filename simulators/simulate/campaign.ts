/** Many seeds: their reports added up, a sample run twice, and what failed made short enough to be read. */
import type { FaultLevel } from './actions.js';
import { INVARIANTS } from './checker.js';
import { addFaults, type FaultCounts, noFaults } from './faults.js';
import type { Kit } from './kit.js';
import { type Mode, runSeed, type SeedOptions, type SeedReport, scriptOfSeed } from './run-seed.js';
import { onlyAt, shrink } from './shrink.js';

/** Which worlds are run: with `both`, every second seed in each mode. */
export type CampaignMode = Mode | 'both';

/** What to run. */
export interface Campaign {
  readonly from: number;
  readonly seeds: number;
  readonly mode: CampaignMode;
  readonly level: FaultLevel;
}

/** A seed in which an invariant broke. */
export interface Failure {
  readonly seed: number;
  readonly mode: Mode;
  readonly invariant: number;
  readonly message: string;
  /** What happened, as far as it is needed for the invariant to break. */
  readonly trace: readonly string[];
  readonly traceHash: string;
  /** The command that runs just that again. */
  readonly replay: string;
}

/** What a campaign came to. */
export interface CampaignReport {
  readonly seeds: number;
  readonly violations: number;
  readonly faults: FaultCounts;
  /** Checks by number of the invariant. */
  readonly invariants: Readonly<Record<string, number>>;
  /** Invariants whose subject the product does not have yet: they are not checked at all. */
  readonly notYet: Readonly<Record<string, string>>;
  readonly taps: number;
  readonly events: number;
  readonly steps: number;
  readonly seconds: number;
  readonly seedsPerSecond: number;
  readonly failures: readonly Failure[];
}

/** Invariants that cannot be checked, and why. */
export const NOT_YET: Readonly<Record<string, string>> = {};

/** Every so many seeds one is run twice, to see whether it gives the same trace. */
const TWICE_EVERY = 25;
/** Failures that are kept, and of those the ones that are made short. */
const FAILURES_MAX = 20;
const SHRUNK_MAX = 3;
const SHRINK_RUNS_MAX = 200;
const SHRINK_MS_MAX = 60_000;
const TRACE_LINES_MAX = 400;

/** The mode in which a seed of a campaign is run. */
export function modeOf(seed: number, mode: CampaignMode): Mode {
  return mode === 'both' ? (seed % 2 === 0 ? 'safety' : 'liveness') : mode;
}

/** Runs one seed of a campaign; of a sample of them twice. */
export async function runSample(campaign: Campaign, seed: number, kit: Kit): Promise<SeedReport> {
  const options = { mode: modeOf(seed, campaign.mode), level: campaign.level, kit };
  const report = await runSeed(seed, options);
  if (seed % TWICE_EVERY !== 0) return report;
  const again = await runSeed(seed, options);
  const same = again.traceHash === report.traceHash;
  const message = `the seed gives the trace ${report.traceHash} once, and ${again.traceHash} another time`;
  return {
    ...report,
    invariants: { ...report.invariants, 22: 1 },
    violations: same ? report.violations : [...report.violations, { invariant: 22, message }],
  };
}

/** Adds up reports as they come. */
export class Tally {
  readonly #faults = noFaults();
  readonly #invariants = new Map<string, number>(INVARIANTS.map((number) => [String(number), 0]));
  readonly #failed: SeedReport[] = [];
  #seeds = 0;
  #violations = 0;
  #taps = 0;
  #events = 0;
  #steps = 0;

  /** Seeds so far. */
  get seeds(): number {
    return this.#seeds;
  }

  /** Violations so far. */
  get violations(): number {
    return this.#violations;
  }

  add(report: SeedReport): void {
    this.#seeds += 1;
    this.#violations += report.violations.length;
    this.#taps += report.taps;
    this.#events += report.events;
    this.#steps += report.steps;
    addFaults(this.#faults, report.faults);
    for (const [number, checks] of Object.entries(report.invariants))
      this.#invariants.set(number, (this.#invariants.get(number) ?? 0) + checks);
    if (report.violations.length > 0) this.#failed.push(report);
  }

  /** The whole report; the first failures are run again to be made short. */
  async finish(
    campaign: Campaign,
    how: { readonly kit: Kit; readonly seconds: number; readonly nowMs: () => number },
  ): Promise<CampaignReport> {
    const failures: Failure[] = [];
    const failed = this.#failed.sort((a, b) => a.seed - b.seed).slice(0, FAILURES_MAX);
    for (const report of failed)
      failures.push(await explain(report, campaign, { ...how, short: failures.length < SHRUNK_MAX }));
    return {
      ...{ seeds: this.#seeds, violations: this.#violations, faults: this.#faults, notYet: NOT_YET },
      invariants: Object.fromEntries(this.#invariants),
      ...{ taps: this.#taps, events: this.#events, steps: this.#steps, seconds: how.seconds },
      seedsPerSecond: Math.round((10 * this.#seeds) / Math.max(how.seconds, 0.001)) / 10,
      failures,
    };
  }
}

/** Says what broke in a seed, with the shortest trace that could be found. */
async function explain(
  { seed, mode, violations, traceHash }: SeedReport,
  { level }: Campaign,
  how: { readonly kit: Kit; readonly nowMs: () => number; readonly short: boolean },
): Promise<Failure> {
  const [first = { invariant: 0, message: '' }] = violations;
  const replay = `npm run simulate -- --seed ${seed} --mode ${mode} --faults ${level.name}`;
  const { invariant, message } = first;
  if (!how.short || invariant === 22) return { seed, mode, invariant, message, trace: [], traceHash, replay };
  const untilMs = how.nowMs() + SHRINK_MS_MAX;
  const options: SeedOptions & { level: FaultLevel } = { mode, level, kit: how.kit };
  const budget = { runsMax: SHRINK_RUNS_MAX, spent: () => how.nowMs() > untilMs };
  const { kept } = await shrink(seed, invariant, { options, budget });
  const script = onlyAt(scriptOfSeed(seed, level), kept);
  const report = await runSeed(seed, { ...options, script, depth: 'notes' });
  return {
    ...{ seed, mode, invariant, traceHash: report.traceHash },
    message: report.violations.find((violation) => violation.invariant === invariant)?.message ?? message,
    trace: report.trace.slice(-TRACE_LINES_MAX),
    replay: `${replay} --only ${kept.join(',')}`,
  };
}
