/**
 * A service to a person without a card that was taken back, where nobody told of the service: a void takes back what its own terminal served, and names it by its bytes. What does not fit
 * gives nothing back at the centre: what the person had counts.
 */
import type { PersonDocument } from '../documents.js';
import { terminalOf } from '../evidence.js';
import type { Finding, Verdict } from './case.js';

/** Id of the case; `voided`: mark of the service. */
export function rosterVoidId(of: Pick<PersonDocument, 'roster' | 'person' | 'programme'>, voided: string): string {
  return `void:person:${of.roster}:${of.person}:${of.programme}:${voided}`;
}

/** Judges what was taken back of a person. */
export function judgeRosterVoids(document: PersonDocument): Map<string, Verdict> {
  const { events, cases } = document;
  const told = Object.entries(events).map(([id, event]) => ({ id, terminal: terminalOf(id), event }));
  const verdicts = new Map<string, Verdict>();
  for (const voided of new Set(told.flatMap(({ event }) => event.voided ?? []))) {
    const voids = told.filter(({ event }) => event.voided === voided);
    const services = told.filter(({ event }) => event.voided === undefined && event.mark === voided);
    const id = rosterVoidId(document, voided);
    const strays = voids.filter(({ terminal }) => services.every((one) => one.terminal !== terminal));
    if (strays.length > 0) verdicts.set(id, findingFor(document, strays, services));
    else if (cases.includes(id)) {
      const what = 'The service that was taken back is there now.';
      verdicts.set(id, { kind: null, healed: { what, events: services.map((one) => one.id) } });
    }
  }
  return verdicts;
}

interface Told {
  readonly id: string;
  readonly terminal: string;
  readonly event: PersonDocument['events'][string];
}

function findingFor(document: PersonDocument, strays: readonly Told[], services: readonly Told[]): Finding {
  const { roster, person, programme } = document;
  const terminals = [...new Set(strays.map(({ terminal }) => terminal))].sort();
  const supervisors = [...new Set(strays.map(({ event }) => event.supervisor ?? 0))].sort((a, b) => a - b);
  const servedAt = [...new Set(services.map(({ terminal }) => terminal))].sort();
  const why =
    servedAt.length === 0
      ? 'No terminal has told of the service: it has not arrived yet, or there was none.'
      : `But it was served at ${servedAt.join(', ')}: a terminal takes back only what it served itself.`;
  return {
    kind: 'void',
    cause: 'terminal',
    reason: `A service to person ${person} of roster ${roster} was taken back at ${terminals.join(', ')}, allowed by supervisor ${supervisors.join(', ')}. ${why}`,
    subject: { roster, person, programme, ...(terminals.length === 1 ? { terminal: terminals[0] } : {}) },
    events: [...strays, ...services].map(({ id }) => id),
    healed: null,
  };
}
