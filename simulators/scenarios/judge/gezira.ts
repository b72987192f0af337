/** Gezira: free treatment days, persons of a list without cards, and what the fund sees of it at each level. What was announced is written down here once more. */
import type { RosterEvent } from '../../../agent/domain/event.js';
import { atLeast, type Clause, type JudgedService, none, quantityOf, row, servicesOf, some } from './checks.js';
import type { Evidence, JudgedEvent } from './evidence.js';
import { modernised } from './gezira-cards.js';
import { healthClauses, healthOf, type OpenedRecord, refusedAt } from './health.js';
import type { Verdict } from './verdict.js';

const [FREE_DAYS, CLINIC] = [401, 402] as const;
const SERVICES = new Map([
  ['consultation', { commodity: 401, each: 1 }],
  ['laboratory', { commodity: 402, each: 3 }],
  ['treatment', { commodity: 403, each: 1 }],
]);
const ANNOUNCED = ['2026-12-05', '2026-12-06', '2026-12-07', '2026-12-08', '2026-12-09'];
/** Localities of the state; what other states serve is the fund's alone to see. */
const STATE = ['medani', 'hasahisa', 'managil'];
const CLINICS = ['hasahisa-clinic'];
/** What the source reports of services in an outage, of those before. */
const RECOVERED_MIN = 0.75;
/** Sequence of the first record that a service can write to a card: an issued card has one. */
const FIRST_SEQUENCE = 2;
const RATION_LEDGER = 1;

/** A service to somebody on the list. */
interface ListedService extends JudgedEvent {
  readonly event: RosterEvent;
}

/** Judges the rows of the scenario. */
export function judgeGezira(evidence: Evidence): readonly Verdict[] {
  const free = evidence.events.filter(
    (one): one is ListedService => one.event.type === 'roster' && one.event.programme === FREE_DAYS,
  );
  const clinic = servicesOf(evidence, CLINIC);
  return [
    campaign(evidence, free, clinic),
    once(evidence, free),
    modernised(evidence),
    laboratory(evidence),
    control(evidence, free, clinic),
    recovery(evidence, free),
  ];
}

/** SD1: dates, services, free of charge, counted apart. */
function campaign(evidence: Evidence, free: readonly ListedService[], clinic: readonly JudgedService[]): Verdict {
  const days = [...new Set(free.map(({ day }) => day))].sort();
  const own = new Set([...SERVICES.values()].map(({ commodity }) => commodity));
  const given = [...SERVICES].map(([name, { commodity }]): [string, Clause] => [
    `${name} was given`,
    atLeast(
      1,
      free.filter(({ event }) => quantityOf(event.items, commodity) > 0),
    ),
  ]);
  return row('SD1', {
    'on every day that was announced, and on no other': {
      holds: JSON.stringify(days) === JSON.stringify(ANNOUNCED),
      found: days,
    },
    'who came before or after was refused': refused(evidence, 'ERR_PROGRAMME_DATES'),
    ...Object.fromEntries(given),
    'free of charge': none(free.filter(({ event }) => (event.details?.charge.gross ?? 0) > 0).map(({ id }) => id)),
    'while the clinics take their fee': atLeast(
      1,
      clinic.filter(({ event }) => (event.details?.charge.holder ?? 0) > 0),
    ),
    'counted apart: no other service and no card has anything of it': none([
      ...clinic.filter(({ event }) => event.items.some(({ commodity }) => own.has(commodity))).map(({ id }) => id),
      ...evidence.cards
        .filter(({ ledger }) => ledger?.usage.some((one) => own.has(one.commodity)))
        .map((card) => card.serial),
    ]),
  });
}

