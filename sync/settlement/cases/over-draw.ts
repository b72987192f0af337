/**
 * More than a card's quota of a day or a month, over all terminals.
 *
 * What can be known at the centre: quotas for a card are exact. Those for a household or for each of its members need the household, which no
 * event names: with a register they are exact, without one the largest household possible is assumed, so that only what is above any
 * card's quota is a case. Days are those of the events' times; the day that stands in the ledger on the card is not part of an event, so
 * a tap that was interrupted before midnight and finished after it is counted for the later day unless its terminal told of the interruption
 * within the month. A card that was made in the place of another one goes on with what that had drawn in the period: both together have one quota.
 */
import { isoDay } from '../../../agent/domain/calendar.js';
import type { Quota } from '../../../agent/domain/policy.js';
import type { UsageDocument } from '../documents.js';
import { contentOf, terminalOf } from '../evidence.js';
import { type DistinctService, distinctServices } from '../projections/distinct.js';
import type { Surroundings } from '../projections/projection.js';
import { type HouseholdShare, isoMonth } from '../rules.js';
import type { Finding, LikelyCause, Verdicts } from './case.js';
import { loosestLimit } from './limit.js';

interface Period {
  readonly every: Quota['every'];
  /** `2026-11-21` or `2026-11`. */
  readonly name: string;
  readonly services: readonly DistinctService[];
}

/** Judges a month. Rejects with `ERR_DATABASE` when the register cannot be asked. */
export async function judgeOverDraw(document: UsageDocument, at: Surroundings): Promise<Verdicts> {
  const services = distinctServices(document);
  const findings = new Map<string, Finding>();
  if (services.length === 0) return findings;
  const share = await at.rules.householdOf(document.card);
  const days = [...new Set(services.map(({ day }) => day))].sort();
  const periods: Period[] = [
    ...days.map((name): Period => ({ every: 'day', name, services: services.filter(({ day }) => day === name) })),
    { every: 'month', name: document.month, services },
  ];
  for (const period of periods) {
    for (const commodity of Object.keys(document.drawn).map(Number)) {
      const finding = findingFor({ document, period, commodity, share }, at);
      if (finding === null) continue;
      findings.set(`over-draw:${document.card}:${document.programme}:${commodity}:${period.name}`, finding);
    }
  }
  return findings;
}

interface Draw {
  readonly document: UsageDocument;
  readonly period: Period;
  readonly commodity: number;
  readonly share: HouseholdShare | null;
}

function findingFor(draw: Draw, at: Surroundings): Finding | null {
  const { document, period, commodity } = draw;
  const { card, programme } = document;
  const services = period.services.filter(({ items }) => items.some((item) => item.commodity === commodity));
  const versions = services.map(({ policy }) => policy);
  const limit = loosestLimit({ programme, commodity, every: period.every, share: draw.share }, versions, at);
  const amount = services
    .flatMap(({ items }) => items)
    .reduce((sum, item) => sum + (item.commodity === commodity ? item.quantity : 0), 0);
  const carried = services.length === 0 ? NOTHING_CARRIED : carriedIn(draw, at);
  if (limit === null || amount + carried.units <= limit.amount) return null;
  const bound = {
    card: 'the quota of a card is',
    most: 'no card is entitled to more than',
    register: 'its quota is',
    largest: 'even the largest household is entitled to no more than',
  }[limit.by];
  const [cause, why] = causeOf(services, period.every);
  const before = carried.units === 0 ? '' : `, and the card in whose place it was made ${carried.units}`;
  return {
    kind: 'over-draw',
    cause,
    reason: `Card ${card} drew ${amount} of commodity ${commodity} ${period.every === 'day' ? 'on' : 'in'} ${period.name}${before}; ${bound} ${limit.amount}. ${why}`,
    subject: { card, programme, commodity, period: period.name },
    events: [...services.flatMap(({ events }) => events), ...carried.events],
    healed: null,
  };
}

interface Carried {
  readonly units: number;
  /** Ids of the events that tell of it. */
  readonly events: readonly string[];
}

const NOTHING_CARRIED: Carried = { units: 0, events: [] };

/** What the card began with that was drawn in the period, with the card in whose place it was made. Told again in another epoch it counts once. */
function carriedIn({ document, period, commodity }: Draw, at: Surroundings): Carried {
  const told = new Map<string, { readonly units: number; readonly events: string[] }>();
  for (const [id, one] of Object.entries(at.replacementsOf(document.card)?.of ?? {})) {
    const isRunning = period.every === 'day' ? isoDay(one.day) === period.name : isoMonth(one.day) === document.month;
    const used = one.usage.find((usage) => usage.commodity === commodity);
    const units = isRunning && used !== undefined ? (period.every === 'day' ? used.usedDay : used.usedMonth) : 0;
    if (units === 0) continue;
    const key = contentOf(terminalOf(id), one);
    told.set(key, { units, events: [...(told.get(key)?.events ?? []), id] });
  }
  const all = [...told.values()];
  return { units: all.reduce((sum, one) => sum + one.units, 0), events: all.flatMap(({ events }) => events) };
}

function causeOf(services: readonly DistinctService[], every: Quota['every']): [LikelyCause, string] {
  const terminals = new Set(services.map(({ terminal }) => terminal));
  const numbers = new Map<number, Set<string>>();
  for (const { ledgerSequence, terminal } of services) {
    numbers.set(ledgerSequence, (numbers.get(ledgerSequence) ?? new Set()).add(terminal));
  }
  if ([...numbers.values()].some((at) => at.size > 1)) {
    return ['clone', 'Two terminals used the same number of its ledger: a copy of the card drew beside it.'];
  }
  if (every === 'day' && services.some(({ quality }) => quality === 'doubtful')) {
    return ['clock', 'A terminal knew that its clock was behind, so services of several days may carry one date.'];
  }
  if (numbers.size < services.length || terminals.size === 1) {
    const [terminal] = terminals;
    return ['terminal', `All of it was served at ${terminal}, which should have refused.`];
  }
  return [
    'card',
    'Each terminal counts what the card itself says: its records were destroyed or put back between the terminals, or one of them counts wrongly.',
  ];
}
