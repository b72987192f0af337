/** First half of a tap: read all, verify, judge the ledger, and offer what may be taken. Nothing is written. */

import type { CardSession, LedgerStore, OpenMedium, SlotIndex } from '../../drivers/medium.js';
import type { PresentedCard, ReaderCapabilities } from '../../drivers/reader.js';
import { decodeCredential } from '../credential/decode.js';
import { classifySlot, type LedgerKey, type LedgerOwner } from '../credential/ledger.js';
import type { SiteCalendar } from '../domain/calendar.js';
import type { Randomness } from '../domain/clock.js';
import type { Credential } from '../domain/credential.js';
import type { Offer } from '../domain/decision.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { DecisionVersions } from '../domain/event.js';
import type { Signer } from '../domain/keys.js';
import type { LedgerCause, Slot } from '../domain/ledger.js';
import type { Programme } from '../domain/policy.js';
import type { IntentStep, Journal } from '../journal/journal.js';
import { offerRation, type RationSnapshot } from '../services/ration/ration.js';
import type { TimeSource, Trust } from '../trust/trust.js';
import { assessLedger, type ServeableLedger } from './assess.js';

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
  /** Id of the programme that this desk serves. */
  readonly programme: string;
  /** Hears of what should never happen: a fault inside Wasl that ended as a refusal. For the log. */
  fault(error: unknown): void;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
}

/** A card whose holder may be served. */
export interface ServeableCard {
  readonly result: 'offer';
  readonly credential: Credential;
  readonly programme: Programme;
  readonly owner: LedgerOwner;
  readonly store: LedgerStore;
  readonly ledger: ServeableLedger;
  readonly snapshot: RationSnapshot;
  readonly offer: Offer;
  readonly superseded: readonly IntentStep[];
}

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
  readonly programme: number;
  readonly versions: DecisionVersions;
  readonly superseded: readonly IntentStep[];
}

/** What an examined card turned out to be. */
export type ExaminedCard = ServeableCard | ResumableCard | RefusedCard;

/** How far ahead of our clock another terminal's record may be dated: two honest clocks differ by less. */
const LEDGER_AHEAD_SEC = 24 * 3600;

/** Examines a presented card. Never rejects: whatever is wrong with the card or the reader is a refusal with its code. */
export async function examineCard(
  deps: TapDeps,
  card: PresentedCard,
  capabilities: ReaderCapabilities,
): Promise<ExaminedCard> {
  const now = deps.time.now();
  const versions = versionsNow(deps);
  const policy = deps.trust.policy();
  const programme = policy.programmes.find((candidate) => candidate.id === deps.programme);
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
    const session = await deps.openMedium(card, { canWrite: capabilities.writeBlocks });
    const decoded = decodeCredential(session.credential, {
      issuerKeys: (keyId) => deps.trust.issuerKeys(keyId),
      isHotlisted: (serial) => deps.trust.isHotlisted(serial),
      programme: programme.number,
      now: Math.floor(now.ms / 1000),
      medium: { layout: session.layout, uid: session.uid },
    });
    if (!decoded.ok) return refuse(decoded.code, { card: decoded.card });
    const { credential } = decoded;
    if (session.ledger === null || session.uid === null || session.ledger.family !== programme.family)
      return refuse('ERR_PROGRAMME_LEDGER_REQUIRED', { credential });

    const owner: LedgerOwner = { uid: session.uid, card: credential.entitlements.card };
    const verdict = assessLedger({
      slots: await readSlots(deps, { session, store: session.ledger, owner, nowSec: Math.floor(now.ms / 1000) }),
      mark: deps.journal.state().highWater.get(owner.card) ?? null,
      intents: [...deps.journal.state().openIntents.values()]
        .map((open) => open.intent)
        .filter((intent) => intent.card === owner.card),
    });
    const { superseded } = verdict;
    if (verdict.verdict === 'refuse') return refuse(verdict.code, { credential, superseded });
    if (verdict.verdict === 'resume') {
      return { result: 'resume', credential, store: session.ledger, intent: verdict.intent, superseded };
    }
    const snapshot: RationSnapshot = {
      programme,
      credential,
      ledger: verdict.counted.record,
      doubtful: verdict.doubt !== null,
      day: deps.calendar(policy.timeZone).dayOf(now.ms),
      versions,
    };
    const offer = offerRation(snapshot);
    if (offer.outcome === 'refuse') return refuse(offer.reason, { credential, superseded });
    return {
      result: 'offer',
      credential,
      programme,
      owner,
      store: session.ledger,
      ledger: verdict,
      snapshot,
      offer,
      superseded,
    };
  } catch (error) {
    if (codeOf(error) === 'ERR_INTERNAL') deps.fault(error);
    return refuse(codeOf(error));
  }
}

/** What the terminal trusts at this moment, as decisions record it. */
export function versionsNow(deps: Pick<TapDeps, 'trust' | 'time'>): DecisionVersions {
  const { keys, hotlist, policy } = deps.trust.versions();
  return { keys, hotlist, policy, time: deps.time.now().quality };
}

async function readSlots(
  deps: TapDeps,
  at: { session: CardSession; store: LedgerStore; owner: LedgerOwner; nowSec: number },
): Promise<readonly [Slot, Slot]> {
  const keys = (keyId: Uint8Array, cause: LedgerCause): readonly LedgerKey[] =>
    cause === 'issue' ? deps.trust.issuerKeys(keyId) : deps.trust.terminalKeys(keyId);
  const [a, b] = await at.store.readSlots();
  const judge = (bytes: Uint8Array, index: SlotIndex): Slot =>
    classifySlot(bytes, { owner: at.owner, index, keys, latest: at.nowSec + LEDGER_AHEAD_SEC });
  return [judge(a, 0), judge(b, 1)];
}