/** SD2: persons of a list, served without a card, once each. */
function once(evidence: Evidence, free: readonly ListedService[]): Verdict {
  const persons = new Set(free.map(({ event }) => `${event.roster} ${event.person}`));
  const rosters = new Set(free.map(({ event }) => event.roster));
  const clauses = [...SERVICES].map(([name, { commodity, each }]): [string, Clause] => {
    const had = new Map<string, number>();
    for (const { event } of free) {
      const who = `${event.roster} ${event.person}`;
      had.set(who, (had.get(who) ?? 0) + quantityOf(event.items, commodity));
    }
    return [`nobody had more ${name} than ${each}`, none([...had].filter(([, units]) => units > each))];
  });
  return row('SD2', {
    'persons of one list were served without a card': {
      holds: persons.size > 0 && rosters.size === 1,
      found: { persons: persons.size, services: free.length, events: some(free) },
    },
    ...Object.fromEntries(clauses),
    'who came again was refused': refused(evidence, 'ERR_QUOTA_ONCE'),
  });
}

/** SD4: a request at the unit, its result at the laboratory, on the card and at the centre. */
function laboratory(evidence: Evidence): Verdict {
  const health = healthOf(evidence);
  const answered = health.cards.flatMap(({ serial, records }) =>
    records.flatMap(({ id, content }) => {
      const request = records.find((one) => one.id === content.answers);
      return content.kind === 'laboratory-result' ? [{ serial, id, content, request: request?.content }] : [];
    }),
  );
  const lone = answered.filter(({ request }) => request?.kind !== 'laboratory-request');
  const days = answered.map(({ content, request }) => content.day - (request?.day ?? content.day));
  return row('SD4', {
    'each result on a card answers a request on that card': none(lone.map(({ serial, id }) => ({ serial, id }))),
    'results came, days later and at another site': {
      holds: answered.length > 0 && days.every((day) => day > 0) && answered.every(isElsewhere),
      found: { results: answered.length, days: [...new Set(days)] },
    },
    ...healthClauses(evidence, health, { roles: ['doctor', 'laboratory'] }),
    'a clinic was refused': atLeast(1, refusedAt(evidence, CLINICS, 'ERR_HEALTH_SITE')),
  });
}

/** A result that another site wrote than asked for it. */
function isElsewhere({
  content,
  request,
}: {
  readonly content: OpenedRecord['content'];
  readonly request: OpenedRecord['content'] | undefined;
}): boolean {
  return request !== undefined && request.site !== content.site;
}

/** SD5: nothing off the record; each level sees its share. */
function control(evidence: Evidence, free: readonly ListedService[], clinic: readonly JudgedService[]): Verdict {
  const all = [...free, ...clinic];
  const shares = new Map<string, number>();
  for (const { site } of all) {
    const area = evidence.areas.get(site) ?? 'of no area';
    shares.set(area, (shares.get(area) ?? 0) + 1);
  }
  const state = STATE.map((area) => shares.get(area) ?? 0);
  const stateShare = state.reduce((sum, share) => sum + share, 0);
  const elsewhere = [...shares].reduce((sum, [area, share]) => sum + (STATE.includes(area) ? 0 : share), 0);
  const federal = all.length;
  return row('SD5', {
    'the chain of every terminal is whole': none(evidence.problems),
    'every record on a card has its event': none(unrecorded(evidence)),
    'cards were served': atLeast(1, clinic),
    'every service stands at a site that the authority signed': none(
      all.filter(({ site }) => !evidence.areas.has(site)).map(({ id }) => id),
    ),
    'each locality has its share, the state that of its localities, the fund all of it': {
      holds: state.every((share) => share > 0) && stateShare < federal && stateShare + elsewhere === federal,
      found: { federal, state: stateShare, areas: Object.fromEntries(shares) },
    },
    'nothing of the campaign is in the share of another state': none(
      free.filter(({ site }) => !STATE.includes(evidence.areas.get(site) ?? '')).map(({ id }) => id),
    ),
    'a centre of another state was refused what is not its own': refused(evidence, 'ERR_SITE_AREA'),
  });
}

