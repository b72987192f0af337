/** Opens the medium, verifies the credential on it and the endorsement that may extend it, and brings the card up to what is known of it. */
import type { CardSession, EndorsementPlace, OpenMedium } from '../../drivers/medium.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { type AnyResult, decodeAny } from '../credential/any-code.js';
import { cardKeyId } from '../credential/card-proof.js';
import type { CredentialClaims } from '../credential/cwt.js';
import { type DecodeContext, decodeCredential } from '../credential/decode.js';
import { decodeEndorsement, type Endorsement, endorsedClaims } from '../credential/endorsement.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { Programme } from '../domain/policy.js';
import type { Trust } from '../trust/trust.js';

/** What opening a card takes of a tap. */
export interface OpenDeps {
  readonly trust: Trust;
  readonly openMedium: OpenMedium;
}

/** What is opened, and for what. */
export interface OpenOrder {
  readonly card: PresentedCard;
  readonly canWrite: boolean;
  readonly programme: Programme;
  /** Seconds since 1970. */
  readonly nowSec: number;
}

/** An opened card. */
export interface OpenedCard {
  readonly session: CardSession;
  /** The credential as its endorsement leaves it; or a code of another issuer, read from a medium that holds nothing else. */
  readonly decoded: AnyResult;
  /** What is wrong with the endorsement: then the credential counts as it was issued, in doubt. */
  readonly endorsementFault: ErrorCode | null;
  /** Null while the signature of the credential did not hold. */
  readonly endorsed: EndorsedCard | null;
}

/** Which card it is, and which endorsement of its credential holds. */
export interface EndorsedCard {
  readonly card: number;
  /** The signed bytes of its credential: what `credentialName` takes. */
  readonly payload: Uint8Array;
  /** Null for none that holds. */
  readonly endorsement: Endorsement | null;
  /** False where it is in force by the list alone. */
  readonly isOnCard: boolean;
}

/** Opens a card. Rejects with what the medium rejects with; a credential that does not hold is a result. */
export async function openCard(deps: OpenDeps, order: OpenOrder): Promise<OpenedCard> {
  const session = await deps.openMedium(order.card, { canWrite: order.canWrite });
  return verifyCard(deps, order, { session, endorsement: session.endorsement });
}

/** Judges an opened card as if this stood in the place for its endorsement. */
export function verifyCard(
  deps: OpenDeps,
  order: OpenOrder,
  at: { readonly session: CardSession; readonly endorsement: EndorsementPlace },
): OpenedCard {
  const { session, endorsement } = at;
  const programme = order.programme.number;
  const issuerKeys = (keyId: Uint8Array) => deps.trust.issuerKeys(keyId);
  const isOnCard = endorsement === session.endorsement;
  let fault: ErrorCode | null = null;
  let endorsed: EndorsedCard | null = null;
  const endorse = (claims: CredentialClaims, payload: Uint8Array): CredentialClaims => {
    const { card } = claims.entitlements;
    endorsed = { card, payload, endorsement: null, isOnCard };
    if (endorsement.state === 'damaged') fault = 'ERR_ENDORSEMENT_FORMAT';
    if (endorsement.state !== 'bytes') return claims;
    const uid = session.uid ?? (claims.cardKey === undefined ? new Uint8Array(0) : cardKeyId(claims.cardKey));
    const read = decodeEndorsement(endorsement.bytes, {
      issuerKeys,
      programme,
      owner: { uid, card },
      payload,
      claims,
    });
    if (!read.ok) {
      fault = read.code;
      return claims;
    }
    endorsed = { ...endorsed, endorsement: read.endorsement };
    return endorsedClaims(claims, read.endorsement);
  };
  const decoded = decode(session, deps.trust, {
    issuerKeys,
    isHotlisted: (serial) => deps.trust.isHotlisted(serial),
    programme,
    now: order.nowSec,
    medium: { layout: session.layout, uid: session.uid },
    endorse,
  });
  return { session, decoded, endorsementFault: fault, endorsed };
}

/** A code on paper may be another issuer's. A card may not: whatever is on it, its ledger is ours. */
function decode({ credential }: CardSession, trust: Trust, context: DecodeContext): AnyResult {
  if (credential.form === 'text') return decodeAny(credential, { ...context, foreignKeys: trust.foreignKeys() });
  const own = decodeCredential(credential, context);
  return own.ok ? { ok: true, profile: 'wasl', credential: own.credential } : own;
}
