/** Prices that holders paid from their cards, by the events of the centre and the cards themselves. The prices are written down here once more, apart from any policy. */
import { LEDGER_FAMILIES } from '../../../agent/domain/ledger.js';
import { atLeast, type Clause, type JudgedService, none, quantityOf, servicesOf } from './checks.js';
import type { Evidence } from './evidence.js';

const [RATIONS, PURSE] = [1, 301] as const;
/** Piasters for one unit: holders pay all of it. */
const PRICES = new Map<number, number>([
  [1, 20],
  [2, 1_260],
]);
const TOP_UP = { commodity: 301, gives: 5_000 } as const;

/** What UC1 looks for in payments from cards: clauses by their words. */
export function purseClauses(evidence: Evidence): Readonly<Record<string, Clause>> {
  const paid = servicesOf(evidence, RATIONS).filter(({ event }) => event.details?.isFromPurse === true);
  const filled = servicesOf(evidence, PURSE);
  const asked = paid.filter((one) => one.event.details?.charge.holder !== priceOf(one));
  const inMoney = paid.filter(({ event }) =>
    evidence.events.some(
      ({ event: other }) =>
        other.type === 'payment' && other.card === event.card && other.ledgerSequence === event.ledgerSequence,
    ),
  );
  const wrong = evidence.cards.filter(({ serial, ledgers }) => {
    const of = (services: readonly JudgedService[]) => services.filter(({ event }) => event.card === serial);
    const came = sum(of(filled).map(({ event }) => TOP_UP.gives * quantityOf(event.items, TOP_UP.commodity)));
    const went = sum(of(paid).map(priceOf));
    const balances = ledgers.get(LEDGER_FAMILIES.ration)?.more?.balances ?? [];
    return (balances.find(({ account }) => account === PURSE)?.value ?? 0) !== came - went;
  });
  return {
    'prices of rations were paid from cards, at the bakery and at the grocer': {
      holds: ['bakery', 'grocer'].every((kind) => paid.some(({ site }) => site.endsWith(kind))),
      found: { services: paid.length },
    },
    'what was paid in came in money': atLeast(1, filled),
    'each was exactly the price': none(asked.map(({ id }) => id)),
    'no money was taken for them': none(inMoney.map(({ id }) => id)),
    'every card holds what was paid in, less what was paid from it': none(wrong.map(({ serial }) => serial)),
  };
}

function priceOf({ event }: JudgedService): number {
  return sum([...PRICES].map(([commodity, price]) => price * quantityOf(event.items, commodity)));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}
