/** Prices that are paid from a purse: what refuses them, and that value is never made, lost or spent twice, whatever happens in whatever order. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { isWaslError } from '../../agent/domain/errors.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import type { Commodity, Programme } from '../../agent/domain/policy.js';
import { apply, carryOut } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import { explain } from '../../agent/services/explain.js';
import type { LedgerFacts, ServiceGrant, ServiceRequest, ServiceSnapshot } from '../../agent/services/service.js';
import { balanceOf } from '../../agent/services/state.js';
import { takeBack } from '../../agent/services/take-back.js';
import { parseWith, policySchema } from '../../agent/trust/list-schemas.js';
import { decodeEvent, encodeEvent } from '../../sync/protocol/event-codec.js';
import { type Change, DAY, ledgerOf, next, programmeOf, snapshotOf } from './desk.js';
import { SEED } from './history.js';
import { tell } from './rule-table.js';

const PURSE = 301;
const WORDS = { ar: 'محفظة', fr: 'bourse', en: 'purse' };
const ACCOUNT = { id: 'purse', number: PURSE, kind: 'amount', name: WORDS, max: 50_000, needsProof: true } as const;
const holding = (value: number): LedgerFacts =>
  ledgerOf({ more: { ...NOTHING_MORE, balances: value === 0 ? [] : [{ account: PURSE, value }] } });
const SMART = { kind: 'type4', isCopyable: false } as const;

/** Bread at 20 each, of which plan 1 pays a half; the purse stands in another programme of the family. */
function paying(value: number, change: Change = {}): Change {
  const price = { amount: 20, copayment: { lines: [{ plans: [1], permille: 500 }] } };
  return {
    programmes: [programmeOf({ id: 'money', number: 2, accounts: [ACCOUNT], commodities: [] })],
    ledger: holding(value),
    medium: SMART,
    ...change,
    programme: { purse: PURSE, ...change.programme },
    commodity: { price, ...change.commodity },
  };
}
const loaves = (quantity: number, more: Partial<ServiceRequest> = {}): ServiceRequest => ({
  items: [{ commodity: 1, quantity }],
  paysFrom: 'purse',
  ...more,
});

