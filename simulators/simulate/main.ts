/** `npm run simulate`: worlds full of faults, each from a seed, and whether what Wasl promises holds in them. */
import { availableParallelism } from 'node:os';
import { processOutput, reportFailure } from '../../agent/cli/shared/output.js';
import { progressBar, progressLine } from '../../agent/cli/shared/progress.js';
import { WaslError } from '../../agent/domain/errors.js';
import { parseCommandLine, wholeNumber } from '../command-line.js';
import { FAULT_LEVELS, type FaultLevel } from './actions.js';
import { type Campaign, type CampaignMode, type CampaignReport, runSample, Tally } from './campaign.js';
import { runExhaustive } from './exhaustive/run.js';
import { createKit } from './kit.js';
import { runMutants } from './mutants.js';
import { runInThreads } from './pool.js';
import { showReport, showSeed } from './report.js';
import { type Mode, runSeed, scriptOfSeed } from './run-seed.js';
import { onlyAt } from './shrink.js';

const HELP = `npm run simulate -- [options]

Terminals, cards, readers, disks, clocks, a broker and a centre in one process and in virtual time, all from one seed; whatever can go
wrong does. What Wasl promises is checked at every step (docs/simulation.md lists it). The same seed gives the same world.

  --seeds N        worlds to run (default 200)
  --from S         first seed (default 1)
  --faults LEVEL   none, light, heavy (default), or a number: faults for each usual thing that happens
  --mode MODE      safety: faults until the end; liveness: then everything is healed, and the centre must come to hold all;
                   both (default): every second seed in each
  --threads N      threads (default: one for each processor, at most 8)
  --seed S         one world, with what happens in it
  --only LIST      with --seed: only these actions of its script, e.g. 3,17,18; with --mutants: only these, by name
  --details        with --seed: every disk call, message and page
  --exhaustive     small worlds in which every fault is tried at every place
  --mutants        known defects, planted one at a time: all must be found
  --json           print one JSON object as the last line of standard output
  --help           this text

Exit code 1 when anything that was promised did not hold.
`;

const OPTIONS = {
  seeds: { type: 'string', default: '200' },
  from: { type: 'string', default: '1' },
  faults: { type: 'string', default: 'heavy' },
  mode: { type: 'string', default: 'both' },
  threads: { type: 'string' },
  seed: { type: 'string' },
  only: { type: 'string' },
  details: { type: 'boolean', default: false },
  exhaustive: { type: 'boolean', default: false },
  mutants: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const SEEDS_MAX = 1_000_000;
const THREADS_MAX = 8;
/** Fewer seeds than this are run here: a thread takes longer to start. */
const THREADED_FROM = 8;

type Output = ReturnType<typeof processOutput>;
type Values = ReturnType<typeof parseCommandLine<typeof OPTIONS>>['values'];

async function main(): Promise<number> {
  const output = processOutput(process.argv.includes('--json'));
  try {
    const { values } = parseCommandLine(OPTIONS);
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    if (values.mutants) return await mutants(values, output);
    if (values.exhaustive) return await exhaustive(output);
    return values.seed === undefined ? await campaign(values, output) : await oneSeed(values, output);
  } catch (error) {
    return reportFailure(error, output);
  }
}

async function campaign(values: Values, output: Output): Promise<number> {
  const order: Campaign = {
    from: wholeNumber('from', values.from, { least: 0, most: SEEDS_MAX }),
    seeds: wholeNumber('seeds', values.seeds, { least: 1, most: SEEDS_MAX }),
    mode: modeIn(values.mode),
    level: levelIn(values.faults),
  };
  const threads =
    values.threads === undefined
      ? Math.min(THREADS_MAX, availableParallelism())
      : wholeNumber('threads', values.threads, { least: 1, most: SEEDS_MAX });
  const startedMs = performance.now();
  const seconds = (): number => Math.round(performance.now() - startedMs) / 1000;
  const progress = progressLine(process.stderr);
  const tally = new Tally();
  const kit = await createKit();
  const show = (): void =>
    progress.show(
      `${progressBar(tally.seeds, order.seeds)} ${tally.seeds} of ${order.seeds} seeds, ${tally.violations} violations`,
    );
  if (threads > 1 && order.seeds >= THREADED_FROM) {
    await runInThreads(order, threads, (report) => {
      tally.add(report);
      show();
    });
  } else {
    for (let seed = order.from; seed < order.from + order.seeds; seed += 1) {
      tally.add(await runSample(order, seed, kit));
      show();
    }
  }
  const report: CampaignReport = await tally.finish(order, { kit, seconds: seconds(), nowMs: () => performance.now() });
  progress.clear();
  showReport(report, output);
  output.result({ ok: report.violations === 0, mode: order.mode, level: order.level.name, ...report });
  return report.violations === 0 ? 0 : 1;
}

async function oneSeed(values: Values, output: Output): Promise<number> {
  const seed = wholeNumber('seed', values.seed ?? '', { least: 0, most: SEEDS_MAX });
  const level = levelIn(values.faults);
  const mode: Mode = modeIn(values.mode) === 'safety' ? 'safety' : 'liveness';
  const script = scriptOfSeed(seed, level);
  const kept =
    values.only === undefined
      ? null
      : values.only.split(',').map((place) => wholeNumber('only', place, { least: 0, most: SEEDS_MAX }));
  const report = await runSeed(seed, {
    ...{ mode, level, depth: values.details ? ('details' as const) : ('notes' as const) },
    ...(kept === null ? {} : { script: onlyAt(script, kept) }),
  });
  showSeed(report, output);
  output.result({ ok: report.violations.length === 0, level: level.name, ...report });
  return report.violations.length === 0 ? 0 : 1;
}

async function exhaustive(output: Output): Promise<number> {
  const report = await runExhaustive({ nowMs: () => performance.now(), onProgress: output.note });
  for (const [name, value] of Object.entries(report)) output.line(`${name.padEnd(14)} ${JSON.stringify(value)}`);
  output.result({ ok: report.violations === 0, ...report });
  return report.violations === 0 ? 0 : 1;
}

async function mutants({ only }: Values, output: Output): Promise<number> {
  const chosen = only === undefined ? {} : { only: only.split(','), control: false };
  const report = await runMutants({ ...chosen, nowMs: () => performance.now(), onProgress: output.note });
  output.line(`${report.caught} of ${report.mutants.length} planted defects were found`);
  output.result(report);
  return report.ok ? 0 : 1;
}

function modeIn(text: string): CampaignMode {
  if (text === 'safety' || text === 'liveness' || text === 'both') return text;
  throw new WaslError('ERR_USAGE', '--mode takes safety, liveness or both');
}

function levelIn(text: string): FaultLevel {
  if (text === 'none' || text === 'light' || text === 'heavy') return FAULT_LEVELS[text];
  const rate = Number(text);
  if (text !== '' && rate >= 0 && rate <= 20) return { name: text, rate };
  throw new WaslError('ERR_USAGE', '--faults takes none, light, heavy, or a number from 0 to 20');
}

process.exitCode = await main();
// Worlds leave timers and promises behind that nothing waits for.
process.exit();
