/** What a terminal believes to have: nothing appears, nothing disappears, whatever order events come in and whatever was forgotten. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StockEvent, TakenItem, WaslEvent } from '../../agent/domain/event.js';
import { onHandOf, type StockLine, stockBook, type ToldEvent } from '../../agent/services/stock.js';

const VERSIONS = { keys: 1, hotlist: 0, policy: 1, time: 'set' } as const;
const [LOAF, OIL] = [1, 3];

const redemption = (time: number, items: readonly TakenItem[], isTrial = false): WaslEvent => ({
  ...{ type: 'redemption', time, card: 7, ledgerSequence: time, programme: 1, items, versions: VERSIONS, operator: 0 },
  ...(isTrial
    ? {
        details: {
          ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 } },
          ...{ exemption: 0, supervisor: 0, isTrial },
        },
      }
    : {}),
});
const taken = (time: number, items: readonly TakenItem[]): WaslEvent => ({
  ...{ type: 'void', time, card: 7, ledgerSequence: time, voided: time - 1, programme: 1, items, versions: VERSIONS },
  ...{ operator: 0, supervisor: 2 },
});
const stock = (time: number, kind: StockEvent['kind'], items: StockEvent['items']): StockEvent => ({
  ...{ type: 'stock', time, kind, items, reference: null, operator: 2 },
});
const told = (events: readonly WaslEvent[]): ToldEvent[] =>
  events.map((event) => ({ mark: JSON.stringify(event), event }));
const line = (book: readonly StockLine[], commodity: number): StockLine => {
  const found = book.find((one) => one.commodity === commodity);
  if (found === undefined) throw new Error(`no line of ${commodity}`);
  return found;
};

/** What somebody does at an outlet; the events follow from it as the terminal would record them. */
type Deed = {
  readonly what: 'serve' | 'void' | StockEvent['kind'];
  readonly commodity: number;
  readonly units: number;
};
const deed: fc.Arbitrary<Deed> = fc.record({
  what: fc.constantFrom('serve', 'void', 'delivery', 'count', 'write-off'),
  commodity: fc.constantFrom(LOAF, OIL),
  units: fc.integer({ min: 0, max: 500 }),
});

function lived(deeds: readonly Deed[]): {
  readonly events: readonly WaslEvent[];
  readonly store: ReadonlyMap<number, number>;
} {
  const store = new Map<number, number>();
  const events = deeds.map(({ what, commodity, units }, i): WaslEvent => {
    const before = store.get(commodity) ?? 0;
    const items = [{ commodity, quantity: units }];
    const by = { serve: -units, void: units, delivery: units, count: units - before, 'write-off': -units }[what];
    store.set(commodity, before + by);
    if (what === 'serve') return redemption(i, items);
    if (what === 'void') return taken(i, items);
    return stock(i, what, [{ commodity, quantity: units, before }]);
  });
  return { events, store };
}

describe('the book of an outlet', () => {
  test('is deliveries less what was handed out, with voids back and losses off', () => {
    const book = stockBook(
      told([
        stock(1, 'delivery', [
          { commodity: LOAF, quantity: 900, before: 0 },
          { commodity: OIL, quantity: 24, before: 0 },
        ]),
        redemption(2, [{ commodity: LOAF, quantity: 20 }]),
        taken(3, [{ commodity: LOAF, quantity: 20 }]),
        redemption(4, [{ commodity: LOAF, quantity: 15 }]),
        stock(5, 'write-off', [{ commodity: LOAF, quantity: 5, before: 885 }]),
        stock(6, 'count', [{ commodity: LOAF, quantity: 878, before: 880 }]),
      ]),
      true,
    );
    expect(line(book, LOAF)).toEqual({
      ...{ commodity: LOAF, opening: 0, delivered: 900, dispensed: 35, returned: 20, writtenOff: 5, adjusted: -2 },
      ...{ onHand: 878, entries: 3, lastCount: { time: 6, counted: 878, believed: 880 } },
    });
    expect(onHandOf(book, OIL)).toBe(24);
  });

  test('does not count what was only tried out', () => {
    expect(stockBook(told([redemption(1, [{ commodity: LOAF, quantity: 5 }], true)]), true)).toEqual([]);
  });

  test('counts an event once that was said again in a new epoch', () => {
    const events = told([stock(1, 'delivery', [{ commodity: LOAF, quantity: 9, before: 0 }])]);
    expect(onHandOf(stockBook([...events, ...events], true), LOAF)).toBe(9);
  });

  test('does not know what was there before the first delivery of a journal that has lost its beginning', () => {
    const book = stockBook(told([redemption(9, [{ commodity: LOAF, quantity: 5 }])]), false);
    expect(line(book, LOAF)).toMatchObject({ opening: null, onHand: null, dispensed: 5 });
  });

  test('holds what the store holds, whatever was done', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 60 }), (deeds) => {
        const { events, store } = lived(deeds);
        const book = stockBook(told(events), true);
        for (const [commodity, units] of store) {
          const one = line(book, commodity);
          expect(one.onHand).toBe(units);
          expect(one.opening).toBe(0);
          expect(one.delivered - one.dispensed + one.returned - one.writtenOff + one.adjusted).toBe(units);
        }
      }),
    );
  });

  test('comes to the same sums in whatever order events are merged', () => {
    const shuffled = fc.array(deed, { maxLength: 40 }).chain((deeds) => {
      const { events } = lived(deeds);
      return fc.tuple(fc.constant(events), fc.shuffledSubarray([...events], { minLength: events.length }));
    });
    const sums = (events: readonly WaslEvent[]) =>
      stockBook(told(events), true).map(({ lastCount: _, ...rest }) => rest);
    fc.assert(
      fc.property(shuffled, ([events, mixed]) => {
        expect(sums(mixed)).toEqual(sums(events));
      }),
    );
  });

  test('holds the same when its beginning was forgotten, once a delivery, a count or a loss is left', () => {
    const cut = fc
      .array(deed, { minLength: 1, maxLength: 40 })
      .chain((deeds) => fc.tuple(fc.constant(lived(deeds)), fc.nat({ max: deeds.length - 1 })));
    fc.assert(
      fc.property(cut, ([{ events, store }, from]) => {
        for (const one of stockBook(told(events.slice(from)), false))
          expect(one.onHand).toBe(one.entries === 0 ? null : store.get(one.commodity));
      }),
    );
  });
});
