/** What holds of quotas, whatever happens: orders of taps, two terminals, clocks set back and forth, month ends, daylight saving, services taken back. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarOf, monthOfDay } from '../../agent/domain/calendar.js';
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Commodity, Quota } from '../../agent/domain/policy.js';
import { apply } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import { offer } from '../../agent/services/offer.js';
import { rollOver } from '../../agent/services/roll-over.js';
import type { LedgerState, ServiceSnapshot } from '../../agent/services/service.js';
import { lastDayOf, yearOfDay } from '../../agent/services/time.js';
import { commodityOf, DAY, next, POINTS, snapshotOf } from './desk.js';
import { type Granted, live, SEED, type Site, stepsOf, total, unitsOf } from './history.js';

const TIMEOUT_MS = 120_000;
const RUNS = { seed: SEED, numRuns: 1000 };

const amounts = {
  day: fc.option(fc.integer({ min: 1, max: 12 }), { freq: 4 }),
  month: fc.option(fc.integer({ min: 1, max: 90 })),
  year: fc.option(fc.integer({ min: 1, max: 300 })),
  once: fc.option(fc.integer({ min: 1, max: 300 })),
};
type Amounts = { readonly [every in Quota['every']]: number | null };

function quotasOf(bounds: Partial<Amounts>): readonly Quota[] {
  return (['day', 'month', 'year', 'once'] as const).flatMap((every) => {
    const amount = bounds[every] ?? null;
    return amount === null ? [] : [{ per: 'card', every, amount } as const];
  });
}

const zones = fc.constantFrom('Africa/Cairo', 'Africa/Casablanca', 'America/Santiago', 'Asia/Gaza', 'UTC');
/** Clocks begin within three years, at any hour: month ends, ends of years and changes of daylight saving are among them. */
const sites: fc.Arbitrary<Site> = fc
  .tuple(zones, fc.integer({ min: 0, max: 3 * 365 * 24 }))
  .map(([zone, hours]) => ({ startMs: Date.UTC(2026, 0, 1) + hours * 3_600_000, dayOf: calendarOf(zone).dayOf }));

function start(site: Site, commodity: Partial<Commodity>): ServiceSnapshot {
  const day = site.dayOf(site.startMs);
  return snapshotOf({ day, ledger: { day }, commodity });
}

function sums(granted: readonly Granted[], periodOf: (day: number) => number): readonly number[] {
  const sum = new Map<number, number>();
  for (const one of granted) {
    const period = periodOf(one.grant.effects.day);
    sum.set(period, (sum.get(period) ?? 0) + unitsOf(one));
  }
  return [...sum.values()];
}

