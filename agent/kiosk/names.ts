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

/** The book with a line for everything that these programmes hand out: what was never delivered or handed out begins with nothing known. */
export function goodsOfDesk(book: readonly StockLine[], policy: Policy, programmes: readonly string[]): StockLine[] {
  const served = policy.programmes
    .filter(({ id }) => programmes.includes(id))
    .flatMap(({ commodities }) => commodities.map(({ number }) => number));
  const kept = book.filter(({ entries }) => entries > 0).map(({ commodity }) => commodity);
  const none = { opening: 0, delivered: 0, dispensed: 0, returned: 0, writtenOff: 0, adjusted: 0, onHand: 0 };
  return [...new Set([...served, ...kept])]
    .sort((a, b) => a - b)
    .map(
      (commodity) =>
        book.find((line) => line.commodity === commodity) ?? { commodity, ...none, entries: 0, lastCount: null },
    );
}
