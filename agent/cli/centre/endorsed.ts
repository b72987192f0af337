import { Command } from 'commander';
import { writtenEndorsements } from '../../../sync/settlement/desk.js';
import { CSV_ROWS_MAX } from '../../cards/csv.js';
import { WaslError } from '../../domain/errors.js';
import { instant } from '../card/trust.js';
import { processOutput } from '../shared/output.js';
import { fileTarget, isBrokenPipe, streamTarget, type TextTarget } from '../shared/text-target.js';
import { storeOf } from './cases.js';

/** Latest second that a `Date` can name (ECMA-262 §21.4.1.1). */
const SECONDS_MAX = 8_640_000_000_000;

/** Characters that are gathered before they are written. */
const PIECE_CHARS = 64 * 1024;

interface EndorsedOptions {
  readonly config: string;
  readonly csv?: string;
  readonly since: number;
  readonly json?: boolean;
}

/** `wasl centre endorsed`: which endorsements terminals have written, as `wasl authority retire --csv` takes them. */
export function endorsedCommand(): Command {
  return new Command('endorsed')
    .description('which endorsements terminals have written to cards, as a table for "wasl authority retire --csv"')
    .requiredOption('--config <file>', 'configuration of settlement')
    .option('--csv <file>', 'write to a file, which appears when it is complete (default: standard output)')
    .option('--since <time>', 'only what was written from then on, like 2026-11-01', instant, 0)
    .option('--json', 'with --csv: print one JSON object about the table')
    .action(async (options: EndorsedOptions) => {
      const { csv, json } = options;
      if (json === true && csv === undefined)
        throw new WaslError('ERR_USAGE', '--json needs --csv: without it the table itself is on standard output');
      const target = csv === undefined ? streamTarget(process.stdout) : await fileTarget(csv);
      try {
        const count = await writeTable(options, target);
        await target.finish();
        if (csv === undefined) return;
        const output = processOutput(json === true);
        output.line(
          `${count} endorsements in ${csv}: "wasl authority retire AUTHORITY --csv ${csv}" takes them out of the list.`,
        );
        output.result({ ok: true, count, file: csv });
      } catch (error) {
        await target.abandon();
        if (!isBrokenPipe(error)) throw error;
      }
    });
}

/** Writes the table; resolves to its rows without the head. Rejects with `ERR_DATABASE`, and with `ERR_USAGE` for more rows than a table may have. */
async function writeTable(options: EndorsedOptions, target: TextTarget): Promise<number> {
  let count = 0;
  let text = 'card,number,written\n';
  for await (const { card, number, writtenS } of writtenEndorsements(await storeOf(options), options.since)) {
    if (count === CSV_ROWS_MAX)
      throw new WaslError('ERR_USAGE', `there are more than ${CSV_ROWS_MAX} endorsements: name a later --since`);
    count += 1;
    text += `${card},${number},${new Date(Math.min(writtenS, SECONDS_MAX) * 1000).toISOString()}\n`;
    if (text.length < PIECE_CHARS) continue;
    await target.write(text);
    text = '';
  }
  await target.write(text);
  return count;
}
