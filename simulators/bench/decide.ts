/**
 * `bench decide`: decisions on a service against a bare `JSON.parse` and `JSON.stringify` of the very snapshot that they look at, in the same run. Two policies: bread as
 * it is today, and the largest that the schema of policies allows, every commodity with every condition and all of them on one ledger. Both sides take
 * turns, and the ratio is the median over the turns: what else the machine does falls on both.
 */
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Commodity, Policy, Programme } from '../../agent/domain/policy.js';
import { apply } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import { explain } from '../../agent/services/explain.js';
import { offer } from '../../agent/services/offer.js';
import type { ServiceRequest, ServiceSnapshot } from '../../agent/services/service.js';

/** What was measured of one policy. `ratio`: time of a decision ÷ time of parsing and printing its snapshot; below 1, deciding is cheaper than copying. */
export interface DecideFigures {
  readonly ratio: number;
  readonly decisionsPerSecond: number;
  /** Rules that looked at the request. */
  readonly rules: number;
  readonly snapshotBytes: number;
  /** Times in microseconds, medians over the turns. */
  readonly microseconds: {
    readonly decide: number;
    readonly offer: number;
    readonly apply: number;
    readonly json: number;
  };
}

/** What was measured. */
export interface DecideBench {
  readonly ratios: { readonly small: number; readonly largest: number };
  readonly small: DecideFigures;
  readonly largest: DecideFigures;
}

const TURNS = 15;
/** Programmes of a policy and commodities of a programme, at most: see `agent/trust/list-schemas.ts`. */
const PROGRAMMES_MAX = 64;
const COMMODITIES_MAX = 16;
/** 2026-11-30, with a ledger of the day before: the largest work but for a month's end, which comes once in a month. */
const DAY = 20_787;
const WORDS = { ar: 'خبز', fr: 'pain', en: 'bread' };

/** Measures about `decisions` decisions of each policy, and a hundredth of that of the largest one's snapshot as JSON. */
export function benchDecide(decisions: number): DecideBench {
  const small = measure(snapshotOf([bread()]), decisions);
  const largest = measure(snapshotOf(largestPolicy().programmes), Math.max(TURNS, Math.ceil(decisions / 100)));
  return { ratios: { small: small.ratio, largest: largest.ratio }, small, largest };
}

function measure(snapshot: ServiceSnapshot, decisions: number): DecideFigures {
  const request = requestFor(snapshot);
  const grant = decide(snapshot, request);
  if (grant.outcome !== 'grant') throw new Error(`the service is refused by ${grant.rule}`);
  const text = JSON.stringify(snapshot);
  const each = Math.max(1, Math.ceil(decisions / TURNS));
  const sides = {
    decide: () => decide(snapshot, request).outcome === 'grant',
    offer: () => offer(snapshot).outcome === 'offer',
    apply: () => apply(snapshot, grant).day === DAY,
    json: () => JSON.stringify(JSON.parse(text)).length === text.length,
  };
  for (const side of Object.values(sides)) microsecondsOf(side, each);
  const turns = Array.from({ length: TURNS }, () => ({
    decide: microsecondsOf(sides.decide, each),
    offer: microsecondsOf(sides.offer, each),
    apply: microsecondsOf(sides.apply, each),
    json: microsecondsOf(sides.json, each),
  }));
  const of = (side: keyof typeof sides): number => median(turns.map((turn) => turn[side]));
  return {
    ratio: round(median(turns.map((turn) => turn.decide / turn.json)), 1000),
    decisionsPerSecond: Math.round(1_000_000 / of('decide')),
    rules: explain(snapshot, request).length,
    snapshotBytes: Buffer.byteLength(text),
    microseconds: {
      decide: round(of('decide'), 10),
      offer: round(of('offer'), 10),
      apply: round(of('apply'), 10),
      json: round(of('json'), 10),
    },
  };
}

function microsecondsOf(side: () => boolean, times: number): number {
  const start = performance.now();
  for (let i = 0; i < times; i += 1) if (!side()) throw new Error('a side of the benchmark did not do its work');
  return ((performance.now() - start) * 1000) / times;
}

/** One of each commodity that a single service can have together. */
function requestFor({ programme }: ServiceSnapshot): ServiceRequest {
  return {
    items: programme.commodities.map(({ number }) => ({ commodity: number, quantity: 1 })),
    factors: ['pin'],
    ...(programme.representatives === undefined
      ? {}
      : { representative: { card: 90_002, household: 90_001, isNamed: true } }),
  };
}

function bread(): Programme {
  const quotas = [
    { per: 'member', every: 'day', amount: 5 } as const,
    { per: 'household', every: 'month', amount: 900 } as const,
  ];
  return {
    ...{ id: 'bread', number: 1, title: WORDS, family: 1, schemes: [1], doubtfulLedgerMax: 5 },
    commodities: [{ id: 'loaf', number: 1, name: WORDS, unit: WORDS, quotas }],
  };
}

/** The largest policy that the schema of policies allows: so many programmes of so many commodities, each with every condition. */
export function largestPolicy(programmes = PROGRAMMES_MAX): Policy {
  return policyOf(Array.from({ length: programmes }, (_, at) => fullProgramme(at + 1)));
}