describe('a price that is to be paid from the purse', () => {
  const noPurse = ['ERR_PAYMENT_METHOD', 'bread.purse'] as const;
  const tooLittle = ['ERR_ACCOUNT_BALANCE', 'bread.purse-balance-purse'] as const;
  const noProof = ['ERR_FACTOR_NEEDED', 'bread.second-factor'] as const;
  const listed: Change = {
    programme: { campaign: { roster: 'day', withoutCard: true } },
    holder: { card: null, rosters: ['day'] },
  };
  const fromPurse: Change = { programme: { secondFactor: { fromPurse: 100, accepts: ['pin'] } } };
  const costing: Partial<Commodity> = { costs: [{ account: PURSE, amount: 5 }] };
  tell([
    ['all that is on it', paying(100), null, loaves(10)],
    ['one more than is on it', paying(99), tooLittle, loaves(10)],
    ['in cash, whatever is on it', paying(0), null, { items: [{ commodity: 1, quantity: 10 }] }],
    ['where the programme names none', { ...paying(100), programme: {} }, noPurse, loaves(1)],
    [
      'on a card that can be copied',
      paying(100, { medium: { kind: 'ntag216', isCopyable: true } }),
      noPurse,
      loaves(1),
    ],
    ['by somebody without a card', paying(100, listed), noPurse, loaves(1)],
    ['an account that the policy does not know', paying(100, { programme: { purse: 9 } }), noPurse, loaves(1)],
    ['a ledger in doubt', paying(100, { ledger: { ...holding(100), isDoubtful: true } }), tooLittle, loaves(1)],
    ['nothing to pay', paying(0, { commodity: { price: { amount: 0 } } }), null, loaves(4)],
    ['what the goods take off the purse counts first', paying(100, { commodity: costing }), tooLittle, loaves(7)],
    ['what the goods leave on it is enough', paying(100, { commodity: costing }), null, loaves(6)],
    ['below the sum that wants a proof', paying(500, fromPurse), null, loaves(9)],
    ['from that sum on without one', paying(500, fromPurse), noProof, loaves(10)],
    ['from that sum on with one', paying(500, fromPurse), null, loaves(10, { factors: ['pin'] })],
    ['in cash from that sum on', paying(500, fromPurse), null, { items: [{ commodity: 1, quantity: 10 }] }],
  ]);

  test('a sum that no whole number could be is refused by its price, and explained without one', () => {
    const snapshot = snapshotOf(paying(100, { commodity: { price: { amount: 2 ** 40 } } }));
    expect(decide(snapshot, loaves(2 ** 20))).toMatchObject({ reason: 'ERR_QUANTITY', rule: 'bread.loaf.price' });
    expect(explain(snapshot, loaves(2 ** 20)).some(({ rule }) => rule.startsWith('bread.purse'))).toBe(false);
  });

  test('the grant says from which account, the ledger has that much less, and applying the grant gives the same', () => {
    const snapshot = snapshotOf(paying(1_000));
    const done = carryOut(snapshot, loaves(7));
    if (done.outcome !== 'grant') throw new Error(done.reason);
    expect(done.grant).toMatchObject({
      paidFrom: PURSE,
      effects: { charge: { gross: 140, holder: 70 }, balances: [{ account: PURSE, value: 930, by: -70 }] },
    });
    expect(apply(snapshot, done.grant)).toEqual(done.state);
    expect(balanceOf(done.state, PURSE)).toBe(930);
  });

  test('paid in cash, or with nothing to pay, the grant names no account and the purse is untouched', () => {
    const cash = decide(snapshotOf(paying(1_000)), { items: [{ commodity: 1, quantity: 7 }] });
    const free = decide(snapshotOf(paying(1_000, { commodity: { price: { amount: 0 } } })), loaves(7));
    for (const decision of [cash, free]) {
      expect(decision).toMatchObject({ outcome: 'grant', effects: { balances: [] } });
      expect(decision).not.toHaveProperty('paidFrom');
    }
  });

  test('a service to a ledger in doubt leaves nothing on a purse that any programme of the family pays from', () => {
    const snapshot = snapshotOf(paying(1_000, { ledger: { ...holding(1_000), isDoubtful: true } }));
    const done = carryOut(snapshot, { items: [{ commodity: 1, quantity: 1 }] });
    expect(done.outcome === 'grant' ? balanceOf(done.state, PURSE) : done.reason).toBe(0);
  });

  test('the event of it is no event where nothing was to be paid', () => {
    const told = (holder: number): WaslEvent => ({
      ...{ type: 'redemption', time: 1_800_000_000, card: 1, ledgerSequence: 2, programme: 1, operator: 0 },
      items: [{ commodity: 1, quantity: 1 }],
      versions: { keys: 1, hotlist: 0, policy: 1, time: 'signed' },
      details: {
        ...{ balances: [], used: [], written: [], exemption: 0, supervisor: 0, isTrial: false, isFromPurse: true },
        charge: { gross: 20, holder },
      },
    });
    expect(decodeEvent(encodeEvent(told(10)))).toEqual(told(10));
    expect(() => encodeEvent(told(0))).toThrowError(expect.toSatisfy((e) => isWaslError(e, 'ERR_EVENT_FORMAT')));
  });
});

