/** Days and months as a site counts them: by the calendar day of its time zone, daylight saving included. */
export interface SiteCalendar {
  /** Days since 1970-01-01 of the site's calendar day at this time. */
  dayOf(timeMs: number): number;
}

const MS_PER_DAY = 86_400_000;
/** Midnight of every zone in use since 1972 is at a quarter of an hour of UTC, so the day does not change within one. */
const QUARTER_MS = 900_000;
/** Quarters whose day is remembered: a tap asks for now, and for when its card was issued and expires. */
const KNOWN_MAX = 64;

/** The calendar of an IANA time zone, e.g. `Africa/Cairo`. Throws a RangeError for a zone that does not exist. */
export function calendarOf(timeZone: string): SiteCalendar {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  });
  const look = (timeMs: number): number => {
    // Taking the text apart is ten times as fast as `formatToParts`; which of the two the installed ICU needs is seen from the text.
    const iso = /^(\d{4})-(\d{2})-(\d{2})$/.exec(format.format(timeMs));
    if (iso !== null) return Date.UTC(Number(iso[1]), Number(iso[2]) - 1, Number(iso[3])) / MS_PER_DAY;
    const parts = new Map(format.formatToParts(timeMs).map((part) => [part.type, Number(part.value)]));
    return Date.UTC(parts.get('year') ?? 1970, (parts.get('month') ?? 1) - 1, parts.get('day') ?? 1) / MS_PER_DAY;
  };
  const known = new Map<number, number>();
  return {
    dayOf: (timeMs) => {
      const quarter = Math.floor(timeMs / QUARTER_MS);
      const before = known.get(quarter);
      if (before !== undefined) return before;
      const day = look(timeMs);
      if (known.size === KNOWN_MAX) known.clear();
      known.set(quarter, day);
      return day;
    },
  };
}

/** Gives the calendar of a zone, each made once: making one costs more than all else that a decision does. */
export function calendars(): (timeZone: string) => SiteCalendar {
  const known = new Map<string, SiteCalendar>();
  return (timeZone) => {
    const calendar = known.get(timeZone) ?? calendarOf(timeZone);
    known.set(timeZone, calendar);
    return calendar;
  };
}

/** Months since January 1970 of a day counted since 1970-01-01. */
export function monthOfDay(day: number): number {
  const date = new Date(day * MS_PER_DAY);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** `2026-11-21` of a day counted since 1970-01-01. */
export function isoDay(day: number): string {
  return new Date(day * MS_PER_DAY).toISOString().slice(0, 10);
}
