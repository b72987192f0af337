/** Services that are taken back: what the ledger says then, and when it cannot be. */
import { describe, expect, test } from 'vitest';
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { CarryOver, Quota } from '../../agent/domain/policy.js';
import { apply } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import { rollOver } from '../../agent/services/roll-over.js';
import type { LedgerState, ServiceGrant, ServiceRequest, ServiceSnapshot } from '../../agent/services/service.js';
import { takeBack } from '../../agent/services/take-back.js';
import { type Change, commodityOf, DAY, DECEMBER, next, PAID, POINTS, snapshotOf } from './desk.js';

const quotas: readonly Quota[] = [
  { per: 'card', every: 'day', amount: 5 },
  { per: 'card', every: 'month', amount: 60 },
  { per: 'card', every: 'year', amount: 500 },
  { per: 'card', every: 'once', amount: 900 },
];

function desk(change: Change = {}): ServiceSnapshot {
  return snapshotOf({
    ...change,
    programme: { accounts: [POINTS, PAID], ...change.programme },
    commodity: { quotas, aheadDays: 3, ...change.commodity },
  });
}

/** What is granted at a desk, and the desk with the ledger after it, on another day if one is given. */
function serve(
  snapshot: ServiceSnapshot,
  request: ServiceRequest,
): readonly [ServiceGrant, (day?: number) => ServiceSnapshot] {
  const grant = decide(snapshot, request);
  if (grant.outcome !== 'grant') throw new Error(grant.rule);
  const ledger = next(apply(snapshot, grant), snapshot.ledger);
  return [grant, (day = snapshot.day) => ({ ...snapshot, day, ledger })];
}

function given(snapshot: ServiceSnapshot, grant: ServiceGrant): LedgerState {
  const back = takeBack(snapshot, grant);
  if (back.outcome !== 'void') throw new Error(back.rule);
  return back.state;
}

const loaves = (quantity: number): ServiceRequest => ({ items: [{ commodity: 1, quantity }] });

describe('a service that is taken back at once', () => {
  const carryOver: CarryOver = { kind: 'accumulate', account: 9, max: 100, monthsMax: 1 };
  const paper = { kind: 1, number: 2, commodity: 1, left: 4, untilDay: DAY + 3, site: 0 };
  test.each<[string, Change, ServiceRequest]>([
    ['counters, today and ahead', {}, loaves(12)],
    [
      'what was drawn from the account',
      {
        commodity: { quotas: quotas.slice(1, 2), carryOver },
        ledger: {
          usage: [{ commodity: 1, usedDay: 0, usedMonth: 57 }],
          more: { ...NOTHING_MORE, balances: [{ account: 9, value: 8 }] },
        },
      },
      loaves(9),
    ],
    [
      'costs',
      {
        commodity: { costs: [{ account: 9, amount: 2 }] },
        ledger: { more: { ...NOTHING_MORE, balances: [{ account: 9, value: 8 }] } },
      },
      loaves(4),
    ],
    [
      'what was given',
      {
        commodity: {
          gives: [
            { account: 9, amount: 2 },
            { account: 7, months: 1 },
          ],
        },
      },
      loaves(3),
    ],
    [
      'a paper that was used in part',
      { commodity: { consumes: { kind: 'prescription' } }, ledger: { more: { ...NOTHING_MORE, papers: [paper] } } },
      loaves(3),
    ],
    [
      'a paper that was used up',
      { commodity: { consumes: { kind: 'prescription' } }, ledger: { more: { ...NOTHING_MORE, papers: [paper] } } },
      loaves(4),
    ],
    [
      'a paper that was written',
      { commodity: { writes: { kind: 'referral', for: [2], days: 3, quantityMax: 9 } } },
      { ...loaves(1), papers: [{ writtenBy: 1, commodity: 2, quantity: 9, site: 0 }] },
    ],
  ])('leaves no trace: %s', (_what, change, request) => {
    const before = desk(change);
    const [grant, later] = serve(before, request);
    expect(later().ledger).not.toMatchObject(rollOver(before));
    expect(given(later(), grant)).toEqual(rollOver(before));
  });

  test('leaves what was served in between', () => {
    const [first, afterFirst] = serve(desk(), loaves(7));
    const [, afterBoth] = serve(afterFirst(), loaves(6));
    const [, alone] = serve(desk(), loaves(6));
    const { day, usage, more } = alone().ledger;
    expect(given(afterBoth(), first)).toEqual({ day, usage, more });
  });

  test('leaves a month that was paid for in between, also where the first one began after a lapse', () => {
    const paying = { commodity: { quotas: [], gives: [{ account: 7, months: 1 }] } };
    const until = ({ more }: LedgerState): number | undefined => more.balances[0]?.value;
    for (const value of [0, DAY - 90, DAY, DAY + 9]) {
      const before = desk({ ...paying, ledger: { more: { ...NOTHING_MORE, balances: [{ account: 7, value }] } } });
      const [first, afterFirst] = serve(before, loaves(1));
      const [, afterBoth] = serve(afterFirst(), loaves(1));
      const [, alone] = serve(before, loaves(1));
      const [second, onlySecond] = [until(given(afterBoth(), first)), until(alone().ledger)];
      // Months differ in length: the days of the second one are those that it added.
      expect(Math.abs((second ?? 0) - (onlySecond ?? 0))).toBeLessThanOrEqual(3);
    }
  });

  test('of a trial nothing comes back', () => {
    const trial = desk({ programme: { isTrial: true } });
    const [grant, later] = serve(trial, loaves(3));
    const { day, usage, more } = trial.ledger;
    expect(given(later(), grant)).toEqual({ day, usage, more });
  });
});

