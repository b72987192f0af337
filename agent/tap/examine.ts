/** First half of a tap: read all, verify, judge the ledger, and offer what may be taken. Nothing is written. */

import type { LedgerStore, OpenMedium, PinAnswer } from '../../drivers/medium.js';
import type { PresentedCard, ReaderCapabilities } from '../../drivers/reader.js';
import { cardKeyId } from '../credential/card-proof.js';
import type { DecodeStep } from '../credential/decode.js';
import type { Endorsement } from '../credential/endorsement.js';
import type { ForeignCredential } from '../credential/foreign.js';
import type { LedgerOwner } from '../credential/ledger.js';
import type { SiteCalendar } from '../domain/calendar.js';
import type { Randomness } from '../domain/clock.js';
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { DecisionVersions } from '../domain/event.js';
import type { HealthVault } from '../domain/health-record.js';
import type { Signer } from '../domain/keys.js';
import type { Programme } from '../domain/policy.js';
import { isSameSubject, type Slip } from '../domain/slip.js';
import type { IntentStep, Journal } from '../journal/journal.js';
import { servesWithoutLedger } from '../services/rules/slips.js';
import type { ServiceSnapshot } from '../services/service.js';
import type { TimeSource, Trust } from '../trust/trust.js';
import type { ServeableLedger } from './assess.js';
import { type ClaimedOffer, firstOffer } from './claims.js';
import { openCurrentCard } from './endorse.js';
import { keptFacts } from './kept.js';
import { judgeLedgers } from './ledgers.js';
import type { EndorsedCard } from './open-card.js';
import {
  type DecidedAt,
  type DeskFacts,
  type ReadCard,
  type ReadSlip,
  snapshotOf,
  snapshotWith,
  UNKNOWN_DESK,
} from './snapshot.js';
import type { Till } from './till.js';

/** What a tap is made of. */
export interface TapDeps {
  readonly journal: Journal;
  readonly trust: Trust;
  readonly time: TimeSource;
  readonly random: Randomness;
  /** The calendar of a time zone. */
  calendar(timeZone: string): SiteCalendar;
  /** Signs the ledger records that this terminal writes. */
  readonly signer: Signer;
  readonly openMedium: OpenMedium;
  /** Ids of the programmes that this desk serves, the one that it begins with first. */
  readonly programmes: readonly [string, ...string[]];
  /** Hears of what should never happen: a fault inside Wasl that ended as a refusal. For the log. */
  fault(error: unknown): void;
  /** Number of whoever serves at this moment; 0 where the site has no log-in. */
  operator(): number;
  /** Takes what holders pay. Absent: nothing is taken here, whatever a programme's prices say, and events tell of no payment. */
  readonly till?: Till;
  /** Opens health records. Absent: none are opened here. */
  readonly health?: HealthVault;
  /** Sets, changes and unblocks the PINs of holders: `secrets` unblock the cards of these home sites, and may be none. Absent: no PIN is changed here. */
  readonly holderPins?: { readonly secrets: ReadonlyMap<number, Uint8Array> };
  /** What the conditions of programmes look at. Absent: nothing is known, and a programme that states such conditions refuses. */
  readonly desk?: DeskFacts;
  /** Services taken back at this terminal on a calendar day of the site, those begun and not finished included, whatever was restarted since. */
  voidsOn(day: number): Promise<number>;
}

/** A card whose ledger can be built upon. */
export interface CardWithLedger {
  readonly result: 'ledger';
  readonly credential: Credential;
  readonly programme: Programme;
  /** UID and serial; of a smart card the id of its key in the place of a UID. */
  readonly owner: LedgerOwner;
  readonly store: LedgerStore;
  readonly ledger: ServeableLedger;
  /** Which endorsement the card shows, to be remembered with what is served. */
  readonly endorsed: EndorsedCard | null;
  /** Was written to the card at this tap; null for none. */
  readonly renewal: Endorsement | null;
  /** Has the card check its holder's PIN; null for a card that has none. */
  readonly verifyPin: ((pin: string) => Promise<PinAnswer>) | null;
  readonly snapshot: ServiceSnapshot;
  readonly superseded: readonly IntentStep[];
}

/** A card whose holder may be served. */
export interface ServeableCard extends Omit<CardWithLedger, 'result'> {
  readonly result: 'offer';
  readonly offered: ClaimedOffer;
}

