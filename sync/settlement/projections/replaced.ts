/** What is told of a card that was replaced, or made in the place of another one. */
import type { ReplacedEvent } from '../../../agent/domain/event.js';
import { judgeReplacedTwice } from '../cases/replaced.js';
import { type Replacement, replacedId, replacedSchema, sorted } from '../documents.js';
import type { Evidence } from '../evidence.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { projection } from './projection.js';

/** Ids of the documents of replacements that an event concerns: of the old card and of the new one. */
export function replacedOf({ event }: Evidence): string[] {
  return event?.type === 'replaced' ? [...new Set([replacedId(event.replaces), replacedId(event.card)])] : [];
}

/** The projection. */
export const replacedProjection = projection({
  prefix: 'replaced:',
  schema: replacedSchema,
  empty: ([card]) => ({ card: Number(card), by: {}, of: {}, cases: [] }),
  merge: (before, evidence) => {
    const by = { ...before.by };
    const of = { ...before.of };
    for (const { id, event } of evidence) {
      if (event?.type !== 'replaced') continue;
      if (event.replaces === before.card) by[id] = contributionOf(event, event.card);
      if (event.card === before.card) of[id] = contributionOf(event, event.replaces);
    }
    const { replacedEventsMax } = DOCUMENT_LIMITS;
    return { ...before, by: sorted(by, replacedEventsMax), of: sorted(of, replacedEventsMax) };
  },
  clear: (before) => ({ ...before, by: {}, of: {} }),
  judge: judgeReplacedTwice,
});

function contributionOf(event: ReplacedEvent, other: number): Replacement {
  const { time, cause, family, closing, opening, day, usage, more, operator } = event;
  const { tallies, balances, papers } = more;
  const stated = { tallies: [...tallies], balances: [...balances], papers: [...papers] };
  return { time, other, cause, family, closing, opening, day, usage: [...usage], more: stated, operator };
}
