/** What a card drew of a programme in a month, over all terminals. */
import { isoDay } from '../../../agent/domain/calendar.js';
import type { RedemptionEvent, UnresolvedEvent, VoidEvent } from '../../../agent/domain/event.js';
import { judgeOverDraw } from '../cases/over-draw.js';
import { sorted, type UsageDocument, type UsageEvent, usageId, usageSchema } from '../documents.js';
import { type Evidence, isTrial } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { dayOfTime, isoMonth, type SettlementRules } from '../rules.js';
import { distinctServices } from './distinct.js';
import { projection } from './projection.js';

/** How long after its service a void is looked for in the month of that service, in seconds. */
const VOID_AFTER_MAX_S = 7 * 86_400;

/** Ids of the monthly documents that an event concerns. */
export function usagesOf({ event }: Evidence, rules: SettlementRules): string[] {
  if (!isDraw(event)) return [];
  // What is taken back was served on the same day or the one before; a void that was interrupted may have been finished some days later.
  const times = event.type === 'void' ? [event.time, Math.max(0, event.time - VOID_AFTER_MAX_S)] : [event.time];
  const months = new Set(times.map((time) => isoMonth(dayOfTime(time, rules))));
  return [...months].map((month) => usageId(event.card, event.programme, month));
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

/** What says something of how much was drawn. */
type DrawEvent = RedemptionEvent | UnresolvedEvent | VoidEvent;

function isDraw(event: Evidence['event']): event is DrawEvent {
  if (isTrial(event)) return false;
  return (
    event?.type === 'redemption' || event?.type === 'void' || (event?.type === 'unresolved' && event.items.length > 0)
  );
}

function contributionOf(event: DrawEvent, rules: SettlementRules): UsageEvent {
  const { type, ledgerSequence, time, items } = event;
  const day = isoDay(dayOfTime(time, rules));
  const [policy, quality] =
    event.type === 'unresolved' ? [0, 'set' as const] : [event.versions.policy, event.versions.time];
  const voided = event.type === 'void' ? { voided: event.voided } : {};
  return { type, ledgerSequence, ...voided, day, time, items: [...items], policy, quality };
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
