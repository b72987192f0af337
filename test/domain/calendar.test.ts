import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calendarOf, isoDay, monthOfDay } from '../../agent/domain/calendar.js';

const at = (text: string): number => Date.parse(text);

describe('the calendar of a site', () => {
  test.each([
    ['Africa/Cairo', '2026-11-20T21:59:59Z', '2026-11-20'],
    ['Africa/Cairo', '2026-11-20T22:00:00Z', '2026-11-21'],
    // Egypt keeps summer time: midnight is an hour earlier in UTC.
    ['Africa/Cairo', '2026-07-01T20:59:59Z', '2026-07-01'],
    ['Africa/Cairo', '2026-07-01T21:00:00Z', '2026-07-02'],
    ['UTC', '2026-12-31T23:59:59Z', '2026-12-31'],
    ['America/New_York', '2026-01-01T04:59:59Z', '2025-12-31'],
    ['Pacific/Kiritimati', '2026-12-31T10:00:00Z', '2027-01-01'],
    ['Asia/Kathmandu', '2026-11-20T18:14:59Z', '2026-11-20'],
  ])('in %s counts %s as %s', (zone, time, day) => {
    expect(isoDay(calendarOf(zone).dayOf(at(time)))).toBe(day);
  });

  test('counts a day of 23 hours and one of 25 as one day each', () => {
    // Summer time in Egypt: from the last Friday of April to the end of the last Thursday of October.
    const calendar = calendarOf('Africa/Cairo');
    for (const [from, hours] of [
      ['2026-04-23T22:00:00Z', 23],
      ['2026-10-28T21:00:00Z', 25],
    ] as const) {
      const startMs = at(from);
      const days = Array.from({ length: hours }, (_, hour) => calendar.dayOf(startMs + hour * 3_600_000));
      expect(new Set(days).size, from).toBe(1);
      expect(calendar.dayOf(startMs - 1)).toBe((days[0] ?? 0) - 1);
      expect(calendar.dayOf(startMs + hours * 3_600_000)).toBe((days[0] ?? 0) + 1);
    }
  });

  test('never goes back while time goes on', () => {
    const calendar = calendarOf('Africa/Cairo');
    const time = fc.integer({ min: at('2000-01-01T00:00:00Z'), max: at('2060-01-01T00:00:00Z') });
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: 86_400_000 }), (ms, more) => {
        const step = calendar.dayOf(ms + more) - calendar.dayOf(ms);
        expect(step === 0 || step === 1 || step === 2).toBe(true);
      }),
    );
  });

  test('of a zone that does not exist is refused', () => {
    expect(() => calendarOf('Africa/Nowhere')).toThrow(RangeError);
  });
});

describe('days and months', () => {
  test.each([
    ['1970-01-01', 0, 0],
    ['1970-02-01', 31, 1],
    ['2024-02-29', 19_782, 649],
    ['2026-11-21', 20_778, 682],
    ['2026-12-01', 20_788, 683],
  ])('%s is day %i and month %i', (iso, day, month) => {
    expect(isoDay(day)).toBe(iso);
    expect(monthOfDay(day)).toBe(month);
  });
});
