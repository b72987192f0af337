/** Conditions on how much, and against which paper: what holds, what refuses and by which rule, and the edge between the two. */
import { describe, expect, test } from 'vitest';
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import { apply } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import { explain } from '../../agent/services/explain.js';
import type { LedgerFacts, ServiceRequest } from '../../agent/services/service.js';
import { ACTIVE, type Change, commodityOf, DAY, DECEMBER, PAID, POINTS, snapshotOf } from './desk.js';
import { tell } from './rule-table.js';

const units = (quantity: number, change: Partial<ServiceRequest> = {}): ServiceRequest => ({
  items: [{ commodity: 1, quantity }],
  ...change,
});
const balance = (account: number, value: number): Partial<LedgerFacts> => ({
  more: { ...NOTHING_MORE, balances: [{ account, value }] },
});
const ACCOUNTS = { accounts: [POINTS, ACTIVE, PAID] };

describe('what is asked for', () => {
  const impossible = ['ERR_QUANTITY', 'bread.quantity'] as const;
  const [loaf, other] = [
    { commodity: 1, quantity: 1 },
    { commodity: 2, quantity: 1 },
  ];
  tell([
    ['nothing', {}, impossible, { items: [] }],
    ['none of something', {}, impossible, units(0)],
    ['less than nothing', {}, impossible, units(-1)],
    ['a part', {}, impossible, units(1.5)],
    ['more than can be counted', {}, impossible, units(2 ** 53)],
    ['the same twice', {}, impossible, { items: [loaf, loaf] }],
    ['what the programme does not have', {}, impossible, { items: [loaf, other] }],
  ]);
});

test('an item of nothing does not count, though the same is asked for beside it', () => {
  const [none, some] = [...units(0).items, ...units(2).items];
  if (none === undefined || some === undefined) throw new Error('both are there');
  expect(decide(snapshotOf(), { items: [none, some] })).toMatchObject({
    items: [some],
    effects: { counted: [{ day: 2 }] },
  });
});

describe('what the ledger must show before', () => {
  const needs = (need: object, ledger: Partial<LedgerFacts> = {}): Change => ({
    programme: ACCOUNTS,
    commodity: { needs: [{ account: 9, ...need }] },
    ledger,
  });
  const lacks = (account: string) => ['ERR_ACCOUNT_NEEDED', `bread.loaf.needs-${account}`] as const;
  const until = (value: number): Partial<LedgerFacts> => balance(7, value);
  tell([
    ['enough', needs({ atLeast: 5 }, balance(9, 5)), null],
    ['one too few', needs({ atLeast: 5 }, balance(9, 4)), lacks('points')],
    ['a flag that is set', needs({ account: 8 }, balance(8, 1)), null],
    ['a flag that is not', needs({ account: 8 }), lacks('active')],
    ['the last day', needs({ account: 7 }, until(DAY)), null],
    ['the day after', needs({ account: 7 }, until(DAY - 1)), lacks('paid')],
    ['the last day of grace', needs({ account: 7, graceDays: 1 }, until(DAY - 1)), null],
    ['the day after grace', needs({ account: 7, graceDays: 1 }, until(DAY - 2)), lacks('paid')],
    ['after it, with the clock set back', needs({ account: 7 }, { ...until(DAY), day: DAY + 1 }), lacks('paid')],
    ['whose contributions the state pays', needs({ account: 7, exceptClasses: [2] }), null],
    ['another class', needs({ account: 7, exceptClasses: [3] }), lacks('paid')],
    ['without coverage', { ...needs({ account: 7, exceptClasses: [2] }), holder: { coverage: null } }, lacks('paid')],
    ['an account that nobody knows', needs({ account: 99 }, balance(99, 1)), lacks('unknown')],
  ]);

  test('what another programme on the same ledger keeps counts, of another ledger not', () => {
    const change = (family: number): Change => ({
      commodity: { needs: [{ account: 8 }] },
      programmes: [{ ...snapshotOf({}).programme, id: 'card', number: 2, family, accounts: [ACTIVE] }],
      ledger: balance(8, 1),
    });
    expect(decide(snapshotOf(change(1)), units(1)).outcome).toBe('grant');
    expect(decide(snapshotOf(change(2)), units(1))).toMatchObject({ rule: 'bread.loaf.needs-unknown' });
  });

  test('what is done in the same service does not count as before', () => {
    const activation = commodityOf({ id: 'activation', number: 2, gives: [{ account: 8, amount: 1 }] });
    const change: Change = {
      programme: { ...ACCOUNTS, commodities: [activation, commodityOf({ needs: [{ account: 8 }] })] },
    };
    const both = { items: [...units(1).items, { commodity: 2, quantity: 1 }] };
    expect(decide(snapshotOf(change), both)).toMatchObject({ rule: 'bread.loaf.needs-active' });
  });
});

