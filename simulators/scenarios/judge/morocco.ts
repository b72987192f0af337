/** Morocco's patient card, judged by prescriptions and what was dispensed against each. */
import { atLeast, type Clause, type JudgedService, none, quantityOf, row, servicesOf } from './checks.js';
import type { Evidence } from './evidence.js';
import { type HealthCase, healthClauses, healthOf, refusedAt } from './health.js';
import type { Verdict } from './verdict.js';

const MEDICINES = 301;
const PRESCRIPTION = 301;
const DISPENSED = [302, 303, 304];
const BOXES = 5;
const FIRST_GROUP = 11;
const SECOND_GROUP = 12;
const HEALTH_LEDGER = 2;
const KINDS = ['history', 'imaging', 'laboratory-result', 'prescription'];
const ACCREDITED = ['hassan-pharmacy', 'souissi-pharmacy'];

/** Judges the rows of the scenario. */
export function judgeMorocco(evidence: Evidence): readonly Verdict[] {
  const services = servicesOf(evidence, MEDICINES);
  return [onCards(evidence), dispensing(evidence, services), enrolment(evidence, services)];
}

/** MA1: history, prescriptions, imaging reports and laboratory results on the card, readable by health roles only. */
function onCards(evidence: Evidence): Verdict {
  const health = healthOf(evidence);
  const kindsOf = ({ records }: HealthCase): string[] =>
    [...new Set(records.map(({ content }) => content.kind))].sort();
  const complete = health.cards.filter((one) => KINDS.every((kind) => kindsOf(one).includes(kind)));
  return row('MA1', {
    'cards carry history, prescription, imaging report and laboratory result': {
      holds: complete.length > 0,
      found: { cards: complete.map(({ serial }) => serial), kinds: KINDS },
    },
    ...healthClauses(evidence, health, { roles: ['doctor', 'radiologist', 'laboratory'] }),
    'a pharmacy was refused': atLeast(1, refusedAt(evidence, ACCREDITED, 'ERR_HEALTH_SITE')),
  });
}

/** A prescription, and all that was dispensed against it. */
interface Prescription {
  readonly card: number;
  readonly number: number;
  readonly commodity: number;
  readonly by: JudgedService;
  readonly given: { readonly service: JudgedService; readonly units: number }[];
}

/** MA2: a pharmacy dispenses against the prescription on the card; partial and refill; never more than prescribed. */
function dispensing(evidence: Evidence, services: readonly JudgedService[]): Verdict {
  const prescriptions = prescriptionsOf(services);
  const dispensed = services.filter(({ event }) => DISPENSED.some((one) => quantityOf(event.items, one) > 0));
  const without = dispensed.filter(({ event }) => {
    const units = DISPENSED.reduce((sum, one) => sum + quantityOf(event.items, one), 0);
    return (event.details?.used ?? []).reduce((sum, one) => sum + one.units, 0) !== units;
  });
  const unitsOf = ({ given }: Prescription): number => given.reduce((sum, { units }) => sum + units, 0);
  const parts = prescriptions.filter(({ given }) => given.length > 1 && (given[0]?.units ?? 0) < BOXES);
  const refilled = parts.filter(({ given }) => new Set(given.map(({ service }) => service.day)).size > 2);
  const elsewhere = parts.filter(({ given }) => new Set(given.map(({ service }) => service.site)).size > 1);
  return row('MA2', {
    'medicines were dispensed': atLeast(1, dispensed),
    'each box against a prescription on that card': none(without.map(({ id }) => id)),
    'written by a doctor, before': none(
      prescriptions
        .filter(({ by, given }) =>
          given.some(
            ({ service }) => service.event.ledgerSequence <= by.event.ledgerSequence || by.site !== 'agdal-centre',
          ),
        )
        .map(({ by }) => by.id),
    ),
    'never more than prescribed': none(prescriptions.filter((one) => unitsOf(one) > BOXES).map(({ by }) => by.id)),
    'in parts': { holds: parts.length > 0, found: parts.length },
    'again on a later day, for the rest': { holds: refilled.length > 0, found: refilled.length },
    'at another pharmacy': { holds: elsewhere.length > 0, found: elsewhere.length },
    'what is left of each stands on its card': leftOnCards(evidence, prescriptions, unitsOf),
    'refused: more than is left': refusals(evidence, 'ERR_PAPER_EXHAUSTED'),
    'refused: no prescription, or nothing left of it': refusals(evidence, 'ERR_PAPER_NEEDED'),
    'no pharmacy that is not accredited dispensed anything': none(
      dispensed.filter(({ site }) => !ACCREDITED.includes(site)).map(({ id }) => id),
    ),
  });
}

/** MA3: enrolment phased by occupation group, by policy. */
function enrolment(evidence: Evidence, services: readonly JudgedService[]): Verdict {
  const groups = new Map(evidence.cards.map(({ serial, entitlements }) => [serial, entitlements.rationScheme]));
  const of = (group: number) => services.filter(({ event }) => groups.get(event.card) === group);
  const [first, second] = [of(FIRST_GROUP), of(SECOND_GROUP)];
  const opened = Math.min(...second.map(({ event }) => event.versions.policy));
  const refused = evidence.events.filter(
    ({ event }) => event.type === 'refusal' && event.reason === 'ERR_PROGRAMME_NOT_ENTITLED',
  );
  const epochs = new Map<string, Set<string>>();
  for (const { terminal, id } of evidence.events)
    epochs.set(terminal, (epochs.get(terminal) ?? new Set()).add(id.split(':')[1] ?? ''));
  return row('MA3', {
    'the first group was served from the beginning': atLeast(
      1,
      first.filter(({ event }) => event.versions.policy < opened),
    ),
    'the second group was served, under a later policy alone': {
      holds: second.length > 0 && first.some(({ event }) => event.versions.policy < opened),
      found: { services: second.length, from: second.length > 0 ? opened : null },
    },
    'before that its cards were refused': {
      holds:
        refused.length > 0 &&
        refused.every(({ event }) => event.type === 'refusal' && groups.get(event.card ?? 0) === SECOND_GROUP),
      found: refused.length,
    },
    'no terminal began anew': none([...epochs].filter(([, names]) => names.size > 1).map(([terminal]) => terminal)),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}

function prescriptionsOf(services: readonly JudgedService[]): Prescription[] {
  const found = services.flatMap((by) =>
    quantityOf(by.event.items, PRESCRIPTION) === 0
      ? []
      : (by.event.details?.written ?? []).map(({ number, commodity }): Prescription => {
          return { card: by.event.card, number, commodity, by, given: [] };
        }),
  );
  for (const service of services)
    for (const { paper, units } of service.event.details?.used ?? [])
      found.find(({ card, number }) => card === service.event.card && number === paper)?.given.push({ service, units });
  return found;
}

function leftOnCards(
  evidence: Evidence,
  prescriptions: readonly Prescription[],
  unitsOf: (one: Prescription) => number,
): Clause {
  const wrong = prescriptions.filter((one) => {
    const card = evidence.cards.find(({ serial }) => serial === one.card);
    const paper = card?.ledgers.get(HEALTH_LEDGER)?.more?.papers.find(({ number }) => number === one.number);
    return (paper?.left ?? 0) !== BOXES - unitsOf(one);
  });
  const left = prescriptions.filter((one) => unitsOf(one) < BOXES);
  return { holds: wrong.length === 0 && left.length > 0, found: { wrong: wrong.length, withRest: left.length } };
}

function refusals(evidence: Evidence, reason: string): Clause {
  return atLeast(
    1,
    evidence.events.filter(({ event }) => event.type === 'refusal' && event.reason === reason),
  );
}
