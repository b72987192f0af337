/** Arithmetic of calendar days: days are counted since 1970-01-01, months since January 1970. Pure; whose calendar it is was decided before. */
import { monthOfDay } from '../domain/calendar.js';
import { WaslError } from '../domain/errors.js';

const MS_PER_DAY = 86_400_000;
const MONTHS_PER_YEAR = 12;

/** The day that the next record counts for: never before that of the last one, so that a clock set back opens no quota again. */
export function ledgerDay(ledger: { readonly day: number }, day: number): number {
  return Math.max(ledger.day, day);
}

/** Years since 1970 of a day. */
export function yearOfDay(day: number): number {
  return Math.floor(monthOfDay(day) / MONTHS_PER_YEAR);
}

/** The first day of a month. */
export function firstDayOf(month: number): number {
  return Date.UTC(1970, month, 1) / MS_PER_DAY;
}

/** The last day of a month. */
export function lastDayOf(month: number): number {
  return firstDayOf(month + 1) - 1;
}

/** The same day of the month so many months on, or the last one of a month that has no such day: a month after 31 January is 28 or 29 February. */
export function addMonths(day: number, months: number): number {
  const month = monthOfDay(day);
  const target = month + months;
  return Math.min(firstDayOf(target) + day - firstDayOf(month), lastDayOf(target));
}

/** The day that `YYYY-MM-DD` names. Throws `ERR_INTERNAL` for anything else: policies are checked before they are in force. */
export function dayOfIso(text: string): number {
  const day = Date.parse(`${text}T00:00:00Z`) / MS_PER_DAY;
  if (!Number.isInteger(day)) throw new WaslError('ERR_INTERNAL', `not a day: ${text}`);
  return day;
}
