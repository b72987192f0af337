/** For whom somebody collected in a month, over all terminals. */
import { isoDay } from '../../../agent/domain/calendar.js';
import { judgeRepresented } from '../cases/representative.js';
import { type RepresentedRecord, representedId, representedSchema, sorted } from '../documents.js';
import { type Evidence, isTrial } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { dayOfTime, isoMonth, type SettlementRules } from '../rules.js';
import { projection } from './projection.js';

/** Ids of the monthly documents of whoever collected. */
export function representedOf({ event }: Evidence, rules: SettlementRules): string[] {
  if (event?.type !== 'redemption' || isTrial(event) || event.details?.representative === undefined) return [];
  return [representedId(event.details.representative, isoMonth(dayOfTime(event.time, rules)))];
}

/** The projection. */
export const representedProjection = projection({
  prefix: 'represented:',
  schema: representedSchema,
  empty: ([representative, month]) => ({
    ...{ representative: Number(representative), month: month ?? '', events: {}, cases: [] },
  }),
  merge: (before, evidence, { rules }) => {
    const events = { ...before.events };
    for (const one of evidence) {
      const contribution = contributionOf(one, rules);
      if (contribution !== null) events[one.id] = contribution;
    }
    return { ...before, events: sorted(events, DOCUMENT_LIMITS.representedEventsMax) };
  },
  clear: (before) => ({ ...before, events: {} }),
  judge: judgeRepresented,
});

function contributionOf({ event }: Evidence, rules: SettlementRules): RepresentedRecord | null {
  if (event?.type !== 'redemption') return null;
  const { time, card, ledgerSequence, programme, versions } = event;
  return { time, day: isoDay(dayOfTime(time, rules)), card, ledgerSequence, programme, policy: versions.policy };
}