describe('quotas', () => {
  test(
    'of day, month, year and life are never exceeded',
    () => {
      fc.assert(
        fc.property(sites, fc.record(amounts), stepsOf({ min: -100, max: 2000 }), (site, bounds, steps) => {
          const { granted } = live(start(site, { quotas: quotasOf(bounds) }), steps, site);
          const most = (list: readonly number[]): number => Math.max(0, ...list);
          expect(most(sums(granted, (day) => day))).toBeLessThanOrEqual(bounds.day ?? Number.MAX_SAFE_INTEGER);
          expect(most(sums(granted, monthOfDay))).toBeLessThanOrEqual(bounds.month ?? Number.MAX_SAFE_INTEGER);
          expect(most(sums(granted, yearOfDay))).toBeLessThanOrEqual(bounds.year ?? Number.MAX_SAFE_INTEGER);
          expect(total(granted)).toBeLessThanOrEqual(bounds.once ?? Number.MAX_SAFE_INTEGER);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    'collected ahead: in no run of days more than the quotas of these days and of the days ahead',
    () => {
      const cases = fc.tuple(
        sites,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 40 }),
        stepsOf({ min: -100, max: 2000 }),
      );
      fc.assert(
        fc.property(cases, ([site, day, aheadDays, steps]) => {
          const { granted } = live(start(site, { quotas: quotasOf({ day }), aheadDays }), steps, site);
          const days = [...new Set(granted.map(({ grant }) => grant.effects.day))];
          for (const from of days)
            for (const to of days.filter((one) => one >= from)) {
              const taken = total(granted, (one) => one >= from && one <= to);
              expect(taken).toBeLessThanOrEqual(day * (to - from + 1 + aheadDays));
            }
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );

  test(
    'a clock that goes forward, back, to and fro gives no more than the days up to the highest that was reached',
    () => {
      const cases = fc.tuple(
        sites,
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 5 }),
        stepsOf({ min: -20_000, max: 20_000 }),
      );
      fc.assert(
        fc.property(cases, ([site, day, aheadDays, steps]) => {
          const snapshot = start(site, { quotas: quotasOf({ day, month: day * 20 }), aheadDays });
          const { granted, highest, ledger } = live(snapshot, steps, site);
          expect(ledger.day).toBe(highest);
          // Bound: the quota of each day from the first to the highest, and of the days ahead of it; of each month likewise.
          expect(total(granted)).toBeLessThanOrEqual(day * (highest - snapshot.ledger.day + 1 + aheadDays));
          const months = monthOfDay(highest + aheadDays) - monthOfDay(snapshot.ledger.day) + 1;
          expect(total(granted)).toBeLessThanOrEqual(day * 20 * months);
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
});

describe('offer, decision and record agree', () => {
  const cases = fc.record({
    bounds: fc.record(amounts),
    aheadDays: fc.nat({ max: 3 }),
    used: fc.nat({ max: 12 }),
    copyableMaxDay: fc.option(fc.integer({ min: 1, max: 12 })),
    permille: fc.option(fc.integer({ min: 100, max: 1000 })),
    unitsMax: fc.option(fc.integer({ min: 1, max: 20 })),
    points: fc.option(fc.nat({ max: 60 })),
    left: fc.option(fc.nat({ max: 9 })),
    kind: fc.constantFrom('accumulate', 'convert', null),
    isDoubtful: fc.boolean(),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
  });

  test(
    'what is offered is granted, one more is not, and afterwards no more is offered than what is left of it',
    () => {
      let offers = 0;
      fc.assert(
        fc.property(cases, (one) => {
          const snapshot = deskOf(one);
          const before = offer(snapshot);
          if (before.outcome !== 'offer') return;
          offers += 1;
          for (const { commodity, available } of before.items) {
            const ask = (quantity: number) => decide(snapshot, { items: [{ commodity, quantity }] }).outcome;
            if (available > 0) expect(ask(available)).toBe('grant');
            if (available < Number.MAX_SAFE_INTEGER) expect(ask(available + 1)).toBe('refuse');
          }
          const available = Math.min(before.items[0]?.available ?? 0, 100);
          const quantity = Math.ceil(available * one.share);
          const decision = decide(snapshot, { items: [{ commodity: 1, quantity }] });
          if (decision.outcome !== 'grant') return;
          const ledger = next(apply(snapshot, decision), snapshot.ledger);
          const later = offer({ ...snapshot, ledger, exposure: { ...snapshot.exposure, units: quantity } });
          const left = later.outcome === 'offer' ? later.items : [];
          for (const [index, item] of left.entries()) {
            const offered = before.items[index]?.available ?? 0;
            // What a ledger in doubt is offered says nothing of the next one, which is not: then the quotas count as used up.
            if (one.isDoubtful && one.bounds.day !== null) expect(item.commodity === 1 ? item.available : 0).toBe(0);
            if (!one.isDoubtful)
              expect(item.available).toBeLessThanOrEqual(offered - (item.commodity === 1 ? quantity : 0));
          }
        }),
        RUNS,
      );
      expect(offers).toBeGreaterThan(RUNS.numRuns / 3);
    },
    TIMEOUT_MS,
  );

  type Case = typeof cases extends fc.Arbitrary<infer T> ? T : never;
  function deskOf(one: Case): ServiceSnapshot {
    const { bounds, permille, unitsMax, copyableMaxDay, points, left, kind } = one;
    const offline = {
      ...(permille === null ? {} : { ladder: [{ afterDays: 1, permille }] }),
      ...(unitsMax === null ? {} : { unitsMax }),
    };
    const carried = { account: 8, max: 50, amountEach: 2, monthsMax: 2 };
    return snapshotOf({
      programme: {
        accounts: [POINTS, { ...POINTS, id: 'kept', number: 8 }],
        offline,
        doubtfulLedgerMax: 3,
        ...(copyableMaxDay === null ? {} : { copyableMaxDay }),
      },
      exposure: { daysSinceContact: 2 },
      commodity: {
        quotas: quotasOf(bounds),
        aheadDays: one.aheadDays,
        ...(points === null ? {} : { costs: [{ account: 9, amount: 3 }] }),
        ...(left === null ? {} : { consumes: { kind: 'prescription' as const } }),
        ...(kind === null ? {} : { carryOver: { ...carried, kind } }),
      },
      commodities: [
        commodityOf({ id: 'oil', number: 2, quotas: quotasOf({ day: 4 }), costs: [{ account: 9, amount: 1 }] }),
      ],
      ledger: {
        day: DAY - (one.used % 3) * 20,
        isDoubtful: one.isDoubtful,
        usage: [{ commodity: 1, usedDay: Math.min(one.used, 4), usedMonth: one.used }],
        more: {
          ...NOTHING_MORE,
          balances: points === null ? [] : [{ account: 9, value: points }],
          papers:
            left === null || left === 0 ? [] : [{ kind: 1, number: 2, commodity: 1, left, untilDay: DAY, site: 0 }],
        },
      },
    });
  }
});

describe('the end of a period', () => {
  const states: fc.Arbitrary<LedgerState> = fc
    .record({
      day: fc.integer({ min: DAY, max: DAY + 400 }),
      usedDay: fc.nat({ max: 6 }),
      more: fc.nat({ max: 80 }),
      ahead: fc.nat({ max: 100 }),
    })
    .map(({ day, usedDay, more, ahead }) => ({
      day,
      usage: [{ commodity: 1, usedDay, usedMonth: usedDay + more }],
      more: {
        ...NOTHING_MORE,
        tallies: [{ commodity: 1, usedYear: more, usedEver: more, ahead }],
        balances: [{ account: 9, value: 7 }],
      },
    }));

  test(
    'comes once: day by day, in leaps, or at once, it leaves the same',
    () => {
      const leaps = fc.array(fc.nat({ max: 50 }), { maxLength: 12 });
      const kinds = fc.constantFrom<'accumulate' | 'convert'>('accumulate', 'convert');
      fc.assert(
        fc.property(states, leaps, kinds, fc.record(amounts), (state, days, kind, bounds) => {
          const carryOver = { account: 9, max: 5000, amountEach: 3, monthsMax: 120, kind };
          const commodity = { quotas: quotasOf(bounds), carryOver };
          const programme = { accounts: [{ ...POINTS, max: 5000 }] };
          const on = (from: LedgerState, day: number): LedgerState =>
            rollOver(snapshotOf({ day, programme, commodity, ledger: { ...from } }));
          const end = days.reduce((sum, one) => sum + one, state.day);
          let stepwise = state;
          for (const leap of days) stepwise = on(on(stepwise, stepwise.day + leap), lastDayOf(0));
          expect(stepwise).toEqual(on(state, end));
        }),
        RUNS,
      );
    },
    TIMEOUT_MS,
  );
});
