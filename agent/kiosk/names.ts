/** Commodities by the names that the policy has for them. */
import { WaslError } from '../domain/errors.js';
import type { TakenItem } from '../domain/event.js';
import type { Commodity, Policy } from '../domain/policy.js';
import type { CountedTexts, Texts } from '../domain/texts.js';
import type { StockLine } from '../services/stock.js';
import type { StockView } from './state.js';

/** Id, name and unit of a commodity; its number where the present policy no longer has it. */
export function named(policy: Policy, number: number): { commodity: string; name: Texts; unit: CountedTexts } {
  const commodity: Commodity | undefined = policy.programmes
    .flatMap((programme) => programme.commodities)
    .find((candidate) => candidate.number === number);
  // A grant of an older policy may name what the present one no longer has.
  const label = `#${number}`;
  const unknown: Texts = { ar: label, fr: label, en: label };
  return { commodity: commodity?.id ?? label, name: commodity?.name ?? unknown, unit: commodity?.unit ?? unknown };
}

/** The book of the outlet, with names. */
export function stockView(book: readonly StockLine[], policy: Policy): StockView[] {
  return book.map(({ commodity, ...line }) => ({ ...named(policy, commodity), ...line }));
}

/** Quantities by the ids of commodities as items. Throws `ERR_QUANTITY` for an id that the policy does not have. */
export function itemsOf(quantities: Readonly<Record<string, number>>, policy: Policy): TakenItem[] {
  const commodities = policy.programmes.flatMap((programme) => programme.commodities);
  return Object.entries(quantities).map(([id, quantity]) => {
    const commodity = commodities.find((candidate) => candidate.id === id);
    if (commodity === undefined) throw new WaslError('ERR_QUANTITY', `there is no commodity called ${id.slice(0, 32)}`);
    return { commodity: commodity.number, quantity };
  });
}
