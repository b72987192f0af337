/** What a card drew of a programme in a month, over all terminals. */
import { isoDay } from '../../../agent/domain/calendar.js';
import type { RedemptionEvent, UnresolvedEvent } from '../../../agent/domain/event.js';
import { judgeOverDraw } from '../cases/over-draw.js';
import { sorted, type UsageDocument, type UsageEvent, usageId, usageSchema } from '../documents.js';
import type { Evidence } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { isoMonth, type SettlementRules } from '../rules.js';
import { distinctServices } from './distinct.js';
import { projection } from './projection.js';

/** The last second of the year 9999: a later time is a broken clock, and counts as this one. */
const TIME_MAX_S = 253_402_300_799;

/** Ids of the monthly documents that an event concerns. */
export function usagesOf({ event }: Evidence, rules: SettlementRules): string[] {
  if (!isDraw(event)) return [];
  return [usageId(event.card, event.programme, isoMonth(dayOf(event.time, rules)))];
}

/** The projection. */
export const usageProjection = projection({
  prefix: 'usage:',
  schema: usageSchema,
  empty: ([card, programme, month]) => ({
    card: Number(card),
    programme: Number(programme),
    month: month ?? '',
    events: {},
    drawn: {},
    cases: [],
  }),
  merge: (before, evidence, { rules }) => {
    const events = { ...before.events };
    for (const { id, event } of evidence) if (isDraw(event)) events[id] = contributionOf(event, rules);
    return withSums({ ...before, events: sorted(events, DOCUMENT_LIMITS.usageEventsMax) });
  },
  clear: (before) => withSums({ ...before, events: {} }),
  judge: judgeOverDraw,
});

function isDraw(event: Evidence['event']): event is RedemptionEvent | UnresolvedEvent {
  return event?.type === 'redemption' || (event?.type === 'unresolved' && event.items.length > 0);
}

function contributionOf(event: RedemptionEvent | UnresolvedEvent, rules: SettlementRules): UsageEvent {
  const { type, ledgerSequence, time, items } = event;
  const day = isoDay(dayOf(time, rules));
  const [policy, quality] =
    event.type === 'redemption' ? [event.versions.policy, event.versions.time] : [0, 'set' as const];
  return { type, ledgerSequence, day, time, items: [...items], policy, quality };
}

function dayOf(timeS: number, rules: SettlementRules): number {
  return rules.calendar.dayOf(Math.min(timeS, TIME_MAX_S) * 1000);
}

function withSums(document: UsageDocument): UsageDocument {
  const drawn: Record<string, { month: number; days: Record<string, number> }> = {};
  for (const { day, items } of distinctServices(document)) {
    for (const { commodity, quantity } of items) {
      const sums = drawn[commodity] ?? { month: 0, days: {} };
      drawn[commodity] = {
        month: sums.month + quantity,
        days: sorted({ ...sums.days, [day]: (sums.days[day] ?? 0) + quantity }),
      };
    }
  }
  return { ...document, drawn: sorted(drawn) };
}
