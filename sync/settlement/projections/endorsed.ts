/** What terminals told of writing endorsements to a card. */
import { judgeEndorsement } from '../cases/endorsement.js';
import { type EndorsedRecord, endorsedId, endorsedSchema, sorted } from '../documents.js';
import type { Evidence } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { projection } from './projection.js';

/** Ids of the documents of endorsements that an event concerns. */
export function endorsedOf({ event }: Evidence): string[] {
  return event?.type === 'endorsed' ? [endorsedId(event.card)] : [];
}

/** The projection. */
export const endorsedProjection = projection({
  prefix: 'endorsed:',
  schema: endorsedSchema,
  empty: ([card]) => ({ card: Number(card), events: {}, cases: [] }),
  merge: (before, evidence) => {
    const events = { ...before.events };
    for (const one of evidence) {
      const contribution = contributionOf(one);
      if (contribution !== null) events[one.id] = contribution;
    }
    return { ...before, events: sorted(events, DOCUMENT_LIMITS.endorsedEventsMax) };
  },
  clear: (before) => ({ ...before, events: {} }),
  judge: judgeEndorsement,
});

function contributionOf({ event }: Evidence): EndorsedRecord | null {
  if (event?.type !== 'endorsed') return null;
  const { time, number, shown, known, programme, operator } = event;
  return { time, number, shown, known, programme, operator };
}
