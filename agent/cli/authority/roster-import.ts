import { Command, InvalidArgumentError } from 'commander';
import { type Authority, openAuthority } from '../../../sync/authority/authority.js';
import { parseCsv } from '../../cards/csv.js';
import { signerFromSeed } from '../../credential/signature.js';
import { WaslError } from '../../domain/errors.js';
import {
  columnOf,
  foldHeading,
  isPersonColumn,
  NEEDED_COLUMNS,
  PERSON_COLUMNS,
  type PersonColumn,
} from '../../roster/columns.js';
import { type ImportResult, importRows, numbersAfter } from '../../roster/import.js';
import { ROSTER_ENDING } from '../../roster/open-rosters.js';
import { PERSONS_MAX, ROSTER_NAME } from '../../roster/roster.js';
import { sealRoster } from '../../roster/sealed-roster.js';
import { signRoster } from '../../roster/signed-roster.js';
import { systemClock, systemRandom } from '../../system.js';
import { counted } from '../shared/counted.js';
import { type Output, processOutput } from '../shared/output.js';
import { progressBar, progressLine } from '../shared/progress.js';
import { readTable } from '../shared/table-file.js';
import { readRosterRecord, writeRosterRecord, writeWhole } from './roster-register.js';

interface ImportOptions {
  readonly name: string;
  readonly authority: string;
  readonly out: string;
  readonly expires: number;
  readonly site?: readonly string[];
  readonly column?: readonly Heading[];
  readonly skip?: boolean;
  readonly json?: boolean;
}

/** A heading of the table, and the column that it stands for; null leaves it out. */
interface Heading {
  readonly heading: string;
  readonly column: PersonColumn | null;
}

/** `wasl roster …`: lists of persons who are served without a card. */
export function rosterCommands(): Command {
  return new Command('roster').addCommand(importCommand());
}

function importCommand(): Command {
  return new Command('import')
    .description('make a signed roster from a table of persons, sealed to the enrolled terminals')
    .argument('<csv>', 'a table as spreadsheets save it, UTF-8; its first row names the columns, in Arabic or English')
    .requiredOption('--name <name>', 'name of the roster, e.g. gezira-2026: the policy names it', rosterName)
    .requiredOption(
      '--authority <folder>',
      "the authority's folder: its key signs, its register says which terminals there are",
    )
    .requiredOption('--out <file>', `where the roster is written to, e.g. gezira-2026${ROSTER_ENDING}`, rosterFile)
    .requiredOption('--expires <date>', 'last day on which anybody is served by it, e.g. 2027-03-31', endOfDay)
    .option('--site <ids...>', 'only for terminals at these sites (default: all that are enrolled)', collected)
    .option('--column <heading=column...>', 'what a heading stands for; "heading=-" leaves the column out', headings)
    .option('--skip', 'leave out rows with a mistake, instead of making nothing')
    .option('--json', 'print one JSON object')
    .action(async (csv: string, options: ImportOptions) => runImport(csv, options));
}

async function runImport(csv: string, options: ImportOptions): Promise<void> {
  const output = processOutput(options.json === true);
  const authority = await openAuthority(options.authority, { clock: systemClock, random: systemRandom });
  const terminals = terminalsOf(authority, options.site);
  const record = await readRosterRecord(options.authority, options.name);
  const text = await readTable(csv);
  const beganMs = performance.now();
  const rows = parseCsv(text, PERSON_COLUMNS, namedBy(options.column ?? []));
  refuseUnusable(rows, csv);
  const line = progressLine(process.stderr);
  const year = new Date(systemClock.nowMs()).getUTCFullYear();
  const result = importRows(rows, {
    years: { least: year - 130, most: year },
    given: record.given,
    progress: (done, total) => line.show(`${progressBar(done, total)} ${done} of ${total}`),
  });
  line.clear();
  const isRefused = result.persons.length === 0 || (result.mistakes.length > 0 && options.skip !== true);
  const version = record.version + 1;
  if (!isRefused) {
    line.show('signing and sealing');
    const head = { name: options.name, version, issuedAt: seconds(systemClock.nowMs()), expiresAt: options.expires };
    const signed = signRoster(head, result.persons, signerFromSeed(await authority.secret('authority-key')));
    const sealed = sealRoster(signed, { name: options.name, terminals }, systemRandom);
    // First, so that no number is given twice whatever becomes of the file.
    await writeRosterRecord(options.authority, options.name, {
      version,
      given: numbersAfter(record.given, result.persons),
    });
    await writeWhole(options.out, sealed, 0o644);
    line.clear();
  }
  const rate = { rows: rows.length, seconds: (performance.now() - beganMs) / 1000 };
  report({ ...result, ...rate, terminals: terminals.length, version: isRefused ? null : version }, options, output);
}

interface ImportReport extends ImportResult {
  readonly rows: number;
  readonly seconds: number;
  readonly terminals: number;
  /** Null when nothing was made. */
  readonly version: number | null;
}

/** Lines of one kind that people are shown; machines get all of them. */
const SHOWN_MAX = 40;

