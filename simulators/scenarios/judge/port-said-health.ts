/** Port Said's health insurance, judged by what the law says, written down here once more, apart from any policy. */
import type { LedgerPaper } from '../../../agent/domain/ledger.js';
import { atLeast, type Clause, type JudgedService, none, quantityOf, row, servicesOf } from './checks.js';
import type { Evidence, JudgedCard } from './evidence.js';
import { slipClauses } from './port-said-slips.js';
import { accreditedAndApart } from './port-said-views.js';
import { purseClauses } from './purse.js';
import type { Verdict } from './verdict.js';

const [CONTRIBUTIONS, FAMILY, HOSPITAL] = [101, 102, 103] as const;
const REGISTRATION = 104;
const [FILE, CHECK_UP, LISTED_FILE, LISTED_CHECK_UP] = [102, 103, 113, 114] as const;
const [CONTRIBUTION, VISIT, PERIODIC, AFTER_DISCHARGE] = [101, 104, 106, 107] as const;
const [CONSULTATION, IMAGING, SURGERY, DISCHARGE] = [108, 109, 111, 112] as const;
const PAID_UNTIL = 101;
const EMERGENCY = 101;
const GRACE_DAYS = 30;
const STATE_PAYS = 4;
/** A month's contribution in piasters: the holder's part, by class. */
const PARTS = new Map([
  [1, 5_000],
  [2, 20_000],
  [3, 5_000],
  [STATE_PAYS, 0],
]);
const REFERRAL_DAYS = 30;
const ACCREDITED = ['salam-hospital', 'zohour-hospital'];
const [RATIONS, PURSE] = [1, 301] as const;
const [RATION_LEDGER, HEALTH_LEDGER] = [1, 2] as const;
const KINDS_OF_SITES = ['bakery', 'grocer', 'post', 'unit', 'hospital'];

/** Judges the rows of the scenario. */
export function judgePortSaidHealth(evidence: Evidence): readonly Verdict[] {
  return [
    oneCard(evidence),
    registration(evidence),
    contributions(evidence),
    referrals(evidence),
    emergencies(evidence),
    followUps(evidence),
    accreditedAndApart(evidence),
  ];
}