describe('papers that are used up', () => {
  const consumes = { kind: 'prescription', exemptions: ['emergency'] } as const;
  const emergency = {
    id: 'emergency',
    number: 5,
    name: { ar: '—', fr: '—', en: '—' },
    roles: ['clerk'],
    supervisor: false,
  };
  const paper = { kind: 1, number: 3, commodity: 1, left: 2, untilDay: DAY, site: 0 };
  const holds = (...papers: (typeof paper)[]): Change => ({
    programme: { exemptions: [{ ...emergency, perDayMax: 5 }] },
    commodity: { consumes },
    ledger: { more: { ...NOTHING_MORE, papers } },
  });
  const needed = ['ERR_PAPER_NEEDED', 'bread.loaf.paper'] as const;
  const exhausted = ['ERR_PAPER_EXHAUSTED', 'bread.loaf.paper-left'] as const;
  tell([
    ['all that is left', holds(paper), null, units(2)],
    ['one more', holds(paper), exhausted, units(3)],
    ['on two papers', holds(paper, { ...paper, number: 4 }), null, units(4)],
    ['none', holds(), needed],
    ['one that ended yesterday', holds({ ...paper, untilDay: DAY - 1 }), needed],
    [
      'one that ended, with the clock set back',
      { ...holds(paper), day: DAY - 1, ledger: { ...holds(paper).ledger, day: DAY + 1 } },
      needed,
    ],
    ['one of another kind', holds({ ...paper, kind: 0 }), needed],
    ['one for something else', holds({ ...paper, commodity: 2 }), needed],
    ['one for this site', holds({ ...paper, site: 17 }), null],
    ['one for another site', holds({ ...paper, site: 18 }), ['ERR_SITE_CHOSEN', 'bread.loaf.paper-site']],
    [
      'what is left for another site does not count',
      holds(paper, { ...paper, number: 4, site: 18 }),
      exhausted,
      units(3),
    ],
    ['an exemption stands in', holds(), null, units(9, { exemption: 5 })],
  ]);

  test('an exemption that stands in keeps the paper, and the grant rests on it; one that is not named does not', () => {
    const claim = units(1, { exemption: 5, supervisor: 6 });
    const claimed = decide(snapshotOf(holds(paper)), claim);
    expect(claimed).toMatchObject({ exemption: 5, supervisor: 6, effects: { used: [] } });
    if (claimed.outcome === 'grant') expect(apply(snapshotOf(holds(paper)), claimed).more.papers).toEqual([paper]);
    const strict = { ...holds(paper), commodity: { consumes: { kind: 'prescription' as const } } };
    const used = [{ paper: 3, units: 1, before: paper }];
    expect(decide(snapshotOf(strict), claim)).toMatchObject({ exemption: 0, supervisor: 0, effects: { used } });
  });

  test('the one that ends first is used first', () => {
    const later = { ...paper, number: 2, untilDay: DAY + 5 };
    expect(decide(snapshotOf(holds(later, paper)), units(3))).toMatchObject({
      effects: {
        used: [
          { paper: 3, units: 2, before: paper },
          { paper: 2, units: 1, before: later },
        ],
      },
    });
  });
});

