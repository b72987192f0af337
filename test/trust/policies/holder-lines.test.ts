/** Lines for some holders: those that nobody reaches are told, with what takes their holders. */
import { describe, expect, test } from 'vitest';
import { checkDraft } from '../../../agent/trust/policy/check.js';

const WORDS = { ar: 'خبز', fr: 'pain', en: 'bread' };

interface Line {
  readonly schemes?: readonly number[];
  readonly plans?: readonly number[];
  readonly classes?: readonly number[];
}

interface Served {
  readonly schemes?: readonly number[];
  readonly coverage?: { readonly plans: readonly { readonly plan: number; readonly classes?: readonly number[] }[] };
}

/** What is said of lines, of a quota or of a copayment: path and kind. */
function told(lines: readonly Line[], served: Served, where: 'quota' | 'price'): string[] {
  const withAmounts = lines.map((line) => ({ ...line, amount: 1 }));
  const quota = { per: 'card', every: 'day', amount: 5, ...(where === 'quota' ? { lines: withAmounts } : {}) };
  const commodity = {
    ...{ id: 'loaf', number: 2, name: WORDS, unit: WORDS, quotas: [quota] },
    ...(where === 'price' ? { price: { amount: 9, copayment: { lines: withAmounts } } } : {}),
  };
  const programme = {
    ...{ id: 'bread', number: 1, title: WORDS, family: 1, schemes: [1, 2], doubtfulLedgerMax: 0, ...served },
    commodities: [commodity],
  };
  const { problems } = checkDraft({ name: 'n', timeZone: 'UTC', currency: 'EGP', programmes: [programme] });
  return problems.map(({ path, kind }) => `${path.slice(path.indexOf('lines') + 1).join('.')} ${kind}`);
}

const ALL: Served = { schemes: [1, 2], coverage: { plans: [{ plan: 1, classes: [1, 2] }, { plan: 2 }] } };

describe.each(['quota', 'price'] as const)('the lines of a %s', (where) => {
  test.each<[string, readonly Line[], Served, readonly string[]]>([
    ['one for everybody, last', [{ schemes: [1] }, {}], {}, []],
    ['one for everybody, first', [{}, { schemes: [1] }], {}, ['1 unreachable']],
    [
      'both schemes of the programme, and then everybody',
      [{ schemes: [1] }, { schemes: [2] }, {}],
      {},
      ['2 unreachable'],
    ],
    ['a scheme that is taken', [{ schemes: [1, 2] }, { schemes: [2], plans: [1] }], {}, ['1 unreachable']],
    ['a scheme of which a class is taken', [{ schemes: [1], classes: [1] }, { schemes: [1] }], {}, []],
    ['a plan whose classes are all taken', [{ plans: [1], classes: [1, 2] }, { plans: [1] }], ALL, ['1 unreachable']],
    ['a plan that has more classes', [{ plans: [2], classes: [1, 2] }, { plans: [2] }], ALL, []],
    [
      'classes that two lines take together',
      [{ classes: [1] }, { classes: [2] }, { plans: [1] }],
      ALL,
      ['2 unreachable'],
    ],
    ['a scheme that the programme does not serve', [{ schemes: [1, 3] }], {}, ['0.schemes.1 unreachable']],
    ['a plan that it does not cover', [{ plans: [3] }], ALL, ['0.plans.0 unreachable']],
    ['a programme whose coverage is anybody’s', [{ plans: [3], classes: [9] }, { plans: [3] }], {}, []],
  ])('%s', (_what, lines, served, expected) => {
    expect(told(lines, served, where)).toEqual(expected);
  });
});
