import { Command } from 'commander';
import { openAuthority } from '../../../sync/authority/authority.js';
import type { CardChange, WrittenEndorsement } from '../../../sync/authority/card-actions.js';
import type { RowFailure } from '../../cards/batch.js';
import { CHANGE_COLUMNS, changeOfRow, parseChanges } from '../../cards/changes.js';
import { type CsvRow, parseCsv } from '../../cards/csv.js';
import { isWaslError, WaslError } from '../../domain/errors.js';
import { systemClock, systemRandom } from '../../system.js';
import { positive } from '../card/options.js';
import { processOutput } from '../shared/output.js';
import { readTable } from '../shared/table-file.js';

const deps = { clock: systemClock, random: systemRandom };

interface EndorseOptions {
  readonly card?: number;
  readonly csv?: string;
  readonly expires?: string;
  readonly set?: readonly string[];
  readonly json?: boolean;
}

/** `wasl authority endorse`: renews cards, or changes what they entitle to, at their next tap at any terminal. */
export function endorseCommand(): Command {
  return new Command('endorse')
    .description('renew cards, or change what they entitle to, at their next tap')
    .argument('<folder>', 'folder of the authority')
    .option('--card <serial>', 'one card', positive)
    .option('--expires <time>', 'its new end, like 2028-12-31')
    .option(
      '--set <name=value...>',
      'draws, household_size, home_site, ration_scheme; coverage as plan/class/family; representatives as serials with / between',
    )
    .option('--csv <file>', `a table of cards; columns: ${CHANGE_COLUMNS.join(', ')}`)
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: EndorseOptions) => {
      const { rows, failures } = await changesOf(options);
      const authority = await openAuthority(folder, deps);
      const outcomes = await authority.endorse(rows.map(({ change }) => change));
      const cards = outcomes.flatMap((outcome) => (outcome.ok ? [outcome] : []));
      for (const [at, outcome] of outcomes.entries()) {
        const { line = 0 } = rows[at] ?? {};
        const { card } = outcome;
        const where = line === 0 ? '' : `line ${line}: `;
        if (!outcome.ok) failures.push({ line, card, code: outcome.code, message: `${where}${outcome.message}` });
      }
      failures.sort((a, b) => a.line - b.line);
      const output = processOutput(options.json === true);
      output.line(`${cards.length} cards endorsed, ${failures.length} with a mistake.`);
      for (const { code, message } of failures) output.line(`  ${code}: ${message}`);
      if (cards.length > 0) output.line('Publish the lists: the cards are written at their next tap.');
      output.result({ ok: failures.length === 0, endorsed: cards.length, cards, failures });
      if (failures.length > 0) process.exitCode = 1;
    });
}

interface RetireOptions {
  readonly card?: number;
  readonly number?: number;
  readonly csv?: string;
  readonly json?: boolean;
}

/** `wasl authority retire`: what a terminal has written to its card need not be sent to all of them any more. */
export function retireCommand(): Command {
  return new Command('retire')
    .description('take endorsements that are on their cards out of the list; their numbers stay in it')
    .argument('<folder>', 'folder of the authority')
    .option('--card <serial>', 'one card', positive)
    .option('--number <number>', 'the endorsement that is on it, as the event says', positive)
    .option('--csv <file>', 'a table of them, from "wasl centre endorsed"; columns: card, number, written')
    .option('--json', 'print one JSON object')
    .action(async (folder: string, options: RetireOptions) => {
      const written = await writtenOf(options);
      const retired = await (await openAuthority(folder, deps)).retire(written);
      const output = processOutput(options.json === true);
      output.line(`${retired} endorsements retired: a card from which one is taken off is refused all the same.`);
      output.result({ ok: true, retired });
    });
}

interface ChangeRow {
  /** Of the table; 0 for none. */
  readonly line: number;
  readonly change: CardChange;
}

async function changesOf(options: EndorseOptions): Promise<{ rows: ChangeRow[]; failures: RowFailure[] }> {
  const { card, csv } = options;
  if ((card === undefined) === (csv === undefined))
    throw new WaslError('ERR_USAGE', 'say which: --card SERIAL with what changes, or --csv FILE for many');
  if (card !== undefined) return { rows: [{ line: 0, change: { card, ...parseChanges(options) } }], failures: [] };
  const rows: ChangeRow[] = [];
  const failures: RowFailure[] = [];
  const seen = new Map<number, number>();
  for (const { line, cells, fault } of await tableOf(csv ?? '', CHANGE_COLUMNS)) {
    try {
      if (fault !== null) throw new WaslError('ERR_ORDER', `line ${line} ${fault}`);
      const change = changeOfRow(cells, `line ${line}`);
      const before = seen.get(change.card);
      if (before !== undefined)
        throw new WaslError('ERR_ORDER', `line ${line}: card ${change.card} stands in line ${before} too`);
      seen.set(change.card, line);
      rows.push({ line, change });
    } catch (error) {
      if (!isWaslError(error)) throw error;
      failures.push({ line, card: null, code: error.code, message: error.message });
    }
  }
  return { rows, failures };
}

async function writtenOf({ card, number, csv }: RetireOptions): Promise<WrittenEndorsement[]> {
  if (csv === undefined) {
    if (card === undefined || number === undefined)
      throw new WaslError('ERR_USAGE', 'say which: --card SERIAL --number NUMBER, or --csv FILE for many');
    return [{ card, number, writtenS: null }];
  }
  return (await tableOf(csv, ['card', 'number', 'written'])).map(({ line, cells }) => {
    const [serial, of] = ['card', 'number'].map((name) => (cells.get(name) ?? '').trim());
    if (!/^\d{1,15}$/.test(serial ?? '') || !/^\d{1,15}$/.test(of ?? ''))
      throw new WaslError('ERR_ORDER', `line ${line}: card and number are whole numbers`);
    const written = (cells.get('written') ?? '').trim();
    const writtenMs = written === '' ? null : Date.parse(written);
    if (writtenMs !== null && !Number.isFinite(writtenMs))
      throw new WaslError('ERR_ORDER', `line ${line}: written is a time like 2026-11-22T09:00:00Z, or empty`);
    return { card: Number(serial), number: Number(of), writtenS: writtenMs === null ? null : writtenMs / 1000 };
  });
}

async function tableOf(csv: string, columns: readonly string[]): Promise<readonly CsvRow[]> {
  return parseCsv(await readTable(csv), columns);
}