/** A card without a ledger of the family, in a programme that serves such cards what it does without one. */
export interface KeptCard extends Pick<CardWithLedger, 'credential' | 'programme' | 'verifyPin' | 'snapshot'> {
  readonly owner: Pick<LedgerOwner, 'card'>;
  readonly endorsed: EndorsedCard | null;
  readonly renewal: Endorsement | null;
  readonly superseded: readonly IntentStep[];
}

/** Such a card whose holder may be served. */
export interface ServeableKeptCard extends KeptCard {
  readonly result: 'offer';
  readonly store: null;
  readonly offered: ClaimedOffer;
}

/** A card whose holder may be served, with a ledger or without. */
export type OfferedCard = ServeableCard | ServeableKeptCard;

/** A card with an interrupted tap of this terminal on it. */
export interface ResumableCard {
  readonly result: 'resume';
  readonly credential: Credential;
  readonly store: LedgerStore;
  readonly intent: IntentStep;
  readonly superseded: readonly IntentStep[];
}

/** A card that is refused, and what is known of it. */
export interface RefusedCard {
  readonly result: 'refuse';
  readonly code: ErrorCode;
  /** Serial where the issuer's signature verified, else null. */
  readonly card: number | null;
  readonly credential: Credential | null;
  /** Where decoding stopped, for a card whose credential does not hold. */
  readonly step?: DecodeStep;
  /** Whom a code of another issuer is about: verified, shown, never recorded. */
  readonly foreign?: ForeignCredential;
  readonly programme: number;
  readonly versions: DecisionVersions;
  readonly superseded: readonly IntentStep[];
  /** Where it has no ledger, and the programme serves something all the same: what that is decided on. */
  readonly kept?: KeptCard;
  /** The slip that was refused, once its signature was found good. */
  readonly slip?: Slip;
}

/** What an examined card turned out to be. */
export type ExaminedCard = OfferedCard | ResumableCard | RefusedCard;

/** How a card is examined. */
export interface Examination {
  readonly capabilities: ReaderCapabilities;
  /** Id of the programme that is to be served. */
  readonly programme: string;
  /** A slip that was read before the card. */
  readonly slip?: ReadSlip;
}

/** Examines a presented card, and offers what may be taken. Never rejects: whatever is wrong with the card or the reader is a refusal with its code. */
export async function examineCard(deps: TapDeps, card: PresentedCard, by: Examination): Promise<ExaminedCard> {
  const examined = await examineLedger(deps, card, by);
  if (examined.result === 'ledger') {
    const offered = offeredTo(deps, examined, by);
    return 'code' in offered ? offered : { ...examined, ...offered, result: 'offer' };
  }
  if (examined.result === 'resume' || examined.kept === undefined) return examined;
  const offered = offeredTo(deps, examined.kept, by);
  return 'code' in offered ? offered : { ...examined.kept, ...offered, result: 'offer', store: null };
}

/** What the holder may have, with the slip that was read before the card. */
function offeredTo(
  deps: TapDeps,
  found: Pick<KeptCard, 'credential' | 'programme' | 'snapshot' | 'superseded'>,
  { slip }: Examination,
): Pick<ServeableCard, 'snapshot' | 'offered'> | RefusedCard {
  const { credential, programme, superseded } = found;
  const { card } = credential.entitlements;
  const versions = versionsNow(deps);
  const refuse = (code: ErrorCode): RefusedCard => ({
    ...{ result: 'refuse', code, card, credential, programme: programme.number, versions, superseded },
  });
  if (slip !== undefined && !isSameSubject(slip.slip.subject, { card })) return refuse('ERR_SLIP_HOLDER');
  const snapshot = slip === undefined ? found.snapshot : { ...found.snapshot, slips: slip.papers };
  const offered = firstOffer(snapshot);
  return 'offer' in offered ? { snapshot, offered } : refuse(offered.reason);
}

