/** A table of persons becomes a roster that a terminal reads: by the command, and rule by rule. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseCsv } from '../../agent/cards/csv.js';
import { rosterCommands } from '../../agent/cli/authority/roster-import.js';
import { signerFromSeed, verifierFromKey } from '../../agent/credential/signature.js';
import { columnOf, PERSON_COLUMNS } from '../../agent/roster/columns.js';
import { importRows } from '../../agent/roster/import.js';
import type { Roster } from '../../agent/roster/roster.js';
import { openSealedRoster, terminalSealKey } from '../../agent/roster/sealed-roster.js';
import { readRoster } from '../../agent/roster/signed-roster.js';
import { systemClock, systemRandom } from '../../agent/system.js';
import { type Authority, createAuthority } from '../../sync/authority/authority.js';
import { runCommand } from '../support/command.js';

const YEARS = { least: 1900, most: 2026 };
const HEAD = 'الرقم الوطني,الإسم الكامل,سنة الميلاد';

const imported = (text: string, given: ReadonlyMap<string, number> = new Map()) =>
  importRows(parseCsv(text, PERSON_COLUMNS, columnOf), { years: YEARS, given });

describe('a table', () => {
  test('is understood with Arabic and English headings, in any order', () => {
    const text = [
      'Home Site;النوع;اسم الأم;الاسم;ID;family size;رقم الاسرة;تاريخ الميلاد;latin name;plan;Class',
      '17;أنثى;هدى بشير;سلمى  بدران\u200f;A-1;٥;90001;29/02/1984;Salma Badran;3;1',
      ';;;"عمر ""الكبير"" آدم";A-2;;;;;;',
    ].join('\r\n');
    expect(imported(`\uFEFF${text}`)).toMatchObject({
      mistakes: [],
      persons: [
        {
          number: 1,
          id: 'A-1',
          name: 'سلمى بدران',
          mother: 'هدى بشير',
          father: null,
          latin: 'Salma Badran',
          birthYear: 1984,
          gender: 2,
          household: 90_001,
          householdSize: 5,
          draws: 1,
          homeSite: 17,
          coverage: { plan: 3, class: 1, familyUnit: 0 },
        },
        { number: 2, name: 'عمر "الكبير" آدم', birthYear: null, gender: null, household: 0, coverage: null },
      ],
    });
  });

  test('every mistake is told with its line, its column and what to do', () => {
    const text = [
      `${HEAD},gender,draws,household_size,birth_date`,
      '1,سلمى,1984,f,1,1,',
      ',سلمى,1984,f,1,1,',
      '3,,1984,f,1,1,',
      '4,سلمى,84,f,1,1,',
      '5,سلمى,1984,q,1,1,',
      '6,سلمى,1984,f,3,2,',
      '7,سلمى,,f,1,1,يوم',
      '8,سلمى',
      '9,سلمى\u202e,1984,f,1,1,',
      '١,سلمى,1984,f,1,1,',
    ].join('\n');
    const { persons, mistakes } = imported(text);
    expect(persons.map(({ id }) => id)).toEqual(['1']);
    expect(mistakes.map(({ line, column }) => [line, column])).toEqual([
      [3, 'id'],
      [4, 'name'],
      [5, 'birth_year'],
      [6, 'gender'],
      [7, 'draws'],
      [8, 'birth_date'],
      [9, null],
      [10, 'name'],
      [11, 'id'],
    ]);
    for (const { message, remedy } of mistakes) {
      expect(message.length).toBeGreaterThan(5);
      expect(remedy.length).toBeGreaterThan(5);
      expect(`${message}${remedy}`).not.toContain('سلمى');
    }
    expect(mistakes.at(-1)?.message).toContain('line 2');
  });

  test('one person twice under two ids is probable, and taken', () => {
    const text = [
      HEAD,
      '1,عبد الرحمن أحمد,1984',
      '2,عبدالرحمن احمد,1984',
      '3,عبدالرحمن احمد,1985',
      '4,عبدالرحمن احمد,',
    ];
    const { persons, twins } = imported(text.join('\n'));
    expect([persons.length, twins]).toEqual([4, [{ line: 3, like: 2 }]]);
  });

  test('persons keep their numbers from version to version, and no number is given twice', () => {
    const given = new Map([
      ['7', 1],
      ['8', 2],
      ['9', 5],
    ]);
    const { persons, gone, fresh } = imported([HEAD, '10,أ,1984', '8,ب,1985', '7,ج,1986'].join('\n'), given);
    expect(persons.map(({ id, number }) => [id, number])).toEqual([
      ['7', 1],
      ['8', 2],
      ['10', 6],
    ]);
    expect([gone, fresh]).toEqual([1, 1]);
  });
});

describe('wasl roster import', () => {
  let folder = '';
  let authority: Authority;
  const seed = new Uint8Array(32).fill(7);
  const terminal = signerFromSeed(seed);
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wasl-roster-'));
    authority = await createAuthority(
      join(folder, 'authority'),
      { clock: systemClock, random: systemRandom },
      { programmes: [1], years: 5 },
    );
    const publicKey = Buffer.from(terminal.publicKey).toString('hex');
    await authority.enrol({ terminal: 't-0001', site: 'gezira-1', publicKey, years: 3 });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function run(lines: readonly string[], ...more: readonly string[]) {
    const csv = join(folder, 'people.csv');
    await writeFile(csv, `${lines.join('\n')}\n`);
    const out = join(folder, 'gezira-2026.roster');
    const base = ['import', csv, '--name', 'gezira-2026', '--authority', join(folder, 'authority'), '--out', out];
    const { out: said, exitCode } = await runCommand(rosterCommands(), ...base, '--expires', '2098-03-31', ...more);
    return { said, exitCode };
  }

  async function read(): Promise<Roster> {
    const { signed } = openSealedRoster(
      await readFile(join(folder, 'gezira-2026.roster')),
      terminalSealKey(seed, terminal.publicKey),
    );
    return readRoster(signed, verifierFromKey(Buffer.from(authority.register().authorityKey, 'hex')));
  }

  test('makes a file that the enrolled terminal reads, and a next version of it', async () => {
    const first = await run([HEAD, '1,سلمى بدران,1984', '2,عمر آدم,1990'], '--json');
    expect(JSON.parse(first.said)).toMatchObject({
      ok: true,
      version: 1,
      rows: 2,
      persons: 2,
      terminals: 1,
      fresh: 2,
      gone: 0,
    });
    const roster = await read();
    expect(roster.head).toMatchObject({
      name: 'gezira-2026',
      version: 1,
      expiresAt: Date.UTC(2098, 2, 31, 23, 59, 59) / 1000,
    });
    const second = await run([HEAD, '3,هدى بشير,1991', '2,عمر آدم,1990'], '--json');
    expect(JSON.parse(second.said)).toMatchObject({ ok: true, version: 2, fresh: 1, gone: 1 });
    const next = await read();
    expect([next.person(1), next.person(2)?.id, next.person(3)?.id]).toEqual([null, '2', '3']);
  });

  test('makes nothing while a row has a mistake, unless it is to be left out', async () => {
    const lines = [HEAD, '1,سلمى بدران,1984', ',عمر آدم,1990'];
    const refused = await run(lines);
    expect([refused.exitCode, refused.said]).toEqual([
      1,
      expect.stringMatching(/line 3: id is empty → [\s\S]*Nothing was made/),
    ]);
    expect((await readdir(folder)).sort()).toEqual(['authority', 'people.csv']);
    const skipped = await run(lines, '--skip', '--json');
    expect([skipped.exitCode, JSON.parse(skipped.said)]).toMatchObject([
      0,
      { ok: true, persons: 1, mistakes: [{ line: 3 }] },
    ]);
    expect((await read()).size).toBe(1);
  });

  test('takes other headings when told what they stand for, and leaves columns out', async () => {
    const lines = ['كود,المستحق,ملاحظات', '1,سلمى بدران,x'];
    await expect(run(lines)).rejects.toMatchObject({ code: 'ERR_ORDER', message: expect.stringContaining('ملاحظات') });
    const told = await run(lines, '--column', 'كود=id', '--column', 'المستحق=name', '--column', 'ملاحظات=-', '--json');
    expect(JSON.parse(told.said)).toMatchObject({ ok: true, persons: 1 });
  });

  test.each([
    ['a table without ids', ['الاسم', 'سلمى'], [], 'ERR_ORDER'],
    ['a site without a terminal', [HEAD, '1,سلمى,1984'], ['--site', 'nowhere'], 'ERR_USAGE'],
    ['a quote that never closes', [HEAD, '1,"سلمى,1984'], [], 'ERR_ORDER'],
  ])('refuses %s', async (_what, lines, more, code) => {
    await expect(run(lines, ...more)).rejects.toMatchObject({ code });
    expect((await readdir(folder)).sort()).toEqual(['authority', 'people.csv']);
  });

  test.each([
    ['--expires', '2020-01-01'],
    ['--expires', '2098-02-30'],
    ['--name', 'Gezira 2026'],
    ['--out', 'list.txt'],
    ['--column', 'x'],
  ])('does not take %s %s', async (option, value) => {
    await expect(run([HEAD, '1,سلمى,1984'], option, value)).rejects.toThrow(/invalid/);
  });

  test('keeps its register for the owner alone, and refuses a damaged one', async () => {
    await run([HEAD, '1,سلمى بدران,1984']);
    const register = join(folder, 'authority', 'rosters', 'gezira-2026.json');
    expect((await stat(register)).mode & 0o777).toBe(0o600);
    expect(await readFile(register, 'utf8')).not.toContain('سلمى');
    await writeFile(register, '{"format":1');
    await expect(run([HEAD, '1,سلمى بدران,1984'])).rejects.toMatchObject({ code: 'ERR_DATA_FILE' });
  });
});
