/** What people want of an offer. */
import type { Wish } from './terminal-port.js';

/** Wants all that is offered. */
export const ALL: Wish = ({ offer }) =>
  offer.items
    .filter((item) => item.available > 0)
    .map(({ commodity, available }) => ({ commodity, quantity: available }));

/** Wants of these commodities alone, at most so much of each. */
export function only(commodities: readonly number[], most = Number.MAX_SAFE_INTEGER): Wish {
  return (state) =>
    (ALL(state) ?? [])
      .filter(({ commodity }) => commodities.includes(commodity))
      .map(({ commodity, quantity }) => ({ commodity, quantity: Math.min(quantity, most) }));
}

/** Wants so much, whatever is offered. */
export function exactly(commodity: number, quantity: number): Wish {
  return () => [{ commodity, quantity }];
}

/** Wants so much more than is offered. */
export function more(commodity: number, extra: number): Wish {
  return (state) => (only([commodity])(state) ?? []).map(({ quantity }) => ({ commodity, quantity: quantity + extra }));
}
