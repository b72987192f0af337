/** The outlet's goods from a terminal's journal: deliveries, counts and write-offs are events there like services are. */
import { createHash } from 'node:crypto';
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { STOCK_ITEMS_MAX } from '../../../sync/protocol/stock-fields.js';
import { WaslError } from '../../domain/errors.js';
import type { ChainedEvent, StockEvent } from '../../domain/event.js';
import {
  onHandOf,
  STOCK_UNITS_MAX,
  type StockKeeper,
  type StockLine,
  type StockOrder,
  stockBook,
  type ToldEvent,
} from '../../services/stock.js';
import type { Journal, JournalReader } from '../journal.js';
import { forwards } from './read-events.js';

/** What a {@link StockKeeper} is made from. `nowMs` is the terminal's time, which never goes back. */
export interface StockParts {
  readonly journal: Journal;
  readonly nowMs: () => number;
}

/** The keeper of a terminal's stock. One order after the other: each knows what those before it came to. */
export function journalStock({ journal, nowMs }: StockParts): StockKeeper {
  let last: Promise<unknown> = Promise.resolve();
  const record = async (order: StockOrder): ReturnType<StockKeeper['record']> => {
    checkStockOrder(order);
    const book = await journalBook(journal);
    const { kind, reference, operator } = order;
    const items = order.items.map((item) => ({ ...item, before: onHandOf(book, item.commodity) }));
    const event: StockEvent = { type: 'stock', time: Math.floor(nowMs() / 1000), kind, items, reference, operator };
    const [chained] = await journal.append([{ kind: 'event', event }]);
    if (chained === undefined) throw new WaslError('ERR_INTERNAL', 'an event was recorded and has no place');
    return { epoch: chained.epoch, seq: chained.seq, items };
  };
  return {
    book: () => journalBook(journal),
    record: (order) => {
      const next = last.then(() => record(order));
      last = next.catch(() => undefined);
      return next;
    },
  };
}

/** The book of a journal that is open. Rejects with `ERR_JOURNAL_*`. */
export async function journalBook(journal: JournalReader): Promise<readonly StockLine[]> {
  const isWhole = journal.epochs().every(({ pruned, missing }) => pruned === undefined && missing === undefined);
  const told: ToldEvent[] = [];
  for await (const event of forwards(journal)) told.push(...toldBy(event));
  return stockBook(told, isWhole);
}

/** An event of the chain as the book reads it; none for what a newer version of this software recorded. */
export function toldBy({ bytes }: Pick<ChainedEvent, 'bytes'>): readonly ToldEvent[] {
  const event = decodeKnownEvent(bytes);
  return event === null ? [] : [{ mark: createHash('sha256').update(bytes).digest('base64url'), event }];
}

/** Throws `ERR_QUANTITY` for an order that nobody can record: see {@link StockKeeper.record}. */
export function checkStockOrder({ kind, items }: Pick<StockOrder, 'kind' | 'items'>): void {
  const least = kind === 'count' ? 0 : 1;
  const wrong = items.find(
    ({ quantity }) => quantity < least || quantity > STOCK_UNITS_MAX || !Number.isInteger(quantity),
  );
  const distinct = new Set(items.map(({ commodity }) => commodity)).size;
  if (wrong !== undefined)
    throw new WaslError('ERR_QUANTITY', `a ${kind} takes whole quantities from ${least} to ${STOCK_UNITS_MAX}`);
  if (items.length === 0 || items.length > STOCK_ITEMS_MAX || distinct !== items.length)
    throw new WaslError('ERR_QUANTITY', `name 1 to ${STOCK_ITEMS_MAX} commodities, each once`);
}
