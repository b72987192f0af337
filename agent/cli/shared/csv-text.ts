/** Rows as spreadsheets read them (RFC 4180), safe to open: no text of somebody else's is taken for a formula. */

/** How a formula can begin in the spreadsheets in use; a tab or line end hides what follows. */
const FORMULA = /^[=+\-@\t\r\n]/;

/** One row with its line end. Text that would be a formula gets an apostrophe in front; numbers stay numbers, null is an empty cell. */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(cell: string | number | boolean | null): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
