/**
 * The decision on a service: an ordered list of named rules. A programme is data; each of its conditions is one rule of this list, and the first rule that does
 * not hold refuses, with its own code and its id. What a programme does not state, no rule looks at. Granted whole or refused whole, never cut
 * down without the holder's word. A trial is decided and shown like everything else.
 *
 * Items are judged in the order in which the programme lists its commodities, whatever order they were asked in, each on the ledger as those before leave it:
 * two items never spend the same point or the same paper.
 */
import type { TakenItem } from '../domain/event.js';
import type { LedgerPaper } from '../domain/ledger.js';
import { type Commodity, PAPER_KINDS } from '../domain/policy.js';
import { rollOver } from './roll-over.js';
import type { Finding, Rule } from './rule.js';
import { accountProof, costs, gives, needs } from './rules/accounts.js';
import { campaignCard, campaignRoster, campaignSite } from './rules/campaign.js';
import { dates } from './rules/dates.js';
import { exemption, exemptionDay, exemptionRole, exemptionSupervisor } from './rules/exemption.js';
import { factorOf, secondFactor } from './rules/factor.js';
import { doubtfulLedger, mediumProtection } from './rules/medium.js';
import { chargeFor, chargesTogether, price } from './rules/money.js';
import { offlineLadder, offlineServices, offlineSignedTime, offlineUnits } from './rules/offline.js';
import { paper, paperLeft, paperSite, papersAsked, standsIn, writes } from './rules/papers.js';
import { operatorRole, siteAccredited, siteArea, siteHome, siteKind } from './rules/place.js';
import { afterPayment, fromPurse, purse, purseBalance, purseOf } from './rules/purse.js';
import * as quota from './rules/quota.js';
import { representative, representativeMonth } from './rules/representative.js';
import { coveragePlan, coverageWaiting, scheme } from './rules/scheme.js';
import { isOnSlip, oneSlip, withoutLedger } from './rules/slips.js';
import type {
  LedgerState,
  RuleVerdict,
  ServiceDecision,
  ServiceEffects,
  ServiceGrant,
  ServiceRefusal,
  ServiceRequest,
  ServiceSnapshot,
} from './service.js';
import { balanceChanges } from './state.js';
import { type Taken, take } from './take.js';

/** All rules, in the order in which they look. */
export const RULES: readonly Rule[] = [
  dates,
  ...[scheme, coveragePlan, coverageWaiting],
  ...[siteKind, siteAccredited, siteArea, siteHome, operatorRole],
  ...[campaignSite, campaignRoster, campaignCard],
  mediumProtection,
  doubtfulLedger,
  ...[offlineLadder, offlineUnits, offlineServices, offlineSignedTime],
  secondFactor,
  ...[representative, representativeMonth],
  ...[exemption, exemptionRole, exemptionSupervisor, exemptionDay],
  withoutLedger,
  needs,
  ...[paper, paperSite, paperLeft],
  ...[quota.quotaDay, quota.quotaDayOffline, quota.quotaDayCopyable, quota.quotaDoubtful],
  ...[quota.quotaMonth, quota.quotaYear, quota.quotaOnce],
  ...[accountProof, costs, gives],
  ...[papersAsked, writes, oneSlip],
  price,
  ...[purse, purseBalance],
];

/** Decides on a request. */
export function decide(snapshot: ServiceSnapshot, request: ServiceRequest): ServiceDecision {
  return judge(openService(snapshot, request));
}

/** Decides on a service that was opened. */
export function judge(service: OpenService): ServiceDecision {
  const { snapshot, request, steps } = service;
  if (steps === null) return refusal(snapshot, notARequest(snapshot));
  for (const { rule, finding, by } of findingsOn(service, steps))
    if (by.asked > finding.most) return refusal(snapshot, verdict(rule, finding, by));
  return {
    outcome: 'grant',
    programme: snapshot.programme.number,
    items: request.items.filter(({ quantity }) => quantity !== 0),
    effects: effectsOf(service),
    ...basis(service),
    ...proof(service),
    isTrial: snapshot.programme.isTrial === true,
    remindDays: remindDays(snapshot),
    versions: snapshot.versions,
  };
}

/** A service as it is judged: the ledger on its day, and what each item takes off it. */
export interface OpenService {
  readonly snapshot: ServiceSnapshot;
  readonly request: ServiceRequest;
  readonly opening: LedgerState;
  /** In the order of the programme's commodities; null where what is asked for is no request at all. */
  readonly steps: readonly ServiceStep[] | null;
  /** The ledger as the items leave it, and then after what is paid from it. */
  readonly served: LedgerState;
  readonly closing: LedgerState;
}

interface ServiceStep {
  readonly commodity: Commodity;
  readonly item: TakenItem;
  /** The ledger before it. */
  readonly state: LedgerState;
  readonly taken: Taken;
}

/** Rolls the ledger over to the day, and counts what is asked for. Judges nothing. */
export function openService(snapshot: ServiceSnapshot, request: ServiceRequest): OpenService {
  const opening = rollOver(snapshot);
  if (!isRequest(snapshot, request))
    return { snapshot, request, opening, steps: null, served: opening, closing: opening };
  const steps: ServiceStep[] = [];
  let state = opening;
  for (const commodity of snapshot.programme.commodities) {
    const item = request.items.find((one) => one.commodity === commodity.number && one.quantity > 0);
    if (item === undefined) continue;
    const taken = take(snapshot, state, { item, commodity, claims: request });
    steps.push({ commodity, item, state, taken });
    state = taken.state;
  }
  return { snapshot, request, opening, steps, served: state, closing: afterPayment(snapshot, request, state) };
}

