/** Opens the medium, verifies the credential on it and the endorsement that may extend it, and writes an endorsement that waits for this card. */
import type { CardSession, EndorsementPlace, OpenMedium } from '../../drivers/medium.js';
import type { PresentedCard } from '../../drivers/reader.js';
import { cardKeyId } from '../credential/card-proof.js';
import { sameBytes } from '../credential/cbor.js';
import type { CredentialClaims } from '../credential/cwt.js';
import { type DecodeResult, decodeCredential } from '../credential/decode.js';
import { decodeEndorsement, endorsedClaims } from '../credential/endorsement.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { Programme } from '../domain/policy.js';
import type { Trust } from '../trust/trust.js';

/** What opening a card takes of a tap. */
export interface OpenDeps {
  readonly trust: Trust;
  readonly openMedium: OpenMedium;
  /** The endorsement that the authority has sent for a card; see `TapDeps`. */
  endorsementFor?(card: number): Uint8Array | null;
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
  /** The credential as its endorsement leaves it. */
  readonly decoded: DecodeResult;
  /** What is wrong with the endorsement: then the credential counts as it was issued, in doubt. */
  readonly endorsementFault: ErrorCode | null;
}

/** Opens a card. Rejects with what the medium rejects with; a credential that does not hold is a result. */
export async function openCard(deps: OpenDeps, order: OpenOrder): Promise<OpenedCard> {
  const session = await deps.openMedium(order.card, { canWrite: order.canWrite });
  const opened = verify(deps, order, { session, endorsement: session.endorsement });
  const pending = pendingFor(deps, opened);
  if (pending === null || session.writeEndorsement === undefined) return opened;
  // Nothing is ever written to a card that would not be read from it.
  const endorsed = verify(deps, order, { session, endorsement: { state: 'bytes', bytes: pending } });
  if (!endorsed.decoded.ok || endorsed.endorsementFault !== null) return opened;
  await session.writeEndorsement(pending);
  const again = await deps.openMedium(order.card, { canWrite: order.canWrite });
  return verify(deps, order, { session: again, endorsement: again.endorsement });
}

/** The endorsement that waits for this card and is not on it yet. */
function pendingFor(deps: OpenDeps, opened: OpenedCard): Uint8Array | null {
  const { decoded, session } = opened;
  const card = decoded.ok ? decoded.credential.entitlements.card : decoded.card;
  const pending = card === null ? null : (deps.endorsementFor?.(card) ?? null);
  const { endorsement } = session;
  const isThere = pending !== null && endorsement.state === 'bytes' && sameBytes(endorsement.bytes, pending);
  return isThere ? null : pending;
}

function verify(
  deps: OpenDeps,
  order: OpenOrder,
  at: { readonly session: CardSession; readonly endorsement: EndorsementPlace },
): OpenedCard {
  const { session, endorsement } = at;
  const programme = order.programme.number;
  const issuerKeys = (keyId: Uint8Array) => deps.trust.issuerKeys(keyId);
  let fault: ErrorCode | null = null;
  const endorse = (claims: CredentialClaims, payload: Uint8Array): CredentialClaims => {
    if (endorsement.state === 'damaged') fault = 'ERR_ENDORSEMENT_FORMAT';
    if (endorsement.state !== 'bytes') return claims;
    const uid = session.uid ?? (claims.cardKey === undefined ? new Uint8Array(0) : cardKeyId(claims.cardKey));
    const owner = { uid, card: claims.entitlements.card };
    const read = decodeEndorsement(endorsement.bytes, { issuerKeys, programme, owner, payload, claims });
    if (read.ok) return endorsedClaims(claims, read.endorsement);
    fault = read.code;
    return claims;
  };
  const decoded = decodeCredential(session.credential, {
    issuerKeys,
    isHotlisted: (serial) => deps.trust.isHotlisted(serial),
    programme,
    now: order.nowSec,
    medium: { layout: session.layout, uid: session.uid },
    endorse,
  });
  return { session, decoded, endorsementFault: fault };
}
