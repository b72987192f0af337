/** When a day begins in a scenario. */
import { isoDay, type SiteCalendar } from '../../agent/domain/calendar.js';

const MS_PER_MINUTE = 60_000;
const MS_PER_DAY = 86_400_000;

/** Seven in the morning of a day (`YYYY-MM-DD`), by the clock of the site, in ms since 1970. */
export function morningOf(calendar: SiteCalendar, day: string): number {
  let ms = Date.parse(`${day}T12:00:00Z`) - MS_PER_DAY;
  // Midnight of the site: quarters of an hour are fine enough for every zone.
  while (isoDay(calendar.dayOf(ms)) !== day) ms += 15 * MS_PER_MINUTE;
  return ms + 7 * 60 * MS_PER_MINUTE;
}
