/** `npm run scenario`: the systems that Wasl exists for, lived through, and judged by a separate process. */
import { WaslError } from '../../agent/domain/errors.js';
import { parseWithArguments, wholeNumber } from '../command-line.js';
import { onStage, runProgram } from '../process/program.js';
import { monthCommand } from './month/command.js';
import { keepPlot } from './plot/keep.js';
import { runScenario } from './run.js';
import type { ScenarioResult } from './scenario.js';
import { scenarios } from './scenarios.js';

const HELP = `npm run scenario -- NAME | all | month [options]

People with cards, sites with terminals, weeks of virtual time, days without a network. Afterwards a separate process that gets only the
dumps of the cards, the terminals' journals and the address of the database says of each row whether it holds, and by what that is seen.

  --seed TEXT      another story of the same kind (default 1)
  --people N       so many people (default 40; gezira 200)
  --without RULE   takes a rule out of the policy, e.g. bread.loaf.quota-day: its rows must turn red; may be repeated
  --plot FOLDER    keeps a picture of what happened, NAME.svg
  --list           the scenarios with their rows
  --json           one JSON object as the last line of standard output
  --help           this text

month: many terminals at full size; what the cards, the terminals and the centre come to must be the same.

  --terminals N    (default 4; the full size is 20)
  --taps N         taps of each in a day (default 40; full size 300)
  --days N         (default 3; full size 30)

Exit code 0 when every row holds, or the sums agree.
`;

const OPTIONS = {
  seed: { type: 'string', default: '1' },
  people: { type: 'string' },
  without: { type: 'string', multiple: true },
  plot: { type: 'string' },
  terminals: { type: 'string', default: '4' },
  taps: { type: 'string', default: '40' },
  days: { type: 'string', default: '3' },
  list: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const PEOPLE = { least: 12, most: 25_000 } as const;
const PEOPLE_DEFAULT = 40;

function scenario(): Promise<number> {
  return runProgram(async (output, signal) => {
    const { values, positionals } = parseWithArguments(OPTIONS);
    const all = scenarios();
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    if (values.list) {
      for (const { name, title, rows } of all) {
        output.line(`${name}: ${title}`);
        for (const { id, text } of rows) output.line(`  ${id.padEnd(5)} ${text}`);
      }
      return 0;
    }
    const [name, ...others] = positionals;
    if (name === 'month' && others.length === 0) return (await monthCommand(values, output, signal)) ? 0 : 1;
    const chosen = name === 'all' ? all : all.filter((one) => one.name === name);
    if (chosen.length === 0 || others.length > 0)
      throw new WaslError(
        'ERR_USAGE',
        `name one scenario, or all: ${[...all.map((one) => one.name), 'month'].join(', ')}`,
      );
    const wanted = values.people === undefined ? undefined : wholeNumber('people', values.people, PEOPLE);
    const results: ScenarioResult[] = [];
    for (const one of chosen) {
      output.note(`${one.name}: ${one.title}`);
      const order = { name: `scenario-${one.name}`, keep: false, signal, kept: () => undefined };
      const people = wanted ?? one.people ?? PEOPLE_DEFAULT;
      const options = { seed: values.seed, people, without: values.without ?? [], note: output.note };
      const { result, figures } = await onStage(order, async (stage) => {
        const lived = await runScenario(one, options, stage);
        return { ok: true, ...lived };
      });
      if (values.plot !== undefined) output.line(await keepPlot(values.plot, one.name, { title: one.title, figures }));
      results.push(result);
      for (const row of result.rows) output.line(`${row.ok ? 'holds ' : 'FAILS '} ${row.id.padEnd(5)} ${row.row}`);
      output.line(
        `${one.name}: ${result.days} days, ${result.taps} taps, ${result.services} services, ${result.seconds} s`,
      );
    }
    const ok = results.every((result) => result.ok);
    output.result({ ok, scenarios: results });
    return ok ? 0 : 1;
  });
}

process.exitCode = await scenario();
// What was cut short may still wait for something that never comes.
process.exit();