describe('quotas', () => {
  const quota = (
    every: 'day' | 'month' | 'year' | 'once',
    amount: number,
    per: 'card' | 'member' | 'household' = 'card',
  ) => ({
    quotas: [{ per, every, amount }],
  });
  const used = (usedDay: number, usedMonth: number, more: object = {}): Partial<LedgerFacts> => ({
    day: DAY,
    usage: [{ commodity: 1, usedDay, usedMonth }],
    more: { ...NOTHING_MORE, tallies: [{ commodity: 1, usedYear: 0, usedEver: 0, ahead: 0, ...more }] },
  });
  const day = ['ERR_QUOTA_DAY', 'bread.loaf.quota-day'] as const;
  const month = ['ERR_QUOTA_MONTH', 'bread.loaf.quota-month'] as const;
  const year = ['ERR_QUOTA_YEAR', 'bread.loaf.quota-year'] as const;
  const once = ['ERR_QUOTA_ONCE', 'bread.loaf.quota-once'] as const;
  const ladder = { offline: { ladder: [{ afterDays: 3, permille: 500 }] } };
  const offline = (daysSinceContact: number): Change => ({ programme: ladder, exposure: { daysSinceContact } });
  const byLadder = ['ERR_OFFLINE_DAYS', 'bread.loaf.quota-day-offline'] as const;
  const copies = ['ERR_QUOTA_DAY', 'bread.loaf.quota-day-copyable'] as const;
  const doubt = ['ERR_QUOTA_DAY', 'bread.loaf.quota-doubtful'] as const;
  const ahead = { ...quota('day', 5), aheadDays: 2 };
  tell([
    ['the rest of the day', { commodity: quota('day', 5), ledger: used(3, 3) }, null, units(2)],
    ['one more', { commodity: quota('day', 5), ledger: used(3, 3) }, day, units(3)],
    ['of each member', { commodity: quota('day', 5, 'member') }, null, units(15)],
    ['one more than of each member', { commodity: quota('day', 5, 'member') }, day, units(16)],
    ['the share of the household, rounded down', { commodity: quota('month', 9, 'household') }, null, units(5)],
    ['one more than the share', { commodity: quota('month', 9, 'household') }, month, units(6)],
    ['half of an odd quota is rounded down', { ...offline(3), commodity: quota('day', 5) }, null, units(2)],
    ['one more than half', { ...offline(3), commodity: quota('day', 5) }, byLadder, units(3)],
    ['all of it a day before', { ...offline(2), commodity: quota('day', 5) }, null, units(5)],
    ['today and two days ahead', { commodity: ahead }, null, units(15)],
    ['one more than that', { commodity: ahead }, day, units(16)],
    ['what was collected ahead counts', { commodity: ahead, ledger: used(5, 11, { ahead: 6 }) }, day, units(5)],
    ['no more than a copy gets in a day', { programme: { copyableMaxDay: 4 }, ledger: used(1, 1) }, null, units(3)],
    ['one more than that', { programme: { copyableMaxDay: 4 }, ledger: used(1, 1) }, copies, units(4)],
    [
      'a card that proves itself gets more',
      { programme: { copyableMaxDay: 4 }, medium: { isCopyable: false } },
      null,
      units(9),
    ],
    ['no more than a ledger in doubt gets', { ledger: { isDoubtful: true } }, null, units(2)],
    ['one more than that', { ledger: { isDoubtful: true } }, doubt, units(3)],
    ['the rest of the month', { commodity: quota('month', 30), ledger: used(0, 28) }, null, units(2)],
    ['one more', { commodity: quota('month', 30), ledger: used(0, 28) }, month, units(3)],
    [
      'the month that has begun',
      { commodity: quota('month', 30), ledger: used(0, 28), day: DECEMBER },
      null,
      units(30),
    ],
    ['the rest of the year', { commodity: quota('year', 12), ledger: used(0, 0, { usedYear: 11 }) }, null, units(1)],
    ['one more', { commodity: quota('year', 12), ledger: used(0, 0, { usedYear: 11 }) }, year, units(2)],
    [
      'the new year',
      { commodity: quota('year', 12), ledger: used(0, 0, { usedYear: 11 }), day: DAY + 41 },
      null,
      units(12),
    ],
    [
      'the last day of the old one',
      { commodity: quota('year', 12), ledger: used(0, 0, { usedYear: 11 }), day: DAY + 40 },
      year,
      units(12),
    ],
    ['for the first time', { commodity: quota('once', 1) }, null, units(1)],
    [
      'a second time, years later',
      { commodity: quota('once', 1), ledger: used(0, 0, { usedEver: 1 }), day: DAY + 2000 },
      once,
      units(1),
    ],
  ]);

  test('what accumulated comes on top of the month, but not while the ledger is in doubt', () => {
    const carryOver = { kind: 'accumulate', account: 9, max: 100, monthsMax: 3 } as const;
    const change = { programme: ACCOUNTS, commodity: { ...quota('month', 4), carryOver }, ledger: balance(9, 3) };
    const decided = decide(snapshotOf(change), units(6));
    expect(decided).toMatchObject({
      effects: { counted: [{ day: 6, month: 4, drawn: 2 }], balances: [{ account: 9, value: 1, by: -2 }] },
    });
    expect(decide(snapshotOf(change), units(8))).toMatchObject({ rule: 'bread.loaf.quota-month' });
    const both = [
      { per: 'card', every: 'day', amount: 4 },
      { per: 'card', every: 'month', amount: 40 },
    ] as const;
    const daily = { ...change, commodity: { quotas: both, carryOver } };
    // There is more in the account and in the month: it is the day that is full, and nothing else.
    expect(decide(snapshotOf(daily), units(5))).toMatchObject({ rule: 'bread.loaf.quota-day' });
    const failing = explain(snapshotOf(daily), units(5)).filter(({ holds }) => !holds);
    expect(failing.map(({ rule }) => rule)).toEqual(['bread.loaf.quota-day']);
    const programme = { ...ACCOUNTS, doubtfulLedgerMax: 9 };
    const doubtful = { ...change, programme, ledger: { ...change.ledger, isDoubtful: true } };
    expect(decide(snapshotOf(doubtful), units(5))).toMatchObject({ rule: 'bread.loaf.quota-month' });
  });
});

