/**
 * A card in two places: one sequence of a card's ledger was used for two different services. Each record on a card has a number of its own,
 * so one of the two was written on a copy of the card, on an older content that was put back, or twice by one terminal.
 */
import type { ServiceDocument, ServiceEvent } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';
import { type LedgerDocument, ledgerWords } from '../families.js';
import type { Finding, LikelyCause, Verdicts } from './case.js';

/** The different services and voids that wrote a record of this sequence, each with the ids of the events that say it. */
function recordsIn({
  events,
  ledgerSequence,
}: ServiceDocument): { readonly event: ServiceEvent; readonly ids: string[] }[] {
  const services = new Map<string, { event: ServiceEvent; ids: string[] }>();
  for (const [id, event] of Object.entries(events)) {
    if (event.type === 'unresolved' || event.ledgerSequence !== ledgerSequence) continue;
    const key = contentOf(terminalOf(id), event);
    const known = services.get(key);
    if (known === undefined) services.set(key, { event, ids: [id] });
    else known.ids.push(id);
  }
  return [...services.values()];
}

/** Judges one service. */
export function judgeTwoPlaces(document: LedgerDocument): Verdicts {
  // Of a card without a ledger: nothing was written that could have a number.
  const services = document.ledgerSequence === 0 ? [] : recordsIn(document);
  if (services.length < 2) return new Map();
  const { card, ledgerSequence } = document;
  const ids = services.flatMap((service) => service.ids);
  const terminals = [...new Set(ids.map(terminalOf))].sort();
  const destroyed = Object.values(document.events).some(({ reason }) => reason === 'ERR_LEDGER_DAMAGED');
  const [cause, why] = causeOf(terminals, destroyed);
  const finding: Finding = {
    kind: 'two-places',
    cause,
    reason: `${whatOf(services, card)} under number ${ledgerSequence} of ${ledgerWords(document)}, at ${terminals.join(', ')}. ${why}`,
    subject: { card, ledgerSequence, ...(terminals.length === 1 ? { terminal: terminals[0] } : {}) },
    events: ids,
    healed: null,
  };
  return new Map([[`two-places:${card}:${ledgerSequence}${document.suffix}`, finding]]);
}

function whatOf(services: ReturnType<typeof recordsIn>, card: number): string {
  const voids = services.filter(({ event }) => event.type === 'void').length;
  if (voids === 0) return `Card ${card} was served ${services.length} times`;
  return `Card ${card} was served or had a service taken back ${services.length} times`;
}

function causeOf(terminals: readonly string[], destroyed: boolean): [LikelyCause, string] {
  if (terminals.length === 1) {
    return [
      'terminal',
      'One terminal wrote the same number twice: its data were put back to an earlier state, or a copy of it serves.',
    ];
  }
  if (destroyed) {
    return [
      'card',
      'A terminal had found the newest record of the card destroyed, so the number may have been used again by chance, or records were destroyed on purpose.',
    ];
  }
  return ['clone', 'There is a copy of the card, or an older content was put back on it.'];
}
