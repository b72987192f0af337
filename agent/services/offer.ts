/** What a holder may have now, before anything is chosen. */
import type { OfferedItem } from '../domain/decision.js';
import type { Commodity } from '../domain/policy.js';
import { RULES, refusal, remindDays, verdict } from './decide.js';
import { quotaOf, UNBOUNDED } from './entitlement.js';
import { rollOver } from './roll-over.js';
import type { Finding, Rule, ServiceLook } from './rule.js';
import { campaignCard, campaignRoster, campaignSite } from './rules/campaign.js';
import { stepReached } from './rules/offline.js';
import { operatorRole, siteAccredited, siteArea, siteHome, siteKind } from './rules/place.js';
import { permilleOf } from './rules/quota.js';
import type {
  LedgerState,
  RuleVerdict,
  ServiceClaims,
  ServiceOffer,
  ServiceRefusal,
  ServiceSnapshot,
} from './service.js';
import { usageOf } from './state.js';

/** What these stop is not this desk's to offer to anybody: left out of an offer, where a quota that is used up is shown with nothing left. */
const NOT_HERE: ReadonlySet<Rule> = new Set<Rule>([
  ...[siteKind, siteAccredited, siteArea, siteHome, operatorRole],
  ...[campaignSite, campaignRoster, campaignCard],
]);

/**
 * Most that each commodity alone may be had of, by every rule that can be held against a ledger before anything is chosen; and the ledger's balances and papers as
 * they are after the roll-over. What several commodities share (points, the units of a terminal without the centre) is offered for each of them.
 * What is not served at this site, or by this operator, is left out. Where nothing may be had, the refusal is that of the commodity which came furthest down the list of rules: nearest to being served.
 * `claims`: what the operator claims already, e.g. an exemption.
 */
export function offer(snapshot: ServiceSnapshot, claims: ServiceClaims = {}): ServiceOffer | ServiceRefusal {
  const opening = rollOver(snapshot);
  const at: ServiceLook = { snapshot, request: { ...claims, items: [] }, opening, served: opening };
  const onService = RULES.map((rule) => (rule.per === 'service' ? rule.look(at) : null));
  const judged = snapshot.programme.commodities.map((commodity) => judge(at, commodity, onService));
  const stops = judged.flatMap(({ stop }) => (stop === null ? [] : [stop]));
  if (stops.length === judged.length) {
    const furthest = stops.reduce((best, one) => (one.index > best.index ? one : best));
    return refusal(snapshot, furthest.verdict);
  }
  const here = judged.filter(({ stop }) => stop === null || !NOT_HERE.has(stop.rule));
  return {
    ...openingOf(snapshot, opening),
    items: here.map(({ commodity, most }) => offered(snapshot, opening, { commodity, available: most })),
  };
}

/** What stands on the ledger today, with nothing offered: what is shown while only an exemption would help. */
export function emptyOffer(snapshot: ServiceSnapshot): ServiceOffer {
  return openingOf(snapshot, rollOver(snapshot));
}

function openingOf(snapshot: ServiceSnapshot, opening: LedgerState): ServiceOffer {
  return {
    outcome: 'offer',
    programme: snapshot.programme.number,
    items: [],
    balances: opening.more.balances,
    papers: [...opening.more.papers, ...(snapshot.slips ?? []).filter(({ untilDay }) => untilDay >= opening.day)],
    remindDays: remindDays(snapshot),
    versions: snapshot.versions,
  };
}

interface Judged {
  readonly commodity: Commodity;
  readonly most: number;
  /** The first rule that allows nothing, by its place in the list; null where none does. */
  readonly stop: { readonly index: number; readonly rule: Rule; readonly verdict: RuleVerdict } | null;
}

function judge(at: ServiceLook, commodity: Commodity, onService: readonly (readonly Finding[] | null)[]): Judged {
  const { id } = at.snapshot.programme;
  const look = { ...at, commodity, state: at.opening };
  let most = UNBOUNDED;
  let index = 0;
  for (const rule of RULES) {
    for (const finding of rule.per === 'item' ? rule.look(look) : (onService[index] ?? [])) {
      most = Math.min(most, finding.most);
      if (most >= 1) continue;
      const owner = rule.per === 'item' ? `${id}.${commodity.id}` : id;
      return { commodity, most: 0, stop: { index, rule, verdict: verdict(rule, finding, { owner, asked: 1 }) } };
    }
    index += 1;
  }
  return { commodity, most, stop: null };
}

/** The bound of the day that is shown is the one in force: less than the quota where the ladder leaves a part of it. */
function offered(
  { programme, exposure, holder }: ServiceSnapshot,
  opening: LedgerState,
  { commodity, available }: { readonly commodity: Commodity; readonly available: number },
): OfferedItem {
  const { usedDay, usedMonth } = usageOf(opening, commodity.number);
  const quotaDay = quotaOf(commodity, 'day', holder);
  const permille = Math.min(1000, stepReached(programme, exposure)?.permille ?? 1000);
  return {
    commodity: commodity.number,
    available,
    usedDay,
    usedMonth,
    quotaDay: quotaDay === null ? null : permilleOf(quotaDay, permille),
    quotaMonth: quotaOf(commodity, 'month', holder),
  };
}
