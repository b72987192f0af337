/** What a service costs, and which part of it the holder pays. Whole minor units of the policy's currency, always. */
import { chargeOf, exactSum } from '../../domain/money.js';
import type { Commodity, CopaymentLine, Price } from '../../domain/policy.js';
import { isFor } from '../entitlement.js';
import { atMost, type ItemRule, NOTHING } from '../rule.js';
import type { Charge, HolderFacts, ServiceRequest, ServiceSnapshot } from '../service.js';

/** The price can be counted. It refuses only quantities whose price no whole number could be; it is there so that `explain` shows what is paid. */
export const price: ItemRule = {
  per: 'item',
  name: 'price',
  reason: 'ERR_QUANTITY',
  look: ({ snapshot, request, commodity }) => {
    if (commodity.price === undefined) return NOTHING;
    const { amount } = commodity.price;
    const quantity = request.items.find((item) => item.commodity === commodity.number)?.quantity ?? 0;
    const most = countable(amount);
    if (quantity > most) return atMost(most, { priceEach: amount });
    const { gross, holder } = chargeFor(commodity, quantity, snapshot.holder);
    return atMost(most, { priceEach: amount, gross, holder });
  },
};

/**
 * The charge for a quantity of a commodity. The holder pays what the first line says that names them; all of it without such a line, and never more
 * than the price. Throws `ERR_INTERNAL` for sums that are no safe integers.
 */
export function chargeFor(commodity: Commodity, quantity: number, holder: HolderFacts): Charge {
  const { price: rule } = commodity;
  return rule === undefined ? { gross: 0, holder: 0 } : chargeOf(rule.amount, quantity, lineFor(rule, holder));
}

/** The charge for everything that is asked for; null while {@link price} refuses a quantity, and no sum could be exact. */
export function chargeAsked({ programme, holder }: ServiceSnapshot, { items }: ServiceRequest): Charge | null {
  let sum: Charge = { gross: 0, holder: 0 };
  for (const { commodity: number, quantity } of items) {
    const commodity = programme.commodities.find((one) => one.number === number);
    if (commodity?.price === undefined || quantity <= 0) continue;
    if (quantity > countable(commodity.price.amount)) return null;
    sum = chargesTogether(sum, chargeFor(commodity, quantity, holder));
  }
  return sum;
}

/** Most units whose price can be counted. By a thousandth, since rates are counted in thousandths. */
function countable(amount: number): number {
  return amount === 0 ? Number.MAX_SAFE_INTEGER : Math.floor(Number.MAX_SAFE_INTEGER / 1001 / amount);
}

/** What the policy says of this holder's part; undefined where it says nothing. */
export function lineFor(
  rule: Price,
  holder: Pick<HolderFacts, 'coverage' | 'rationScheme'>,
): CopaymentLine | undefined {
  return rule.copayment?.lines.find((line) => isFor(line, holder));
}

/** Two charges together. Throws `ERR_INTERNAL` for sums that are no safe integers. */
export function chargesTogether(a: Charge, b: Charge): Charge {
  return { gross: exactSum(a.gross + b.gross), holder: exactSum(a.holder + b.holder) };
}
