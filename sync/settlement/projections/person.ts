/** What a person without a card was served of a programme, over all terminals. */
import { eventMark } from '../../../agent/credential/hash.js';
import { isoDay } from '../../../agent/domain/calendar.js';
import type { RosterEvent, RosterVoidEvent } from '../../../agent/domain/event.js';
import { encodeEvent } from '../../protocol/event-codec.js';
import { judgeRosterTwice } from '../cases/roster-twice.js';
import { judgeRosterVoids } from '../cases/roster-void.js';
import { type PersonDocument, type PersonEvent, personId, personSchema, sorted } from '../documents.js';
import { type Evidence, isTrial } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { dayOfTime, type SettlementRules } from '../rules.js';
import { personServices } from './distinct.js';
import { projection } from './projection.js';

/** Ids of the documents of persons that an event concerns. */
export function personsOf({ event }: Evidence): string[] {
  if ((event?.type !== 'roster' && event?.type !== 'roster-void') || isTrial(event)) return [];
  return [personId(event.roster, event.person, event.programme)];
}

/** The projection. */
export const personProjection = projection({
  prefix: 'person:',
  schema: personSchema,
  empty: ([roster, person, programme]) => ({
    roster: Number(roster),
    person: Number(person),
    programme: Number(programme),
    events: {},
    served: {},
    cases: [],
  }),
  merge: (before, evidence, { rules }) => {
    const events = { ...before.events };
    for (const { id, event } of evidence)
      if (event?.type === 'roster' || event?.type === 'roster-void') events[id] = contributionOf(event, rules);
    return withSums({ ...before, events: sorted(events, DOCUMENT_LIMITS.personEventsMax) });
  },
  clear: (before) => withSums({ ...before, events: {} }),
  judge: (document, at) => new Map([...judgeRosterTwice(document, at), ...judgeRosterVoids(document)]),
});

function contributionOf(event: RosterEvent | RosterVoidEvent, rules: SettlementRules): PersonEvent {
  const { time, items, versions, operator } = event;
  const mark = eventMark(encodeEvent(event));
  const told = {
    mark,
    time,
    day: isoDay(dayOfTime(time, rules)),
    items: [...items],
    policy: versions.policy,
    operator,
  };
  return event.type === 'roster' ? told : { ...told, voided: event.voided, supervisor: event.supervisor };
}

function withSums(document: PersonDocument): PersonDocument {
  const served: Record<string, number> = {};
  for (const { told } of personServices(document)) {
    for (const { commodity, quantity } of told.items) served[commodity] = (served[commodity] ?? 0) + quantity;
  }
  return { ...document, served: sorted(served) };
}
