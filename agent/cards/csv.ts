/** Tables as spreadsheets save them (RFC 4180): commas or semicolons, quotes, line ends of either kind, a byte order mark. */
import { WaslError } from '../domain/errors.js';

/** A row by the names of its columns, and the line of the file that it begins on, from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: ReadonlyMap<string, string>;
  /** What is wrong with the row as such, or null. */
  readonly fault: string | null;
}

/** Most rows that one file may have; more are split into files. */
export const CSV_ROWS_MAX = 1_000_000;

const NAME = /^[a-z][a-z0-9_]*$/;

/**
 * Reads a table whose first row names its columns. A row with too many or too few cells comes with its `fault`; a file without a head, with
 * a column twice, or with a quote that never closes is refused with `ERR_ORDER` and the line. Blank lines are skipped. `nameOf` gives the
 * column that a heading stands for, where tables are headed in more than one way; null leaves the column out.
 */
export function parseCsv(
  text: string,
  columns: readonly string[],
  nameOf: (heading: string) => string | null = plainName,
): readonly CsvRow[] {
  const separator = separatorOf(text);
  const records = [...recordsIn(text.replace(/^\uFEFF/, ''), separator)].filter(({ cells }) =>
    cells.some((cell) => cell !== ''),
  );
  const [head, ...rest] = records;
  if (head === undefined) throw new WaslError('ERR_ORDER', 'the table is empty');
  const names = head.cells.map(nameOf);
  const wrong = names.flatMap((name, at) => {
    const sound = name === null || (NAME.test(name) && columns.includes(name) && names.indexOf(name) === at);
    return sound ? [] : [head.cells[at] ?? ''];
  });
  if (wrong.length > 0)
    throw new WaslError(
      'ERR_ORDER',
      `line ${head.line}: these columns are not known, or named twice: ${wrong.map((name) => JSON.stringify(name.slice(0, 40))).join(', ')}; known are ${columns.join(', ')}`,
    );
  if (rest.length > CSV_ROWS_MAX) throw new WaslError('ERR_ORDER', `a table has at most ${CSV_ROWS_MAX} rows`);
  return rest.map(({ line, cells }) => ({
    line,
    cells: new Map(names.flatMap((name, at) => (name === null ? [] : [[name, cells[at] ?? ''] as const]))),
    fault: cells.length === names.length ? null : `has ${cells.length} cells where the head has ${names.length}`,
  }));
}

function plainName(heading: string): string {
  return heading.trim().toLowerCase().replaceAll(' ', '_');
}

/** Where the decimal comma is in use, spreadsheets separate by semicolons. */
function separatorOf(text: string): ',' | ';' {
  const [first = ''] = text.split(/\r?\n/, 1);
  return first.split(';').length > first.split(',').length ? ';' : ',';
}

interface CsvRecord {
  readonly line: number;
  readonly cells: readonly string[];
}

function* recordsIn(text: string, separator: string): Generator<CsvRecord> {
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const record = { line, cells: [] as string[] };
    for (let open = true; open; ) {
      const cell = text[at] === '"' ? quoted(text, at, line) : bare(text, at, separator);
      record.cells.push(cell.value);
      at = cell.next;
      line += cell.lines;
      open = text[at] === separator;
      if (open) at += 1;
    }
    if (at < text.length && text[at] !== '\n' && text[at] !== '\r')
      throw new WaslError('ERR_ORDER', `line ${line}: something stands behind the closing quote of a cell`);
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    line += 1;
    yield record;
  }
}

interface Cell {
  readonly value: string;
  readonly next: number;
  /** Line ends inside it. */
  readonly lines: number;
}

function bare(text: string, from: number, separator: string): Cell {
  let next = from;
  while (next < text.length && text[next] !== separator && text[next] !== '\n' && text[next] !== '\r') next += 1;
  return { value: text.slice(from, next), next, lines: 0 };
}

function quoted(text: string, from: number, line: number): Cell {
  let value = '';
  for (let at = from + 1; at < text.length; ) {
    const close = text.indexOf('"', at);
    if (close < 0) break;
    value += text.slice(at, close);
    if (text[close + 1] !== '"') return { value, next: close + 1, lines: value.split('\n').length - 1 };
    value += '"';
    at = close + 2;
  }
  throw new WaslError('ERR_ORDER', `line ${line}: a quoted cell is never closed`);
}
