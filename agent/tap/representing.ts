/**
 * Somebody collects for a holder: first their own card is laid down, then the holder's. Whether they may is for the rules of the programme; here it is only
 * found out who they are. Their card is verified as any other, and nothing is written to it.
 */
import type { PresentedCard } from '../../drivers/reader.js';
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import { codeOf } from '../domain/errors.js';
import type { Representative, ServiceClaims } from '../services/service.js';
import { claimed } from './claims.js';
import { type OfferedCard, type RefusedCard, type TapDeps, versionsNow } from './examine.js';
import { openCard } from './open-card.js';

/** Who stands at the desk for a holder, from a verified credential. */
export interface StandIn {
  /** Names the commands about them. */
  readonly tapId: string;
  readonly credential: Credential;
}

/** Whether somebody may stand in for a holder in this programme at all. */
export function mayBeRepresented(deps: Pick<TapDeps, 'trust'>, programme: string): boolean {
  return deps.trust.policy().programmes.find(({ id }) => id === programme)?.representatives !== undefined;
}

/** Reads whose card it is. Never rejects: whatever is wrong with it is a code. */
export async function readRepresentative(
  deps: TapDeps,
  card: PresentedCard,
  programmeId: string,
): Promise<{ readonly credential: Credential } | { readonly code: ErrorCode }> {
  const programme = deps.trust.policy().programmes.find(({ id }) => id === programmeId);
  if (programme === undefined) return { code: 'ERR_PROGRAMME_UNKNOWN' };
  try {
    const nowSec = Math.floor(deps.time.now().ms / 1000);
    const { decoded } = await openCard(deps, { card, canWrite: false, programme, nowSec });
    if (!decoded.ok) return { code: decoded.code };
    return decoded.profile === 'wasl' ? { credential: decoded.credential } : { code: 'ERR_PROGRAMME_FOREIGN' };
  } catch (error) {
    if (codeOf(error) === 'ERR_INTERNAL') deps.fault(error);
    return { code: codeOf(error) };
  }
}

/** The offer as it is for whoever stands in; a refusal where the rules do not let them. The holder's own card represents nobody. */
export function representedBy<Card extends OfferedCard>(
  deps: Pick<TapDeps, 'trust' | 'time'>,
  examined: Card,
  standIn: StandIn | null,
): Card | RefusedCard {
  if (standIn === null || standIn.credential.entitlements.card === examined.owner.card) return examined;
  const offered = claimed(examined.snapshot, examined.offered, {
    representative: representativeOf(standIn, examined.credential),
  });
  // What was wrong before is not theirs, and an exemption may still help.
  if (offered.code === null || offered.code === examined.offered.code) return { ...examined, offered };
  const { credential, owner, programme, superseded } = examined;
  const about = { card: owner.card, credential, programme: programme.number, versions: versionsNow(deps) };
  return { result: 'refuse', code: offered.code, ...about, superseded };
}

/** Claims of the page, with whoever was found to stand there: that is not for the page to say. */
export function withRepresentative(claims: ServiceClaims, before: ServiceClaims): ServiceClaims {
  const { representative } = before;
  return representative === undefined ? claims : { ...claims, representative };
}

/** Whom the holder's card names is signed there, or in an endorsement on it. */
function representativeOf({ credential }: StandIn, holder: Credential): Representative {
  const { card, household } = credential.entitlements;
  return { card, household, isNamed: holder.entitlements.representatives?.includes(card) === true };
}
