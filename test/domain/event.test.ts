import { describe, expect, test } from 'vitest';
import { eventId, periodOf } from '../../agent/domain/event.js';

describe('the id of an event', () => {
  test('names terminal, epoch and place', () => {
    expect(eventId('t-0001', '2026q4-7kq2mzx3', 1)).toBe('t-0001:2026q4-7kq2mzx3:00000001');
    expect(eventId('t-0001', '2026q4-7kq2mzx3', 99_999_999)).toBe('t-0001:2026q4-7kq2mzx3:99999999');
  });

  test('sorts as text in the order of the chain', () => {
    const places = [1, 2, 9, 10, 11, 99, 100, 12_345, 99_999_999];
    const ids = places.map((seq) => eventId('t-0001', '2026q4-7kq2mzx3', seq));
    expect([...ids].sort()).toEqual(ids);
  });
});

describe('the period of an epoch', () => {
  test('is the quarter that its name begins with', () => {
    expect(periodOf('2026q4-7kq2mzx3')).toBe('2026q4');
  });
});