describe('a service that is taken back later', () => {
  const counters = ({ usage, more }: LedgerState): number[] => {
    const { usedYear = 0, usedEver = 0, ahead = 0 } = more.tallies[0] ?? {};
    return [usage[0]?.usedDay ?? 0, usage[0]?.usedMonth ?? 0, usedYear, usedEver, ahead];
  };

  test('on the next day, what was for the day before comes off the month alone', () => {
    const [grant, later] = serve(desk(), loaves(4));
    const [, served] = serve(later(DAY + 1), loaves(3));
    expect(counters(given(served(), grant))).toEqual([3, 3, 3, 3, 0]);
  });

  test('on the next day, what was collected ahead is free again', () => {
    const [grant, later] = serve(desk(), loaves(12));
    expect(counters(rollOver(later(DAY + 1)))).toEqual([5, 12, 12, 12, 2]);
    expect(counters(given(later(DAY + 1), grant))).toEqual([0, 0, 0, 0, 0]);
    expect(counters(given(later(DAY + 2), grant))).toEqual([0, 0, 0, 0, 0]);
  });

  test('in the next month, what was collected for it is free again, and nothing comes off a month that is over', () => {
    const day = DECEMBER - 1;
    const [grant, later] = serve(desk({ day }), loaves(12));
    expect(counters(rollOver(later(DECEMBER)))).toEqual([5, 7, 12, 12, 2]);
    expect(counters(given(later(DECEMBER), grant))).toEqual([0, 0, 0, 0, 0]);
    const [plain, thereafter] = serve(desk({ day }), loaves(4));
    const [, served] = serve(thereafter(DECEMBER), loaves(3));
    expect(counters(given(served(), plain))).toEqual([3, 3, 3, 3, 0]);
  });

  test('in the next year, nothing comes off the year that is over', () => {
    const [grant, later] = serve(desk({ day: DAY + 40 }), loaves(4));
    const [, served] = serve(later(DAY + 41), loaves(3));
    expect(counters(given(served(), grant))).toEqual([3, 3, 3, 3, 0]);
  });

  test('a paper that ended meanwhile is not written again', () => {
    const paper = { kind: 1, number: 2, commodity: 1, left: 4, untilDay: DAY, site: 0 };
    const consumes = { kind: 'prescription' } as const;
    const [grant, later] = serve(
      desk({ commodity: { consumes }, ledger: { more: { ...NOTHING_MORE, papers: [paper] } } }),
      loaves(4),
    );
    expect(given(later(DAY + 1), grant).more.papers).toEqual([]);
  });
});

describe('a service that cannot be taken back', () => {
  test('what it gave is spent', () => {
    const spend = commodityOf({ id: 'oil', number: 2, costs: [{ account: 9, amount: 1 }] });
    const [grant, later] = serve(
      desk({ commodity: { gives: [{ account: 9, amount: 2 }] }, commodities: [spend] }),
      loaves(3),
    );
    const [, spent] = serve(later(), { items: [{ commodity: 2, quantity: 1 }] });
    expect(takeBack(spent(), grant)).toMatchObject({ reason: 'ERR_ACCOUNT_BALANCE', rule: 'bread.void-account' });
  });

  test('the paper that it wrote is used', () => {
    const use = commodityOf({ id: 'visit', number: 2, consumes: { kind: 'referral' } });
    const writes = { kind: 'referral', for: [2], days: 3, quantityMax: 9 } as const;
    const papers = [{ writtenBy: 1, commodity: 2, quantity: 2, site: 0 }];
    const [grant, later] = serve(desk({ commodity: { writes }, commodities: [use] }), { ...loaves(1), papers });
    const [, used] = serve(later(), { items: [{ commodity: 2, quantity: 1 }] });
    expect(takeBack(used(), grant)).toMatchObject({ reason: 'ERR_PAPER_EXHAUSTED', rule: 'bread.void-paper' });
  });

  test('the ledger is in doubt', () => {
    const [grant, later] = serve(desk(), loaves(1));
    const doubtful = { ...later(), ledger: { ...later().ledger, isDoubtful: true } };
    expect(takeBack(doubtful, grant)).toMatchObject({ reason: 'ERR_LEDGER_UNTRUSTED', rule: 'bread.void-ledger' });
  });
});