function policyOf(programmes: readonly Programme[]): Policy {
  return { version: 1, name: 'bench', expiresAt: 2_000_000_000, timeZone: 'Africa/Cairo', currency: 'EGP', programmes };
}

function fullProgramme(number: number): Programme {
  const account = { name: WORDS, max: 1_000_000 };
  return {
    ...{
      id: `programme-${number}`,
      number,
      title: WORDS,
      family: 1,
      schemes: [1],
      doubtfulLedgerMax: 5,
      copyableMaxDay: 99,
    },
    commodities: Array.from({ length: COMMODITIES_MAX }, (_, at) =>
      fullCommodity(number, (number - 1) * COMMODITIES_MAX + at + 1),
    ),
    accounts: [
      { ...account, id: 'points', number: number * 3, kind: 'amount' },
      { ...account, id: 'paid', number: number * 3 + 1, kind: 'until' },
      { ...account, id: 'kept', number: number * 3 + 2, kind: 'amount' },
    ],
    coverage: { plans: [{ plan: 1, classes: [1, 2] }], waitingDays: 10 },
    place: { siteKinds: ['bakery'], accredited: true, areas: ['Port Said'], roles: ['clerk'], portability: 'area' },
    dates: { from: '2026-01-01', until: '2027-12-31' },
    campaign: { sites: ['bakery-1'], roster: 'zakat' },
    offline: {
      ...{ unitsMax: 5000, servicesMax: 900, daysWithoutSignedTimeMax: 30 },
      ladder: [1, 3, 7].map((afterDays) => ({ afterDays, permille: 1000 - afterDays * 50 })),
    },
    secondFactor: { media: ['ntag216'], fromUnits: 2, accepts: ['pin'] },
    representatives: { who: 'household', perMonthMax: 9 },
    exemptions: [{ id: 'emergency', number, name: WORDS, roles: ['clerk'], supervisor: true, perDayMax: 3 }],
  };
}

function fullCommodity(programme: number, number: number): Commodity {
  const points = programme * 3;
  return {
    ...{ id: `commodity-${number}`, number, name: WORDS, unit: WORDS, aheadDays: 7 },
    quotas: (['day', 'month', 'year', 'once'] as const).map((every, at) => ({
      per: 'member',
      every,
      amount: 9 ** (at + 1),
    })),
    carryOver: { kind: 'accumulate', account: points + 2, max: 999, monthsMax: 12 },
    needs: [{ account: points + 1, graceDays: 5 }],
    costs: [{ account: points, amount: 2 }],
    gives: [{ account: points, amount: 1 }],
    price: { amount: 250, copayment: { lines: [{ plans: [1], classes: [2], permille: 125, max: 900 }] } },
    consumes: { kind: 'prescription', exemptions: ['emergency'] },
    writes: { kind: 'prescription', for: [number], days: 30, quantityMax: 5 },
    roles: ['clerk', 'nurse'],
    siteKinds: ['bakery', 'pharmacy'],
  };
}

/** A ledger that states something of all commodities of the first programme, as much as a smart card holds. */
function snapshotOf(programmes: readonly Programme[]): ServiceSnapshot {
  const [programme] = programmes;
  if (programme === undefined) throw new Error('there is no programme');
  const numbers = programme.commodities.map(({ number }) => number);
  const isFull = programme.accounts !== undefined;
  return {
    ...{ policy: policyOf(programmes), programme, day: DAY, timeSec: DAY * 86_400 + 30_000 },
    site: { number: 17, name: 'bakery-1', kind: 'bakery', area: 'Port Said', accredited: true },
    operator: { number: 3, role: 'clerk' },
    holder: {
      ...{ card: 4711, household: 90_001, householdSize: 5, draws: 3, homeSite: 17, homeArea: 'Port Said' },
      ...{ coverage: { plan: 1, class: 2, familyUnit: 12 }, rationScheme: 1, rosters: ['zakat'] },
      ...{ issuedDay: DAY - 400, expiresDay: DAY + 365 },
    },
    ledger: {
      ...{ day: DAY - 1, nextSequence: 9, isDoubtful: false },
      usage: numbers.map((commodity) => ({ commodity, usedDay: 3, usedMonth: 40 })),
      more: isFull
        ? {
            tallies: numbers.map((commodity) => ({ commodity, usedYear: 300, usedEver: 900, ahead: 0 })),
            balances: [3, 4, 5].map((account) => ({ account, value: account === 4 ? DAY + 20 : 500 })),
            papers: numbers.map((commodity) => ({
              kind: 1,
              number: 5,
              commodity,
              left: 3,
              untilDay: DAY + 9,
              site: 17,
            })),
          }
        : NOTHING_MORE,
    },
    medium: { kind: 'ntag216', isCopyable: true },
    exposure: {
      ...{ daysSinceContact: 2, daysSinceSignedTime: 2, units: 100, services: 40 },
      ...{ exemptionsToday: [], representedThisMonth: [{ card: 90_002, count: 1 }] },
    },
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'signed' },
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function round(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}
