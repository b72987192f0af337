/** The published sample of a purse: value goes onto the card for money and comes off it for goods, and nothing else changes it. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTHING_MORE } from '../../agent/domain/ledger.js';
import { apply } from '../../agent/services/apply.js';
import { decide } from '../../agent/services/decide.js';
import type { LedgerFacts, ServiceSnapshot } from '../../agent/services/service.js';
import { balanceOf } from '../../agent/services/state.js';
import { takeBack } from '../../agent/services/take-back.js';
import { parseWith, policySchema } from '../../agent/trust/list-schemas.js';
import { DAY, next, snapshotOf } from './desk.js';

const HEAD = { version: 1, issuedAt: '2026-11-01T00:00:00Z', expires: '2027-11-01T00:00:00Z' };
const { $schema: _, ...SAMPLE } = JSON.parse(
  readFileSync(new URL('../../docs/samples/purse.policy.json', import.meta.url), 'utf8'),
) as { $schema: string; programmes: object[] };
const POLICY = {
  ...parseWith(policySchema, { ...HEAD, ...SAMPLE }, { code: 'ERR_LIST_FORMAT', name: 'purse' }),
  expiresAt: Date.parse(HEAD.expires) / 1000,
};
const PURSE = 301;
const TOP_UP = 301;
const COSTS = new Map([
  [302, 3_250],
  [303, 6_100],
]);
const MOST = 50_000;

interface At {
  readonly kind: 'post-office' | 'grocer';
  readonly ledger: LedgerFacts;
  readonly isCopyable?: boolean;
  readonly day?: number;
}

function at({ kind, ledger, isCopyable = false, day = DAY }: At): ServiceSnapshot {
  const [programme] = POLICY.programmes;
  if (programme === undefined) throw new Error('the sample has a programme');
  const plain = snapshotOf({
    site: { kind },
    medium: { kind: isCopyable ? 'ntag216' : 'type4', isCopyable },
    ledger,
    day,
  });
  return { ...plain, policy: POLICY, programme };
}

const EMPTY: LedgerFacts = { day: DAY, usage: [], more: NOTHING_MORE, nextSequence: 3, isDoubtful: false };
const holding = (value: number): LedgerFacts => ({
  ...EMPTY,
  more: { ...NOTHING_MORE, balances: [{ account: PURSE, value }] },
});
const asking = (commodity: number, quantity: number) => ({
  items: [{ commodity, quantity }],
  factors: ['pin'] as const,
});

describe('a purse', () => {
  it('is worth what was paid in, less what was bought, whatever is asked for in whatever order and taken back', () => {
    const step = fc.record({
      commodity: fc.constantFrom(TOP_UP, 302, 303),
      quantity: fc.integer({ min: 1, max: 6 }),
      isTakenBack: fc.boolean(),
      days: fc.integer({ min: 0, max: 3 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let ledger = EMPTY;
        let worth = 0;
        let day = DAY;
        for (const { commodity, quantity, isTakenBack, days } of steps) {
          day += days;
          const kind = commodity === TOP_UP ? 'post-office' : 'grocer';
          const snapshot = at({ kind, ledger, day });
          const decision = decide(snapshot, asking(commodity, quantity));
          if (decision.outcome === 'refuse') continue;
          const by = commodity === TOP_UP ? 5_000 * quantity : -(COSTS.get(commodity) ?? 0) * quantity;
          expect(decision.effects.charge.holder).toBe(commodity === TOP_UP ? by : 0);
          const after = next(apply(snapshot, decision), ledger);
          ledger = after;
          worth += by;
          if (isTakenBack) {
            const back = takeBack(at({ kind, ledger: after, day }), decision);
            if (back.outcome === 'void') {
              ledger = next(back.state, after);
              worth -= by;
            }
          }
          expect(balanceOf(ledger, PURSE)).toBe(worth);
          expect(worth).toBeGreaterThanOrEqual(0);
          expect(worth).toBeLessThanOrEqual(MOST);
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['more than it holds', at({ kind: 'grocer', ledger: holding(9_000) }), asking(302, 3), 'ERR_ACCOUNT_BALANCE'],
    [
      'more than it may hold',
      at({ kind: 'post-office', ledger: holding(48_000) }),
      asking(TOP_UP, 1),
      'ERR_ACCOUNT_FULL',
    ],
    [
      'a card that can be copied',
      at({ kind: 'post-office', ledger: EMPTY, isCopyable: true }),
      asking(TOP_UP, 1),
      'ERR_MEDIUM_PROTECTION',
    ],
    [
      'a ledger in doubt',
      at({ kind: 'grocer', ledger: { ...holding(40_000), isDoubtful: true } }),
      asking(302, 1),
      'ERR_LEDGER_UNTRUSTED',
    ],
    [
      'much at once without a PIN',
      at({ kind: 'grocer', ledger: holding(40_000) }),
      { ...asking(302, 4), factors: [] },
      'ERR_FACTOR_NEEDED',
    ],
  ])('refuses %s', (_what, snapshot, request, reason) => {
    const decision = decide(snapshot, request);
    expect(decision.outcome === 'refuse' ? decision.reason : decision.outcome).toBe(reason);
  });
});
