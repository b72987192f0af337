/** When a programme runs. */
import { isoDay } from '../../domain/calendar.js';
import { NOTHING, type ServiceRule, when } from '../rule.js';
import type { ServiceSnapshot } from '../service.js';
import { dayOfIso } from '../time.js';
import { coverageCountsFrom } from './scheme.js';

/** Today is not before the first day, and neither today nor the day of the ledger after the last: a clock set back runs no programme again. */
export const dates: ServiceRule = {
  per: 'service',
  name: 'dates',
  reason: 'ERR_PROGRAMME_DATES',
  look: ({ snapshot, opening }) => {
    const { dates: rule } = snapshot.programme;
    if (rule === undefined) return NOTHING;
    const isBegun = rule.from === undefined || snapshot.day >= dayOfIso(rule.from);
    const isOver = rule.until !== undefined && opening.day > dayOfIso(rule.until);
    const facts = { day: isoDay(opening.day), from: rule.from ?? null, until: rule.until ?? null };
    return when(isBegun && !isOver, facts);
  },
};

/** Days of a span, both ends included, on which the programme ran and the coverage of the holder counted. */
export function daysRunning(
  { programme, holder }: ServiceSnapshot,
  span: { readonly from: number; readonly until: number },
): number {
  const { from, until } = programme.dates ?? {};
  const first = Math.max(
    span.from,
    coverageCountsFrom(programme, holder),
    from === undefined ? span.from : dayOfIso(from),
  );
  const last = Math.min(span.until, until === undefined ? span.until : dayOfIso(until));
  return Math.max(0, last - first + 1);
}
