/** What the next record of the ledger states after a service. */
import { judge, type OpenService, openService } from './decide.js';
import type { LedgerState, ServiceGrant, ServiceRefusal, ServiceRequest, ServiceSnapshot } from './service.js';
import { withQuotasUsedUp } from './take.js';

/**
 * The ledger after a grant that was decided on this very snapshot: rolled over to the day, less what was taken, with what was given and written. Counted by the
 * same function that the decision counted with. A trial changes nothing at all: the ledger stays as it is, its day included, and no record need be written.
 */
export function apply(snapshot: ServiceSnapshot, grant: ServiceGrant): LedgerState {
  const { items, exemption, paidFrom } = grant;
  const how = {
    ...(exemption === 0 ? {} : { exemption }),
    ...(paidFrom === undefined ? {} : ({ paysFrom: 'purse' } as const)),
  };
  return after(openService(snapshot, { items, ...how }), grant);
}

/** `decide` and then `apply`, with the service counted once: a grant with the ledger after it, or the refusal. */
export function carryOut(
  snapshot: ServiceSnapshot,
  request: ServiceRequest,
): ServiceRefusal | { readonly outcome: 'grant'; readonly grant: ServiceGrant; readonly state: LedgerState } {
  const service = openService(snapshot, request);
  const decision = judge(service);
  return decision.outcome === 'refuse'
    ? decision
    : { outcome: 'grant', grant: decision, state: after(service, decision) };
}

function after({ snapshot, closing }: OpenService, { isTrial, effects }: ServiceGrant): LedgerState {
  const { day, usage, more } = snapshot.ledger;
  if (isTrial) return { day, usage, more };
  const counted = snapshot.ledger.isDoubtful ? withQuotasUsedUp(snapshot, closing, effects) : closing;
  if (effects.isOnSlip === true) return counted;
  return { ...counted, more: { ...counted.more, papers: [...counted.more.papers, ...effects.written] } };
}