/** UC1: one card serves ration, health insurance and payment, at terminals of each kind. */
function oneCard(evidence: Evidence): Verdict {
  const rations = servicesOf(evidence, RATIONS);
  const health = [CONTRIBUTIONS, FAMILY, HOSPITAL].flatMap((programme) => servicesOf(evidence, programme));
  const payments = evidence.events.filter(({ event }) => event.type === 'payment' && event.state === 'paid');
  const all = evidence.cards.filter(
    ({ serial }) =>
      mine(rations, serial).length > 0 &&
      mine(health, serial).length > 0 &&
      payments.some(({ event }) => event.type === 'payment' && event.card === serial),
  );
  const sites = new Set([...rations, ...health].map(({ site }) => site));
  const wrong = evidence.cards.filter(({ serial, ledgers }) => {
    const last = (services: readonly JudgedService[]) => mine(services, serial).at(-1)?.event.ledgerSequence ?? 1;
    const drawn = mine([...rations, ...servicesOf(evidence, PURSE)], serial).map(({ event }) => event.ledgerSequence);
    // A tag has the ledger of rations alone: what it was served of health has no number.
    const ofHealth = ledgers.get(HEALTH_LEDGER)?.sequence ?? (mine(health, serial).length > 0 ? 0 : 1);
    return ledgers.get(RATION_LEDGER)?.sequence !== Math.max(1, ...drawn) || ofHealth !== last(health);
  });
  return row('UC1', {
    'cards that drew rations, were treated and paid': { holds: all.length > 0, found: { cards: all.length } },
    'at a bakery, a grocer, a post office, a family unit and a hospital': {
      holds: KINDS_OF_SITES.every((kind) => [...sites].some((site) => site.endsWith(kind))),
      found: [...sites],
    },
    ...purseClauses(evidence),
    'each ledger on the card ends with its own newest event': none(wrong.map(({ serial }) => serial)),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}

/** PS4: family file opened at the home unit, by own and mother's name where there is no card yet; free first check-up; family doctor. */
function registration(evidence: Evidence): Verdict {
  const family = servicesOf(evidence, FAMILY);
  const [files, checkUps, visits] = [of(family, FILE), of(family, CHECK_UP), of(family, VISIT)];
  const listed = evidence.events.flatMap((one) =>
    one.event.type === 'roster' && one.event.programme === REGISTRATION ? [{ ...one, event: one.event }] : [],
  );
  const listedOf = (commodity: number) =>
    listed.filter(({ event }) => quantityOf(event.items, commodity) > 0).map(({ event }) => event.person);
  const twice = (keys: readonly number[]): number[] => keys.filter((key, at) => keys.indexOf(key) !== at);
  const paid = [...files, ...checkUps, ...listed].filter(({ event }) => (event.details?.charge.gross ?? 0) > 0);
  const elsewhere = [...files, ...checkUps, ...visits, ...listed].filter(({ site }) => site !== 'manakh-unit');
  const served = listedOf(LISTED_FILE);
  return row('PS4', {
    'files were opened and first check-ups given': both(files, checkUps),
    'files were opened for people without a card': { holds: served.length > 0, found: served.length },
    'and they were looked after': {
      holds: listedOf(LISTED_CHECK_UP).length > 0,
      found: listedOf(LISTED_CHECK_UP).length,
    },
    'one file and one free check-up each': none([
      ...twice(files.map(({ event }) => event.card)),
      ...twice(checkUps.map(({ event }) => event.card)),
      ...twice(served),
      ...twice(listedOf(LISTED_CHECK_UP)),
    ]),
    'free of charge': none(paid.map(({ id }) => id)),
    'at the home unit, and by its doctor': none(elsewhere.map(({ id }) => id)),
    'another unit refused': refusalsOf(evidence, 'ERR_SITE_HOME'),
  });
}

/** PS5: contributions paid, or paid by the state for those who cannot; what that does to eligibility. */
function contributions(evidence: Evidence): Verdict {
  const visits = of(servicesOf(evidence, FAMILY), VISIT);
  const paid = servicesOf(evidence, CONTRIBUTIONS);
  const classOf = classesOf(evidence);
  const unpaid = visits.filter((visit) => {
    if (classOf(visit) === STATE_PAYS) return false;
    const before = mine(paid, visit.event.card).filter((one) => isBefore(one, visit));
    return dayNumber(visit.day) > paidUntil(before) + GRACE_DAYS;
  });
  const wrongPart = paid.filter((one) => {
    const months = quantityOf(one.event.items, CONTRIBUTION);
    return one.event.details?.charge.holder !== months * (PARTS.get(classOf(one) ?? 0) ?? Number.NaN);
  });
  const wrongCard = evidence.cards.filter((card) => {
    const payments = mine(paid, card.serial);
    return payments.length > 0 && balanceOn(card, PAID_UNTIL) !== paidUntil(payments);
  });
  const refused = refusals(evidence, 'ERR_ACCOUNT_NEEDED');
  const returned = visits.filter(({ event, day }) =>
    refused.some((one) => one.event.type === 'refusal' && one.event.card === event.card && one.day <= day),
  );
  return row('PS5', {
    'contributions were paid': atLeast(1, paid),
    'holders paid the part of their class': none(wrongPart.map(({ id }) => id)),
    'whoever the state pays for was served without having paid': atLeast(
      1,
      visits.filter((visit) => classOf(visit) === STATE_PAYS && mine(paid, visit.event.card).length === 0),
    ),
    'nobody else was served without paid contributions': none(unpaid.map(({ id }) => id)),
    'who had not paid was refused': atLeast(1, refused),
    'and served once it was paid': atLeast(1, returned),
    'every card states until when its holder has paid': none(wrongCard.map(({ serial }) => serial)),
  });
}

/** PS6: hospital only with an electronic referral, for specialists, tests and surgery; the holder chooses among accredited hospitals; used once. */
function referrals(evidence: Evidence): Verdict {
  const all = servicesOf(evidence, HOSPITAL);
  const treated = [...of(all, CONSULTATION), ...of(all, IMAGING)];
  const referred = treated.filter(({ event }) => event.details?.slips === undefined);
  const papers = papersWritten(evidence);
  const uses = referred.map((service) => ({ service, written: papers.get(keyOf(service)) }));
  const wrong = uses.filter(({ service, written }) => !isGoodReferral(service, written));
  const twice = referred.length - new Set(referred.map(keyOf)).size;
  const sites = new Map<number, Set<string>>();
  for (const { service, written } of uses)
    if (written !== undefined)
      sites.set(written.paper.site, (sites.get(written.paper.site) ?? new Set()).add(service.site));
  return row('PS6', {
    'people were treated on a referral, for tests as well': both(of(all, CONSULTATION), of(all, IMAGING)),
    'each on a referral of the family doctor, for this and in time': none(wrong.map(({ service }) => service.id)),
    'none used twice': { holds: twice === 0, found: { twice } },
    'at the hospital that the holder chose, and more than one was chosen': {
      holds: sites.size > 1 && [...sites.values()].every((names) => names.size === 1),
      found: [...sites].map(([number, names]) => [number, [...names]]),
    },
    'no hospital that is not accredited among them': none(
      treated.filter(({ site }) => !ACCREDITED.includes(site)).map(({ id }) => id),
    ),
    'refused: without a referral, or with one that is used up': refusalsOf(evidence, 'ERR_PAPER_NEEDED'),
    'refused: at another hospital than the chosen one': refusalsOf(evidence, 'ERR_SITE_CHOSEN'),
    ...slipClauses(
      evidence,
      treated.filter(({ event }) => event.details?.slips !== undefined),
    ),
  });
}

/** PS7: emergency without referral, as a named and audited exemption. */
function emergencies(evidence: Evidence): Verdict {
  const operations = of(servicesOf(evidence, HOSPITAL), SURGERY);
  return row('PS7', {
    'operations without a referral were done': atLeast(1, operations),
    'each names the exemption that it rests on': none(
      operations.filter(({ event }) => event.details?.exemption !== EMERGENCY).map(({ id }) => id),
    ),
    'each is at the centre with who decided it and by which rules': none(
      operations.filter(({ event, terminal }) => terminal === '' || event.versions.policy < 1).map(({ id }) => id),
    ),
    'none used up a referral': none(operations.filter(({ event }) => (event.details?.used.length ?? 0) > 0)),
    'who did not claim it was refused': {
      holds: operations.every(({ event, day }) =>
        refusals(evidence, 'ERR_PAPER_NEEDED').some(
          (one) => one.event.type === 'refusal' && one.event.card === event.card && one.day === day,
        ),
      ),
      found: operations.length,
    },
    'nothing else rests on it': none(
      evidence.events.filter(
        ({ event }) =>
          event.type === 'redemption' &&
          (event.details?.exemption ?? 0) !== 0 &&
          quantityOf(event.items, SURGERY) === 0,
      ),
    ),
  });
}

/** PS8: follow-up at the unit after discharge, and periodic follow-up; appointments. */
function followUps(evidence: Evidence): Verdict {
  const family = servicesOf(evidence, FAMILY);
  const after = of(family, AFTER_DISCHARGE);
  const periodic = of(family, PERIODIC);
  const papers = papersWritten(evidence);
  const discharges = of(servicesOf(evidence, HOSPITAL), DISCHARGE);
  const written = (service: JudgedService) => papers.get(keyOf(service))?.by;
  const withoutNext = [...after, ...periodic].filter(({ event }) =>
    (event.details?.written ?? []).every(({ commodity }) => commodity !== PERIODIC),
  );
  const holding = evidence.cards.filter((card) =>
    (card.ledgers.get(HEALTH_LEDGER)?.more?.papers ?? []).some(({ commodity }) => commodity === PERIODIC),
  );
  return row('PS8', {
    'people were discharged with an appointment, and came': both(discharges, after),
    'each follow-up used an appointment that a hospital wrote': none(
      after.filter((service) => !discharges.some((one) => one === written(service))).map(({ id }) => id),
    ),
    'at their own unit': none([...after, ...periodic].filter(({ site }) => site !== 'manakh-unit').map(({ id }) => id)),
    'each came away with the next appointment': none(withoutNext.map(({ id }) => id)),
    'periodic follow-up used that one': {
      holds:
        periodic.length > 0 &&
        periodic.every(
          (service) => [...after, ...periodic].includes(written(service) ?? service) && written(service) !== undefined,
        ),
      found: periodic.length,
    },
    'the next appointment stands on the card': { holds: holding.length > 0, found: holding.length },
    'without an appointment nobody was seen': refusalsOf(evidence, 'ERR_PAPER_NEEDED'),
  });
}

interface Written {
  readonly paper: LedgerPaper;
  readonly by: JudgedService;
}

/** Every paper that an event wrote, by card, number and what it is for. */
function papersWritten(evidence: Evidence): Map<string, Written> {
  const found = new Map<string, Written>();
  for (const by of [...servicesOf(evidence, FAMILY), ...servicesOf(evidence, HOSPITAL)])
    for (const paper of by.event.details?.written ?? [])
      found.set(`${by.event.card} ${paper.number} ${paper.commodity}`, { paper, by });
  return found;
}

/** The paper that a service of one item used up. */
function keyOf({ event }: JudgedService): string {
  return `${event.card} ${event.details?.used[0]?.paper ?? 'none'} ${event.items[0]?.commodity ?? 0}`;
}

function isGoodReferral(service: JudgedService, written: Written | undefined): boolean {
  if (written === undefined || !isBefore(written.by, service)) return false;
  return written.by.site === 'manakh-unit' && dayNumber(service.day) < dayNumber(written.by.day) + REFERRAL_DAYS;
}

function refusals(evidence: Evidence, reason: string) {
  return evidence.events.filter(({ event }) => event.type === 'refusal' && event.reason === reason);
}

function refusalsOf(evidence: Evidence, reason: string): Clause {
  return atLeast(1, refusals(evidence, reason));
}

function both(one: readonly JudgedService[], other: readonly JudgedService[]): Clause {
  return { holds: one.length > 0 && other.length > 0, found: [one.length, other.length] };
}

function of(services: readonly JudgedService[], commodity: number): JudgedService[] {
  return services.filter(({ event }) => quantityOf(event.items, commodity) > 0);
}

function mine(services: readonly JudgedService[], card: number): JudgedService[] {
  return services
    .filter(({ event }) => event.card === card)
    .sort((a, b) => a.event.ledgerSequence - b.event.ledgerSequence);
}

/** Both on one card: the ledger's own order. */
function isBefore(one: JudgedService, other: JudgedService): boolean {
  return one.event.ledgerSequence < other.event.ledgerSequence;
}

function classesOf(evidence: Evidence): (service: JudgedService) => number | undefined {
  const cards = new Map(evidence.cards.map((card) => [card.serial, card.entitlements.coverage?.class]));
  return ({ event }) => cards.get(event.card);
}

/** The last paid day: each payment goes on from there, or from the day of paying where that is later. */
function paidUntil(payments: readonly JudgedService[]): number {
  return payments.reduce((until, { event, day }) => {
    const from = new Date(Math.max(until, dayNumber(day)) * 86_400_000);
    const months = quantityOf(event.items, CONTRIBUTION);
    const target = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + months + 1, 0));
    target.setUTCDate(Math.min(from.getUTCDate(), target.getUTCDate()));
    return target.getTime() / 86_400_000;
  }, 0);
}

function dayNumber(day: string): number {
  return Date.parse(`${day}T00:00:00Z`) / 86_400_000;
}

function balanceOn(card: JudgedCard, account: number): number {
  const balances = card.ledgers.get(HEALTH_LEDGER)?.more?.balances ?? [];
  return balances.find((one) => one.account === account)?.value ?? 0;
}
