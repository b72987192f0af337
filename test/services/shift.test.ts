/** What a shift comes to, and who may close it. */
import { describe, expect, test } from 'vitest';
import type { PaymentEvent, RedemptionEvent, WaslEvent } from '../../agent/domain/event.js';
import { cashDifference, expectedCash, SHIFT_GOODS_MAX } from '../../agent/domain/shift.js';
import {
  closingRefusal,
  type RunningShift,
  type ShiftCount,
  type ShiftRules,
  shiftTally,
} from '../../agent/services/shift.js';

const VERSIONS = { keys: 1, hotlist: 1, policy: 1, time: 'signed' } as const;

function redemption(card: number, quantity: number, commodity = 1): RedemptionEvent {
  const items = [{ commodity, quantity }];
  const about = { type: 'redemption', time: 10, card, ledgerSequence: 2, programme: 1, versions: VERSIONS } as const;
  return { ...about, items, operator: 4 };
}

function payment(
  reference: string,
  state: PaymentEvent['state'],
  change: Partial<Pick<PaymentEvent, 'method' | 'amount'>> = {},
): PaymentEvent {
  const about = { type: 'payment', time: 10, card: 7, ledgerSequence: 2, programme: 1, operator: 4 } as const;
  return { ...about, method: 'cash', state, amount: 500, reference: reference.repeat(16), machine: '', ...change };
}

const tally = (...events: readonly WaslEvent[]) =>
  shiftTally(
    events.map((event) => ({ mark: JSON.stringify(event), event })),
    true,
  );

describe('what a shift comes to', () => {
  test('counts services, what was handed out, and what was taken back', () => {
    const trial = {
      ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 }, exemption: 0, supervisor: 0 },
      isTrial: true,
    };
    const sums = tally(
      redemption(1, 20),
      redemption(2, 10),
      redemption(3, 3, 5),
      { ...redemption(4, 40), details: trial },
      {
        ...{ type: 'void', time: 11, card: 2, ledgerSequence: 3, voided: 2, programme: 1, versions: VERSIONS },
        ...{ items: [{ commodity: 1, quantity: 10 }], operator: 4, supervisor: 2 },
      },
      {
        ...{ type: 'roster', time: 12, roster: 1, person: 2, programme: 1, versions: VERSIONS, operator: 4 },
        items: [{ commodity: 1, quantity: 1 }],
      },
    );
    expect(sums).toMatchObject({ services: 4, voids: 1, isWhole: true });
    expect(sums.goods).toEqual([
      { commodity: 1, out: 31, back: 10 },
      { commodity: 5, out: 3, back: 0 },
    ]);
  });

  test('takes an event that is said again for the same one', () => {
    expect(tally(redemption(1, 20), redemption(1, 20))).toMatchObject({ services: 1 });
  });

  test('expects in the drawer what was put in, what came, and what is held, less what went back', () => {
    const { takings } = tally(
      payment('a', 'paid'),
      payment('b', 'paid'),
      payment('b', 'returned'),
      payment('c', 'held', { amount: 300 }),
      payment('d', 'held'),
      payment('d', 'paid'),
      payment('e', 'paid', { method: 'machine', amount: 900 }),
      payment('f', 'undone', { method: 'machine' }),
    );
    expect(takings.cash).toEqual({ paid: 1_500, returned: 500, held: 300 });
    expect(takings.machine).toEqual({ paid: 900, returned: 0, held: 0 });
    expect(expectedCash(2_000, { takings })).toBe(3_300);
    expect(expectedCash(null, { takings })).toBeNull();
  });

  test('names the commodities of which most was handed out where they are too many for an event', () => {
    const events = Array.from({ length: SHIFT_GOODS_MAX + 3 }, (_, i) => redemption(i + 1, i + 1, i + 1));
    const { goods } = tally(...events);
    expect(goods).toHaveLength(SHIFT_GOODS_MAX);
    expect(goods[0]).toEqual({ commodity: 4, out: 4, back: 0 });
  });
});

describe('closing a shift', () => {
  const rules: ShiftRules = { isRequired: false, takesCash: true, cashDifferenceMax: 100, stockDifferenceMax: 1 };
  const line = { delivered: 0, dispensed: 0, returned: 0, writtenOff: 0, adjusted: 0, lastCount: null };
  const at: RunningShift = {
    shift: { id: '0011223344556677', atMs: 0, operator: 4, float: 2_000 },
    tally: tally(payment('a', 'paid')),
    stock: [{ commodity: 1, opening: 0, onHand: 10, entries: 1, ...line }],
  };
  const count = (change: Partial<ShiftCount>): ShiftCount => ({
    ...{ counted: 2_500, stock: [], reason: 'none', closedBy: 4, supervisor: 0 },
    ...change,
  });

  test.each<[string, Partial<ShiftCount>, string | null]>([
    ['its operator alone, where all is there', {}, null],
    ['its operator alone, at the limit', { counted: 2_400 }, null],
    ['its operator alone, with too little', { counted: 2_399 }, 'ERR_SHIFT_DIFFERENCE'],
    ['its operator alone, with too much', { counted: 2_601 }, 'ERR_SHIFT_DIFFERENCE'],
    ['with a supervisor who gives no reason', { counted: 0, supervisor: 2 }, 'ERR_SHIFT_DIFFERENCE'],
    ['with a reason and without a supervisor', { counted: 0, reason: 'loss' }, 'ERR_SHIFT_DIFFERENCE'],
    ['with a supervisor and a reason', { counted: 0, supervisor: 2, reason: 'loss' }, null],
    ['with goods within the limit', { stock: [{ commodity: 1, quantity: 9 }] }, null],
    ['with goods missing', { stock: [{ commodity: 1, quantity: 8 }] }, 'ERR_SHIFT_DIFFERENCE'],
    ['somebody else alone', { closedBy: 5 }, 'ERR_SHIFT_OPERATOR'],
    ['somebody else with a supervisor', { closedBy: 5, supervisor: 2 }, null],
  ])('%s', (_who, change, refusal) => {
    expect(closingRefusal(at, count(change), rules)).toBe(refusal);
  });

  test('finds nothing missing at a desk that takes no money', () => {
    expect(cashDifference({ float: null, tally: at.tally, counted: null })).toBe(0);
  });
});
