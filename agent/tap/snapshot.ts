/** What a decision at this desk depends on: the card as it was read, and what the terminal knows of itself. */
import type { LedgerStore } from '../../drivers/medium.js';
import type { SiteCalendar } from '../domain/calendar.js';
import { type Credential, heldSince } from '../domain/credential.js';
import type { DecisionVersions } from '../domain/event.js';
import { NOTHING_MORE } from '../domain/ledger.js';
import type { Policy, Programme } from '../domain/policy.js';
import type { Slip } from '../domain/slip.js';
import type { IntentStep, ServiceStep } from '../journal/journal.js';
import type { ExposureFacts, PaperOnSlip, ServiceGrant, ServiceSnapshot, SiteFacts } from '../services/service.js';
import type { ServeableLedger } from './assess.js';

/** What a terminal knows of itself and of other sites: what the conditions of programmes look at. */
export interface DeskFacts {
  site(): SiteFacts;
  /** Role of whoever serves. */
  readonly operatorRole: string;
  /** What was served of a programme, and how long ago the centre was heard of. */
  exposure(programme: number): Promise<ExposureFacts>;
  /** Governorate or district of the site with this number; null where no list names it. */
  areaOf(site: number): string | null;
  /** Names of the rosters that list the holder of a card. */
  rostersOf(card: number): readonly string[];
  /** The site with this id; null where no list describes it. */
  siteOf(id: string): SiteFacts | null;
  /** Accredited sites of a kind, by number: those that a holder may choose for a paper. */
  sitesOf(kind: string): readonly SiteChoice[];
}

/** A site that may be chosen. */
export interface SiteChoice {
  readonly number: number;
  /** Its name in the list. */
  readonly name: string;
  readonly area: string;
}

/** A desk that knows nothing of itself: programmes that state conditions about site, operator or centre refuse there. */
export const UNKNOWN_DESK: DeskFacts = {
  site: () => ({ number: 0, name: '', kind: '', area: '', accredited: false }),
  operatorRole: '',
  exposure: () =>
    Promise.resolve({
      daysSinceContact: null,
      daysSinceSignedTime: null,
      units: 0,
      services: 0,
      exemptionsToday: [],
      representedThisMonth: [],
    }),
  areaOf: () => null,
  rostersOf: () => [],
  siteOf: () => null,
  sitesOf: () => [],
};

/** A slip that can be used at this desk. */
export interface ReadSlip {
  /** Names the commands about it. */
  readonly tapId: string;
  readonly text: string;
  readonly slip: Slip;
  /** Papers that hold today and may be used here, with what is left of each. */
  readonly papers: readonly PaperOnSlip[];
}

/** What a card was read as. */
export interface ReadCard {
  readonly policy: Policy;
  readonly programme: Programme;
  readonly credential: Credential;
  readonly ledger: ServeableLedger;
  readonly store: LedgerStore;
  readonly mediumKind: string;
}

/** Who decides, where and when. */
export interface DecidedAt {
  readonly desk: DeskFacts;
  readonly operator: number;
  readonly calendar: SiteCalendar;
  readonly nowMs: number;
  readonly versions: DecisionVersions;
}

/** The snapshot that a card is decided on. Rejects with `ERR_JOURNAL_*`. */
export async function snapshotOf(read: ReadCard, at: DecidedAt): Promise<ServiceSnapshot> {
  const { policy, programme, credential, ledger, store, mediumKind } = read;
  const { day, usage, more = NOTHING_MORE } = ledger.counted.record;
  return await snapshotWith({ policy, programme, credential }, at, {
    ledger: { day, usage, more, nextSequence: ledger.nextSequence, isDoubtful: ledger.doubt !== null },
    medium: { kind: mediumKind, isCopyable: store.prove === undefined },
  });
}

/** The same of a card whose ledger is not on it: what counts, and how it was presented, are given. Rejects with `ERR_JOURNAL_*`. */
export async function snapshotWith(
  { policy, programme, credential }: Pick<ReadCard, 'policy' | 'programme' | 'credential'>,
  at: DecidedAt,
  facts: Pick<ServiceSnapshot, 'ledger' | 'medium'>,
): Promise<ServiceSnapshot> {
  const { desk, operator, calendar, nowMs, versions } = at;
  const { card, household, householdSize, draws, homeSite, coverage, rationScheme } = credential.entitlements;
  return {
    policy,
    programme,
    site: desk.site(),
    operator: { number: operator, role: desk.operatorRole },
    holder: {
      card,
      household,
      householdSize,
      draws,
      homeSite,
      coverage,
      rationScheme,
      homeArea: desk.areaOf(homeSite),
      issuedDay: calendar.dayOf(heldSince(credential) * 1000),
      expiresDay: calendar.dayOf(credential.expiresAt * 1000),
      rosters: desk.rostersOf(card),
    },
    ...facts,
    exposure: await desk.exposure(programme.number),
    day: calendar.dayOf(nowMs),
    timeSec: Math.floor(nowMs / 1000),
    versions,
  };
}

/** What was decided on a service that is to be taken back, as its intent has it, or what was given without a card. Intents say nothing of a service that only handed out on the day it was decided on. */
export function grantOf(
  served: Pick<IntentStep, 'items' | 'programme' | 'service' | 'atMs'>,
  calendar: SiteCalendar,
  versions: DecisionVersions,
): ServiceGrant {
  const { items, programme, service } = served;
  const day = calendar.dayOf(served.atMs);
  const plain = {
    effects: {
      day,
      counted: items.map(({ commodity, quantity }) => ({
        ...{ commodity, day: quantity, ahead: 0, month: quantity, drawn: 0 },
      })),
      ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 } },
    },
    exemption: 0,
    supervisor: 0,
  };
  return { outcome: 'grant', programme, items, ...(service ?? plain), isTrial: false, remindDays: null, versions };
}

/** Whether a service did anything that its items do not say. */
export function doesMore({ effects, exemption, supervisor, factor, representative, remindDays }: ServiceStep): boolean {
  const { balances, used, written, charge } = effects;
  const did = balances.length + used.length + written.length + charge.gross + exemption + supervisor > 0;
  return did || factor !== undefined || representative !== undefined || remindDays !== undefined;
}

/** What the intent of a grant has to say beyond its items, or undefined where {@link grantOf} finds it without. */
export function serviceOf(grant: ServiceGrant, day: number): IntentStep['service'] {
  const { effects, exemption, supervisor, factor, representative, paidFrom } = grant;
  const told = grant.remindDays === null ? {} : { remindDays: grant.remindDays };
  const { counted } = effects;
  const who = {
    ...(factor === undefined ? {} : { factor }),
    ...(representative === undefined ? {} : { representative }),
    ...(paidFrom === undefined ? {} : { paidFrom }),
  };
  const step = { effects, exemption, supervisor, ...who, ...told };
  const isPlain =
    effects.day === day &&
    counted.every((one) => one.ahead === 0 && one.drawn === 0 && one.month === one.day) &&
    !doesMore(step);
  return isPlain ? undefined : step;
}