describe('the published purse', () => {
  const HEAD = { version: 1, issuedAt: '2026-11-01T00:00:00Z', expires: '2036-11-01T00:00:00Z' };
  const { $schema: _, ...sample } = JSON.parse(
    readFileSync(new URL('../../docs/samples/purse.policy.json', import.meta.url), 'utf8'),
  ) as { $schema: string };
  const policy = {
    ...parseWith(policySchema, { ...HEAD, ...sample }, { code: 'ERR_LIST_FORMAT', name: 'purse' }),
    expiresAt: Date.parse(HEAD.expires) / 1000,
  };
  const MOST = 50_000;

  interface Served {
    readonly grant: ServiceGrant;
    isBack: boolean;
  }

  const step = fc.record({
    what: fc.constantFrom('top-up', 'top-up', 'top-up', 'sugar', 'loaf', 'ration-sugar'),
    quantity: fc.integer({ min: 1, max: 8 }),
    isCash: fc.boolean(),
    days: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: 20, max: 70 })),
    /** Of the services before, the one that is taken back; null for a service. */
    back: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.nat({ max: 4 })),
    /** Somebody spoils the newest record: another terminal sees the one before it, in doubt. */
    isSpoilt: fc.boolean(),
  });
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  function programmeWith(what: string): readonly [Programme, Commodity] {
    for (const programme of policy.programmes) {
      const commodity = programme.commodities.find(({ id }) => id === what);
      if (commodity !== undefined) return [programme, commodity];
    }
    throw new Error(`the sample has no ${what}`);
  }

  function at(programme: Programme, ledger: LedgerFacts, on: { readonly day: number; readonly kind: string }) {
    const plain = snapshotOf({ site: { kind: on.kind }, medium: SMART, ledger, day: on.day });
    return { ...plain, policy, programme } satisfies ServiceSnapshot;
  }

  /** What a service that stands put onto the purse, or took off it. */
  function worthOf({ grant }: Served): number {
    const quantity = grant.items.reduce((sum, item) => sum + item.quantity, 0);
    const [commodity] = grant.items.map((item) => item.commodity);
    if (commodity === 301) return 5_000 * quantity;
    if (commodity === 302) return -3_250 * quantity;
    const price = commodity === 304 ? 20 : 1_260;
    return grant.paidFrom === undefined ? 0 : -price * quantity;
  }

  function live(steps: readonly Step[], isDoubted: boolean): { paid: number; prices: number; doubts: number } {
    const all: Served[] = [];
    const seen = { paid: 0, prices: 0, doubts: 0 };
    let ledger: LedgerFacts = { ...holding(0), day: DAY };
    let before = ledger;
    let day = DAY;
    for (const { what, quantity, isCash, days, back, isSpoilt } of steps) {
      day += days;
      const doubted =
        isDoubted && isSpoilt ? { ...before, nextSequence: ledger.nextSequence + 1, isDoubtful: true } : ledger;
      const target = back === null ? undefined : all.at(-1 - back);
      if (target !== undefined) {
        if (target.isBack) continue;
        const programme = policy.programmes.find(({ number }) => number === target.grant.programme);
        if (programme === undefined) throw new Error('a programme that is not in the policy');
        const taken = takeBack(at(programme, ledger, { day, kind: 'grocer' }), target.grant);
        if (taken.outcome !== 'void') continue;
        target.isBack = true;
        [before, ledger] = [ledger, next(taken.state, ledger)];
      } else {
        const [programme, commodity] = programmeWith(what);
        const snapshot = at(programme, doubted, { day, kind: commodity.siteKinds?.[0] ?? '' });
        const items = [{ commodity: commodity.number, quantity }];
        const done = carryOut(snapshot, { items, factors: ['pin'], ...(isCash ? {} : { paysFrom: 'purse' }) });
        if (done.outcome === 'refuse') continue;
        // What a ledger in doubt says is worth nothing: no price is paid from it.
        if (doubted.isDoubtful) expect(done.grant).not.toHaveProperty('paidFrom');
        if (doubted.isDoubtful) seen.doubts += 1;
        if (done.grant.paidFrom !== undefined) seen.prices += 1;
        all.push({ grant: done.grant, isBack: false });
        [before, ledger] = [doubted, next(done.state, doubted)];
      }
      const worth = all.filter(({ isBack }) => !isBack).reduce((sum, one) => sum + worthOf(one), 0);
      const balance = balanceOf(ledger, PURSE);
      expect(balance).toBeGreaterThanOrEqual(0);
      if (seen.doubts === 0) {
        expect(balance).toBe(worth);
      } else {
        // A doubt may cost the holder what the centre gives back; it never makes value.
        expect(balance).toBeLessThanOrEqual(worth);
      }
      if (all.every(({ isBack }) => !isBack)) expect(balance).toBeLessThanOrEqual(MOST);
    }
    seen.paid = all.length;
    return seen;
  }

  it('is worth what was paid in, less goods, less prices, over any taps, voids and months', () => {
    let prices = 0;
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        prices += live(steps, false).prices;
      }),
      { seed: SEED, numRuns: 500 },
    );
    expect(prices).toBeGreaterThan(200);
  });

  it('is never worth more than that, whichever records are spoilt between two terminals', () => {
    let [prices, doubts] = [0, 0];
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const seen = live(steps, true);
        prices += seen.prices;
        doubts += seen.doubts;
      }),
      { seed: SEED, numRuns: 500 },
    );
    expect(Math.min(prices, doubts)).toBeGreaterThan(100);
  });
});
