/** What the next record of the ledger states after a service. */
import { openService } from './decide.js';
import type { LedgerState, ServiceGrant, ServiceSnapshot } from './service.js';
import { withQuotasUsedUp } from './take.js';

/**
 * The ledger after a grant that was decided on this very snapshot: rolled over to the day, less what was taken, with what was given and written. Counted by the
 * same function that the decision counted with. A trial changes nothing at all: the ledger stays as it is, its day included, and no record need be written.
 */
export function apply(snapshot: ServiceSnapshot, grant: ServiceGrant): LedgerState {
  const { day, usage, more } = snapshot.ledger;
  if (grant.isTrial) return { day, usage, more };
  const { items, exemption, effects } = grant;
  const { opening, steps } = openService(snapshot, { items, ...(exemption === 0 ? {} : { exemption }) });
  const served = steps?.at(-1)?.taken.state ?? opening;
  const counted = snapshot.ledger.isDoubtful ? withQuotasUsedUp(snapshot, served, effects) : served;
  return { ...counted, more: { ...counted.more, papers: [...counted.more.papers, ...effects.written] } };
}
