/** Tables that others open in a spreadsheet. */
import { describe, expect, it } from 'vitest';
import { parseCsv } from '../../../agent/cards/csv.js';
import { csvLine } from '../../../agent/cli/shared/csv-text.js';

describe('a row of a table', () => {
  it('keeps text from being a formula, and numbers numbers', () => {
    for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1']) expect(csvLine([text])).toMatch(/^"?'/);
    expect(csvLine([-625, 'a-b', null, true])).toBe('-625,a-b,,true\r\n');
  });

  it('is read back as it was written', () => {
    const text = csvLine(['a', 'b']) + csvLine(['one, "two"', 'three\nfour']);
    const [row] = parseCsv(text, ['a', 'b']);
    expect([row?.cells.get('a'), row?.cells.get('b')]).toEqual(['one, "two"', 'three\nfour']);
  });
});