/** Cards whose newest record is not the last of an unbroken run of events. */
function unrecorded({ cards, events }: Evidence): unknown[] {
  return cards.flatMap(({ serial, ledger }) => {
    const sequences = events
      .flatMap(({ event }) =>
        (event.type === 'redemption' || event.type === 'void') && event.card === serial ? [event.ledgerSequence] : [],
      )
      .sort((a, b) => a - b);
    const { first, newest } = spanOf(events, serial, ledger?.sequence ?? 0);
    const wanted = Array.from({ length: Math.max(0, newest - first + 1) }, (_, at) => first + at);
    return JSON.stringify(sequences) === JSON.stringify(wanted) ? [] : [{ serial, newest, sequences }];
  });
}

/** Sequences of a card that services wrote: after its two first records, and up to what another card in its place carries on where it was ended. */
function spanOf(events: Evidence['events'], serial: number, newest: number): { first: number; newest: number } {
  const span = { first: FIRST_SEQUENCE, newest };
  for (const { event } of events) {
    if (event.type !== 'replaced' || event.family !== RATION_LEDGER) continue;
    if (event.card === serial) span.first = event.opening + 2;
    if (event.replaces === serial && event.cause === 'in-hand') span.newest = event.closing;
  }
  return span;
}

/** SD6: what was given in an outage, of what is given on other days; and when the last of it had arrived. */
function recovery(evidence: Evidence, free: readonly ListedService[]): Verdict {
  const late = free.filter(({ day, cameOn }) => cameOn > day);
  const sites = new Set(late.map(({ site }) => site));
  const outage = new Set([...sites].flatMap((site) => outageOf(late, site).map((day) => `${site} ${day}`)));
  // Every announced day counts: one on which a site gave nothing is the worst of an outage.
  const perDay = new Map<string, number>(
    [...sites].flatMap((site) => ANNOUNCED.map((day) => [`${site} ${day}`, 0] as const)),
  );
  for (const { site, day } of free)
    if (sites.has(site)) perDay.set(`${site} ${day}`, (perDay.get(`${site} ${day}`) ?? 0) + 1);
  const mean = (days: readonly number[]): number => days.reduce((sum, n) => sum + n, 0) / Math.max(1, days.length);
  const [inOutage, before] = [true, false].map((isOut) =>
    mean([...perDay].filter(([key]) => outage.has(key) === isOut).map(([, services]) => services)),
  );
  const share = (inOutage ?? 0) / Math.max(1, before ?? 0);
  const arrivals = [...new Set(late.map(({ cameOn }) => cameOn))].sort();
  const after = evidence.events.filter(({ site, day }) => sites.has(site) && day > (arrivals[0] ?? ''));
  return row('SD6', {
    'a site went on through days without a network': {
      holds: outage.size >= 2,
      found: { days: [...outage].sort(), services: late.length },
    },
    'services in the outage, of those on other days': {
      holds: share >= RECOVERED_MIN,
      found: { share: Math.round(share * 1000) / 1000, least: RECOVERED_MIN, inOutage, otherDays: before },
    },
    'all that was kept back came on one day': { holds: arrivals.length === 1, found: arrivals },
    'and nothing has been late since': none(after.filter(({ day, cameOn }) => cameOn > day).map(({ id }) => id)),
  });
}

/** The announced days of a site from the first whose services came late to the one on which they came. */
function outageOf(late: readonly ListedService[], site: string): string[] {
  const own = late.filter((one) => one.site === site);
  const from = own.map(({ day }) => day).sort()[0] ?? '';
  const until = own
    .map(({ cameOn }) => cameOn)
    .sort()
    .at(-1);
  return ANNOUNCED.filter((day) => day >= from && day <= (until ?? ''));
}

function refused(evidence: Evidence, reason: string): Clause {
  return atLeast(
    1,
    evidence.events.filter(
      ({ event }) => event.type === 'refusal' && event.reason === reason && event.programme === FREE_DAYS,
    ),
  );
}
