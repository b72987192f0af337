/** Papers that are used up, and papers that are written. */
import { isoDay } from '../../domain/calendar.js';
import type { LedgerPaper } from '../../domain/ledger.js';
import { type Commodity, PAPER_KINDS, type PaperUse } from '../../domain/policy.js';
import { atMost, type Finding, type ItemLook, type ItemRule, NOTHING, type ServiceRule, when } from '../rule.js';
import type { LedgerState, PaperOnSlip, PaperRequest, ServiceClaims, ServiceSnapshot } from '../service.js';
import { exemptionOf } from './exemption.js';

/** The card carries a paper for this, unless an exemption that was claimed stands in. */
export const paper: ItemRule = {
  per: 'item',
  name: 'paper',
  reason: 'ERR_PAPER_NEEDED',
  look: (at) =>
    needed(at, (use) => {
      const papers = papersFor(at.snapshot, at.opening, { commodity: at.commodity, use });
      const until = Math.max(...papers.map(({ untilDay }) => untilDay));
      return when(papers.length > 0, { kind: use.kind, until: papers.length > 0 ? isoDay(until) : null });
    }),
};

/** One of them is for any site, or for this one. */
export const paperSite: ItemRule = {
  per: 'item',
  name: 'paper-site',
  reason: 'ERR_SITE_CHOSEN',
  look: (at) =>
    needed(at, (use) => {
      const { number } = at.snapshot.site;
      const papers = papersFor(at.snapshot, at.opening, { commodity: at.commodity, use });
      const chosen = papers.map(({ site }) => site).join(' ');
      return when(
        papers.some(({ site }) => site === 0 || site === number),
        { kind: use.kind, site: number, chosen },
      );
    }),
};

/** They have enough left. */
export const paperLeft: ItemRule = {
  per: 'item',
  name: 'paper-left',
  reason: 'ERR_PAPER_EXHAUSTED',
  look: (at) =>
    needed(at, (use) => {
      const left = usablePapers(at.snapshot, at.state, at.commodity).reduce((sum, one) => sum + one.left, 0);
      return atMost(left, { kind: use.kind, left });
    }),
};

/** Papers are asked for with an item that writes them, each commodity once. */
export const papersAsked: ServiceRule = {
  per: 'service',
  name: 'papers',
  reason: 'ERR_PAPER_REQUEST',
  look: ({ request: { items, papers = [] } }) => {
    if (papers.length === 0) return NOTHING;
    const isDistinct = new Set(papers.map(({ commodity }) => commodity)).size === papers.length;
    const isWritten = papers.every(({ writtenBy }) =>
      items.some((item) => item.commodity === writtenBy && item.quantity > 0),
    );
    return when(isDistinct && isWritten, { papers: papers.length });
  },
};

/**
 * Each paper that the item is to write is for something that it may be written for, for a possible quantity, and names a site exactly where the holder
 * chooses one. That the site exists, is accredited and of the right kind is for whoever knows the list of sites.
 */
export const writes: ItemRule = {
  per: 'item',
  name: 'writes',
  reason: 'ERR_PAPER_REQUEST',
  look: ({ request: { papers = [] }, commodity }) => {
    const asked = papers.filter(({ writtenBy }) => writtenBy === commodity.number);
    return asked.flatMap((one) =>
      when(mayWrite(commodity, one), { for: one.commodity, quantity: one.quantity, site: one.site }),
    );
  },
};

/** Papers on the ledger, and of a slip that was presented, that this site may use for a commodity: those that end first come first. */
export function usablePapers(
  snapshot: ServiceSnapshot,
  state: LedgerState,
  commodity: Commodity,
): readonly (LedgerPaper | PaperOnSlip)[] {
  const { consumes } = commodity;
  if (consumes === undefined) return [];
  return papersFor(snapshot, state, { commodity, use: consumes })
    .filter(({ site }) => site === 0 || site === snapshot.site.number)
    .sort((a, b) => a.untilDay - b.untilDay || a.number - b.number);
}

/** Whether the exemption that is claimed stands in for the paper that the commodity uses up. The paper is then kept. */
export function standsIn(snapshot: ServiceSnapshot, commodity: Commodity, claims: ServiceClaims): boolean {
  const claimed = exemptionOf(snapshot, claims.exemption);
  return claimed !== undefined && commodity.consumes?.exemptions?.includes(claimed.id) === true;
}

function needed(at: ItemLook, look: (use: PaperUse) => readonly Finding[]): readonly Finding[] {
  const { consumes } = at.commodity;
  return consumes === undefined || standsIn(at.snapshot, at.commodity, at.request) ? NOTHING : look(consumes);
}

function papersFor(
  { slips = [] }: ServiceSnapshot,
  state: LedgerState,
  { commodity, use }: { readonly commodity: Commodity; readonly use: PaperUse },
): readonly (LedgerPaper | PaperOnSlip)[] {
  const kind = PAPER_KINDS.indexOf(use.kind);
  return [...state.more.papers, ...slips].filter(
    (one) => one.kind === kind && one.commodity === commodity.number && one.untilDay >= state.day,
  );
}

function mayWrite({ writes: rule }: Commodity, asked: PaperRequest): boolean {
  if (rule === undefined || !rule.for.includes(asked.commodity)) return false;
  const isPossible = Number.isSafeInteger(asked.quantity) && asked.quantity >= 1 && asked.quantity <= rule.quantityMax;
  return isPossible && asked.site > 0 === (rule.chooseSiteKind !== undefined);
}