describe('accounts', () => {
  const costs = { costs: [{ account: 9, amount: 30 }] };
  const gives = { gives: [{ account: 9, amount: 30 }] };
  const purse = { programme: { accounts: [{ ...POINTS, needsProof: true }] } };
  const poor = ['ERR_ACCOUNT_BALANCE', 'bread.loaf.costs-points'] as const;
  const full = ['ERR_ACCOUNT_FULL', 'bread.loaf.gives-points'] as const;
  const proof = ['ERR_MEDIUM_PROTECTION', 'bread.loaf.proof-points'] as const;
  tell([
    ['the last points', { programme: ACCOUNTS, commodity: costs, ledger: balance(9, 60) }, null, units(2)],
    ['one too few', { programme: ACCOUNTS, commodity: costs, ledger: balance(9, 59) }, poor, units(2)],
    [
      'points of a ledger in doubt',
      { programme: ACCOUNTS, commodity: costs, ledger: { ...balance(9, 60), isDoubtful: true } },
      poor,
    ],
    ['up to what the account holds', { programme: ACCOUNTS, commodity: gives, ledger: balance(9, 970) }, null],
    ['one more', { programme: ACCOUNTS, commodity: gives, ledger: balance(9, 971) }, full],
    ['a flag is set', { programme: ACCOUNTS, commodity: { gives: [{ account: 8, amount: 1 }] } }, null],
    [
      'a flag is set again',
      { programme: ACCOUNTS, commodity: { gives: [{ account: 8, amount: 1 }] }, ledger: balance(8, 1) },
      ['ERR_ACCOUNT_FULL', 'bread.loaf.gives-active'],
    ],
    [
      'a purse on a card that proves itself',
      { ...purse, commodity: costs, ledger: balance(9, 60), medium: { isCopyable: false } },
      null,
    ],
    ['a purse on any other', { ...purse, commodity: costs, ledger: balance(9, 60) }, proof],
    ['a purse that is filled on any other', { ...purse, commodity: gives }, proof],
  ]);

  test('no day is moved beyond the last one of its account', () => {
    const change = (months: number): Change => ({
      programme: ACCOUNTS,
      commodity: { gives: [{ account: 7, months }] },
      ledger: balance(7, DAY + 10),
    });
    // From 2026-12-01: a year on is 2027-12-01, and 13 months are too many for an account that ends with 2027.
    expect(decide(snapshotOf(change(1)), units(12)).outcome).toBe('grant');
    const full = { reason: 'ERR_ACCOUNT_FULL', rule: 'bread.loaf.gives-paid' };
    expect(decide(snapshotOf(change(1)), units(13))).toMatchObject(full);
    expect(decide(snapshotOf(change(6)), units(3))).toMatchObject(full);
  });

  test('two items never spend the same point, whichever is asked for first', () => {
    const change: Change = {
      programme: ACCOUNTS,
      commodity: costs,
      commodities: [commodityOf({ id: 'sugar', number: 2, ...costs })],
      ledger: balance(9, 45),
    };
    const items = [
      { commodity: 1, quantity: 1 },
      { commodity: 2, quantity: 1 },
    ];
    for (const asked of [items, items.toReversed()])
      expect(decide(snapshotOf(change), { items: asked })).toMatchObject({ rule: 'bread.sugar.costs-points' });
  });

  test('months are added to the day that was paid for, or to today where that had passed', () => {
    const change = (until: number): Change => ({
      programme: ACCOUNTS,
      commodity: { gives: [{ account: 7, months: 1 }] },
      ledger: balance(7, until),
    });
    const value = (until: number, quantity: number): unknown => {
      const decided = decide(snapshotOf(change(until)), units(quantity));
      return decided.outcome === 'grant' ? decided.effects.balances[0]?.value : decided;
    };
    expect(value(DAY - 5, 1)).toBe(DAY + 30);
    // 2027-01-31 and a month, and three.
    expect(value(DAY + 71, 1)).toBe(DAY + 71 + 28);
    expect(value(DAY + 71, 3)).toBe(DAY + 71 + 89);
  });
});
