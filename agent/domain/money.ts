/** Money in whole minor units of a currency, always. Pure: the terminal and the page of the kiosk count with the same lines. */
import { WaslError } from './errors.js';
import type { CopaymentLine } from './policy.js';
import type { Charge } from './service-effects.js';

/**
 * The charge for a quantity at a price for one unit. `line`: what the policy says of the holder's part; without one the holder pays all of it, and never more
 * than the price. A rate is of the price of all units together, and rounded once, half up. Throws `ERR_INTERNAL` for sums that are no safe integers.
 */
export function chargeOf(each: number, quantity: number, line: CopaymentLine | undefined): Charge {
  const gross = exactSum(each * quantity);
  if (line === undefined) return { gross, holder: gross };
  const { amount, permille } = line;
  const byRate = permille === undefined ? gross : Math.floor(exactSum(gross * permille + 500) / 1000);
  const part = amount === undefined ? byRate : exactSum(amount * quantity);
  return { gross, holder: Math.min(part, line.max ?? part, gross) };
}

/** The sum itself. Throws `ERR_INTERNAL` for one that is no safe integer. */
export function exactSum(sum: number): number {
  if (Number.isSafeInteger(sum)) return sum;
  throw new WaslError('ERR_INTERNAL', 'a sum of money that is no safe integer', { details: { sum } });
}
