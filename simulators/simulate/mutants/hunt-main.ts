/**
 * One hunt for a broken invariant, in a process of its own: `--exhaustive`, or `--seeds N --from S`. Ends at the first one. The last
 * line on stdout is a {@link HuntResult}; the exit code is 0 however it ends.
 */
import { parseCommandLine } from '../../command-line.js';
import { type ExhaustiveOptions, runExhaustive } from '../exhaustive/run.js';
import { createKit } from '../kit.js';
import { runSeed } from '../run-seed.js';

/** What a hunt found. */
export interface HuntResult {
  /** Numbers of the invariants that broke first; empty when none did. */
  readonly by: readonly number[];
  readonly message: string | null;
  /** The seed that broke them; null for an exhaustive run. */
  readonly seed: number | null;
  /** Sittings or seeds that were run. */
  readonly runs: number;
}

const options = {
  exhaustive: { type: 'boolean', default: false },
  seeds: { type: 'string', default: '0' },
  from: { type: 'string', default: '1' },
} as const;

/** From what is quick to what is thorough: most defects show in seconds. */
const PASSES: readonly Pick<ExhaustiveOptions, 'parts' | 'quick'>[] = [
  { parts: ['taps'], quick: true },
  { parts: ['lists', 'centre'], quick: true },
  {},
];

async function huntExhaustively(): Promise<HuntResult> {
  let runs = 0;
  for (const pass of PASSES) {
    const report = await runExhaustive({ ...pass, stopAtFirst: true, nowMs: () => performance.now() });
    runs += report.sittings;
    const [first] = report.failures;
    if (first === undefined) continue;
    const by = [...new Set(report.failures.map((failure) => failure.invariant))];
    return { by, message: `${first.message} (${first.path.join('; ')})`, seed: null, runs };
  }
  return { by: [], message: null, seed: null, runs };
}

/** Each seed in both ways: once to break anything until the end, once to heal everything and wait for the centre. */
async function huntBySeed(from: number, count: number): Promise<HuntResult> {
  const kit = await createKit();
  for (let seed = from; seed < from + count; seed += 1) {
    for (const mode of ['safety', 'liveness'] as const) {
      const { violations } = await runSeed(seed, { mode, kit });
      const [first] = violations;
      if (first === undefined) continue;
      const by = [...new Set(violations.map((violation) => violation.invariant))];
      return { by, message: first.message, seed, runs: seed - from + 1 };
    }
  }
  return { by: [], message: null, seed: null, runs: count };
}

const { exhaustive, seeds, from } = parseCommandLine(options).values;
const result = exhaustive ? await huntExhaustively() : await huntBySeed(Number(from), Number(seeds));
process.stdout.write(`${JSON.stringify(result)}\n`);
// Timers that a world left behind must not keep the process.
process.exit(0);