function report(result: ImportReport, { name, out, expires, skip }: ImportOptions, output: Output): void {
  const { persons, mistakes, twins, gone, fresh, rows, version, terminals } = result;
  const faulty = new Set(mistakes.map(({ line }) => line)).size;
  const rowsPerSecond = Math.round(rows / Math.max(result.seconds, 0.001));
  const lines = mistakes.map(
    ({ line, column, message, remedy }) => `line ${line}: ${column === null ? '' : `${column} `}${message} → ${remedy}`,
  );
  shown(lines, output);
  shown(
    twins.map(({ line, like }) => `line ${line}: probably the person of line ${like} (same name and year of birth)`),
    output,
  );
  if (rows > 0)
    output.line(
      `${counted(rows, 'row')} at ${rowsPerSecond} a second: ${counted(persons.length, 'person')}, ${counted(faulty, 'row')} with a mistake, ${counted(twins.length, 'probable double')}.`,
    );
  if (version === null) {
    output.line(
      rows === 0
        ? 'Nothing was made: the table has headings and no rows.'
        : 'Nothing was made. Mend the table, or leave these rows out with --skip, and run it again.',
    );
    process.exitCode = 1;
  } else {
    const until = new Date(expires * 1000).toISOString().slice(0, 10);
    output.line(
      `Made ${out}: ${name}, version ${version}, until ${until}; ${counted(fresh, 'person')} new, ${gone} gone.`,
    );
    output.line(`It can be read by ${counted(terminals, 'terminal')}. Copy it into the trust folder of each.`);
    if (faulty > 0 && skip === true) output.line('The rows with a mistake are not in it.');
  }
  output.result({
    ok: version !== null,
    name,
    version,
    out: version === null ? null : out,
    rows,
    persons: persons.length,
    fresh,
    gone,
    rowsPerSecond,
    terminals,
    mistakes,
    twins,
  });
}

function shown(lines: readonly string[], output: Output): void {
  for (const line of lines.slice(0, SHOWN_MAX)) output.line(`  ${line}`);
  if (lines.length > SHOWN_MAX) output.line(`  … and ${lines.length - SHOWN_MAX} more; --json lists all`);
}

/** Public keys of the terminals that may read it: enrolled now, at these sites. Throws `ERR_USAGE` when there is none. */
function terminalsOf(authority: Authority, sites: readonly string[] | undefined): readonly Uint8Array[] {
  const now = new Date(systemClock.nowMs()).toISOString();
  const known = authority.register().terminals.filter(({ notAfter }) => notAfter > now);
  const unknown = (sites ?? []).filter((site) => !known.some((one) => one.site === site));
  if (unknown.length > 0)
    throw new WaslError(
      'ERR_USAGE',
      `no terminal is enrolled at ${unknown.join(', ')}; "wasl authority show" lists them`,
    );
  const chosen = sites === undefined ? known : known.filter(({ site }) => sites.includes(site));
  if (chosen.length === 0)
    throw new WaslError('ERR_USAGE', 'no terminal is enrolled that could read it: "wasl authority enrol" comes first');
  return chosen.map(({ publicKey }) => Uint8Array.from(Buffer.from(publicKey, 'hex')));
}

function refuseUnusable(rows: readonly { readonly cells: ReadonlyMap<string, string> }[], csv: string): void {
  if (rows.length > PERSONS_MAX)
    throw new WaslError(
      'ERR_ORDER',
      `${csv} has ${rows.length} rows, a roster at most ${PERSONS_MAX}: split it into rosters`,
    );
  const [first] = rows;
  const missing = NEEDED_COLUMNS.filter((column) => first !== undefined && !first.cells.has(column));
  if (missing.length > 0)
    throw new WaslError(
      'ERR_ORDER',
      `${csv} has no column ${missing.join(' and ')}: say which it is with --column 'HEADING=${missing[0]}'`,
    );
}

function namedBy(headings: readonly Heading[]): (heading: string) => string | null {
  const own = new Map(headings.map(({ heading, column }) => [foldHeading(heading), column]));
  return (heading) => {
    const chosen = own.get(foldHeading(heading));
    return chosen === undefined ? columnOf(heading) : chosen;
  };
}

function rosterName(text: string): string {
  if (ROSTER_NAME.test(text)) return text;
  throw new InvalidArgumentError('lower-case letters, digits and hyphens, at most 32, beginning with a letter.');
}

function rosterFile(text: string): string {
  if (text.endsWith(ROSTER_ENDING)) return text;
  throw new InvalidArgumentError(`terminals look for files that end with ${ROSTER_ENDING}.`);
}

/** The last second of a day, in UTC. */
function endOfDay(text: string): number {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T23:59:59Z`) : Number.NaN;
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(text))
    throw new InvalidArgumentError('a date is written like 2027-03-31.');
  if (at <= systemClock.nowMs()) throw new InvalidArgumentError('this day is over.');
  return seconds(at);
}

function headings(text: string, before: readonly Heading[] | undefined): readonly Heading[] {
  const cut = text.lastIndexOf('=');
  const [heading, column] = [text.slice(0, Math.max(cut, 0)), text.slice(cut + 1)];
  if (heading === '' || (column !== '-' && !isPersonColumn(column)))
    throw new InvalidArgumentError(`write HEADING=COLUMN; columns are ${PERSON_COLUMNS.join(', ')}, or - for none.`);
  return [...(before ?? []), { heading, column: column === '-' ? null : column }];
}

function collected(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
