/** Amounts and prices for some holders: which line counts for whom, and what is left where none does. */
import { describe, expect, test } from 'vitest';
import type { HolderLine, Quota } from '../../agent/domain/policy.js';
import { decide } from '../../agent/services/decide.js';
import { offer } from '../../agent/services/offer.js';
import { type Change, commodityOf, DECEMBER, POINTS, snapshotOf } from './desk.js';

type Holder = NonNullable<Change['holder']>;

const COVERED = { coverage: { plan: 1, class: 2, familyUnit: 12 } };
const UNCOVERED = { coverage: null };

function available(quota: Partial<Quota>, holder: Holder = {}, programme: Change['programme'] = {}): number {
  const quotas = [{ per: 'card', every: 'day', amount: 5, ...quota } as const];
  const answer = offer(snapshotOf({ programme, commodity: { quotas }, holder: { ...COVERED, ...holder } }));
  return answer.outcome === 'offer' ? (answer.items[0]?.available ?? 0) : 0;
}

describe('a quota with lines', () => {
  const lines = (...of: readonly (HolderLine & { readonly amount: number })[]): Partial<Quota> => ({ lines: of });
  test.each<[string, Partial<Quota>, Holder, number]>([
    ['for another scheme: the amount of the quota', lines({ schemes: [7], amount: 9 }), {}, 5],
    ['for the scheme of the card', lines({ schemes: [7, 1], amount: 9 }), {}, 9],
    ['for a plan', lines({ plans: [1], amount: 9 }), {}, 9],
    ['for a plan, and the card has no coverage', lines({ plans: [1], amount: 9 }), UNCOVERED, 5],
    ['for a class', lines({ classes: [2], amount: 9 }), {}, 9],
    ['for a class, and the card has no coverage', lines({ classes: [2], amount: 9 }), UNCOVERED, 5],
    ['for a plan and another class: all has to fit', lines({ plans: [1], classes: [3], amount: 9 }), {}, 5],
    ['for a scheme and a class of it', lines({ schemes: [1], classes: [2], amount: 9 }), {}, 9],
    ['the first that names the holder counts', lines({ schemes: [1], amount: 3 }, { plans: [1], amount: 9 }), {}, 3],
    ['one that names nobody is for everybody', lines({ amount: 8 }), UNCOVERED, 8],
    ['nothing for some', lines({ schemes: [1], amount: 0 }), {}, 0],
    ['for each member', { per: 'member', ...lines({ schemes: [1], amount: 2 }) }, {}, 6],
    ['a share of the household, rounded down', { per: 'household', ...lines({ schemes: [1], amount: 9 }) }, {}, 5],
  ])('%s', (_what, quota, holder, expected) => {
    expect(available(quota, holder)).toBe(expected);
  });

  test('nothing for some is refused as a quota that is used up', () => {
    const quotas = [{ per: 'card', every: 'day', amount: 5, lines: [{ schemes: [1], amount: 0 }] } as const];
    const request = { items: [{ commodity: 1, quantity: 1 }] };
    expect(decide(snapshotOf({ commodity: { quotas } }), request)).toMatchObject({
      reason: 'ERR_QUOTA_DAY',
      rule: 'bread.loaf.quota-day',
    });
  });

  test('entitles to that amount as well where what was not taken becomes points', () => {
    const programme = { accounts: [POINTS] };
    const quotas = [{ per: 'card', every: 'month', amount: 5, lines: [{ schemes: [1], amount: 30 }] } as const];
    const carryOver = { kind: 'convert', account: 9, amountEach: 2, monthsMax: 1 } as const;
    const answer = offer(snapshotOf({ day: DECEMBER, programme, commodity: { quotas, carryOver } }));
    expect(answer).toMatchObject({ balances: [{ account: 9, value: 60 }] });
  });
});

describe('a price with lines', () => {
  test.each<[string, readonly (HolderLine & { readonly permille: number })[], Holder, number]>([
    ['for the scheme of a card without coverage', [{ schemes: [1], permille: 250 }], UNCOVERED, 250],
    ['for another scheme: all of it', [{ schemes: [2], permille: 250 }], {}, 1000],
    ['for everybody, behind one for some', [{ schemes: [2], permille: 0 }, { permille: 600 }], UNCOVERED, 600],
    ['for a class of any plan', [{ classes: [2], permille: 100 }], {}, 100],
    ['for a class, and the card has no coverage', [{ classes: [2], permille: 100 }], UNCOVERED, 1000],
  ])('%s', (_what, lines, holder, expected) => {
    const commodity = commodityOf({ price: { amount: 1000, copayment: { lines } } });
    const request = { items: [{ commodity: 1, quantity: 1 }] };
    expect(decide(snapshotOf({ commodity, holder: { ...COVERED, ...holder } }), request)).toMatchObject({
      effects: { charge: { gross: 1000, holder: expected } },
    });
  });
});
