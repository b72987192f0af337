/**
 * The outlet's goods as a terminal's events tell of them: what came in, what was handed out and given back, what was written off, and by how much counts put
 * the book right. Pure. A count states what the terminal believed before it, so that it is a movement like the others: the sums are the same in whatever
 * order events come together.
 */
import type { StockKind, TakenItem, WaslEvent } from '../domain/event.js';

/** Largest quantity of one commodity that anybody can record. */
export const STOCK_UNITS_MAX = 10_000_000;

/** Printable, with nothing that would turn the direction of a line or break it. */
const REFERENCE_SHAPE = /^[^\p{C}\p{Z}]+(?: [^\p{C}\p{Z}]+)*$/u;
const REFERENCE_CHARS_MAX = 32;

/** Whether this can be the number of a delivery note: 1 to 32 printable characters. */
export function isReference(text: string): boolean {
  return text.length <= REFERENCE_CHARS_MAX && REFERENCE_SHAPE.test(text);
}

/** An event, and what tells it from others: the same bytes said again in a new epoch are the same movement. */
export interface ToldEvent {
  readonly mark: string;
  readonly event: WaslEvent;
}

/** The book of one commodity, in its unit. */
export interface StockLine {
  readonly commodity: number;
  /** What was there before the events that are at hand; null where that is not known. 0 where they begin with the terminal itself. */
  readonly opening: number | null;
  readonly delivered: number;
  readonly dispensed: number;
  /** Taken back by a void, before it was handed over. */
  readonly returned: number;
  readonly writtenOff: number;
  /** Sum of the variances of all counts. */
  readonly adjusted: number;
  /** `opening + delivered - dispensed + returned - writtenOff + adjusted`; null with the opening. May be below 0: then a delivery was not recorded. */
  readonly onHand: number | null;
  /** Deliveries, counts and write-offs that name it; with none nobody keeps stock of it here. */
  readonly entries: number;
  readonly lastCount: StockCount | null;
}

/** A count of one commodity. */
export interface StockCount {
  /** Seconds since 1970. */
  readonly time: number;
  readonly counted: number;
  readonly believed: number;
}

/** What somebody records. */
export interface StockOrder {
  readonly kind: StockKind;
  readonly items: readonly TakenItem[];
  readonly reference: string | null;
  readonly operator: number;
}

/** What was recorded. */
export interface RecordedStock {
  /** Its place in the chain. */
  readonly epoch: string;
  readonly seq: number;
  readonly items: readonly { readonly commodity: number; readonly quantity: number; readonly before: number }[];
}

/** The book of a terminal, as whoever keeps it uses it. */
export interface StockKeeper {
  /** Every commodity that any event here moved, by number. Rejects with `ERR_JOURNAL_*`. */
  book(): Promise<readonly StockLine[]>;
  /**
   * Records a delivery, a count or a write-off durably. Rejects with `ERR_QUANTITY` for an order of nothing, of a commodity twice, of more than 16 of them or of
   * less than a unit (a count may find none), and with `ERR_JOURNAL_*`.
   */
  record(order: StockOrder): Promise<RecordedStock>;
}

type Sum = 'delivered' | 'dispensed' | 'returned' | 'writtenOff' | 'adjusted';

/** One change of the book of one commodity. */
interface Movement {
  readonly commodity: number;
  readonly sum: Sum;
  /** Below 0 only where a count found less than there should have been. */
  readonly units: number;
  /** Of what somebody recorded of the stock itself. */
  readonly entry: { readonly before: number; readonly count: StockCount | null } | null;
}

interface Line extends Record<Sum, number> {
  level: number | null;
  entries: number;
  lastCount: StockCount | null;
}

const SIGN: Readonly<Record<Sum, 1 | -1>> = { delivered: 1, dispensed: -1, returned: 1, writtenOff: -1, adjusted: 1 };

/**
 * The books of all commodities that these events move, by number of the commodity. Events are in the order of the terminal's chain; `isWhole` says that none
 * is missing from its very beginning on. Where some are, the newest delivery, count or write-off of a commodity says what was there.
 */
export function stockBook(told: Iterable<ToldEvent>, isWhole: boolean): readonly StockLine[] {
  const lines = new Map<number, Line>();
  const seen = new Set<string>();
  for (const { mark, event } of told) {
    const movements = movementsOf(event);
    if (movements.length === 0 || seen.has(mark)) continue;
    seen.add(mark);
    for (const movement of movements) {
      const line = lines.get(movement.commodity) ?? emptyLine(isWhole ? 0 : null);
      lines.set(movement.commodity, line);
      apply(line, movement, isWhole);
    }
  }
  return [...lines].sort(([a], [b]) => a - b).map(([commodity, line]) => lineOf(commodity, line));
}

/** What is believed to be there of a commodity; 0 where it is not known, as a count from nothing would have it. */
export function onHandOf(book: readonly StockLine[], commodity: number): number {
  return book.find((line) => line.commodity === commodity)?.onHand ?? 0;
}

/** By how much an event changes what is there of each commodity; `isEntry`: it is about the stock itself, and no service. */
export function movedBy(
  event: WaslEvent,
): readonly { readonly commodity: number; readonly units: number; readonly isEntry: boolean }[] {
  return movementsOf(event).map(({ commodity, sum, units, entry }) => ({
    ...{ commodity, units: SIGN[sum] * units, isEntry: entry !== null },
  }));
}

function movementsOf(event: WaslEvent): readonly Movement[] {
  switch (event.type) {
    case 'redemption':
    case 'roster':
      // What was only tried out left the store as full as it was.
      return event.details?.isTrial === true ? [] : moved(event.items, 'dispensed');
    case 'void':
    case 'roster-void':
      return moved(event.items, 'returned');
    case 'stock': {
      const { kind, time } = event;
      return event.items.map(({ commodity, quantity, before }): Movement => {
        if (kind === 'delivery')
          return { commodity, sum: 'delivered', units: quantity, entry: { before, count: null } };
        if (kind === 'write-off')
          return { commodity, sum: 'writtenOff', units: quantity, entry: { before, count: null } };
        const count = { time, counted: quantity, believed: before };
        return { commodity, sum: 'adjusted', units: quantity - before, entry: { before, count } };
      });
    }
    default:
      return [];
  }
}

function moved(items: readonly TakenItem[], sum: Sum): Movement[] {
  return items.map(({ commodity, quantity }) => ({ commodity, sum, units: quantity, entry: null }));
}

function emptyLine(level: number | null): Line {
  const sums = { delivered: 0, dispensed: 0, returned: 0, writtenOff: 0, adjusted: 0 };
  return { ...sums, level, entries: 0, lastCount: null };
}

function apply(line: Line, { sum, units, entry }: Movement, isWhole: boolean): void {
  line[sum] += units;
  const level = entry !== null && !isWhole ? entry.before : line.level;
  line.level = level === null ? null : level + SIGN[sum] * units;
  if (entry === null) return;
  line.entries += 1;
  if (entry.count !== null) line.lastCount = entry.count;
}

function lineOf(commodity: number, { level, entries, lastCount, ...sums }: Line): StockLine {
  const net = (Object.keys(SIGN) as Sum[]).reduce((total, sum) => total + SIGN[sum] * sums[sum], 0);
  // A sum of nothing but subtractions would be minus zero.
  return { commodity, opening: level === null ? null : level - net + 0, ...sums, onHand: level, entries, lastCount };
}
