/** Holders without a ledger, and papers that no ledger can take: what is served all the same, and where it is written. */
import { type Commodity, PAPER_KINDS, type Policy } from '../../domain/policy.js';
import { type ItemRule, NOTHING, type ServiceRule, when } from '../rule.js';
import type { PaperRequest, ServiceRequest, ServiceSnapshot } from '../service.js';
import { isByRosterAlone } from './scheme.js';

/**
 * Without a ledger a holder is served what is written on a slip, and what a slip is used for; and of that, only what can be counted without one: bounded by the day
 * and the month, and without accounts. Whom a campaign serves from its list has a ledger in the journal for everything, and is not looked at.
 */
export const withoutLedger: ItemRule = {
  per: 'item',
  name: 'ledger',
  reason: 'ERR_PROGRAMME_LEDGER_REQUIRED',
  look: ({ snapshot: { policy, programme, holder, ledger }, commodity }) => {
    if (isByRosterAlone(programme, holder) || (ledger.takes !== 'nothing' && holder.card !== null)) return NOTHING;
    return when(isServedWithoutLedger(policy, commodity), { card: holder.card });
  },
};

/** The papers of one service all go to the ledger, or all on one slip. */
export const oneSlip: ServiceRule = {
  per: 'service',
  name: 'one-slip',
  reason: 'ERR_PAPER_REQUEST',
  look: ({ snapshot, request }) => {
    const { papers = [] } = request;
    if (papers.length === 0 || !needsSlip(snapshot)) return NOTHING;
    const onSlip = papers.filter((one) => mayWriteSlip(snapshot, one)).length;
    const isPossible = onSlip === papers.length || (onSlip === 0 && snapshot.ledger.takes === undefined);
    return when(isPossible, { papers: papers.length });
  },
};

/** Whether what a request writes goes on a slip. */
export function isOnSlip(snapshot: ServiceSnapshot, { papers = [] }: ServiceRequest): boolean {
  return papers.length > 0 && needsSlip(snapshot) && papers.every((one) => mayWriteSlip(snapshot, one));
}

/** Whether the programme serves anything at all to a card without a ledger of its family. */
export function servesWithoutLedger({ policy, programme }: Pick<ServiceSnapshot, 'policy' | 'programme'>): boolean {
  return programme.commodities.some((commodity) => isServedWithoutLedger(policy, commodity));
}

/** The rules in force by which a commodity's papers may be on slips: those of the commodities that write them. */
export function slipRulesFor({ programmes }: Policy, paper: { readonly kind: number; readonly commodity: number }) {
  return programmes.flatMap((programme) =>
    programme.commodities.flatMap(({ writes }) =>
      writes?.slip === true && PAPER_KINDS[paper.kind] === writes.kind && writes.for.includes(paper.commodity)
        ? [{ programme, writes }]
        : [],
    ),
  );
}

function isServedWithoutLedger(policy: Policy, commodity: Commodity): boolean {
  const { number, writes, consumes, quotas, gives = [], costs = [], carryOver } = commodity;
  const isCounted = quotas.every(({ every }) => every === 'day' || every === 'month');
  if (!isCounted || gives.length > 0 || costs.length > 0 || carryOver !== undefined) return false;
  const kind = consumes === undefined ? -1 : PAPER_KINDS.indexOf(consumes.kind);
  // What needs a paper that stands on slips is refused for want of it, and not for want of a ledger.
  if (consumes !== undefined && slipRulesFor(policy, { kind, commodity: number }).length === 0) return false;
  return consumes !== undefined || writes?.slip === true;
}

/** Nobody without a card has anything to write to; a card may have no ledger, or no room on it. */
function needsSlip({ holder, ledger }: ServiceSnapshot): boolean {
  return holder.card === null || ledger.takes !== undefined;
}

function mayWriteSlip({ programme }: ServiceSnapshot, { writtenBy }: PaperRequest): boolean {
  return programme.commodities.find(({ number }) => number === writtenBy)?.writes?.slip === true;
}
