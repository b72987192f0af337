/** What happened under one sequence of a card's ledgers: at most one service in each, if all is well. */
import { judgeHotlisted } from '../cases/hotlisted.js';
import { judgeReplaced } from '../cases/replaced.js';
import { judgeTwoPlaces } from '../cases/two-places.js';
import { judgeUnresolved } from '../cases/unresolved.js';
import { judgeVoid } from '../cases/void.js';
import { type ServiceEvent, serviceId, serviceSchema, sorted } from '../documents.js';
import { type Evidence, isTrial } from '../evidence.js';
import { ledgersOf } from '../families.js';
import { DOCUMENT_LIMITS } from '../limits.js';
import { projection } from './projection.js';

/** Ids of the services that an event concerns. */
export function servicesOf({ event }: Evidence): string[] {
  if (isTrial(event)) return [];
  if (event?.type === 'redemption') return [serviceId(event.card, event.ledgerSequence)];
  // A void is a record of its own, and says something of another one.
  if (event?.type === 'void') return [serviceId(event.card, event.ledgerSequence), serviceId(event.card, event.voided)];
  if (event?.type !== 'unresolved') return [];
  // A slot that was found destroyed stood where the record after the newest one that is left belongs.
  const destroyed = event.items.length === 0 && event.reason === 'ERR_LEDGER_DAMAGED';
  return [serviceId(event.card, event.ledgerSequence + (destroyed ? 1 : 0))];
}

/** The projection. */
export const serviceProjection = projection({
  prefix: 'service:',
  schema: serviceSchema,
  empty: ([card, ledgerSequence]) => ({
    card: Number(card),
    ledgerSequence: Number(ledgerSequence),
    events: {},
    cases: [],
  }),
  merge: (before, evidence) => {
    const events = { ...before.events };
    for (const one of evidence) {
      const contribution = contributionOf(one);
      if (contribution !== null) events[one.id] = contribution;
    }
    return { ...before, events: sorted(events, DOCUMENT_LIMITS.serviceEventsMax) };
  },
  clear: (before) => ({ ...before, events: {} }),
  judge: (document, at) =>
    new Map(
      ledgersOf(document, at).flatMap((ledger) => [
        ...judgeTwoPlaces(ledger),
        ...judgeUnresolved(ledger),
        ...judgeHotlisted(ledger, at),
        ...judgeVoid(ledger),
        ...judgeReplaced(ledger, at),
      ]),
    ),
});

function contributionOf({ event }: Evidence): ServiceEvent | null {
  if (event?.type === 'redemption') {
    const { time, programme, items, versions, operator, ledgerSequence } = event;
    return {
      type: 'redemption',
      time,
      programme,
      items: [...items],
      versions,
      operator,
      reason: null,
      ledgerSequence,
    };
  }
  if (event?.type === 'void') {
    const { time, programme, items, versions, operator, ledgerSequence, voided, supervisor } = event;
    const own = { type: 'void' as const, time, programme, items: [...items], versions, operator, reason: null };
    return { ...own, ledgerSequence, voided, supervisor };
  }
  if (event?.type !== 'unresolved') return null;
  const { time, programme, items, reason, ledgerSequence } = event;
  return {
    type: 'unresolved',
    time,
    programme,
    items: [...items],
    versions: null,
    operator: null,
    reason,
    ledgerSequence,
  };
}
