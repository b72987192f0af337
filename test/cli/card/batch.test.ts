import { execFileSync } from 'node:child_process';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkRows } from '../../../agent/cards/batch.js';
import { parseCsv } from '../../../agent/cards/csv.js';
import { COLUMNS, orderOfRow } from '../../../agent/cards/order.js';
import { readQrPng } from '../../../agent/cards/picture.js';
import { type PrintedCard, printCards, runsOf } from '../../../agent/cards/print.js';
import { qrText } from '../../../agent/credential/issue.js';
import { card, deskFolder, ISSUER_KEY } from './bench.js';

const HEAD = 'card,household,household_size,draws,id,language,full_name,expires';
const row = (serial: number, name = 'Amina Diallo', draws = 1): string =>
  `${serial},9,3,${draws},p-${serial},fra,${name},2028-12-31`;

let desk: Awaited<ReturnType<typeof deskFolder>>;
beforeEach(async () => {
  desk = await deskFolder();
});
afterEach(() => desk.remove());

async function batch(lines: readonly string[], ...more: readonly string[]) {
  const csv = join(desk.folder, 'people.csv');
  await writeFile(csv, `${[HEAD, ...lines].join('\n')}\n`);
  const out = join(desk.folder, 'out');
  return await card('issue', '--issuer', desk.issuer, '--csv', csv, '--out', out, '--json', ...more);
}

const codes = async (): Promise<string[]> =>
  (await readdir(join(desk.folder, 'out'))).filter((name) => name.endsWith('.png')).sort();

describe('a batch from a table', () => {
  test('makes each row once, and says of each mistake in which line it stands', async () => {
    const lines = [row(1), row(2, 'Amina Diallo', 4), row(3), row(1), '4,9,3', row(5, 'Diallo\u202e')];
    const { json, exitCode } = await batch(lines);
    expect(json).toMatchObject({ ok: false, rows: 6, made: 2, already: 0, left: 0 });
    const failures = json.failures as readonly { readonly line: number; readonly code: string }[];
    expect(failures.map(({ line, code }) => [line, code])).toEqual([3, 5, 6, 7].map((line) => [line, 'ERR_ORDER']));
    expect(await codes()).toEqual(['1.png', '3.png']);
    expect(exitCode).toBe(1);
  });

  test('goes on where it stopped, with the same codes: nothing is made twice', async () => {
    await batch([row(1), row(2)]);
    const first = await readFile(join(desk.folder, 'out', '1.png'));
    const { json } = await batch([row(1), row(2), row(3)]);
    expect(json).toMatchObject({ ok: true, made: 1, already: 2 });
    expect(await readFile(join(desk.folder, 'out', '1.png'))).toEqual(first);
  });

  test('a code that was begun and not finished is made again, byte for byte', async () => {
    await batch([row(1), row(2)]);
    const journal = join(desk.folder, 'out', 'batch.journal');
    const before = await readFile(join(desk.folder, 'out', '2.png'));
    const lines = (await readFile(journal, 'utf8')).split('\n');
    // The power went before the last line was whole.
    await writeFile(journal, lines.slice(0, -2).join('\n'));
    await appendFile(journal, '\n{"done":2,"or');
    await rm(join(desk.folder, 'out', '2.png'));
    const { json } = await batch([row(1), row(2)]);
    expect(json).toMatchObject({ ok: true, made: 1, already: 1 });
    expect(await readFile(join(desk.folder, 'out', '2.png'))).toEqual(before);
  });

  test('a row that was changed after its card was made is a mistake', async () => {
    await batch([row(1)]);
    const { json } = await batch([row(1, 'Somebody Else')]);
    expect(json).toMatchObject({ ok: false, made: 0, failures: [{ line: 2, card: 1, code: 'ERR_ORDER' }] });
  });

  test('a journal of another issuer, or one that is damaged in the middle, is not gone on with', async () => {
    await batch([row(1)]);
    const other = join(desk.folder, 'other.key');
    await writeFile(other, `${'33'.repeat(32)}\n`);
    await expect(batch([row(2)], '--issuer', other)).rejects.toMatchObject({ code: 'ERR_ORDER_JOURNAL' });
    const journal = join(desk.folder, 'out', 'batch.journal');
    await writeFile(journal, (await readFile(journal, 'utf8')).replace('"begun"', '"begin"'));
    await expect(batch([row(1)])).rejects.toMatchObject({ code: 'ERR_ORDER_JOURNAL' });
  });

  test('a table is read as spreadsheets write it', () => {
    const columns = Object.keys(COLUMNS);
    const text = '\uFEFFCard;Full Name\r\n1;"Diallo; ""Amina""\r\nBinta"\r\n\r\n2;x\r\n';
    expect(parseCsv(text, columns).map(({ line, cells }) => [line, cells.get('full_name')])).toEqual([
      [2, 'Diallo; "Amina"\r\nBinta'],
      [5, 'x'],
    ]);
    for (const bad of ['', 'nonsense\n1\n', 'card,card\n1,1\n', 'card\n"1', 'card\n"1"2\n'])
      expect(() => parseCsv(bad, columns)).toThrow(expect.objectContaining({ code: 'ERR_ORDER' }));
  });

  test('numbers, days and serials are checked before anything is signed', () => {
    const check = (line: string) =>
      checkRows(parseCsv(`${HEAD},date_of_birth\n${line}\n`, Object.keys(COLUMNS))).failures[0]?.message;
    expect(check(`${row(1)},1990-02-30`)).toMatch(/line 2: identity\.dateOfBirth/);
    expect(check(`${row(1).replace('1,9', 'x,9')},1990-02-28`)).toMatch(/line 2: card/);
    expect(check(`${row(1)},1990-02-28`)).toBeUndefined();
    expect(check(`${row(1).replace('1,9', 'x,9')},1990-02-28`)).toMatch(/card: must be a whole number$/);
    expect(check(`${row(1).replace('1,9', ',9')},1990-02-28`)).toMatch(/card: is missing$/);
  });

  test('digits of an Arabic or a Persian spreadsheet are digits, and names keep theirs', () => {
    const head = 'card,household,household_size,draws,id,language,full_name,date_of_birth,expires';
    const read = (line: string) =>
      orderOfRow(parseCsv(`${head}\n${line}\n`, Object.keys(COLUMNS))[0]?.cells ?? new Map(), '');
    const latin = read('17,5,5,3,9001,ara,سارة ٢,1990-02-28,2028-12-31');
    expect(latin.identity.fullName).toBe('سارة ٢');
    expect(read('١٧,٥,٥,٣,٩٠٠١,ara,سارة ٢,١٩٩٠-٠٢-٢٨,٢٠٢٨-١٢-٣١')).toEqual(latin);
    expect(read('۱۷,۵,۵,۳,۹۰۰۱,ara,سارة ٢,۱۹۹۰-۰۲-۲۸,۲۰۲۸-۱۲-۳۱')).toEqual(latin);
  });
});

