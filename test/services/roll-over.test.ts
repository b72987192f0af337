/** What a later day makes of a ledger, what is offered then, and what is recorded. */
import { describe, expect, test } from 'vitest';
import { type LedgerMore, NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { CarryOver, Programme } from '../../agent/domain/policy.js';
import { apply } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import { offer } from '../../agent/services/offer.js';
import { rollOver } from '../../agent/services/roll-over.js';
import type { LedgerFacts, ServiceRequest, ServiceSnapshot } from '../../agent/services/service.js';
import { addMonths, dayOfIso, firstDayOf, lastDayOf } from '../../agent/services/time.js';
import { ACTIVE, type Change, commodityOf, DAY, DECEMBER, next, POINTS, programmeOf, snapshotOf } from './desk.js';

const POINT_A_LOAF: CarryOver = { kind: 'convert', account: 9, amountEach: 10, monthsMax: 3 };
const FIVE_A_DAY = [{ per: 'card', every: 'day', amount: 5 }] as const;
const NOVEMBER_LEFT = 150 - 40;

/** Five loaves a day, 40 taken in November, and points for those not taken. */
function bread(change: Change & { readonly carryOver?: CarryOver } = {}): ServiceSnapshot {
  const { carryOver = POINT_A_LOAF, ledger, ...others } = change;
  return snapshotOf({
    day: DECEMBER,
    ...others,
    programme: { accounts: [{ ...POINTS, max: 100_000 }, ACTIVE], ...others.programme },
    commodity: { quotas: FIVE_A_DAY, carryOver, ...others.commodity },
    ledger: { day: DAY, usage: [{ commodity: 1, usedDay: 5, usedMonth: 40 }], ...ledger },
  });
}

function more(change: Partial<LedgerMore>): LedgerMore {
  return { ...NOTHING_MORE, ...change };
}

function points(snapshot: ServiceSnapshot): number {
  return rollOver(snapshot).more.balances.find(({ account }) => account === 9)?.value ?? 0;
}

function granted(snapshot: ServiceSnapshot, request: ServiceRequest) {
  const decision = decide(snapshot, request);
  if (decision.outcome !== 'grant') throw new Error(decision.rule);
  return decision;
}

describe('days and months', () => {
  test.each([
    ['2026-01-31', 1, '2026-02-28'],
    ['2028-01-31', 1, '2028-02-29'],
    ['2026-01-31', 2, '2026-03-31'],
    ['2026-11-21', 14, '2028-01-21'],
    ['2026-05-31', 0, '2026-05-31'],
  ])('%s and %i months is %s', (from, months, to) => {
    expect(addMonths(dayOfIso(from), months)).toBe(dayOfIso(to));
  });

  test('a month begins after the one before ends', () => {
    for (let month = 600; month < 800; month += 1) expect(firstDayOf(month + 1) - lastDayOf(month)).toBe(1);
    expect(() => dayOfIso('2026-13-01')).toThrowError();
  });
});

describe('what was not taken by the end of a month', () => {
  test('becomes points, once, and is offered with them', () => {
    expect(points(bread({ day: DECEMBER - 1 }))).toBe(0);
    const snapshot = bread();
    expect(points(snapshot)).toBe(NOVEMBER_LEFT * 10);
    expect(offer(snapshot)).toMatchObject({
      balances: [{ account: 9, value: NOVEMBER_LEFT * 10 }],
      items: [{ usedMonth: 0 }],
    });
    const state = apply(snapshot, granted(snapshot, { items: [{ commodity: 1, quantity: 1 }] }));
    expect(state).toMatchObject({ day: DECEMBER, usage: [{ usedDay: 1, usedMonth: 1 }] });
    expect(points(bread({ ledger: state, day: DECEMBER + 5 }))).toBe(NOVEMBER_LEFT * 10);
  });

  test('stays in an account, up to its bound', () => {
    const keep = (max: number): CarryOver => ({ kind: 'accumulate', account: 9, max, monthsMax: 1 });
    expect(points(bread({ carryOver: keep(1000) }))).toBe(NOVEMBER_LEFT);
    expect(points(bread({ carryOver: keep(60) }))).toBe(60);
    const held = { more: more({ balances: [{ account: 9, value: 70 }] }) };
    expect(points(bread({ carryOver: keep(60), ledger: held }))).toBe(70);
  });

  test.each<[string, Change & { carryOver?: CarryOver }, number]>([
    ['months without any tap count in full', { day: DECEMBER + 62 }, (NOVEMBER_LEFT + 155 + 155) * 10],
    ['of many months the latest count', { day: DECEMBER + 90 }, (155 + 155 + 140) * 10],
    ['the account holds no more', { programme: { accounts: [POINTS] } }, 1000],
    [
      'the quota of the month bounds it',
      { commodity: { quotas: [...FIVE_A_DAY, { per: 'card', every: 'month', amount: 60 }] } },
      200,
    ],
    ['a month alone is enough', { commodity: { quotas: [{ per: 'card', every: 'month', amount: 60 }] } }, 200],
    [
      'more used than there was is nothing',
      { commodity: { quotas: [{ per: 'card', every: 'month', amount: 30 }] } },
      0,
    ],
    ['only days on which the programme ran', { programme: { dates: { from: '2026-11-15' } } }, 400],
    ['only up to its last day', { programme: { dates: { until: '2026-11-10' } } }, 100],
    ['a trial carries nothing over', { programme: { isTrial: true } }, 0],
    ['whom the scheme does not name gets nothing', { holder: { rationScheme: 2 } }, 0],
    ['whom the coverage does not name gets nothing', { programme: { coverage: { plans: [{ plan: 7 }] } } }, 0],
    ['only days after the waiting time', { programme: { coverage: { plans: [{ plan: 1 }], waitingDays: 45 } } }, 0],
    ['an inert card gets nothing', { commodity: { needs: [{ account: 8 }] } }, 0],
    ['nothing of a ledger in doubt', { ledger: { isDoubtful: true } }, 0],
    ['a clock set back', { day: DAY - 40 }, 0],
  ])('%s', (_what, change, expected) => {
    expect(points(bread(change))).toBe(expected);
  });

  test('a purse is filled only on a medium that proves itself', () => {
    const accounts = [{ ...POINTS, needsProof: true }];
    expect(points(bread({ programme: { accounts } }))).toBe(0);
    expect(points(bread({ programme: { accounts }, medium: { isCopyable: false } }))).toBe(1000);
  });

  test('is carried over whichever programme of the ledger is served first', () => {
    const other = bread().programme;
    const commodities = [commodityOf({ id: 'oil', number: 2, quotas: [{ per: 'card', every: 'month', amount: 2 }] })];
    const supplies = snapshotOf({
      day: DECEMBER,
      programme: { id: 'supplies', number: 2, commodities },
      programmes: [other],
      ledger: bread().ledger,
    });
    const state = apply(supplies, granted(supplies, { items: [{ commodity: 2, quantity: 1 }] }));
    expect(state.more.balances).toEqual([{ account: 9, value: NOVEMBER_LEFT * 10 }]);
    expect(points(bread({ ledger: state, day: DECEMBER + 3 }))).toBe(NOVEMBER_LEFT * 10);
  });
});

describe('what was collected ahead', () => {
  const ahead = (change: Change): ServiceSnapshot =>
    bread({
      ...change,
      commodity: { aheadDays: 4, quotas: [...FIVE_A_DAY, { per: 'card', every: 'month', amount: 900 }] },
    });
  const taken = (day: number, quantity: number) => {
    const snapshot = ahead({ day, ledger: { day, usage: [] } });
    return apply(snapshot, granted(snapshot, { items: [{ commodity: 1, quantity }] }));
  };

  test('uses up the days that it was for, one after the other', () => {
    const state = taken(DAY, 17);
    expect(state).toMatchObject({ usage: [{ usedDay: 5, usedMonth: 17 }], more: { tallies: [{ ahead: 12 }] } });
    const seen = [1, 2, 3, 4].map((days) => {
      const { usage, more: rest } = rollOver(ahead({ day: DAY + days, ledger: state }));
      return [usage[0]?.usedDay, usage[0]?.usedMonth, rest.tallies[0]?.ahead ?? 0];
    });
    expect(seen).toEqual([
      [5, 17, 7],
      [5, 17, 2],
      [2, 17, 0],
      [0, 17, 0],
    ]);
  });

  test('counts for the month of the day that it was for, so that nothing is carried over twice', () => {
    const state = taken(DECEMBER - 2, 25);
    expect(state).toMatchObject({ usage: [{ usedDay: 5, usedMonth: 10 }], more: { tallies: [{ ahead: 20 }] } });
    const december = rollOver(ahead({ day: DECEMBER, ledger: state }));
    expect(december).toMatchObject({ usage: [{ usedDay: 5, usedMonth: 15 }], more: { tallies: [{ ahead: 10 }] } });
    expect(december.more.balances).toEqual([{ account: 9, value: (150 - 10) * 10 }]);
    expect(points(ahead({ day: DECEMBER + 31, ledger: state }))).toBe((150 - 10 + 155 - 15) * 10);
  });

  test('minds the quota of the month that it is for', () => {
    const quotas = [...FIVE_A_DAY, { per: 'card', every: 'month', amount: 12 }] as const;
    const commodity = { aheadDays: 4, quotas };
    const asked = (quantity: number, usedMonth: number) =>
      decide(
        bread({
          day: DECEMBER - 1,
          commodity,
          ledger: { day: DECEMBER - 1, usage: [{ commodity: 1, usedDay: 0, usedMonth }] },
        }),
        {
          items: [{ commodity: 1, quantity }],
        },
      );
    expect(asked(17, 7)).toMatchObject({ outcome: 'grant', effects: { counted: [{ day: 5, ahead: 12, month: 5 }] } });
    expect(asked(18, 7)).toMatchObject({ rule: 'bread.loaf.quota-month' });
    // What today cannot have is not skipped.
    expect(asked(5, 8)).toMatchObject({ rule: 'bread.loaf.quota-month' });
  });
});

describe('what is recorded', () => {
  test('a trial is decided like everything else, and changes nothing', () => {
    const snapshot = bread({ programme: { isTrial: true } });
    const grant = granted(snapshot, { items: [{ commodity: 1, quantity: 2 }] });
    expect(grant).toMatchObject({ isTrial: true, effects: { counted: [{ day: 2 }] } });
    const { day, usage, more: rest } = snapshot.ledger;
    expect(apply(snapshot, grant)).toEqual({ day, usage, more: rest });
    expect(decide(snapshot, { items: [{ commodity: 1, quantity: 6 }] })).toMatchObject({
      rule: 'bread.loaf.quota-day',
    });
  });

  test('papers that ended are dropped, those of another commodity kept, and years begin anew', () => {
    const paper = { kind: 1, number: 3, commodity: 2, left: 2, untilDay: DECEMBER, site: 0 };
    const old = { ...paper, number: 2, untilDay: DECEMBER - 1 };
    const tallies = [{ commodity: 1, usedYear: 40, usedEver: 90, ahead: 0 }];
    const snapshot = bread({ ledger: { more: more({ papers: [old, paper], tallies }) } });
    expect(offer(snapshot)).toMatchObject({ papers: [paper] });
    expect(rollOver(snapshot).more).toMatchObject({ papers: [paper], tallies });
    const nextYear = rollOver({ ...snapshot, day: DECEMBER + 31 }).more;
    expect(nextYear).toMatchObject({ papers: [], tallies: [{ usedYear: 0, usedEver: 90 }] });
  });

  test('after a service a ledger in doubt has used up every quota, and the paper that was used', () => {
    const paper = { kind: 1, number: 3, commodity: 1, left: 9, untilDay: DECEMBER, site: 0 };
    const balances = [{ account: 9, value: 77 }];
    const quotas = [
      ...FIVE_A_DAY,
      ...(['month', 'year', 'once'] as const).map((every) => ({ per: 'card' as const, every, amount: 99 })),
    ];
    const commodity = { quotas, aheadDays: 2, consumes: { kind: 'prescription' as const } };
    const months = commodityOf({
      id: 'oil',
      number: 2,
      quotas: [
        { per: 'card', every: 'month', amount: 3 },
        { per: 'card', every: 'year', amount: 9 },
      ],
    });
    const once = commodityOf({ id: 'card', number: 3, quotas: [{ per: 'card', every: 'once', amount: 1 }] });
    const usage = [{ commodity: 1, usedDay: 0, usedMonth: 40 }];
    const ledger = { isDoubtful: true, day: DECEMBER, usage, more: more({ papers: [paper], balances }) };
    const snapshot = bread({ commodity, commodities: [months, once], ledger });
    const state = apply(snapshot, granted(snapshot, { items: [{ commodity: 1, quantity: 2 }] }));
    expect(state.usage).toEqual([
      { commodity: 1, usedDay: 5, usedMonth: 40 + 15 },
      { commodity: 2, usedDay: 0, usedMonth: 3 },
    ]);
    expect(state.more).toEqual({
      tallies: [
        { commodity: 1, usedYear: 15, usedEver: 15, ahead: 10 },
        { commodity: 2, usedYear: 3, usedEver: 0, ahead: 0 },
        { commodity: 3, usedYear: 0, usedEver: 1, ahead: 0 },
      ],
      balances,
      papers: [],
    });
  });

  describe('a slot that was spoilt after another programme of the same ledger had written it gives nothing of that programme again', () => {
    const referral = { kind: 0, number: 3, commodity: 30, left: 1, untilDay: DECEMBER + 60, site: 0 };
    const coupons = { ...POINTS, id: 'coupons', number: 19 };
    const quotas = (['day', 'month', 'year', 'once'] as const).map(
      (every) => ({ per: 'card', every, amount: 6 }) as const,
    );
    const other = programmeOf({
      ...{ id: 'clinic', number: 2, accounts: [coupons] },
      commodities: [
        commodityOf({ id: 'fuel', number: 20, quotas }),
        commodityOf({ id: 'surgery', number: 30, consumes: { kind: 'referral' } }),
        commodityOf({ id: 'goods', number: 40, costs: [{ account: 19, amount: 1 }] }),
      ],
    });
    /** What the older slot says, once the newer one with all that was used is spoilt, and a loaf is served on it. */
    function spoilt(programme: Partial<Programme> = {}): LedgerFacts {
      const ledger = {
        ...{ isDoubtful: true, day: DECEMBER, usage: [] },
        more: more({ papers: [referral], balances: [{ account: 19, value: 50 }] }),
      };
      const snapshot = bread({ programmes: [{ ...other, ...programme }], ledger });
      return next(apply(snapshot, granted(snapshot, { items: [{ commodity: 1, quantity: 2 }] })), snapshot.ledger);
    }
    function asks(commodity: number, day: number, ledger: LedgerFacts) {
      const snapshot = { ...bread({ programmes: [other] }), programme: other, ledger, day };
      return decide(snapshot, { items: [{ commodity, quantity: 1 }] });
    }

    test.each([
      ['its quotas', 20, DECEMBER, 'ERR_QUOTA_DAY'],
      ['those that later days do not renew', 20, DECEMBER + 400, 'ERR_QUOTA_ONCE'],
      ['its papers', 30, DECEMBER, 'ERR_PAPER_NEEDED'],
      ['its accounts', 40, DECEMBER, 'ERR_ACCOUNT_BALANCE'],
    ] as const)('%s', (_what, commodity, day, reason) => {
      expect(asks(commodity, day, spoilt())).toMatchObject({ outcome: 'refuse', reason });
    });

    test.each<[string, Partial<Programme>]>([
      ['a trial', { isTrial: true }],
      ['a programme for others', { schemes: [2] }],
      ['one on a ledger of its own', { family: 2 }],
    ])('but %s takes no room on the card', (_what, programme) => {
      expect(spoilt(programme).usage.map(({ commodity }) => commodity)).toEqual([1]);
    });
  });

  test('the holder is told before the card expires', () => {
    const told = (expiresDay: number, remindDays?: number) => {
      const answer = offer(bread({ holder: { expiresDay }, ...(remindDays === undefined ? {} : { remindDays }) }));
      return answer.outcome === 'offer' ? answer.remindDays : answer;
    };
    expect([told(DECEMBER + 30, 30), told(DECEMBER + 31, 30), told(DECEMBER + 3), told(DECEMBER - 1, 30)]).toEqual([
      30,
      null,
      null,
      0,
    ]);
  });
});
