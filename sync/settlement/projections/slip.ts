/** What was used of a slip, over all terminals. */
import { createHash } from 'node:crypto';
import { isoDay } from '../../../agent/domain/calendar.js';
import type { RedemptionEvent, RosterEvent, RosterVoidEvent, VoidEvent } from '../../../agent/domain/event.js';
import type { SlipUsed } from '../../../agent/domain/slip.js';
import { encodeEvent } from '../../protocol/event-codec.js';
import { judgeSlipTwice } from '../cases/slip-twice.js';
import { type SlipEvent, slipId, slipSchema, sorted } from '../documents.js';
import { type Evidence, isTrial } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { dayOfTime, type SettlementRules } from '../rules.js';
import { slipUses } from './distinct.js';
import { projection } from './projection.js';

/** Ids of the documents of slips that an event used, or gave back. */
export function slipsOf({ event }: Evidence): string[] {
  return isTrial(event) ? [] : [...new Set(partsOf(event).map(({ slip }) => slipId(slip)))];
}

/** The projection. */
export const slipProjection = projection({
  prefix: 'slip:',
  schema: slipSchema,
  empty: ([slip = '']) => ({ slip, events: {}, used: {}, cases: [] }),
  merge: (before, evidence, { rules }) => {
    const events = { ...before.events };
    for (const { id, event } of evidence) if (isOfSlips(event)) events[id] = contributionOf(event, before.slip, rules);
    const next = { ...before, events: sorted(events, DOCUMENT_LIMITS.slipEventsMax) };
    return { ...next, used: sorted(usedIn(next)) };
  },
  clear: (before) => ({ ...before, events: {}, used: {} }),
  judge: judgeSlipTwice,
});

type SlipService = RedemptionEvent | RosterEvent | VoidEvent | RosterVoidEvent;

const KINDS: readonly string[] = ['redemption', 'roster', 'void', 'roster-void'];

function isOfSlips(event: Evidence['event']): event is SlipService {
  return event !== null && KINDS.includes(event.type);
}

function partsOf(event: Evidence['event']): readonly SlipUsed[] {
  if (!isOfSlips(event)) return [];
  return (event.type === 'void' ? event.slips : event.details?.slips) ?? [];
}

function contributionOf(event: SlipService, slip: string, rules: SettlementRules): SlipEvent {
  const mark = createHash('sha256').update(encodeEvent(event)).digest('hex').slice(0, 16);
  const papers = partsOf(event)
    .filter((one) => one.slip === slip)
    .map(({ commodity, units, of }) => ({ commodity, units, of }));
  const whose = 'roster' in event ? { roster: event.roster, person: event.person } : { card: event.card };
  const { programme, time } = event;
  return {
    mark,
    isBack: event.type === 'void' || event.type === 'roster-void',
    time,
    day: isoDay(dayOfTime(time, rules)),
    programme,
    ...whose,
    papers,
  };
}

function usedIn(document: Parameters<typeof slipUses>[0]): Record<string, number> {
  const used: Record<string, number> = {};
  for (const { told } of slipUses(document))
    for (const { commodity, units } of told.papers)
      used[commodity] = Math.max(0, (used[commodity] ?? 0) + (told.isBack ? -units : units));
  return used;
}
