import { Command } from 'commander';
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { WaslError } from '../../domain/errors.js';
import { cashDifference, expectedCash, type ShiftClosedEvent, type ShiftOpenedEvent } from '../../domain/shift.js';
import { toldBy } from '../../journal/books/stock.js';
import { exportProven } from '../../journal/verify.js';
import { shiftTally } from '../../services/shift.js';
import type { ToldEvent } from '../../services/stock.js';
import { journalSource, usageOf } from '../journal/source.js';
import { processOutput } from '../shared/output.js';
import { differenceWords, tellTally } from './shift-print.js';

interface Common {
  readonly config: string;
  readonly json?: boolean;
}

/** A shift as the journal of its terminal tells of it. */
type OwnShift = Pick<ShiftClosedEvent, 'shift' | 'operator' | 'float' | 'tally' | 'openedAt' | 'counted' | 'reason'> & {
  /** Seconds since 1970; null while it is open. */
  readonly closedAt: number | null;
  readonly supervisor: number;
  readonly expected: number | null;
  /** Null while it is open. */
  readonly difference: number | null;
};

/** `wasl shift …`: the shifts of a terminal, from its own journal. */
export function shiftCommands(): Command {
  const group = new Command('shift');
  group.addCommand(listCommand());
  group.addCommand(showCommand());
  return group;
}

function listCommand(): Command {
  return common(new Command('list'))
    .description('the shifts that the journal of a terminal that is stopped tells of, oldest first')
    .action(async (options: Common) => {
      const output = processOutput(options.json === true);
      const shifts = await shiftsIn(options.config);
      for (const shift of shifts) output.line(lineOf(shift));
      if (shifts.length === 0) output.line('No shift was ever opened here.');
      output.result({ ok: true, shifts });
    });
}

function showCommand(): Command {
  return common(new Command('show'))
    .description('what a shift came to; without its 16 digits the newest, open or closed')
    .argument('[shift]', 'the 16 digits that the list shows')
    .action(async (id: string | undefined, options: Common) => {
      const output = processOutput(options.json === true);
      const shifts = await shiftsIn(options.config);
      const shift = id === undefined ? shifts.at(-1) : shifts.find((one) => one.shift === id);
      if (shift === undefined)
        throw new WaslError('ERR_USAGE', `there is no ${id === undefined ? 'shift' : `shift ${id}`} in this journal`);
      output.line(lineOf(shift));
      tellTally(shift, output);
      output.result({ ok: true, shift });
    });
}

/** Every shift of a journal. Rejects with `ERR_CONFIG`, `ERR_DATA_FOLDER` or `ERR_JOURNAL_*`. */
async function shiftsIn(config: string): Promise<readonly OwnShift[]> {
  const source = await journalSource(config);
  await usageOf(source);
  const shifts = new Map<string, OwnShift>();
  let open: { readonly event: ShiftOpenedEvent; readonly told: ToldEvent[] } | null = null;
  for await (const { event: chained } of exportProven({ ...source, onEnd: () => undefined })) {
    const event = decodeKnownEvent(chained.bytes);
    if (event === null) continue;
    if (event.type !== 'shift') open?.told.push(...toldBy(chained));
    else if (event.phase === 'opened') open = shifts.has(event.shift) ? open : { event, told: [] };
    else {
      shifts.set(event.shift, closedShift(event));
      if (open?.event.shift === event.shift) open = null;
    }
  }
  return [...shifts.values(), ...(open === null ? [] : [openShift(open.event, open.told)])];
}

function closedShift(event: ShiftClosedEvent): OwnShift {
  const { shift, operator, float, tally, openedAt, counted, reason, supervisor, time } = event;
  const sums = { expected: expectedCash(float, tally), difference: cashDifference(event) };
  return { shift, operator, float, tally, openedAt, counted, reason, supervisor, closedAt: time, ...sums };
}

function openShift({ shift, operator, float, time }: ShiftOpenedEvent, told: readonly ToldEvent[]): OwnShift {
  const tally = shiftTally(
    told.filter(({ event }) => event.time >= time),
    true,
  );
  const nobody = { counted: null, reason: 'none', supervisor: 0, closedAt: null, difference: null } as const;
  return { shift, operator, float, tally, openedAt: time, expected: expectedCash(float, tally), ...nobody };
}

function lineOf({ shift, operator, openedAt, closedAt, difference, reason, supervisor }: OwnShift): string {
  const from = new Date(openedAt * 1000).toISOString();
  const until = closedAt === null ? 'open' : new Date(closedAt * 1000).toISOString();
  const count = difference === null ? '' : `  ${differenceWords(difference)}`;
  const why = reason === 'none' ? '' : ` (${reason}, supervisor ${supervisor})`;
  return `${shift}  operator ${operator}  ${from} to ${until}${count}${why}`;
}

function common(command: Command): Command {
  return command
    .requiredOption('--config <file>', 'configuration of the terminal')
    .option('--json', 'print one JSON object');
}
