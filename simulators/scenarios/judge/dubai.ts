/** Dubai: health cards that are renewed without a counter. */
import type { EndorsedEvent } from '../../../agent/domain/event.js';
import { atLeast, none, quantityOf, row, servicesOf } from './checks.js';
import type { Evidence, JudgedEvent } from './evidence.js';
import type { Verdict } from './verdict.js';

const SERVICES = 201;
const RENEWAL = 203;
/** Fils: what an adult pays for a renewal. */
const FEE = 10_000;
const S_PER_YEAR = 365 * 86_400;

interface Renewed extends JudgedEvent {
  readonly event: EndorsedEvent;
}

/** Judges the rows of the scenario. */
export function judgeDubai(evidence: Evidence): readonly Verdict[] {
  return [renewal(evidence)];
}

/** DX5: paid anywhere, on the card at its next tap anywhere, and only then longer than it was issued for. */
function renewal(evidence: Evidence): Verdict {
  const services = servicesOf(evidence, SERVICES);
  const paid = services.filter(({ event }) => quantityOf(event.items, RENEWAL) > 0);
  const written = evidence.events.filter((one): one is Renewed => one.event.type === 'endorsed');
  const paidOn = new Map(paid.map(({ event, day }) => [event.card, day]));
  const writtenAt = new Map(written.map(({ event }) => [event.card, event.time]));
  const cards = new Map(evidence.cards.map((card) => [card.serial, card]));
  const unpaid = written.filter(({ event, day }) => (paidOn.get(event.card) ?? '~') >= day);
  // The list of the night has the card: whoever taps it first on a later day writes.
  const passedBy = services.filter(
    ({ event, day }) =>
      day > (paidOn.get(event.card) ?? '~') && event.time < (writtenAt.get(event.card) ?? Number.POSITIVE_INFINITY),
  );
  const endOf = (card: number): number => cards.get(card)?.expiresAt ?? 0;
  const after = services.filter(({ event }) => event.time >= endOf(event.card));
  const wrongDumps = [...writtenAt.keys()].filter((serial) => {
    const card = cards.get(serial);
    return card?.endorsement?.number !== 1 || card.endorsement.expiresAt !== card.expiresAt + S_PER_YEAR;
  });
  return row('DX5', {
    'holders paid the fee for a renewal': atLeast(
      1,
      paid.filter(({ event }) => event.details?.charge.holder === FEE),
    ),
    'cards were renewed': atLeast(1, written),
    'at terminals of several places, not at a counter of their own': {
      holds: new Set(written.map(({ site }) => site)).size >= 3,
      found: [...new Set(written.map(({ site }) => site))].sort(),
    },
    'none without a fee that was paid on a day before': none(unpaid.map(({ id }) => id)),
    'each at its next tap': none(passedBy.map(({ id }) => id)),
    'each shows on its dump the end that was paid for': none(wrongDumps),
    'and no other card shows any': none(
      evidence.cards
        .filter(({ serial, endorsement }) => endorsement !== null && !writtenAt.has(serial))
        .map(({ serial }) => serial),
    ),
    'renewed cards are served past the end that they were issued with': atLeast(1, after),
    'no other card is': none(after.filter(({ event }) => !writtenAt.has(event.card)).map(({ id }) => id)),
    'who did not renew was refused': atLeast(
      1,
      evidence.events.filter(({ event }) => event.type === 'refusal' && event.reason === 'ERR_CREDENTIAL_EXPIRED'),
    ),
    'the chain of every terminal is whole': none(evidence.problems),
  });
}
