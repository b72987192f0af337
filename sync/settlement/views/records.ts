/** What a party's database says of one thing that happened. Pure: nothing is in a record that the party may not see, and a party that may see nothing has none. */
import type { RedemptionEvent, RosterEvent, RosterVoidEvent, VoidEvent } from '../../../agent/domain/event.js';
import type { CaseDocument } from '../cases/case.js';
import type { SiteFacts } from '../sites.js';
import type { Entry } from '../statement/figures.js';
import type { Hold } from '../statement/statement.js';
import type { Names } from './names.js';
import type { Party } from './parties.js';

/** Plan and class of a member, from the insurer's own table. */
export interface Member {
  readonly plan: number;
  readonly class: number;
}

/** Where something happened, as the registry and the signed lists have it. */
export interface Place {
  readonly site: string;
  /** How the site was described then; null for one that no list describes. */
  readonly facts: SiteFacts | null;
  /** It was of a kind that has to be accredited, and was not. */
  readonly isBreach: boolean;
}

/** A service or a void with all that the centre knows of it. */
export interface KnownService {
  readonly entry: Entry;
  readonly event: RedemptionEvent | RosterEvent | VoidEvent | RosterVoidEvent;
  readonly place: Place;
  /** Null for one that is paid. */
  readonly hold: Hold | null;
  /** Null where the card is in no table. */
  readonly member: Member | null;
}

/** A refusal, with its mark among all events. */
export interface KnownRefusal {
  readonly timeS: number;
  /** Calendar day of the site, `YYYY-MM-DD`. */
  readonly day: string;
  readonly programme: number;
  readonly reason: string;
  readonly card: number | null;
  readonly place: Place;
}

/** The record of a service or void for a party: null where it sees nothing of it. Sums of a void are below 0, so that records add up. */
export function serviceRecord(party: Party, names: Names, known: KnownService): object | null {
  switch (party.kind) {
    case 'provider':
      return party.sites.includes(known.place.site) ? providerRecord(known) : null;
    case 'insurer':
      return insurerRecord(party, known);
    case 'regulator':
      return isRegulated(party, known.place, known.entry.programme) ? regulatorRecord(names, known) : null;
  }
}

/** The record of a refusal for a party, or null. Insurers see none: nothing is paid for it. */
export function refusalRecord(party: Party, names: Names, refusal: KnownRefusal): object | null {
  const { timeS, day, programme, reason, card, place } = refusal;
  const common = { record: 'refusal', site: place.site, day, programme, reason };
  if (party.kind === 'provider')
    return party.sites.includes(place.site) ? { ...common, time: isoTime(timeS), card } : null;
  if (party.kind !== 'regulator' || !isRegulated(party, place, programme)) return null;
  return { ...common, ...factsOf(place), person: card === null ? null : names.person({ card }, day) };
}

/** The record of a case for a regulator, or null: what it is about and how it stands, without whom. */
export function caseRecord(party: Party, one: CaseDocument, places: readonly Place[]): object | null {
  if (party.kind !== 'regulator') return null;
  const { kind, status, cause, subject, noticedAt, eventCount } = one;
  const programme = subject.programme ?? null;
  const seen = places.filter((place) => isRegulated(party, place, programme));
  if (seen.length === 0) return null;
  const sites = [...new Set(seen.map(({ site }) => site))].sort();
  const opened = noticedAt.slice(0, 10);
  return { record: 'case', case: kind, status, cause, opened, sites, programme, events: eventCount };
}

function providerRecord({ entry, event, place, hold }: KnownService): object {
  const details = 'details' in event ? event.details : undefined;
  return {
    ...commonOf(entry),
    site: place.site,
    terminal: entry.terminal,
    events: entry.events,
    time: isoTime(event.time),
    ...entry.who,
    ...moneyOf(entry),
    ...statusOf(hold),
    ...(hold === null ? {} : { reference: hold.reference }),
    operator: event.operator,
    ...(details === undefined ? {} : { details }),
  };
}

function insurerRecord(party: Extract<Party, { kind: 'insurer' }>, known: KnownService): object | null {
  const { entry, event, place, hold, member } = known;
  if (!party.programmes.includes(entry.programme)) return null;
  if (party.plans !== undefined && (member === null || !party.plans.includes(member.plan))) return null;
  // What is decided against, and what a site did that was not accredited, is not paid, and so none of the insurer's services.
  if (hold !== null && (hold.why === 'refused' || place.isBreach)) return null;
  return {
    ...commonOf(entry),
    site: place.site,
    siteKind: place.facts?.kind ?? null,
    time: isoTime(event.time),
    ...entry.who,
    plan: member?.plan ?? null,
    class: member?.class ?? null,
    ...moneyOf(entry),
    ...statusOf(hold),
    exemption: exemptionOf(event),
  };
}

function regulatorRecord(names: Names, { entry, event, place, hold }: KnownService): object {
  return {
    ...commonOf(entry),
    site: place.site,
    ...factsOf(place),
    person: names.person(entry.who, entry.day),
    ...moneyOf(entry),
    ...statusOf(hold),
    exemption: exemptionOf(event),
  };
}

function commonOf({ kind, day, programme, items }: Entry) {
  return { record: kind, day, programme, items };
}

function moneyOf({ kind, gross, holder, purse }: Entry) {
  const sign = kind === 'void' ? -1 : 1;
  // Not -0, which JSON and people write as 0.
  const signed = (amount: number): number => (amount === 0 ? 0 : sign * amount);
  const fromCard = purse === 0 ? {} : { purse: signed(purse) };
  return { gross: signed(gross), holder: signed(holder), ...fromCard, owed: signed(gross - holder) };
}

function statusOf(hold: Hold | null) {
  if (hold === null) return { status: 'payable' };
  return { status: hold.why === 'refused' ? 'refused' : 'held', why: hold.why };
}

function factsOf({ facts, isBreach }: Place) {
  return {
    siteKind: facts?.kind ?? null,
    area: facts?.area ?? null,
    accredited: facts?.accredited ?? null,
    breach: isBreach,
  };
}

function exemptionOf(event: KnownService['event']): number {
  return 'details' in event ? (event.details?.exemption ?? 0) : 0;
}

function isRegulated(
  { areas, programmes }: Extract<Party, { kind: 'regulator' }>,
  { facts }: Place,
  programme: number | null,
): boolean {
  if (areas !== undefined && (facts === null || !areas.includes(facts.area))) return false;
  return programmes === undefined || programme === null || programmes.includes(programme);
}

/** The last second of the year 9999: a later time is a broken clock, and counts as this one. */
const TIME_MAX_S = 253_402_300_799;

function isoTime(timeS: number): string {
  return new Date(Math.min(timeS, TIME_MAX_S) * 1000).toISOString();
}