describe('the PDF of a batch', () => {
  const printed: PrintedCard = {
    title: { latin: 'Ration card', arabic: 'بطاقة التموين' },
    serial: '1',
    name: 'نادية بدران الشناوي',
    secondName: 'Nadia Badran',
    id: 'p-1',
    expires: '2028-12-31',
    qr: qrText(new Uint8Array(280).fill(0xa5)),
  };

  test('has a page with trim and bleed for each card, and its code reads off the printed page', async () => {
    const pdf = await printCards([printed, printed], 'card', new Date(0));
    const path = join(desk.folder, 'cards.pdf');
    await writeFile(path, pdf);
    const text = Buffer.from(pdf).toString('latin1');
    expect(text.match(/\/TrimBox/g)).toHaveLength(2);
    try {
      execFileSync('pdftoppm', ['-v'], { stdio: 'ignore' });
    } catch {
      if (process.env.CI !== undefined) throw new Error('pdftoppm is missing: apt-get install poppler-utils');
      process.stdout.write('not looked at: the printed page, since pdftoppm (poppler-utils) is not installed\n');
      return;
    }
    execFileSync('pdftoppm', ['-r', '200', '-png', '-f', '1', '-l', '1', path, join(desk.folder, 'page')]);
    const [page = ''] = (await readdir(desk.folder)).filter((name) => name.startsWith('page'));
    expect(readQrPng(await readFile(join(desk.folder, page)))).toBe(printed.qr);
  });

  test('puts ten cards on a sheet', async () => {
    const pdf = await printCards(
      Array.from({ length: 11 }, () => printed),
      'a4',
      new Date(0),
    );
    expect(
      Buffer.from(pdf)
        .toString('latin1')
        .match(/\/Type \/Page\b/g),
    ).toHaveLength(2);
  });

  test('orders pieces of two scripts as a reader of the first one would', () => {
    expect(runsOf('نادية بدران')).toEqual(['نادية بدران']);
    expect(runsOf('No. الرقم')).toEqual(['No. ', 'الرقم']);
    expect(runsOf('بطاقة VISA')).toEqual([' VISA', 'بطاقة']);
  });

  test('is written by the command for all rows that are done', async () => {
    const pdf = join(desk.folder, 'all.pdf');
    await batch([row(1), row(2)], '--pdf', pdf);
    expect((await readFile(pdf)).subarray(0, 5).toString()).toBe('%PDF-');
    const { json } = await card('verify', '--image', join(desk.folder, 'out', '1.png'), '--key', ISSUER_KEY, '--json');
    expect(json).toMatchObject({ ok: true });
  });
});
