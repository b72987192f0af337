import { Command, InvalidArgumentError } from 'commander';
import { type CentreShift, listShifts } from '../../../sync/settlement/shifts.js';
import { WaslError } from '../../domain/errors.js';
import { type Output, processOutput } from '../shared/output.js';
import { differenceWords, tellTally } from '../terminal/shift-print.js';
import { readSettlementFile } from './settlement-file.js';

/** Shifts that are listed unless more are asked for. */
const LIST_MAX = 100;
/** Shifts that are looked through for one of them. */
const SHOW_MAX = 1_000_000;

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

interface ListOptions extends Common {
  readonly terminal?: string;
  readonly open?: boolean;
  readonly off?: boolean;
  readonly max: number;
}

/** `wasl shifts …`: the shifts of all terminals, at the centre. */
export function shiftsCommands(): Command {
  const group = new Command('shifts');
  group.addCommand(listCommand(), { isDefault: true });
  group.addCommand(showCommand());
  return group;
}

function listCommand(): Command {
  return common(new Command('list'))
    .description('list shifts, the newest first')
    .option('--terminal <name>', 'only those of this terminal')
    .option('--open', 'only those that are open')
    .option('--off', 'only those whose count was off, or that somebody had to answer for')
    .option('--max <count>', 'at most this many', wholeNumber, LIST_MAX)
    .action(async (options: ListOptions) => {
      const output = processOutput(options.json === true);
      const { terminal, open, off, max } = options;
      const filter = {
        ...(terminal === undefined ? {} : { terminal }),
        ...(open === true ? { isOpen: true } : {}),
        ...(off === true ? { isOff: true } : {}),
      };
      const { shifts, more } = await listShifts(await storeOf(options), filter, max);
      for (const shift of shifts) output.line(lineOf(shift));
      if (shifts.length === 0)
        output.line('There are no such shifts. Terminals may hold some that they have not sent.');
      if (more) output.line(`There are more than ${max}: narrow the list, or raise --max.`);
      output.result({ ok: true, shifts, more });
    });
}

function showCommand(): Command {
  return common(new Command('show'))
    .description('show a shift: what came in, what was counted, who answered for it')
    .argument('<terminal>', 'name of the terminal')
    .argument('<shift>', 'the 16 digits that the list shows')
    .action(async (terminal: string, id: string, options: Common) => {
      const output = processOutput(options.json === true);
      const { shifts } = await listShifts(await storeOf(options), { terminal }, SHOW_MAX);
      const shift = shifts.find((one) => one.shift === id);
      if (shift === undefined)
        throw new WaslError(
          'ERR_USAGE',
          `the centre knows of no shift ${id} of ${terminal}; "wasl shifts list" lists them`,
        );
      tell(shift, output);
      output.result({ ok: true, shift });
    });
}

function tell(shift: CentreShift, output: Output): void {
  output.line(lineOf(shift));
  const { closed, expected, cases, events } = shift;
  if (closed !== null) tellTally({ ...closed, expected }, output);
  for (const id of cases) output.line(`  case ${id}`);
  for (const id of events) output.line(`  event ${id}`);
}

function lineOf({ terminal, shift, openedAt, operator, closed, difference }: CentreShift): string {
  const from = new Date(openedAt * 1000).toISOString();
  const until = closed === null ? 'open' : new Date(closed.time * 1000).toISOString();
  const count = difference === null ? '' : `  ${differenceWords(difference)}`;
  const why = closed === null || closed.reason === 'none' ? '' : ` (${closed.reason}, supervisor ${closed.supervisor})`;
  return `${terminal}  ${shift}  operator ${operator}  ${from} to ${until}${count}${why}`;
}

function common(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'configuration of settlement')
    .option('--json', 'print one JSON object');
}

async function storeOf({ config: file }: Common) {
  const { config, secrets } = await readSettlementFile(file);
  const { settlementStore } = await import('../../../sync/settlement/main.js');
  return settlementStore(config, await secrets.text('couch-password'));
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number above 0 is needed.');
  return Number(text);
}
