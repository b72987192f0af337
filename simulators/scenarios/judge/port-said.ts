/** Port Said: bread, supplies, health insurance, payment. The figures are the ministry's published ones, written down here once more, apart from any policy. */
import {
  atLeast,
  type Clause,
  type JudgedService,
  none,
  quantityOf,
  row,
  servicesOf,
  standing,
  sums,
} from './checks.js';
import type { Evidence, JudgedCard } from './evidence.js';
import { judgePayments } from './payments.js';
import type { Verdict } from './verdict.js';

const RATIONS = 1;
const [LOAF, SUGAR, OIL, POINTS_SUGAR, POINTS_OIL] = [1, 2, 3, 4, 5] as const;
const LOAVES_A_DAY = 5;
const LOAVES_A_MONTH_EACH = 150;
const LOAVES_A_MONTH = 900;
/** Piasters. */
const LOAF_NOT_TAKEN = 10;
const PRICES = new Map<number, number>([
  [POINTS_SUGAR, 1_260],
  [POINTS_OIL, 3_000],
]);
const POINTS = 1;
const SUPPLIES_A_MONTH_EACH = 1;
const DAYS_OF_OUTAGE = 3;
/** Days before its end from which the holder of a card is told. */
const REMINDED_FROM_DAYS = 60;

/** Judges the rows of the scenario. */
export function judgePortSaid(evidence: Evidence): readonly Verdict[] {
  const services = standing(evidence, servicesOf(evidence, RATIONS));
  return [
    bread(evidence, services),
    points(evidence, services),
    supplies(evidence, services),
    reminders(evidence, services),
    judgePayments(evidence),
  ];
}

