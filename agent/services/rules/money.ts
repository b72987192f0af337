/** What a service costs, and which part of it the holder pays. Whole minor units of the policy's currency, always. */
import { WaslError } from '../../domain/errors.js';
import type { Commodity, Copayment } from '../../domain/policy.js';
import { atMost, type ItemRule, NOTHING } from '../rule.js';
import type { Charge, HolderFacts } from '../service.js';

/** The price can be counted. It refuses only quantities whose price no whole number could be; it is there so that `explain` shows what is paid. */
export const price: ItemRule = {
  per: 'item',
  name: 'price',
  reason: 'ERR_QUANTITY',
  look: ({ snapshot, request, commodity }) => {
    if (commodity.price === undefined) return NOTHING;
    const { amount } = commodity.price;
    const quantity = request.items.find((item) => item.commodity === commodity.number)?.quantity ?? 0;
    // By a thousandth, since rates are counted in thousandths.
    const most = amount === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(Number.MAX_SAFE_INTEGER / 1001 / amount);
    if (quantity > most) return atMost(most, { each: amount });
    const { gross, holder } = chargeFor(commodity, quantity, snapshot.holder);
    return atMost(most, { each: amount, gross, holder });
  },
};

/**
 * The charge for a quantity of a commodity. The holder pays what the first line says that names their plan and class; all of it without such a line, and never more
 * than the price. A rate is of the price of all units together, and rounded once, half up. Throws `ERR_INTERNAL` for sums that are no safe integers.
 */
export function chargeFor(commodity: Commodity, quantity: number, holder: HolderFacts): Charge {
  const { price: rule } = commodity;
  if (rule === undefined) return { gross: 0, holder: 0 };
  const gross = exact(rule.amount * quantity);
  const line = rule.copayment?.lines.find((one) => isFor(one, holder));
  if (line === undefined) return { gross, holder: gross };
  const { amount, permille } = line;
  const byRate = permille === undefined ? gross : Math.floor(exact(gross * permille + 500) / 1000);
  const part = amount === undefined ? byRate : exact(amount * quantity);
  return { gross, holder: Math.min(part, line.max ?? part, gross) };
}

/** Two charges together. Throws `ERR_INTERNAL` for sums that are no safe integers. */
export function chargesTogether(a: Charge, b: Charge): Charge {
  return { gross: exact(a.gross + b.gross), holder: exact(a.holder + b.holder) };
}

function isFor({ plans, classes }: Copayment['lines'][number], { coverage }: HolderFacts): boolean {
  if (coverage === null || !plans.includes(coverage.plan)) return false;
  return classes === undefined || classes.includes(coverage.class);
}

function exact(sum: number): number {
  if (Number.isSafeInteger(sum)) return sum;
  throw new WaslError('ERR_INTERNAL', 'a sum of money that is no safe integer', { details: { sum } });
}
