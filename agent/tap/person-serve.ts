/**
 * Serving a person without a card: who it is stands in a signed list, what they have had in the journal. So there is nothing to be written but the journal:
 *
 *   decide → [paying (fsync) → machine] → payment + event + GIVEN (one frame, fsync) → green → hand-over → DISPENSED
 *
 * A cut before the frame leaves nothing, or a payment without a service, which the till gives back; one after it leaves a hand-over that is asked for again.
 */
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { ChainedEvent, RosterEvent } from '../domain/event.js';
import type { ListedPerson } from '../domain/person.js';
import type { Programme } from '../domain/policy.js';
import type { GivenStep, JournalEntry } from '../journal/journal.js';
import { decide } from '../services/decide.js';
import type { HolderFacts, ServiceGrant, ServiceSnapshot } from '../services/service.js';
import { namesKnownSites } from './claims.js';
import { detailsOf, NO_DETAILS } from './commit.js';
import { type TapDeps, versionsNow } from './examine.js';
import { paidWith } from './payment-entries.js';
import type { PersonList, PersonLists } from './person-list.js';
import { type RequestedService, takePayment } from './serve.js';
import { readSlip } from './slip.js';
import { slipEntriesOf } from './slip-record.js';
import { type ReadSlip, serviceOf, UNKNOWN_DESK } from './snapshot.js';
import type { Taken } from './till.js';

/** Somebody who was chosen from the list of the programme. */
export interface ChosenPerson {
  readonly list: PersonList;
  readonly person: ListedPerson;
  readonly programme: Programme;
  readonly snapshot: ServiceSnapshot;
  /** Time of the newest event about them, in seconds since 1970; 0 for none. */
  readonly newestSec: number;
  /** The slip that names the person. */
  readonly slip?: ReadSlip;
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
  return await personOn(deps, from, { ...at, number });
}

/** The person whom a slip was written for, in the programme of this desk: for what is on the slip. Rejects with `ERR_JOURNAL_*`. */
export async function chooseBySlip(
  deps: TapDeps,
  from: ListDesk,
  slip: ReadSlip,
): Promise<ChosenPerson | { readonly code: ErrorCode }> {
  const { subject } = slip.slip;
  const policy = deps.trust.policy();
  const nowMs = deps.time.now().ms;
  const programme = policy.programmes.find(({ id }) => id === from.programme);
  if (programme === undefined) return { code: 'ERR_PROGRAMME_UNKNOWN' };
  if (nowMs >= policy.expiresAt * 1000) return { code: 'ERR_POLICY_EXPIRED' };
  if (!('roster' in subject)) return { code: 'ERR_SLIP_HOLDER' };
  const list = from.lists.numbered(subject.roster, Math.floor(nowMs / 1000));
  if (list === null) return { code: 'ERR_CAMPAIGN_ROSTER' };
  const chosen = await personOn(deps, from, { list, programme, number: subject.person });
  if ('code' in chosen) return chosen;
  return { ...chosen, slip, snapshot: { ...chosen.snapshot, slips: slip.papers } };
}

/** The person of an offer, everything looked up again: minutes may have passed, and lists come in at any time. Rejects with `ERR_JOURNAL_*`. */
export async function chooseAgain(
  deps: TapDeps,
  from: ListDesk,
  { person, slip }: { readonly person: ListedPerson; readonly slip?: ReadSlip },
): ReturnType<typeof choosePerson> {
  if (slip === undefined) return await choosePerson(deps, from, person.number);
  const read = readSlip(deps, slip);
  return 'code' in read ? { code: read.code } : await chooseBySlip(deps, from, read);
}

async function personOn(
  deps: TapDeps,
  from: ListDesk,
  { list, programme, number }: { readonly list: PersonList; readonly programme: Programme; readonly number: number },
): Promise<ChosenPerson | { readonly code: ErrorCode }> {
  const person = list.roster.person(number);
  if (person === null) return { code: 'ERR_CAMPAIGN_NOT_LISTED' };
  if (from.lists.ledger() === null) return { code: 'ERR_CAMPAIGN_ROSTER' };
  const { head } = list.roster;
  const { household, householdSize, draws, homeSite, coverage, scheme: rationScheme } = person;
  const calendar = deps.calendar(deps.trust.policy().timeZone);
  const holder: HolderFacts = {
    ...{ card: null, household, householdSize, draws, homeSite, coverage, rationScheme },
    homeArea: (deps.desk ?? UNKNOWN_DESK).areaOf(homeSite),
    issuedDay: calendar.dayOf(head.issuedAt * 1000),
    expiresDay: calendar.dayOf(head.expiresAt * 1000),
    rosters: [head.name],
  };
  const of = { roster: list.roster.number, person: number };
  const snapshot = await personSnapshot(deps, from.lists, { of, programme, holder });
  return { list, person, programme, snapshot, newestSec: from.lists.ledger()?.newestOf(of.roster, of.person) ?? 0 };
}

