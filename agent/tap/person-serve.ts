/**
 * Serving a person without a card: who it is stands in a signed list, what they have had in the journal. So there is nothing to be written but the journal:
 *
 *   decide → event + GIVEN (one frame, fsync) → green → hand-over → DISPENSED
 *
 * A cut before the frame leaves nothing; one after it leaves a hand-over that is asked for again.
 */
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { ChainedEvent, RosterEvent, TakenItem } from '../domain/event.js';
import type { ListedPerson } from '../domain/person.js';
import type { Programme } from '../domain/policy.js';
import { decide } from '../services/decide.js';
import { offer } from '../services/offer.js';
import type { ServiceGrant, ServiceOffer, ServiceRequest, ServiceSnapshot } from '../services/service.js';
import { detailsOf, NO_DETAILS } from './commit.js';
import { type TapDeps, versionsNow } from './examine.js';
import type { PersonList, PersonLists } from './person-list.js';
import { UNKNOWN_DESK } from './snapshot.js';

/** Somebody who was chosen from the list of the programme. */
export interface ChosenPerson {
  readonly list: PersonList;
  readonly person: ListedPerson;
  readonly programme: Programme;
  readonly snapshot: ServiceSnapshot;
}

/** What became of a request. */
export type PersonServed =
  | { readonly result: 'granted'; readonly event: ChainedEvent; readonly atMs: number }
  | { readonly result: 'refused'; readonly code: ErrorCode };

/** The lists of a desk, and the id of the programme that it serves now. */
export interface ListDesk {
  readonly lists: PersonLists;
  readonly programme: string;
}

/** The list that the programme of this desk serves from without cards; a refusal where it has none, or the rules have run out. */
export function listAtDesk(
  deps: TapDeps,
  desk: ListDesk,
): { readonly list: PersonList; readonly programme: Programme } | { readonly code: ErrorCode } {
  const policy = deps.trust.policy();
  const nowMs = deps.time.now().ms;
  const programme = policy.programmes.find(({ id }) => id === desk.programme);
  if (programme === undefined) return { code: 'ERR_PROGRAMME_UNKNOWN' };
  if (nowMs >= policy.expiresAt * 1000) return { code: 'ERR_POLICY_EXPIRED' };
  const { roster, withoutCard } = programme.campaign ?? {};
  if (withoutCard !== true || roster === undefined) return { code: 'ERR_PROGRAMME_LEDGER_REQUIRED' };
  const list = desk.lists.inForce(roster, Math.floor(nowMs / 1000));
  return list === null ? { code: 'ERR_CAMPAIGN_ROSTER' } : { list, programme };
}

/** A person with everything that is decided on, as of now. Rejects with `ERR_JOURNAL_*`. */
export async function choosePerson(
  deps: TapDeps,
  from: ListDesk,
  number: number,
): Promise<ChosenPerson | { readonly code: ErrorCode }> {
  const at = listAtDesk(deps, from);
  if ('code' in at) return at;
  const { list, programme } = at;
  const person = list.roster.person(number);
  const ledger = from.lists.ledger();
  if (person === null) return { code: 'ERR_CAMPAIGN_NOT_LISTED' };
  if (ledger === null) return { code: 'ERR_CAMPAIGN_ROSTER' };
  const policy = deps.trust.policy();
  const { desk = UNKNOWN_DESK } = deps;
  const calendar = deps.calendar(policy.timeZone);
  const nowMs = deps.time.now().ms;
  const { head } = list.roster;
  const { household, householdSize, draws, homeSite, coverage, scheme: rationScheme } = person;
  const snapshot: ServiceSnapshot = {
    ...{ policy, programme, site: desk.site() },
    operator: { number: deps.operator(), role: desk.operatorRole },
    holder: {
      ...{ card: null, household, householdSize, draws, homeSite, coverage, rationScheme },
      homeArea: desk.areaOf(homeSite),
      issuedDay: calendar.dayOf(head.issuedAt * 1000),
      expiresDay: calendar.dayOf(head.expiresAt * 1000),
      rosters: [head.name],
    },
    ledger: await ledger.factsOf(list.roster.number, number),
    medium: { kind: 'none', isCopyable: false },
    exposure: await desk.exposure(programme.number),
    day: calendar.dayOf(nowMs),
    timeSec: Math.floor(nowMs / 1000),
    versions: versionsNow(deps),
  };
  return { list, person, programme, snapshot };
}

/** What the person may have; or why nothing. */
export function offerTo({ snapshot }: ChosenPerson): ServiceOffer | { readonly code: ErrorCode } {
  const offered = offer(snapshot);
  return offered.outcome === 'offer' ? offered : { code: offered.reason };
}

/** Decides on the request and records it. Never rejects. */
export async function servePerson(
  deps: TapDeps,
  chosen: ChosenPerson,
  tap: { readonly tapId: string; readonly request: ServiceRequest },
): Promise<PersonServed> {
  const decision = decide(chosen.snapshot, tap.request);
  if (decision.outcome === 'refuse') return { result: 'refused', code: decision.reason };
  const atMs = deps.time.now().ms;
  const event = eventOf(deps, { chosen, grant: decision, atMs });
  const { roster, person, programme, items } = event;
  const given = { tapId: tap.tapId, atMs, roster, person, programme, items };
  try {
    const told = { kind: 'event', event } as const;
    const [recorded] = await deps.journal.append(decision.isTrial ? [told] : [told, { kind: 'given', given }]);
    if (decision.isTrial) return { result: 'refused', code: 'ERR_PROGRAMME_TRIAL' };
    return recorded === undefined
      ? { result: 'refused', code: 'ERR_JOURNAL_IO' }
      : { result: 'granted', event: recorded, atMs };
  } catch (error) {
    // Where the journal failed in the middle, the hand-over comes up after the restart if it was recorded.
    return { result: 'refused', code: codeOf(error) };
  }
}

function eventOf(
  deps: TapDeps,
  { chosen, grant, atMs }: { readonly chosen: ChosenPerson; readonly grant: ServiceGrant; readonly atMs: number },
): RosterEvent {
  const { list, person, programme } = chosen;
  const items: readonly TakenItem[] = grant.items;
  const { effects, exemption, supervisor } = grant;
  const { details } = detailsOf({ effects, exemption, supervisor });
  const told = grant.isTrial ? { ...(details ?? NO_DETAILS), isTrial: true } : details;
  return {
    ...{ type: 'roster', time: Math.floor(atMs / 1000), roster: list.roster.number, person: person.number },
    ...{ programme: programme.number, items, versions: grant.versions, operator: deps.operator() },
    ...(told === undefined ? {} : { details: told }),
  };
}
