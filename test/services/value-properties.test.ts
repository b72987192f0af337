/** What holds of value: what is not taken is carried over once and whole, papers give what they were written for, and conditions only ever refuse. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { monthOfDay } from '../../agent/domain/calendar.js';
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Commodity, Programme } from '../../agent/domain/policy.js';
import { decide } from '../../agent/services/decide.js';
import { rollOver } from '../../agent/services/roll-over.js';
import type { ServiceRequest, ServiceSnapshot } from '../../agent/services/service.js';
import { balanceOf } from '../../agent/services/state.js';
import { firstDayOf, lastDayOf } from '../../agent/services/time.js';
import { ACTIVE, commodityOf, DAY, POINTS, snapshotOf } from './desk.js';
import { type Granted, live, SEED, type Site, stepsOf, total, unitsOf } from './history.js';

const TIMEOUT_MS = 120_000;
const RUNS = { seed: SEED, numRuns: 1000 };
const UTC: Site = { startMs: DAY * 86_400_000, dayOf: (timeMs) => Math.floor(timeMs / 86_400_000) };
const HOURS = { min: -100, max: 2000 };

describe('what is not taken', () => {
  const entitlements = fc.record({
    day: fc.integer({ min: 1, max: 9 }),
    month: fc.option(fc.integer({ min: 1, max: 200 })),
    aheadDays: fc.nat({ max: 35 }),
    amountEach: fc.integer({ min: 1, max: 20 }),
    monthsMax: fc.constantFrom(1, 2, 120),
    max: fc.constantFrom(50, 1_000_000),
    kind: fc.constantFrom<'accumulate' | 'convert'>('accumulate', 'convert'),
  });
  type Entitlement = typeof entitlements extends fc.Arbitrary<infer T> ? T : never;

  function start(one: Entitlement): ServiceSnapshot {
    const { day, month, aheadDays, amountEach, monthsMax, max, kind } = one;
    const quotas = [
      { per: 'card', every: 'day', amount: day } as const,
      ...(month === null ? [] : [{ per: 'card', every: 'month', amount: month } as const]),
    ];
    // Without a quota for the month an account adds to the day, and then there is nothing ahead of it.
    const isAhead = kind === 'convert' || month !== null;
    const commodity: Partial<Commodity> = {
      ...{ quotas, carryOver: { kind, account: 9, max, monthsMax, amountEach } },
      ...(isAhead ? { aheadDays } : {}),
    };
    return snapshotOf({ programme: { accounts: [{ ...POINTS, max }] }, commodity, ledger: { day: DAY } });
  }

  /** What all months from the first to the last entitle to, counted day by day. */
  function entitled({ day, month }: Entitlement, from: number, to: number): number {
    let sum = 0;
    for (let one = monthOfDay(from); one <= monthOfDay(to); one += 1) {
      const days = lastDayOf(one) - firstDayOf(one) + 1;
      sum += Math.min(day * days, month ?? Number.MAX_SAFE_INTEGER);
    }
    return sum;
  }

  test(
    'taken, carried over and lapsed are together what there was: nothing is created, and nothing lapses that has room',
    () => {
      const cases = fc.tuple(entitlements, stepsOf(HOURS), fc.boolean());
      fc.assert(
        fc.property(cases, ([one, steps, withBacks]) => {
          const begin = start(one);
          const { granted, ledger } = live(
            begin,
            withBacks ? steps : steps.map((step) => ({ ...step, back: null })),
            UTC,
          );
          // Two months on, what was collected ahead is over too.
          const day = firstDayOf(monthOfDay(ledger.day) + 3);
          const end = balanceOf(rollOver({ ...begin, ledger, day }), 9);
          const carried = one.kind === 'convert' ? end / one.amountEach : end;
          const there = entitled(one, DAY, day - 1);
          const lapsed = there - total(granted) - carried;
          expect(Number.isInteger(end)).toBe(true);
          expect(lapsed).toBeGreaterThanOrEqual(0);
          if (!withBacks && one.monthsMax === 120 && one.max > 100_000) expect(lapsed).toBe(0);
          expect(end).toBeLessThanOrEqual(one.max);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
});

describe('papers', () => {
  const visit = commodityOf({ id: 'visit', writes: { kind: 'prescription', for: [2], days: 20, quantityMax: 30 } });
  const dispense = commodityOf({ id: 'dispense', number: 2, consumes: { kind: 'prescription' } });
  const start = snapshotOf({ programme: { commodities: [visit, dispense] }, ledger: { day: DAY } });

  const used = (granted: readonly Granted[], paper: number): number =>
    granted
      .filter(({ isBack }) => !isBack)
      .flatMap(({ grant }) => grant.effects.used)
      .reduce((sum, one) => sum + (one.paper === paper ? one.units : 0), 0);

  test(
    'never give more units than were written, over any splits and services taken back',
    () => {
      let dispensed = 0;
      const steps = stepsOf({ min: -200, max: 300 }, 2).map((list) =>
        list.map((step) =>
          step.commodity === 2
            ? step
            : { ...step, quantity: 1, paper: { writtenBy: 1, commodity: 2, quantity: step.quantity, site: 0 } },
        ),
      );
      fc.assert(
        fc.property(steps, (list) => {
          const { granted, ledger } = live(start, list, UTC);
          const papers = granted.flatMap((one) =>
            one.grant.effects.written.map((paper) => ({ paper, isBack: one.isBack })),
          );
          for (const { paper, isBack } of papers) {
            const left = ledger.more.papers.find(({ number }) => number === paper.number)?.left ?? 0;
            expect(used(granted, paper.number) + left).toBeLessThanOrEqual(isBack ? 0 : paper.left);
          }
          const all = granted.reduce((sum, one) => sum + unitsOf(one, 2), 0);
          expect(all).toBe(papers.reduce((sum, { paper }) => sum + used(granted, paper.number), 0));
          dispensed += all;
        }),
        RUNS,
      );
      expect(dispensed).toBeGreaterThan(RUNS.numRuns);
    },
    TIMEOUT_MS,
  );
});

describe('conditions', () => {
  /**
   * Those whose absence is the weaker rule. Not among them: schemes, representatives, exemptions, and what lets persons without a card be served, whose absence
   * is for nobody; a commodity's own roles and kinds of sites, without which its programme's hold; and what a commodity gives, accumulates or writes.
   */
  const OF_PROGRAMME = ['dates', 'coverage', 'place', 'copyableMaxDay', 'offline', 'secondFactor', 'isTrial'] as const;
  const OF_COMMODITY = ['needs', 'costs', 'consumes', 'price'] as const;
  const PARTS = {
    place: ['siteKinds', 'accredited', 'areas', 'roles', 'portability'],
    offline: ['unitsMax', 'servicesMax', 'ladder', 'daysWithoutSignedTimeMax'],
    coverage: ['waitingDays'],
    campaign: ['sites'],
    dates: ['from', 'until'],
  } as const;

  const often = <T>(good: T, bad: T): fc.Arbitrary<T> =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(good) }, fc.constant(bad));
  const optional = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
  const programmes = fc.record({
    dates: optional(fc.record({ from: often('2026-11-01', '2026-12-01'), until: often('2026-12-01', '2026-11-01') })),
    coverage: optional(fc.record({ plans: often([{ plan: 1 }], [{ plan: 2 }]), waitingDays: often(10, 50) })),
    place: optional(
      fc.record({
        siteKinds: often(['bakery'], ['outlet']),
        accredited: fc.boolean(),
        areas: often(['Port Said'], ['Luxor']),
        roles: often(['clerk'], ['nurse']),
        portability: fc.constantFrom('home' as const, 'area' as const, 'any' as const),
      }),
    ),
    campaign: optional(fc.record({ sites: often(['bakery-1'], ['bakery-2']) })),
    copyableMaxDay: optional(often(9, 0)),
    offline: optional(
      fc.record({
        unitsMax: often(40, 20),
        servicesMax: often(9, 3),
        ladder: often([{ afterDays: 2, permille: 500 }], [{ afterDays: 1, permille: 0 }]),
        daysWithoutSignedTimeMax: often(5, 0),
      }),
    ),
    secondFactor: optional(fc.record({ fromUnits: often(8, 1), accepts: fc.constant(['pin' as const]) })),
    isTrial: optional(fc.boolean()),
  });
  const commodities = fc.record({
    needs: optional(often([{ account: 8 }], [{ account: 9, atLeast: 900 }])),
    costs: optional(often([{ account: 9, amount: 10 }], [{ account: 9, amount: 90 }])),
    consumes: optional(often({ kind: 'prescription' as const }, { kind: 'referral' as const })),
    price: optional(fc.constant({ amount: 5 })),
    quotas: fc.subarray([
      { per: 'card', every: 'day', amount: 9 } as const,
      { per: 'member', every: 'day', amount: 2 } as const,
      { per: 'card', every: 'month', amount: 12 } as const,
      { per: 'card', every: 'year', amount: 20 } as const,
    ]),
  });

  function without<T extends object>(value: T, name: string): T {
    return Object.fromEntries(Object.entries(value).filter(([key, one]) => key !== name && one !== undefined)) as T;
  }

  function snapshot(programme: Partial<Programme>, commodity: Partial<Commodity>): ServiceSnapshot {
    return snapshotOf({
      programme: {
        ...without(programme, ''),
        accounts: [POINTS, ACTIVE],
        commodities: [commodityOf(without(commodity, ''))],
      },
      exposure: { daysSinceContact: 1, daysSinceSignedTime: 1, units: 15, services: 4 },
      ledger: {
        more: {
          ...NOTHING_MORE,
          balances: [
            { account: 8, value: 1 },
            { account: 9, value: 80 },
          ],
          papers: [{ kind: 1, number: 2, commodity: 1, left: 6, untilDay: DAY, site: 0 }],
        },
      },
    });
  }

  function weaker(programme: Partial<Programme>, commodity: Partial<Commodity>): ServiceSnapshot[] {
    const parts = Object.entries(PARTS).flatMap(([name, list]) => {
      const whole = Object.entries(programme).find(([key]) => key === name)?.[1];
      if (whole === undefined || whole === null || typeof whole !== 'object') return [];
      return list.map((part) => snapshot({ ...programme, [name]: without(whole, part) }, commodity));
    });
    const { quotas = [] } = commodity;
    return [
      ...OF_PROGRAMME.map((name) => snapshot(without(programme, name), commodity)),
      ...parts,
      ...OF_COMMODITY.map((name) => snapshot(programme, without(commodity, name))),
      ...quotas.map((quota) => snapshot(programme, { ...commodity, quotas: quotas.filter((one) => one !== quota) })),
    ];
  }

  test(
    'without one of them, nothing is refused that was granted with it',
    () => {
      let grants = 0;
      fc.assert(
        fc.property(programmes, commodities, fc.integer({ min: 1, max: 8 }), (some, more, quantity) => {
          const programme = without(some, '') as Partial<Programme>;
          const commodity = without(more, '') as Partial<Commodity>;
          const request: ServiceRequest = { items: [{ commodity: 1, quantity }] };
          if (decide(snapshot(programme, commodity), request).outcome === 'refuse') return;
          grants += 1;
          for (const one of weaker(programme, commodity))
            expect(decide(one, request)).toMatchObject({ outcome: 'grant' });
        }),
        { ...RUNS, numRuns: 2000 },
      );
      expect(grants).toBeGreaterThan(200);
    },
    TIMEOUT_MS,
  );
});