/** The verdict of every rule that looks, in order. */
export function* verdictsOn(service: OpenService): Generator<RuleVerdict, void> {
  const { snapshot, steps } = service;
  if (steps === null) yield notARequest(snapshot);
  else for (const { rule, finding, by } of findingsOn(service, steps)) yield verdict(rule, finding, by);
}

function notARequest({ programme }: ServiceSnapshot): RuleVerdict {
  return { rule: `${programme.id}.quantity`, holds: false, reason: 'ERR_QUANTITY', facts: {} };
}

/** What was asked for, and of whom in the policy the rule that looks at it is. */
interface Asked {
  readonly owner: string;
  readonly asked: number;
}

/** What every rule that looks found, in order. */
function* findingsOn(
  { snapshot, request, opening, served }: OpenService,
  steps: readonly ServiceStep[],
): Generator<{ readonly rule: Rule; readonly finding: Finding; readonly by: Asked }, void> {
  const { programme } = snapshot;
  const at = { snapshot, request, opening, served };
  const units = steps.reduce((sum, { item }) => sum + item.quantity, 0);
  const items = steps.map(({ commodity, item, state }) => ({
    look: { ...at, commodity, state },
    by: { owner: `${programme.id}.${commodity.id}`, asked: item.quantity },
  }));
  const whole = { owner: programme.id, asked: units };
  for (const rule of RULES) {
    if (rule.per === 'service') {
      for (const finding of rule.look(at)) yield { rule, finding, by: whole };
      continue;
    }
    for (const { look, by } of items) for (const finding of rule.look(look)) yield { rule, finding, by };
  }
}

/** What a finding means for what is asked. Bounds are stated together with what they are held against. */
export function verdict({ name, reason }: Rule, { most, facts, of }: Finding, by: Asked): RuleVerdict {
  const holds = by.asked <= most;
  const rule = `${by.owner}.${name}${of === undefined ? '' : `-${of}`}`;
  return { rule, holds, reason: holds ? null : reason, facts: 'most' in facts ? { ...facts, asked: by.asked } : facts };
}

/** The refusal by a rule that does not hold. */
export function refusal({ programme, versions }: ServiceSnapshot, { rule, reason }: RuleVerdict): ServiceRefusal {
  return { outcome: 'refuse', programme: programme.number, reason: reason ?? 'ERR_INTERNAL', rule, versions };
}

/** Days until the card expires, where the policy says that the holder is to be told; else null, as for a person without one. */
export function remindDays({ policy, holder, day }: ServiceSnapshot): number | null {
  const days = holder.expiresDay - day;
  return holder.card !== null && policy.remindDays !== undefined && days <= policy.remindDays
    ? Math.max(0, days)
    : null;
}

/** Something is asked for, each commodity of the programme at most once, in quantities that exist. */
function isRequest({ programme }: ServiceSnapshot, { items }: ServiceRequest): boolean {
  const asked = items.filter(({ quantity }) => quantity !== 0);
  const isDistinct = new Set(asked.map(({ commodity }) => commodity)).size === asked.length;
  const areKnown = asked.every(({ commodity, quantity }) => {
    const isPossible = Number.isSafeInteger(quantity) && quantity > 0;
    return isPossible && programme.commodities.some(({ number }) => number === commodity);
  });
  return asked.length > 0 && isDistinct && areKnown;
}

function proof({ snapshot, request }: OpenService): Pick<ServiceGrant, 'factor' | 'representative' | 'paidFrom'> {
  const factor = factorOf(snapshot, request);
  const paidFrom = fromPurse(snapshot, request) === 0 ? undefined : purseOf(snapshot)?.number;
  const { representative: person } = request;
  return {
    ...(factor === undefined ? {} : { factor }),
    ...(person === undefined ? {} : { representative: person.card }),
    ...(paidFrom === undefined ? {} : { paidFrom }),
  };
}

function basis({ snapshot, request, steps }: OpenService): { readonly exemption: number; readonly supervisor: number } {
  const rests = (steps ?? []).some(({ commodity }) => standsIn(snapshot, commodity, request));
  return rests
    ? { exemption: request.exemption ?? 0, supervisor: request.supervisor ?? 0 }
    : { exemption: 0, supervisor: 0 };
}

function effectsOf({ snapshot, request, opening, steps, closing }: OpenService): ServiceEffects {
  const taken = (steps ?? []).map((step) => step.taken);
  return {
    day: opening.day,
    counted: taken.map(({ counted }) => counted),
    balances: balanceChanges(opening, closing),
    used: taken.flatMap(({ used }) => used),
    written: written(snapshot, request, opening.day),
    ...(isOnSlip(snapshot, request) ? { isOnSlip: true } : {}),
    charge: (steps ?? [])
      .map(({ commodity, item }) => chargeFor(commodity, item.quantity, snapshot.holder))
      .reduce(chargesTogether, { gross: 0, holder: 0 }),
  };
}

function written(
  { programme, ledger }: ServiceSnapshot,
  { papers = [] }: ServiceRequest,
  day: number,
): readonly LedgerPaper[] {
  return papers.flatMap(({ writtenBy, commodity, quantity, site }) => {
    const rule = programme.commodities.find(({ number }) => number === writtenBy)?.writes;
    if (rule === undefined) return [];
    const untilDay = day + rule.days - 1;
    return [
      { kind: PAPER_KINDS.indexOf(rule.kind), number: ledger.nextSequence, commodity, left: quantity, untilDay, site },
    ];
  });
}
