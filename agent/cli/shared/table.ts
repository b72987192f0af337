/** Tables of plain text: the first column to the left, figures to the right. */

/** Letters that take no place of their own: Arabic vowel signs and others that combine, and marks of direction. */
const NO_WIDTH = /[\p{Mn}\p{Cf}]/gu;

/** The rows as lines, each column as wide as its widest cell. Rows have the same number of cells. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [at, cell] of row.entries()) widths[at] = Math.max(widths[at] ?? 0, widthOf(cell));
  return rows.map((row) =>
    row
      .map((cell, at) => {
        const space = ' '.repeat((widths[at] ?? 0) - widthOf(cell));
        return at === 0 ? cell + space : space + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}

function widthOf(cell: string): number {
  return [...cell.replace(NO_WIDTH, '')].length;
}
