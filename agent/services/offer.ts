/** What a holder may have now, before anything is chosen. */
import type { OfferedItem } from '../domain/decision.js';
import type { Commodity } from '../domain/policy.js';
import { RULES, refusal, remindDays, verdict } from './decide.js';
import { quotaOf, UNBOUNDED } from './entitlement.js';
import { rollOver } from './roll-over.js';
import type { Finding, ServiceLook } from './rule.js';
import { stepReached } from './rules/offline.js';
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

/**
 * Most that each commodity alone may be had of, by every rule that can be held against a ledger before anything is chosen; and the ledger's balances and papers as
 * they are after the roll-over. What several commodities share (points, the units of a terminal without the centre) is offered for each of them.
 * Where nothing may be had, the refusal is that of the commodity which came furthest down the list of rules: nearest to being served.
 * `claims`: what the operator claims already, e.g. an exemption.
 */
export function offer(snapshot: ServiceSnapshot, claims: ServiceClaims = {}): ServiceOffer | ServiceRefusal {
  const opening = rollOver(snapshot);
  const at: ServiceLook = { snapshot, request: { ...claims, items: [] }, opening };
  const onService = RULES.map((rule) => (rule.per === 'service' ? rule.look(at) : null));
  const judged = snapshot.programme.commodities.map((commodity) => judge(at, commodity, onService));
  const stops = judged.flatMap(({ stop }) => (stop === null ? [] : [stop]));
  if (stops.length === judged.length) {
    const furthest = stops.reduce((best, one) => (one.index > best.index ? one : best));
    return refusal(snapshot, furthest.verdict);
  }
  return {
    outcome: 'offer',
    programme: snapshot.programme.number,
    items: judged.map(({ commodity, most }) => offered(snapshot, opening, { commodity, available: most })),
    balances: opening.more.balances,
    papers: opening.more.papers,
    remindDays: remindDays(snapshot),
    versions: snapshot.versions,
  };
}

interface Judged {
  readonly commodity: Commodity;
  readonly most: number;
  /** The first rule that allows nothing, by its place in the list; null where none does. */
  readonly stop: { readonly index: number; readonly verdict: RuleVerdict } | null;
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
      return { commodity, most: 0, stop: { index, verdict: verdict(rule, finding, { owner, asked: 1 }) } };
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
