/** A card without a ledger of the family that is served: a tag in a health programme, a code on paper. What counts for it is in the journal of this terminal. */
import { monthOfDay, type SiteCalendar } from '../domain/calendar.js';
import { type LedgerUsage, NOTHING_MORE } from '../domain/ledger.js';
import type { SlipBook } from '../journal/journal.js';
import type { LedgerFacts } from '../services/service.js';

/** What this terminal has served to a card of its own accord, of the day and the month of the newest service; that other terminals did, nobody here knows. */
export function keptFacts(
  { kept }: SlipBook,
  card: number,
  by: { readonly calendar: SiteCalendar; readonly isDoubtful: boolean },
): LedgerFacts {
  const services = [...kept.values()]
    .filter((one) => one.kept.card === card)
    .map(({ kept: { items, atMs } }) => ({ items, day: by.calendar.dayOf(atMs) }));
  const day = Math.max(0, ...services.map((one) => one.day));
  const usage = new Map<number, LedgerUsage>();
  for (const service of services) {
    if (monthOfDay(service.day) !== monthOfDay(day)) continue;
    for (const { commodity, quantity } of service.items) {
      const { usedDay, usedMonth } = usage.get(commodity) ?? { usedDay: 0, usedMonth: 0 };
      const today = service.day === day ? quantity : 0;
      usage.set(commodity, { commodity, usedDay: usedDay + today, usedMonth: usedMonth + quantity });
    }
  }
  const ascending = [...usage.values()].sort((a, b) => a.commodity - b.commodity);
  const { isDoubtful } = by;
  return { day, usage: ascending, more: NOTHING_MORE, nextSequence: services.length + 1, isDoubtful, takes: 'nothing' };
}