/** The same without an offer: the card as it stands, whatever is left of its quota. */
export async function examineLedger(
  deps: TapDeps,
  card: PresentedCard,
  by: Examination,
): Promise<CardWithLedger | ResumableCard | RefusedCard> {
  const now = deps.time.now();
  const versions = versionsNow(deps);
  const policy = deps.trust.policy();
  const programme = policy.programmes.find((candidate) => candidate.id === by.programme);
  const refuse = (code: ErrorCode, known: Partial<RefusedCard> = {}): RefusedCard => ({
    result: 'refuse',
    code,
    card: known.credential?.entitlements.card ?? null,
    credential: null,
    programme: programme?.number ?? 0,
    versions,
    superseded: [],
    ...known,
  });
  if (programme === undefined) return refuse('ERR_PROGRAMME_UNKNOWN');
  if (now.ms >= policy.expiresAt * 1000) return refuse('ERR_POLICY_EXPIRED');
  try {
    const nowSec = Math.floor(now.ms / 1000);
    const canWrite = by.capabilities.writeBlocks;
    const opened = await openCurrentCard(deps, { card, canWrite, programme, nowSec, versions });
    const { session, decoded, endorsementFault, endorsed, renewal } = opened;
    // Without its endorsement the credential may have run out; that is not what is wrong with it.
    const isOlder = decoded.ok || decoded.code === 'ERR_CREDENTIAL_EXPIRED';
    if (opened.refusal !== null && isOlder) return refuse(opened.refusal, { card: endorsed?.card ?? null });
    if (!decoded.ok) return refuse(decoded.code, { card: decoded.card, step: decoded.step });
    if (decoded.profile === 'claim169') return refuse('ERR_PROGRAMME_FOREIGN', { foreign: decoded.credential });
    const { credential } = decoded;
    const uid = session.uid ?? (credential.cardKey === undefined ? null : cardKeyId(credential.cardKey));
    const { desk = UNKNOWN_DESK } = deps;
    const calendar = deps.calendar(policy.timeZone);
    const at = { desk, operator: deps.operator(), calendar, nowMs: now.ms, versions };
    const about = { policy, programme, credential };
    const withoutLedger = async (superseded: readonly IntentStep[]): Promise<RefusedCard> => {
      const kept = await keptCard(deps, { ...about, opened, superseded }, at);
      return refuse('ERR_PROGRAMME_LEDGER_REQUIRED', { credential, superseded, ...kept });
    };
    if (uid === null) return await withoutLedger([]);

    const owner: LedgerOwner = { uid, card: credential.entitlements.card };
    const judged = await judgeLedgers(deps, { session, owner, family: programme.family, nowSec });
    if (judged.store === null) return await withoutLedger(judged.superseded);
    const { store, verdict } = judged;
    const { superseded } = verdict;
    if (verdict.verdict === 'refuse') return refuse(verdict.code, { credential, superseded });
    if (verdict.verdict === 'resume')
      return { result: 'resume', credential, store, intent: verdict.intent, superseded };
    const ledger = { ...verdict, doubt: verdict.doubt ?? endorsementFault };
    const read = { ...about, ledger, store, mediumKind: session.kind };
    const snapshot = await snapshotOf(read, at);
    const found = { credential, programme, owner, store, ledger, endorsed, renewal, snapshot, superseded };
    return { result: 'ledger', ...found, verifyPin: session.verifyPin ?? null };
  } catch (error) {
    if (codeOf(error) === 'ERR_INTERNAL') deps.fault(error);
    return refuse(codeOf(error));
  }
}

/** The card as it is served without a ledger; nothing where the programme serves nothing so. */
async function keptCard(
  deps: TapDeps,
  card: Pick<ReadCard, 'policy' | 'programme' | 'credential'> & {
    readonly opened: Awaited<ReturnType<typeof openCurrentCard>>;
    readonly superseded: readonly IntentStep[];
  },
  at: DecidedAt,
): Promise<{ readonly kept?: KeptCard }> {
  const { programme, credential, opened, superseded } = card;
  if (!servesWithoutLedger(card)) return {};
  const { session, endorsementFault, endorsed, renewal } = opened;
  const { card: serial } = credential.entitlements;
  const { calendar } = at;
  const isDoubtful = endorsementFault !== null;
  const ledger = keptFacts(deps.journal.state().slips, serial, { calendar, isDoubtful });
  const snapshot = await snapshotWith(card, at, { ledger, medium: { kind: session.kind, isCopyable: true } });
  const verifyPin = session.verifyPin ?? null;
  return {
    kept: { credential, programme, owner: { card: serial }, endorsed, renewal, snapshot, superseded, verifyPin },
  };
}

/** What the terminal trusts at this moment, as decisions record it. */
export function versionsNow(deps: Pick<TapDeps, 'trust' | 'time'>): DecisionVersions {
  const { keys, hotlist, policy } = deps.trust.versions();
  return { keys, hotlist, policy, time: deps.time.now().quality };
}
