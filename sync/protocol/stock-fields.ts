/** The movement of an outlet's goods in an event, published as `stock` in `docs/formats/event.cddl`. */
import { WaslError } from '../../agent/domain/errors.js';
import type { StockEvent, StockItem, StockKind } from '../../agent/domain/event.js';
import type { Fields } from './fields.js';

/** Most commodities that one event names. */
export const STOCK_ITEMS_MAX = 16;

/** Longest number of a delivery note, in characters. */
export const REFERENCE_CHARS_MAX = 32;

const KINDS: readonly StockKind[] = ['delivery', 'count', 'write-off'];

/** The elements of the event's array behind its time. */
export function stockOut({ kind, items, reference, operator }: StockEvent): unknown[] {
  const flat = items.flatMap(({ commodity, quantity, before }) => [commodity, quantity, before]);
  return [KINDS.indexOf(kind), flat, reference, operator];
}

/** Reads what {@link stockOut} made. Throws what the fields throw, and `ERR_EVENT_FORMAT` for what no outlet can have recorded. */
export function readStock(fields: Fields, time: number): StockEvent {
  const kind = fields.oneOf(KINDS);
  const inner = fields.array();
  const items: StockItem[] = [];
  while (inner.left() > 0) {
    if (items.length === STOCK_ITEMS_MAX) throw new WaslError('ERR_EVENT_FORMAT', 'the event has too many items');
    items.push({ commodity: inner.uint(), quantity: inner.uint(), before: inner.int() });
  }
  if (new Set(items.map(({ commodity }) => commodity)).size !== items.length)
    throw new WaslError('ERR_EVENT_FORMAT', 'the event names a commodity twice');
  const reference = fields.textOrNull(REFERENCE_CHARS_MAX);
  return { type: 'stock', time, kind, items, reference, operator: fields.uint() };
}
