import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarOf, isoDay, monthOfDay } from '../../agent/domain/calendar.js';
import type { LedgerRecord } from '../../agent/domain/ledger.js';
import type { Programme } from '../../agent/domain/policy.js';
import { claims } from '../support/people.js';
import { applyRation, decideRation, ledgerDay, offerRation, type RationSnapshot } from './ration-desk.js';

const words = { ar: 'خبز', fr: 'pain', en: 'bread' };
const bread: Programme = {
  id: 'bread',
  number: 1,
  title: words,
  family: 1,
  schemes: [1],
  commodities: [
    {
      id: 'loaf',
      number: 1,
      name: words,
      unit: words,
      quotas: [
        { per: 'member', every: 'day', amount: 5 },
        { per: 'household', every: 'month', amount: 900 },
      ],
    },
  ],
  doubtfulLedgerMax: 5,
};
/** 2026-11-21 and the days around it. */
const DAY = 20_778;

function ledger(day: number, usedDay: number, usedMonth: number): LedgerRecord {
  return {
    family: 1,
    cause: 'service',
    sequence: 9,
    previous: new Uint8Array(8),
    day,
    time: day * 86_400,
    usage: usedMonth === 0 ? [] : [{ commodity: 1, usedDay, usedMonth }],
    signer: new Uint8Array(8),
  };
}

function snapshot(change: Partial<RationSnapshot> = {}, entitlements: object = {}): RationSnapshot {
  return {
    programme: bread,
    credential: { ...claims(entitlements), keyId: new Uint8Array(8) },
    ledger: ledger(DAY - 1, 15, 15),
    doubtful: false,
    isCopyable: false,
    day: DAY,
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'signed' },
    ...change,
  };
}

describe('bread: five loaves a person a day, 900 a household a month', () => {
  test('a card that draws for three of five persons may take 15 a day and its share of 540 a month', () => {
    expect(offerRation(snapshot())).toMatchObject({
      outcome: 'offer',
      items: [{ commodity: 1, available: 15, usedDay: 0, usedMonth: 15, quotaDay: 15, quotaMonth: 540 }],
    });
  });

  test('the shares of all cards of a household never exceed the household', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 98 }), (size, split) => {
        const parts = split < size ? [split, size - split] : [size];
        const total = parts.reduce((sum, draws) => {
          const offer = offerRation(snapshot({ ledger: ledger(DAY, 0, 0) }, { draws, householdSize: size }));
          return sum + (offer.outcome === 'offer' ? (offer.items[0]?.quotaMonth ?? 0) : 0);
        }, 0);
        expect(total).toBeLessThanOrEqual(900);
      }),
    );
  });

  test('what was taken today counts, the day before does not, the month before neither', () => {
    expect(offerRation(snapshot({ ledger: ledger(DAY, 10, 100) }))).toMatchObject({
      items: [{ available: 5, usedDay: 10 }],
    });
    expect(offerRation(snapshot({ ledger: ledger(DAY, 15, 100) }))).toMatchObject({
      outcome: 'refuse',
      reason: 'ERR_QUOTA_DAY',
    });
    expect(offerRation(snapshot({ ledger: ledger(DAY - 1, 15, 538) }))).toMatchObject({ items: [{ available: 2 }] });
    expect(offerRation(snapshot({ ledger: ledger(DAY - 1, 15, 540) }))).toMatchObject({
      outcome: 'refuse',
      reason: 'ERR_QUOTA_MONTH',
    });
    const december = DAY + 10;
    expect(monthOfDay(december)).toBe(monthOfDay(DAY) + 1);
    expect(offerRation(snapshot({ ledger: ledger(DAY, 15, 540), day: december }))).toMatchObject({
      items: [{ available: 15, usedMonth: 0 }],
    });
  });

  test('a request above what is left, of nothing, of something else, twice or below zero is refused', () => {
    const ask = (...items: { commodity: number; quantity: number }[]) => decideRation(snapshot(), items);
    expect(ask({ commodity: 1, quantity: 15 })).toMatchObject({
      outcome: 'grant',
      items: [{ commodity: 1, quantity: 15 }],
    });
    expect(ask({ commodity: 1, quantity: 16 })).toMatchObject({ reason: 'ERR_QUOTA_DAY' });
    expect(ask({ commodity: 1, quantity: 0 })).toMatchObject({ reason: 'ERR_QUANTITY' });
    expect(ask()).toMatchObject({ reason: 'ERR_QUANTITY' });
    expect(ask({ commodity: 2, quantity: 1 })).toMatchObject({ reason: 'ERR_QUANTITY' });
    expect(ask({ commodity: 1, quantity: 8 }, { commodity: 1, quantity: 8 })).toMatchObject({ reason: 'ERR_QUANTITY' });
    expect(ask({ commodity: 1, quantity: -3 })).toMatchObject({ reason: 'ERR_QUANTITY' });
    expect(ask({ commodity: 1, quantity: 1.5 })).toMatchObject({ reason: 'ERR_QUANTITY' });
  });

  test('a card that is not enrolled is refused', () => {
    expect(offerRation(snapshot({}, { rationScheme: null }))).toMatchObject({ reason: 'ERR_PROGRAMME_NOT_ENTITLED' });
    expect(offerRation(snapshot({}, { rationScheme: 2 }))).toMatchObject({ reason: 'ERR_PROGRAMME_NOT_ENTITLED' });
  });

  test('a doubtful ledger is served up to the cap of the policy, or refused where that is zero', () => {
    expect(offerRation(snapshot({ doubtful: true }))).toMatchObject({ items: [{ available: 5 }] });
    const strict = { ...bread, doubtfulLedgerMax: 0 };
    expect(offerRation(snapshot({ doubtful: true, programme: strict }))).toMatchObject({
      reason: 'ERR_LEDGER_UNTRUSTED',
    });
  });

  test('no order of requests and days, forwards or back, ever yields more than the quotas', () => {
    const step = fc.record({ move: fc.integer({ min: -3, max: 40 }), quantity: fc.integer({ min: 1, max: 20 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
        let record = ledger(DAY, 0, 0);
        let day = DAY;
        const perDay = new Map<number, number>();
        const perMonth = new Map<number, number>();
        for (const { move, quantity } of steps) {
          day = Math.max(DAY - 60, day + move);
          const at = snapshot({ ledger: record, day });
          const request = [{ commodity: 1, quantity }];
          if (decideRation(at, request).outcome !== 'grant') continue;
          const counted = ledgerDay(record, day);
          perDay.set(counted, (perDay.get(counted) ?? 0) + quantity);
          perMonth.set(monthOfDay(counted), (perMonth.get(monthOfDay(counted)) ?? 0) + quantity);
          record = { ...record, day: counted, usage: applyRation(record, day, request) };
        }
        for (const total of perDay.values()) expect(total).toBeLessThanOrEqual(15);
        for (const total of perMonth.values()) expect(total).toBeLessThanOrEqual(540);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('the calendar of a site', () => {
  test('counts by the local day, across daylight saving', () => {
    const cairo = calendarOf('Africa/Cairo');
    expect(isoDay(cairo.dayOf(Date.parse('2026-11-20T21:59:59Z')))).toBe('2026-11-20');
    expect(isoDay(cairo.dayOf(Date.parse('2026-11-20T22:00:00Z')))).toBe('2026-11-21');
    expect(isoDay(cairo.dayOf(Date.parse('2026-07-01T21:00:00Z')))).toBe('2026-07-02');
    expect(() => calendarOf('Africa/Nowhere')).toThrow(RangeError);
  });
});
