import { expect } from 'vitest';

/** An expectation that holds before long: checked again and again, with patience for a machine that has much to do. */
export function soon<Value>(value: () => Value | Promise<Value>, timeoutMs = 8_000) {
  return expect.poll(value, { timeout: timeoutMs });
}
