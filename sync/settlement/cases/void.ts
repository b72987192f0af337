/**
 * A service that was taken back, where what is told of it does not fit together. A void takes back what its own terminal served under the number that it
 * names, the same goods of the same programme, and once. What does not fit gives nothing back at the centre: the service counts as drawn.
 */
import type { ServiceEvent } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';
import { type LedgerDocument, ledgerWords } from '../families.js';
import type { Finding, Verdict } from './case.js';

/** What tells which service a void takes back: equal for the two, whatever else they say. */
export function serviceMark(terminal: string, programme: number, items: ServiceEvent['items']): string {
  return contentOf(terminal, [programme, items]);
}

interface Told {
  readonly id: string;
  readonly terminal: string;
  readonly event: ServiceEvent;
}

/** Judges the voids of one service. */
export function judgeVoid(document: LedgerDocument): Map<string, Verdict> {
  const { card, ledgerSequence, cases } = document;
  const id = `void:${card}:${ledgerSequence}${document.suffix}`;
  const told = Object.entries(document.events).map(
    ([key, event]): Told => ({
      id: key,
      terminal: terminalOf(key),
      event,
    }),
  );
  const voids = told.filter(({ event }) => event.type === 'void' && event.voided === ledgerSequence);
  const services = told.filter(({ event }) => event.type === 'redemption');
  const why = voids.length === 0 ? null : contradictionIn(voids, services);
  if (why === null) {
    if (!cases.includes(id)) return new Map();
    const healed = { what: 'The service that was taken back is there now, and all fits.', events: idsOf(services) };
    return new Map([[id, { kind: null, healed }]]);
  }
  const terminals = [...new Set(voids.map(({ terminal }) => terminal))].sort();
  const supervisors = [...new Set(voids.map(({ event }) => event.supervisor ?? 0))].sort((a, b) => a - b);
  const finding: Finding = {
    kind: 'void',
    cause: 'terminal',
    reason: `Number ${ledgerSequence} of card ${card}${document.suffix === '' ? '' : `, in ${ledgerWords(document)},`} was taken back at ${terminals.join(', ')}, allowed by supervisor ${supervisors.join(', ')}. ${why}`,
    subject: { card, ledgerSequence, ...(terminals.length === 1 ? { terminal: terminals[0] } : {}) },
    events: [...idsOf(voids), ...idsOf(services)],
    healed: null,
  };
  return new Map([[id, finding]]);
}

/** What does not fit, the gravest first; null when all does. */
function contradictionIn(voids: readonly Told[], services: readonly Told[]): string | null {
  // Told again in another epoch it is the same void: it wrote the same record.
  const different = new Set(
    voids.map(({ terminal, event }) => contentOf(terminal, [event.ledgerSequence, event.time])),
  );
  if (different.size > 1)
    return `It was taken back ${different.size} times, so the card may have its quota back too often.`;
  if (services.length === 0) return 'No terminal has told of the service: it has not arrived yet, or there was none.';
  const marks = new Set(services.map(({ terminal, event }) => serviceMark(terminal, event.programme, event.items)));
  if (voids.every(({ terminal, event }) => marks.has(serviceMark(terminal, event.programme, event.items)))) return null;
  const servedAt = [...new Set(services.map(({ terminal }) => terminal))].sort();
  if (voids.every(({ terminal }) => !servedAt.includes(terminal)))
    return `But it was served at ${servedAt.join(', ')}: a terminal takes back only what it served itself.`;
  return 'But what was taken back is not what was served.';
}

function idsOf(told: readonly Told[]): string[] {
  return told.map(({ id }) => id);
}
