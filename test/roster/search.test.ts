/** Every person can be found, in whatever way the clerk types the name. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFinder, RESULTS_MAX } from '../../agent/roster/search.js';
import { buildIndex } from '../../agent/roster/search-index.js';
import { seeded } from '../../simulators/bench/events.js';
import { inventedPersons } from '../../simulators/bench/roster-people.js';
import { finderOf, person, rosterOf } from './rosters.js';

const namesFor = (finder: ReturnType<typeof finderOf>, typed: string, limit = 8): string[] =>
  finder.find(typed, limit).hits.map((hit) => hit.person.name);

describe('names', () => {
  const finder = finderOf(
    'محمد أحمد الطيب',
    'أحمد محمد الطيب',
    'فاطمة عبد الرحمن حسين',
    'نور الدين أبو بكر بشير',
    'هدى مصطفى الصادق',
    'حسن محمد آدم',
    'حسين محمد آدم',
  );

  test('are found in any order, the one that begins so first', () => {
    expect(namesFor(finder, 'أحمد الطيب')).toEqual(['أحمد محمد الطيب', 'محمد أحمد الطيب']);
    expect(namesFor(finder, 'طيب محمد احمد').sort()).toEqual(['أحمد محمد الطيب', 'محمد أحمد الطيب'].sort());
  });

  test('a whole name comes before all others', () => {
    expect(namesFor(finder, 'حسين محمد ادم')[0]).toBe('حسين محمد آدم');
    expect(namesFor(finder, 'حسن محمد ادم')[0]).toBe('حسن محمد آدم');
  });

  test.each([
    ['a beginning', 'فاط', 'فاطمة عبد الرحمن حسين'],
    ['a part of a compound', 'فاطمه رحمن', 'فاطمة عبد الرحمن حسين'],
    ['half a compound', 'فاطمة عبد', 'فاطمة عبد الرحمن حسين'],
    ['half a compound and a later name', 'أبو بشير', 'نور الدين أبو بكر بشير'],
    ['a compound that is not typed to its end', 'بشير نور الد', 'نور الدين أبو بكر بشير'],
    ['an article with a letter of the next word', 'هدى مصطفى الص', 'هدى مصطفى الصادق'],
    ['a slip', 'مصتفى هدى', 'هدى مصطفى الصادق'],
    ['two letters swapped', 'فاطمة حسني', 'فاطمة عبد الرحمن حسين'],
    ['one word too many', 'هدى مصطفى الصادق العوض', 'هدى مصطفى الصادق'],
    ['the year of birth beside it', 'هدى ١٩٨٤', 'هدى مصطفى الصادق'],
  ])('%s is enough', (_what, typed, name) => {
    expect(namesFor(finder, typed)[0]).toBe(name);
  });

  test.each(['', '   ', '؟!', 'زكريا', 'هدى 1950', '\u0000'])('%j finds nobody', (typed) => {
    expect(finder.find(typed, 8)).toEqual({ hits: [], total: 0 });
  });

  test('says how many there are beyond what is shown', () => {
    const many = finderOf(...Array.from({ length: 30 }, () => 'عمر بشير'));
    const found = many.find('عمر', 8);
    expect([found.hits.length, found.total]).toEqual([8, 30]);
    expect(found.hits.map((hit) => hit.person.number)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(many.find('عمر', 0)).toEqual({ hits: [], total: 30 });
    expect(many.find('عمر', RESULTS_MAX + 5).hits).toHaveLength(30);
  });

  test('parents and Latin spellings are looked at too, after the own name', () => {
    const roster = rosterOf([
      person(1, { name: 'سعاد بشير', mother: 'زينب عثمان' }),
      person(2, { name: 'زينب عثمان' }),
      person(3, { name: 'محمد عثمان', latin: 'Mohamed Osman' }),
      person(4, { name: 'محمود عثمان', latin: 'Mahmoud Osman' }),
    ]);
    const latin = createFinder(buildIndex(roster));
    const numbers = (typed: string): number[] => latin.find(typed, 8).hits.map((hit) => hit.person.number);
    expect(numbers('زينب عثمان')).toEqual([2, 1]);
    expect(numbers('muhammad othman')).toEqual([3]);
    expect(numbers('OSMAN Mahm')).toEqual([4]);
  });
});

describe('ids', () => {
  const roster = rosterOf([
    person(1, { id: '1198400001' }),
    person(2, { id: '1198400002' }),
    person(3, { id: 'ZK-2026/00017' }),
    person(4, { id: '119840000' }),
  ]);
  const finder = createFinder(buildIndex(roster));
  const numbers = (typed: string): number[] => finder.find(typed, 8).hits.map((hit) => hit.person.number);

  test('are found whole, by their beginning, and however they are written', () => {
    expect(numbers('1198400002')).toEqual([2]);
    expect(numbers('١١٩٨٤٠٠٠٠٢')).toEqual([2]);
    expect(numbers(' 119 840-0002 ')).toEqual([2]);
    expect(numbers('zk2026 00017')).toEqual([3]);
    expect(numbers('119840000')).toEqual([4, 1, 2]);
    expect(finder.find('119', 1)).toMatchObject({ total: 3, hits: [{ by: 'id' }] });
  });

  test('are not guessed from one or two digits', () => {
    expect(numbers('11')).toEqual([]);
    expect(numbers('1198400009')).toEqual([]);
  });
});

describe('each person of a large roster', () => {
  const persons = inventedPersons(3_000, seeded(4));
  const finder = createFinder(buildIndex(rosterOf(persons)));
  const anyone = fc.integer({ min: 0, max: persons.length - 1 }).map((at) => persons[at] ?? person(1));
  const isFound = (typed: string, number: number): boolean =>
    finder.find(typed, RESULTS_MAX).hits.some((hit) => hit.person.number === number);
  const runs = { numRuns: 300 };

  test('is found first by id', () => {
    fc.assert(
      fc.property(anyone, ({ id, number }) => finder.find(id, 8).hits[0]?.person.number === number),
      runs,
    );
  });

  test('is among the first by the exact name', () => {
    fc.assert(
      fc.property(anyone, ({ name, number }) => {
        const { hits } = finder.find(name, RESULTS_MAX);
        const at = hits.findIndex((hit) => hit.person.number === number);
        return at >= 0 && hits.slice(0, at).every((hit) => hit.score === hits[at]?.score);
      }),
      runs,
    );
  });

  test.each<[string, (name: string) => string]>([
    ['bare alefs', (name) => name.replace(/[أإآ]/g, 'ا')],
    ['alef maqsura', (name) => name.replace(/ي/g, 'ى')],
    ['ha', (name) => name.replace(/ة/g, 'ه')],
    ['diacritics', (name) => name.replace(/([\u0628-\u064a])/gu, '$1\u064e')],
    ['tatweel', (name) => name.replace(/م/g, 'مـ')],
    ['no hamza', (name) => name.replace(/ء/g, '')],
    ['joined compounds', (name) => name.replace(/(عبد|أبو) /g, '$1').replace(/ (الدين|الله)/g, '$1')],
    ['another order', (name) => name.replace(/^(\S+) (.*) (\S+)$/u, '$3 $1 $2')],
    ['no last letter', (name) => name.slice(0, -1)],
  ])('is found with %s', (_what, spell) => {
    fc.assert(
      fc.property(anyone, ({ name, number }) => isFound(spell(name), number)),
      runs,
    );
  });

  test('is found by a Latin name in another spelling', () => {
    const latin = persons.filter((one) => one.latin !== null);
    for (const { latin: name, number } of latin.slice(0, 200)) {
      const other = (name ?? '')
        .replaceAll('Mohamed', 'Muhammad')
        .replaceAll('Osman', 'Othman')
        .replaceAll('Yousif', 'Youssef');
      expect(isFound(other, number), other).toBe(true);
    }
  });

  test('whatever is typed, the answer is bounded and well-formed', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: -1, max: 20 }), (typed, limit) => {
        const { hits, total } = finder.find(typed, limit);
        return hits.length <= Math.max(0, limit) && hits.length <= total && total <= persons.length;
      }),
      runs,
    );
  });
});
