/** Cards of a scenario's people: issued as a personalisation desk does, and renewed by the authority. */
import type { PinSecrets } from '../../agent/credential/personalise.js';
import type { PinOwner } from '../../agent/credential/pin-codes.js';
import type { SiteCalendar } from '../../agent/domain/calendar.js';
import { makeSmartCard } from '../cards/media.js';
import { type CardOrder, makeCard, type Person } from '../site/population.js';
import type { ScenarioAuthority } from './authority.js';
import type { Holder, IssueOptions } from './cast.js';
import { issuedCard } from './issued.js';
import { letterSecrets } from './pins.js';
import { takenOver } from './replacing.js';

/** Cards hold this long. */
const VALID_DAYS = 3_650;
const S_PER_DAY = 86_400;

/** Issues a card to each: NTAG216 tags, or smart cards, which have a ledger for each family. */
export async function issueCards(
  persons: readonly Person[],
  options: IssueOptions,
  at: {
    readonly authority: ScenarioAuthority;
    readonly nowMs: number;
    readonly calendar: SiteCalendar;
    siteNumber(site: string): number;
  },
): Promise<Holder[]> {
  const {
    medium = 'ntag216',
    letters,
    coverage,
    scheme = 1,
    homeSite,
    balances,
    validDays = () => VALID_DAYS,
  } = options;
  const { authority, nowMs, calendar } = at;
  const nowS = Math.floor(nowMs / 1000);
  const issued: Holder[] = [];
  for (const person of persons) {
    const order: CardOrder = {
      person,
      issuer: authority.issuer,
      issuedAt: nowS - 60,
      expiresAt: nowS + validDays(person) * S_PER_DAY,
      day: calendar.dayOf(nowMs),
      scheme,
      ...(coverage === undefined ? {} : { coverage }),
      ...(balances === undefined ? {} : { openings: takenOver(person, balances(person), authority.policies()) }),
      ...(homeSite === undefined ? {} : { homeSite: at.siteNumber(homeSite) }),
    };
    let letter: string | null = null;
    const secrets = (owner: PinOwner): PinSecrets => {
      const made = letterSecrets(authority.key('pin unblock'), owner, { dateOfBirth: null, id: '' });
      letter = made.transportPin;
      return made;
    };
    const kind = { algorithm: 'EdDSA', pin: null, ...(letters === undefined ? {} : { secrets }) } as const;
    const card = await (medium === 'type4' ? makeSmartCard(order, kind) : makeCard(order));
    issued.push({
      person,
      coverageClass: coverage?.class ?? null,
      ...(order.openings === undefined ? {} : { openings: order.openings }),
      ...(letter === null ? {} : { letter }),
      card,
    });
  }
  return issued;
}

/** The authority lets cards hold so many days longer; that is in the lists that it publishes next. */
export async function renewCards(
  holders: readonly Holder[],
  days: number,
  { authority, nowMs }: { readonly authority: ScenarioAuthority; readonly nowMs: number },
): Promise<void> {
  const cards = await Promise.all(holders.map(({ card }) => issuedCard(card)));
  const changes = cards.map(({ card, expiresAt }) => ({ card, expiresAt: expiresAt + days * S_PER_DAY, changes: {} }));
  authority.endorse(changes, new Map(cards.map((card) => [card.card, card])), Math.floor(nowMs / 1000));
}
