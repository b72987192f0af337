/** `npm run scenario -- month`: what it says while it runs, and afterwards. */
import type { Output } from '../../../agent/cli/shared/output.js';
import { progressBar, progressLine } from '../../../agent/cli/shared/progress.js';
import { wholeNumber } from '../../command-line.js';
import { onStage } from '../../process/program.js';
import { keepPlot } from '../plot/keep.js';
import { type MonthProgress, runMonth } from './month.js';
import { MONTH, type MonthPlan } from './plan.js';

/** As the command line gives it. */
export interface MonthWords {
  readonly seed: string;
  readonly terminals: string;
  readonly taps: string;
  readonly days: string;
  /** Folder for the plot. */
  readonly plot?: string | undefined;
}

/** Runs it and tells of it; resolves to whether the three sums agree. Rejects with `ERR_USAGE` for numbers that cannot be. */
export async function monthCommand(words: MonthWords, output: Output, signal: AbortSignal): Promise<boolean> {
  const plan: MonthPlan = {
    seed: words.seed,
    terminals: wholeNumber('terminals', words.terminals, { least: 1, most: 200 }),
    taps: wholeNumber('taps', words.taps, { least: 1, most: 2_000 }),
    days: wholeNumber('days', words.days, { least: 1, most: MONTH.daysMax }),
  };
  const line = progressLine(process.stderr);
  const begunMs = performance.now();
  const progress = ({ done, total, what }: MonthProgress): void => {
    const seconds = Math.round((performance.now() - begunMs) / 1000);
    line.show(`${progressBar(done, total)} ${done} of ${total} ${what}, ${seconds} s`);
  };
  const order = {
    name: 'scenario-month',
    keep: false,
    signal,
    kept: (folder: string) => output.note(`kept in ${folder}`),
  };
  const { result, figures } = await onStage(order, async (stage) => {
    const lived = await runMonth(plan, { stage, progress });
    return { ok: lived.result.ok, ...lived };
  }).finally(() => line.clear());
  const { verdict, seconds } = result;
  output.line(
    `${result.taps} taps in ${result.days} days at ${result.terminals} terminals: ${result.services} services, ${result.voids} taken back, ${result.refused} refused`,
  );
  for (const [source, sums] of Object.entries(verdict.units))
    output.line(
      `  ${source.padEnd(9)} ${Object.entries(sums)
        .map(([number, units]) => `commodity ${number}: ${units}`)
        .join(', ')}`,
    );
  output.line(
    `  events: ${verdict.events.journals} in the journals, ${verdict.events.centre} at the centre; ${verdict.cards} cards`,
  );
  for (const problem of verdict.problems) output.line(`  FAILS: ${problem}`);
  output.line(
    `${result.ok ? 'The three sums agree' : 'The three sums do NOT agree'}; ${seconds.lived} s lived, ${seconds.judged} s judged`,
  );
  if (words.plot !== undefined)
    output.line(await keepPlot(words.plot, 'month', { title: 'A month at full size', figures }));
  output.result({ ...result });
  return result.ok;
}
