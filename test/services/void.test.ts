import { describe, expect, test } from 'vitest';
import type { LedgerRecord } from '../../agent/domain/ledger.js';
import { refuseVoid, type VoidSnapshot } from '../../agent/services/void.js';
import { applyVoid } from './ration-desk.js';

/** 2026-11-21. */
const DAY = 20_778;
const snapshot: VoidSnapshot = {
  rules: { withinSeconds: 3600, perDayMax: 2 },
  authority: { operator: 9, role: 'supervisor' },
  servedAtMs: 1_000_000,
  nowMs: 1_060_000,
  voidsToday: 1,
};
const ledger = (day: number, usedDay: number, usedMonth: number): LedgerRecord => ({
  family: 1,
  cause: 'service',
  sequence: 7,
  previous: new Uint8Array(8),
  day,
  time: day * 86_400,
  usage: [
    { commodity: 1, usedDay, usedMonth },
    { commodity: 2, usedDay: 1, usedMonth: 1 },
  ],
  signer: new Uint8Array(8),
});
const items = [{ commodity: 1, quantity: 4 }];

describe('who may take a service back, and when', () => {
  test.each<[string, Partial<VoidSnapshot>, string | null]>([
    ['a supervisor in time', {}, null],
    ['a clerk', { authority: { operator: 4, role: 'clerk' } }, 'ERR_VOID_ROLE'],
    ['without rules for it', { rules: undefined }, 'ERR_VOID_LIMIT'],
    ['in the last second', { nowMs: 1_000_000 + 3_600_000 }, null],
    ['a moment later', { nowMs: 1_000_000 + 3_600_001 }, 'ERR_VOID_LIMIT'],
    ['once too often on a day', { voidsToday: 2 }, 'ERR_VOID_LIMIT'],
  ])('%s', (_what, change, reason) => {
    expect(refuseVoid({ ...snapshot, ...change })).toBe(reason);
  });
});

describe('what is given back', () => {
  test.each([
    ['of today comes off day and month', DAY, DAY, 6, 20, [2, 16]],
    ['of yesterday comes off the month alone', DAY, DAY - 1, 6, 20, [6, 16]],
    ['of last month comes off nothing', DAY, DAY - 30, 6, 20, [6, 20]],
    ['never makes less than nothing', DAY, DAY, 3, 3, null],
  ] as const)('what was served: %s', (_what, today, servedDay, usedDay, usedMonth, expected) => {
    const usage = applyVoid(ledger(today, usedDay, usedMonth), { today, servedDay }, items);
    const [mine] = usage.filter((one) => one.commodity === 1);
    expect(mine === undefined ? null : [mine.usedDay, mine.usedMonth]).toEqual(expected);
    expect(usage.find((one) => one.commodity === 2)).toEqual({ commodity: 2, usedDay: 1, usedMonth: 1 });
  });

  test('on a later day than the last record, the counters are those of the later day', () => {
    const usage = applyVoid(ledger(DAY - 1, 6, 20), { today: DAY, servedDay: DAY - 1 }, items);
    expect(usage).toEqual([
      { commodity: 1, usedDay: 0, usedMonth: 16 },
      { commodity: 2, usedDay: 0, usedMonth: 1 },
    ]);
  });
});
