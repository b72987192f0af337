/**
 * A person on a roster who had more of something than is given once. No card carries from terminal to terminal what such a person had, so two
 * terminals that have the same roster can each serve the person in good faith: only the centre sees both.
 *
 * What can be known here: quotas for a card are what one person has, and exact. Those for a household or its members need the household, which no
 * event names: the largest possible is assumed, so that only what is above any person's quota is a case. Without any policy that the centre knows
 * nothing is: it cannot know what is given once. The cases come when the policy does.
 */
import type { PersonDocument } from '../documents.js';
import { type PersonService, personServices } from '../projections/distinct.js';
import type { Surroundings } from '../projections/projection.js';
import type { DrawLimit } from '../rules.js';
import type { Finding, LikelyCause, Verdicts } from './case.js';
import { loosestLimit } from './limit.js';

/** Id of the case. */
export function rosterTwiceId({ roster, person, programme }: Person, commodity: number): string {
  return `roster-twice:${roster}:${person}:${programme}:${commodity}`;
}

type Person = Pick<PersonDocument, 'roster' | 'person' | 'programme'>;

/** Judges what a person had of a programme. */
export function judgeRosterTwice(document: PersonDocument, at: Surroundings): Verdicts {
  const services = personServices(document);
  const findings = new Map<string, Finding>();
  for (const [key, amount] of Object.entries(document.served)) {
    const commodity = Number(key);
    const of = services.filter(({ told }) => told.items.some((item) => item.commodity === commodity));
    const limited = { programme: document.programme, commodity, every: 'once', share: null } as const;
    const versions = of.map(({ told }) => told.policy);
    const limit = loosestLimit(limited, versions, at);
    if (limit === null || amount <= limit.amount) continue;
    findings.set(rosterTwiceId(document, commodity), findingFor({ document, commodity, amount, limit }, of));
  }
  return findings;
}

interface Excess {
  readonly document: PersonDocument;
  readonly commodity: number;
  readonly amount: number;
  readonly limit: DrawLimit;
}

function findingFor(excess: Excess, services: readonly PersonService[]): Finding {
  const { document, commodity, amount, limit } = excess;
  const { roster, person, programme } = document;
  const terminals = [...new Set(services.map(({ terminal }) => terminal))].sort();
  const days = [...new Set(services.map(({ told }) => told.day))].sort();
  const [cause, why]: [LikelyCause, string] =
    terminals.length > 1
      ? ['person', 'Neither terminal could know what the other had served: no card carries it between them.']
      : ['terminal', 'One terminal served all of it, which it should have refused: its data were put back, or lost.'];
  const most = {
    card: 'given once, in all',
    most: 'given once, to nobody more than',
    register: 'given once, to the largest household no more than',
    largest: 'given once, to the largest household no more than',
  }[limit.by];
  return {
    kind: 'roster-twice',
    cause,
    reason: `Person ${person} of roster ${roster} had ${amount} of commodity ${commodity}, ${most} ${limit.amount}: at ${terminals.join(', ')} on ${days.join(', ')}. ${why}`,
    subject: { roster, person, programme, commodity, ...(terminals.length === 1 ? { terminal: terminals[0] } : {}) },
    events: services.flatMap(({ events }) => events),
    healed: null,
  };
}