/** PS1: daily quota per person, household cap per month, several days of outage without paper, nothing above quota. */
function bread(evidence: Evidence, services: readonly JudgedService[]): Verdict {
  const cardOf = cardsBy(evidence);
  const byDay = sums(services, LOAF, ({ event, day }) => `${event.card} ${day}`);
  const byMonth = sums(services, LOAF, ({ event, month }) => `${event.card} ${month}`);
  const aboveDay = [...byDay].filter(([key, loaves]) => loaves > LOAVES_A_DAY * (cardOf(key)?.entitlements.draws ?? 0));
  const aboveMonth = [...byMonth].filter(([key, loaves]) => loaves > loavesOfMonth(cardOf(key), 31));
  const capped = [...byMonth].filter(([key, loaves]) => loaves === loavesOfMonth(cardOf(key), 31));
  const loaves = services.filter(({ event }) => quantityOf(event.items, LOAF) > 0);
  return row('PS1', {
    'somebody was served': atLeast(1, loaves),
    'nobody above the quota of the day': none(aboveDay),
    'no household above the cap of the month': none(aboveMonth),
    'some households came to the cap': { holds: capped.length > 0, found: capped.slice(0, 5) },
    'who asked twice in a day was refused': refusals(evidence, 'ERR_QUOTA_DAY'),
    'people were served through days of outage': atLeast(
      10,
      loaves.filter(({ daysLate }) => daysLate >= DAYS_OF_OUTAGE),
    ),
    'every card states what the centre has of it': cardsAgree(evidence, services),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}

/** PS2: loaves not taken become points at month end; points buy goods, once. */
function points(evidence: Evidence, services: readonly JudgedService[]): Verdict {
  const wrong: unknown[] = [];
  const converted: { readonly id: string }[] = [];
  for (const card of evidence.cards) {
    const account = accountOf(card, services);
    converted.push(...account.converted);
    const onCard = card.ledger?.more?.balances.find((balance) => balance.account === POINTS)?.value ?? 0;
    if (account.value !== onCard) wrong.push({ card: card.serial, expected: account.value, onCard });
    wrong.push(...account.wrong);
  }
  const bought = services.filter(({ event }) => [...PRICES.keys()].some((one) => quantityOf(event.items, one) > 0));
  return row('PS2', {
    'loaves not taken became points at ten piasters each, once': atLeast(1, converted),
    'points bought goods': atLeast(1, bought),
    'every event and every card has the points that the loaves say': none(wrong),
    'points that were spent bought nothing again': refusals(evidence, 'ERR_ACCOUNT_BALANCE'),
  });
}

/** PS3: monthly supplies. */
function supplies(evidence: Evidence, services: readonly JudgedService[]): Verdict {
  const cardOf = cardsBy(evidence);
  const months = new Set(services.map(({ month }) => month));
  const clauses: Record<string, Clause> = {};
  for (const [name, commodity] of [['sugar', SUGAR] as const, ['oil', OIL] as const]) {
    const byMonth = sums(services, commodity, ({ event, month }) => `${event.card} ${month}`);
    const served = services.filter(({ event }) => quantityOf(event.items, commodity) > 0);
    clauses[`${name} was handed out in every month`] = {
      holds: new Set(served.map(({ month }) => month)).size === months.size && served.length > 0,
      found: { months: [...months], services: served.length },
    };
    clauses[`nobody had more ${name} than one a person and month`] = none(
      [...byMonth].filter(([key, units]) => units > SUPPLIES_A_MONTH_EACH * (cardOf(key)?.entitlements.draws ?? 0)),
    );
  }
  return row('PS3', { ...clauses, 'who came twice in a month was refused': refusals(evidence, 'ERR_QUOTA_MONTH') });
}

/** PS10: whoever is served within the days before the end of the card is told each time, and nobody before. */
function reminders(evidence: Evidence, services: readonly JudgedService[]): Verdict {
  const ends = new Map(evidence.cards.map(({ serial, expiresAt }) => [serial, dayOfUtc(expiresAt)]));
  const isDue = ({ event, day }: JudgedService): boolean =>
    (ends.get(event.card) ?? Number.POSITIVE_INFINITY) - dayOfUtc(Date.parse(day) / 1000) <= REMINDED_FROM_DAYS;
  const isTold = ({ event }: JudgedService): boolean => event.details?.isReminded === true;
  const due = services.filter(isDue);
  const told = new Set(due.map(({ event }) => event.card));
  const early = services.filter((service) => told.has(service.event.card) && !isDue(service));
  return row('PS10', {
    'cards were served in their last sixty days': atLeast(1, due),
    'and before': atLeast(1, early),
    'everybody was told who was served within them': none(due.filter((one) => !isTold(one)).map(({ id }) => id)),
    'nobody was told before': none(services.filter((one) => !isDue(one) && isTold(one)).map(({ id }) => id)),
    'the centre can list who was told': {
      holds: told.size > 0,
      found: { cards: [...told].slice(0, 5), count: told.size },
    },
  });
}

/** Refusals with this code; those of one card and reason on one day may be told as one. */
function refusals(evidence: Evidence, reason: string): Clause {
  return atLeast(
    1,
    evidence.events.filter(({ event }) => event.type === 'refusal' && event.reason === reason),
  );
}

function cardsBy(evidence: Evidence): (key: string) => JudgedCard | undefined {
  const cards = new Map(evidence.cards.map((card) => [card.serial, card]));
  return (key) => cards.get(Number(key.split(' ')[0]));
}

/** What a card may draw in a month of so many days. */
function loavesOfMonth(card: JudgedCard | undefined, days: number): number {
  if (card === undefined) return 0;
  const { draws, householdSize } = card.entitlements;
  const cap = Math.floor((LOAVES_A_MONTH * draws) / householdSize);
  return Math.min(cap, LOAVES_A_MONTH_EACH * draws, LOAVES_A_DAY * draws * days);
}

/** The points of a card, from what was taken alone: month after month what was left of the bread, less what was bought. */
function accountOf(card: JudgedCard, services: readonly JudgedService[]) {
  const mine = services
    .filter(({ event }) => event.card === card.serial)
    .sort((a, b) => a.event.ledgerSequence - b.event.ledgerSequence);
  let [value, month, taken] = [0, mine[0]?.month ?? '', 0];
  const converted: JudgedService[] = [];
  const wrong: unknown[] = [];
  for (const service of mine) {
    const before = value;
    if (service.month !== month) {
      const [year = 0, number = 0] = month.split('-').map(Number);
      value += LOAF_NOT_TAKEN * (loavesOfMonth(card, new Date(Date.UTC(year, number, 0)).getUTCDate()) - taken);
      if (value > before) converted.push(service);
      [month, taken] = [service.month, 0];
    }
    taken += quantityOf(service.event.items, LOAF);
    for (const [goods, price] of PRICES) value -= price * quantityOf(service.event.items, goods);
    // The event tells an account that the service itself changed; what the month's end brought shows with the next of them.
    const told = service.event.details?.balances.find(({ account }) => account === POINTS)?.value;
    if (told !== undefined && told !== value) wrong.push({ event: service.id, expected: value, told });
  }
  return { value, converted, wrong };
}

/** Loaves of the newest month on each card against those of its events. */
function cardsAgree(evidence: Evidence, services: readonly JudgedService[]): Clause {
  const byMonth = sums(services, LOAF, ({ event, month }) => `${event.card} ${month}`);
  const wrong = evidence.cards.filter(({ serial, ledger }) => {
    const newest = services
      .filter(({ event }) => event.card === serial)
      .sort((a, b) => b.event.ledgerSequence - a.event.ledgerSequence)[0];
    if (newest === undefined || ledger === null) return false;
    const used = byMonth.get(`${serial} ${newest.month}`) ?? 0;
    return used !== (ledger.usage.find((usage) => usage.commodity === LOAF)?.usedMonth ?? 0);
  });
  return none(wrong.map(({ serial }) => serial));
}

function dayOfUtc(timeSec: number): number {
  return Math.floor(timeSec / 86_400);
}
