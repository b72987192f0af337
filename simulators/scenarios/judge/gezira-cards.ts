/**
 * Gezira's modernised cards: what the old one stated at its end, what the new one began with, and what either gave. That a person has six visits a year is
 * known here by heart.
 */
import type { ReplacedEvent } from '../../../agent/domain/event.js';
import type { LedgerMore, LedgerRecord } from '../../../agent/domain/ledger.js';
import { atLeast, type Clause, type JudgedService, none, quantityOf, row, servicesOf } from './checks.js';
import type { Evidence, JudgedCard, JudgedEvent } from './evidence.js';
import type { Verdict } from './verdict.js';

const [INSURANCE, SPECIALIST, PAID_UNTIL] = [403, 421, 421] as const;
const VISITS_A_YEAR = 6;
const RATION_LEDGER = 1;

interface Replacement extends JudgedEvent {
  readonly event: ReplacedEvent;
}

/** All that the row is judged by. */
interface Found {
  readonly evidence: Evidence;
  readonly replacements: readonly Replacement[];
  readonly visits: readonly JudgedService[];
  readonly cards: ReadonlyMap<number, JudgedCard>;
}

/** SD3: the old card read, the new one issued, balances carried. */
export function modernised(evidence: Evidence): Verdict {
  const replacements = evidence.events.filter(
    (one): one is Replacement => one.event.type === 'replaced' && one.event.family === RATION_LEDGER,
  );
  const cards = new Map(evidence.cards.map((card) => [card.serial, card]));
  const found: Found = { evidence, replacements, visits: servicesOf(evidence, INSURANCE), cards };
  return row('SD3', {
    ...replaced(found),
    ...carried(found),
    ...within(found),
    ...refusedAfterwards(found),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}

function replaced({ replacements, cards }: Found): Record<string, Clause> {
  const olds = replacements.map(({ event }) => event.replaces);
  const news = replacements.map(({ event }) => event.card);
  const twice = [...olds, ...news].filter((serial, at, all) => all.indexOf(serial) !== at);
  const media = replacements.map(({ event }) => [event.replaces, event.card].map((serial) => layoutOf(cards, serial)));
  return {
    'cards in hand were replaced': atLeast(3, ofCause(replacements, 'in-hand')),
    'lost ones were replaced': atLeast(2, ofCause(replacements, 'lost')),
    'each once, under a serial of its own': none(twice),
    'tags by smart cards': none(media.filter(([old, fresh]) => old !== 1 || fresh !== 4)),
  };
}

/** The opening of the new card is the closing of the old one, and the new card began there. */
function carried({ evidence, replacements, visits, cards }: Found): Record<string, Clause> {
  const wrongEnd = ofCause(replacements, 'in-hand').filter(({ event }) => {
    const ended = cards.get(event.replaces)?.ledger;
    return ended?.cause !== 'ended' || stated(ended) !== stated(event);
  });
  const standing = ofCause(replacements, 'lost').filter(
    ({ event }) => cards.get(event.replaces)?.ledger?.sequence === event.closing,
  );
  const wrongLost = standing.filter(({ event }) => {
    const closing = cards.get(event.replaces)?.ledger;
    return closing === undefined || closing === null || stated(closing) !== stated(event);
  });
  const wrongOpening = replacements.filter(({ event }) => {
    const ledger = cards.get(event.card)?.ledger;
    const used = visitsOf(visits, event.card).length;
    return yearOf(ledger?.more) !== yearOf(event.more) + used || paidUntil(ledger?.more) !== paidUntil(event.more);
  });
  const before = evidence.cards
    .filter(({ ledger }) => ledger?.cause === 'ended')
    .map(({ serial, ledger }) => ({
      ...{ id: String(serial), units: yearOf(ledger?.more) - visitsOf(visits, serial).length },
    }));
  return {
    'what a new card began with is what the old one stated at its end': none(wrongEnd.map(({ id }) => id)),
    'a lost card that gave nothing since stated just what the centre knew': {
      holds: standing.length > 0 && wrongLost.length === 0,
      found: { cards: standing.length, wrong: wrongLost.map(({ id }) => id) },
    },
    'and its own newest record goes on from there': none(wrongOpening.map(({ id }) => id)),
    'old cards had a part of the year used before they were issued': atLeast(
      3,
      before.filter(({ units }) => units > 0),
    ),
  };
}

/** Over both cards nobody has more than a year's visits; what a lost card drew beside is a case, and no more than was left on it. */
function within({ evidence, replacements, visits, cards }: Found): Record<string, Clause> {
  const above = replacements.filter(({ event }) => {
    const fresh = visitsOf(visits, event.card).length;
    return yearOf(event.more) + fresh > VISITS_A_YEAR;
  });
  const late = replacements.flatMap(({ event }) =>
    visitsOf(visits, event.replaces).filter((visit) => visit.event.ledgerSequence > event.closing),
  );
  const ofLost = late.filter(({ event }) =>
    ofCause(replacements, 'lost').some((one) => one.event.replaces === event.card),
  );
  const cases = evidence.cases.filter(({ kind }) => kind === 'replaced').map(({ _id }) => String(_id));
  const wanted = ofLost.map(({ event }) => `replaced:${event.card}:${event.ledgerSequence}`);
  const overdrawn = [...new Set(ofLost.map(({ event }) => event.card))].filter(
    (serial) => yearOf(cards.get(serial)?.ledger?.more) > VISITS_A_YEAR,
  );
  const fresh = replacements.flatMap(({ event }) => visitsOf(visits, event.card));
  return {
    'new cards were served': atLeast(6, fresh),
    'old and new together gave nobody more than a year’s visits': none(above.map(({ id }) => id)),
    'whose visits were used up was refused': atLeast(
      1,
      evidence.events.filter(
        ({ event }) =>
          event.type === 'refusal' &&
          event.reason === 'ERR_QUOTA_YEAR' &&
          replacements.some((one) => one.event.card === event.card),
      ),
    ),
    'a card that was in hand gave nothing after its end': none(
      late.filter((one) => !ofLost.includes(one)).map(({ id }) => id),
    ),
    'a lost card gave something that the centre did not know': atLeast(1, ofLost),
    'each of these services is a case, and nothing else is': {
      holds: JSON.stringify([...cases].sort()) === JSON.stringify([...wanted].sort()),
      found: { cases, services: wanted },
    },
    'and no more than was left on it': none(overdrawn),
  };
}

function refusedAfterwards({ evidence, replacements }: Found): Record<string, Clause> {
  const refusals = (reason: string) =>
    evidence.events.filter(
      ({ event }) =>
        event.type === 'refusal' &&
        event.reason === reason &&
        replacements.some((one) => one.event.replaces === event.card && one.event.time <= event.time),
    );
  const ended = refusals('ERR_LEDGER_ENDED');
  return {
    'an old card was refused where the list had come': atLeast(1, refusals('ERR_CREDENTIAL_HOTLISTED')),
    'and by the card itself where it had not: at a terminal without a network': atLeast(
      1,
      ended.filter(({ day, cameOn }) => cameOn > day),
    ),
  };
}

function ofCause(replacements: readonly Replacement[], cause: ReplacedEvent['cause']): Replacement[] {
  return replacements.filter(({ event }) => event.cause === cause);
}

function visitsOf(visits: readonly JudgedService[], card: number): JudgedService[] {
  return visits.filter(({ event }) => event.card === card && quantityOf(event.items, SPECIALIST) > 0);
}

function stated({ day, usage, more }: Pick<LedgerRecord, 'day' | 'usage'> & { readonly more?: LedgerMore }): string {
  const { tallies = [], balances = [], papers = [] } = more ?? {};
  return JSON.stringify([day, usage, tallies, balances, papers]);
}

function yearOf(more: LedgerMore | undefined): number {
  return more?.tallies.find(({ commodity }) => commodity === SPECIALIST)?.usedYear ?? 0;
}

function paidUntil(more: LedgerMore | undefined): number {
  return more?.balances.find(({ account }) => account === PAID_UNTIL)?.value ?? 0;
}

function layoutOf(cards: ReadonlyMap<number, JudgedCard>, serial: number): number | null {
  return cards.get(serial)?.entitlements.layout ?? null;
}
