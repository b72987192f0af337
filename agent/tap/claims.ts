/** What may be had with what the operator claims: an exemption, a supervisor's word, a proof that the holder gave. Pure. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { Commodity, Exemption } from '../domain/policy.js';
import { emptyOffer, offer } from '../services/offer.js';
import { exemptionOf } from '../services/rules/exemption.js';
import type {
  PaperRequest,
  ServiceClaims,
  ServiceOffer,
  ServiceRefusal,
  ServiceSnapshot,
} from '../services/service.js';
import type { DeskFacts } from './snapshot.js';

/** An offer, what was claimed for it, and what could still be. */
export interface ClaimedOffer {
  readonly offer: ServiceOffer;
  readonly claims: ServiceClaims;
  /** Exemptions that this operator may claim now and that would get the holder more than the offer without any; the one that is claimed among them. */
  readonly exemptions: readonly Exemption[];
  /** Why nothing is offered without an exemption, or why the last claim did not do; null for neither. */
  readonly code: ErrorCode | null;
}

/** Stands for whichever supervisor may allow it, while it is only asked what an exemption would come to. */
const SOME_SUPERVISOR = 1;

/** The offer before anything is claimed. Where nothing may be had, and an exemption would change that, the offer is empty and says why. */
export function firstOffer(snapshot: ServiceSnapshot): ClaimedOffer | ServiceRefusal {
  const plain = offer(snapshot);
  const exemptions = (snapshot.programme.exemptions ?? []).filter((one) => helps(snapshot, plain, one));
  if (plain.outcome === 'offer') return { offer: plain, claims: {}, exemptions, code: null };
  if (exemptions.length === 0) return plain;
  return { offer: emptyOffer(snapshot), claims: {}, exemptions, code: plain.reason };
}

/** The offer made anew. Claims that do not hold leave it as it was, and say why. */
export function claimed(snapshot: ServiceSnapshot, before: ClaimedOffer, claims: ServiceClaims): ClaimedOffer {
  const refused = (code: ErrorCode): ClaimedOffer => ({ ...before, code });
  const { exemption } = claims;
  if (exemption !== undefined && exemptionOf(snapshot, exemption) === undefined) return refused('ERR_EXEMPTION');
  const again = offer(snapshot, claims);
  if (again.outcome === 'offer') return { ...before, offer: again, claims, code: null };
  // A claim that is taken away again leads back to where only an exemption helps.
  if (exemption === undefined) return { ...before, offer: emptyOffer(snapshot), claims, code: again.reason };
  return refused(again.reason);
}

/** Whether the papers that are asked for may be taken to the sites that they name: accredited ones, of the kind that the rule wants. */
export function namesKnownSites(
  snapshot: ServiceSnapshot,
  papers: readonly PaperRequest[],
  desk: Pick<DeskFacts, 'sitesOf'>,
): boolean {
  return papers.every(({ writtenBy, site }) => {
    const kind = commodityOf(snapshot, writtenBy)?.writes?.chooseSiteKind;
    return kind === undefined || desk.sitesOf(kind).some(({ number }) => number === site);
  });
}

function helps(snapshot: ServiceSnapshot, plain: ServiceOffer | ServiceRefusal, exemption: Exemption): boolean {
  const supervisor = exemption.supervisor ? { supervisor: SOME_SUPERVISOR } : {};
  const withIt = offer(snapshot, { exemption: exemption.number, ...supervisor });
  if (withIt.outcome === 'refuse') return false;
  if (plain.outcome === 'refuse') return true;
  return withIt.items.some(({ commodity, available }) => {
    const before = plain.items.find((item) => item.commodity === commodity)?.available ?? 0;
    return available > before;
  });
}

function commodityOf({ programme }: ServiceSnapshot, number: number): Commodity | undefined {
  return programme.commodities.find((one) => one.number === number);
}