/** What is decided on for a person of a roster, as of now; everything that the journal has is counted. Rejects with `ERR_JOURNAL_*`. */
export async function personSnapshot(
  deps: TapDeps,
  lists: PersonLists,
  about: {
    readonly of: { readonly roster: number; readonly person: number };
    readonly programme: Programme;
    readonly holder: HolderFacts;
  },
): Promise<ServiceSnapshot> {
  const { of, programme, holder } = about;
  const policy = deps.trust.policy();
  const { desk = UNKNOWN_DESK } = deps;
  const calendar = deps.calendar(policy.timeZone);
  const nowMs = deps.time.now().ms;
  const facts = await lists.ledger()?.factsOf(of.roster, of.person);
  return {
    ...{ policy, programme, site: desk.site(), holder },
    operator: { number: deps.operator(), role: desk.operatorRole },
    // Without lists nobody knows what was had.
    ledger: facts ?? {
      day: 0,
      usage: [],
      more: { tallies: [], balances: [], papers: [] },
      nextSequence: 1,
      isDoubtful: true,
    },
    medium: { kind: 'none', isCopyable: false },
    exposure: await desk.exposure(programme.number),
    day: calendar.dayOf(nowMs),
    timeSec: Math.floor(nowMs / 1000),
    versions: versionsNow(deps),
  };
}

/** Decides on the request, takes what is to be paid, and records both at once. Never rejects. */
export async function servePerson(deps: TapDeps, chosen: ChosenPerson, tap: RequestedService): Promise<PersonServed> {
  const decision = decide(chosen.snapshot, tap.request);
  if (decision.outcome === 'refuse') return { result: 'refused', code: decision.reason };
  if (!namesKnownSites(chosen.snapshot, tap.request.papers ?? [], deps.desk ?? UNKNOWN_DESK))
    return { result: 'refused', code: 'ERR_PAPER_REQUEST' };
  if (decision.isTrial) return await tryOut(deps, chosen, decision);
  const { list, person, programme } = chosen;
  const about = { roster: list.roster.number, person: person.number, programme: programme.number };
  const taken = await takePayment(deps, about, { tap, grant: decision });
  if (!taken.isPaid) {
    deps.till?.release(tap.tapId);
    return { result: 'refused', code: taken.code };
  }
  const atMs = momentOf(deps, chosen);
  try {
    const recorded = await deps.journal.append(
      givenEntries(deps, chosen, { tapId: tap.tapId, grant: decision, taken, atMs }),
    );
    deps.till?.release(tap.tapId);
    const event = recorded.at(-1);
    return event === undefined ? { result: 'refused', code: 'ERR_JOURNAL_IO' } : { result: 'granted', event, atMs };
  } catch (error) {
    // Where the journal failed in the middle, the hand-over comes up after the restart if it was recorded; else its payment, which goes back.
    if (taken.entries.length > 0) await deps.till?.giveBack(tap.tapId);
    return { result: 'refused', code: codeOf(error) };
  }
}

/** Records what a programme on trial decided: nothing is handed over, and nothing paid. */
async function tryOut(deps: TapDeps, chosen: ChosenPerson, grant: ServiceGrant): Promise<PersonServed> {
  const event = eventOf(deps, chosen, { grant, atMs: momentOf(deps, chosen) });
  try {
    await deps.journal.append([{ kind: 'event', event }]);
    return { result: 'refused', code: 'ERR_PROGRAMME_TRIAL' };
  } catch (error) {
    return { result: 'refused', code: codeOf(error) };
  }
}

/** Now; later than whatever was recorded of the person before, so that no two services to one person have the same bytes. Ms since 1970. */
function momentOf({ time }: TapDeps, { newestSec }: Pick<ChosenPerson, 'newestSec'>): number {
  return Math.max(time.now().ms, (newestSec + 1) * 1000);
}

/** Everything of a service in one frame; its event is the last one. */
function givenEntries(
  deps: TapDeps,
  chosen: ChosenPerson,
  served: {
    readonly tapId: string;
    readonly grant: ServiceGrant;
    readonly taken: Extract<Taken, { readonly isPaid: true }>;
    readonly atMs: number;
  },
): JournalEntry[] {
  const { tapId, grant, taken, atMs } = served;
  const paid = paidWith(deps.journal.state(), taken.entries, { tapId, atMs, operator: deps.operator() });
  const reference = paid.length === 0 ? {} : { reference: tapId };
  const event = eventOf(deps, chosen, { grant, atMs, tapId, ...reference });
  const { roster, person, programme, items } = event;
  const service = serviceOf(grant, chosen.snapshot.day);
  const given: GivenStep = {
    ...{ tapId, atMs, roster, person, programme, items },
    ...(service === undefined ? {} : { service }),
  };
  const slips = slipEntriesOf(deps, { tapId, atMs, programme, subject: { roster, person }, effects: grant.effects });
  return [...taken.entries, ...paid, { kind: 'event', event }, { kind: 'given', given }, ...slips];
}

function eventOf(
  deps: TapDeps,
  { list, person, programme }: ChosenPerson,
  service: {
    readonly grant: ServiceGrant;
    readonly atMs: number;
    readonly tapId?: string;
    readonly reference?: string;
  },
): RosterEvent {
  const { grant, atMs, tapId, reference } = service;
  const { effects, exemption, supervisor, factor } = grant;
  const proof = factor === undefined ? {} : { factor };
  const { details } = detailsOf({ effects, exemption, supervisor, ...proof }, tapId);
  const marks = { ...(grant.isTrial ? { isTrial: true } : {}), ...(reference === undefined ? {} : { reference }) };
  const told = Object.keys(marks).length === 0 ? details : { ...(details ?? NO_DETAILS), ...marks };
  return {
    ...{ type: 'roster', time: Math.floor(atMs / 1000), roster: list.roster.number, person: person.number },
    ...{ programme: programme.number, items: grant.items, versions: grant.versions, operator: deps.operator() },
    ...(told === undefined ? {} : { details: told }),
  };
}
