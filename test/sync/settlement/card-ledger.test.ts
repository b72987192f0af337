/** What the centre folds from a card's events is what the card itself states: nothing that was drawn is given once more with a new one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { WaslEvent } from '../../../agent/domain/event.js';
import { carryOut } from '../../../agent/services/apply.js';
import type { LedgerFacts, ServiceGrant, ServiceSnapshot } from '../../../agent/services/service.js';
import { takeBack } from '../../../agent/services/take-back.js';
import { detailsOf } from '../../../agent/tap/commit.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { cardAtCentre } from '../../../sync/settlement/card-ledger.js';
import { listRules } from '../../../sync/settlement/lists.js';
import { commodityOf, DAY, next, PAID, POINTS, snapshotOf } from '../../services/desk.js';
import { chainOf, documentsOf, startBenchOn } from './bench.js';

const CARD = 100_009;

/** Bread that becomes points at the end of a month, goods for points, months that are paid, referrals and what they are for. */
const START: ServiceSnapshot = snapshotOf({
  ...{ holder: { card: CARD, issuedDay: DAY - 1 }, ledger: { day: DAY - 1, nextSequence: 2 } },
  programme: { accounts: [POINTS, PAID] },
  commodity: {
    quotas: [
      { per: 'member', every: 'day', amount: 5 },
      { per: 'member', every: 'month', amount: 60 },
      { per: 'card', every: 'year', amount: 400 },
    ],
    aheadDays: 2,
    carryOver: { kind: 'convert', account: POINTS.number, amountEach: 2, monthsMax: 2 },
  },
  commodities: [
    commodityOf({
      id: 'sugar',
      number: 2,
      quotas: [{ per: 'card', every: 'once', amount: 9 }],
      costs: [{ account: POINTS.number, amount: 7 }],
    }),
    commodityOf({
      id: 'dues',
      number: 3,
      quotas: [{ per: 'card', every: 'month', amount: 2 }],
      gives: [{ account: PAID.number, months: 1 }],
    }),
    commodityOf({
      ...{ id: 'referring', number: 4, quotas: [{ per: 'card', every: 'day', amount: 2 }] },
      writes: { kind: 'referral', for: [5], days: 20, quantityMax: 3 },
    }),
    commodityOf({ id: 'surgery', number: 5, consumes: { kind: 'referral' } }),
  ],
});

interface Step {
  readonly days: number;
  readonly commodity: number;
  readonly quantity: number;
  /** The service is taken back once this many more were served; null: it is not. */
  readonly backAfter: number | null;
}

const steps = fc.array(
  fc.record({
    days: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: 0, max: 40 })),
    commodity: fc.integer({ min: 1, max: 5 }),
    quantity: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 2 }) }, fc.integer({ min: 1, max: 20 })),
    backAfter: fc.option(fc.integer({ min: 0, max: 2 })),
  }),
  { minLength: 12, maxLength: 30, size: 'max' },
);

/** Carries the steps out as a tap does: what the card states in the end, and the events. */
function live(order: readonly Step[]): { readonly ledger: LedgerFacts; readonly events: readonly WaslEvent[] } {
  let { ledger } = START;
  let day = DAY;
  const events: WaslEvent[] = [];
  const waiting: { left: number; readonly grant: ServiceGrant; readonly voided: number }[] = [];
  const common = () => ({
    ...{ time: day * 86_400 + 43_200 + events.length, card: CARD, programme: 1 },
    ...{ versions: START.versions, operator: 0 },
  });
  const takeBackDue = (): void => {
    for (const due of waiting.splice(0)) {
      if (due.left > 0) {
        waiting.push({ ...due, left: due.left - 1 });
        continue;
      }
      const { grant, voided } = due;
      const back = takeBack({ ...START, ledger, day }, grant);
      if (back.outcome !== 'void') continue;
      const over = { ledgerSequence: ledger.nextSequence, voided, supervisor: 9 };
      events.push({ type: 'void', ...common(), ...over, items: grant.items });
      ledger = next(back.state, ledger);
    }
  };
  for (const { days, commodity, quantity, backAfter } of order) {
    day += days;
    const snapshot = { ...START, ledger, day };
    const papers = commodity === 4 ? { papers: [{ writtenBy: 4, commodity: 5, quantity: 2, site: 0 }] } : {};
    const outcome = carryOut(snapshot, { items: [{ commodity, quantity }], ...papers });
    if (outcome.outcome !== 'grant') continue;
    const { grant, state } = outcome;
    const { nextSequence: ledgerSequence } = ledger;
    const { items, effects, exemption, supervisor } = grant;
    const details = detailsOf({ effects, exemption, supervisor });
    events.push({ type: 'redemption', ...common(), ledgerSequence, items, ...details });
    ledger = next(state, ledger);
    if (backAfter !== null) waiting.push({ left: backAfter, grant, voided: ledgerSequence });
    takeBackDue();
  }
  return { ledger, events };
}

/** What the centre makes of the events. */
async function folded(events: readonly WaslEvent[]) {
  const rules = listRules({ timeZone: START.policy.timeZone });
  rules.addPolicy(START.policy);
  const bench = startBenchOn(new MemoryStore(), { rules });
  await bench.put(...documentsOf(chainOf('outlet-1', events)));
  await bench.settled();
  const { holder } = START;
  const ledgers = await cardAtCentre(bench.store, rules, { ...holder, card: CARD });
  await bench.stop();
  return ledgers.get(START.programme.family);
}

describe('the ledger of a card at the centre', () => {
  const isWhatTheCardStates = async (order: readonly Step[]): Promise<readonly WaslEvent[]> => {
    const { ledger, events } = live(order);
    const found = await folded(events);
    expect(found?.closing).toBe(ledger.nextSequence - 1);
    if (events.length === 0) return events;
    const { day, usage, more } = ledger;
    expect({ day: found?.day, usage: found?.usage, more: found?.more }).toEqual({ day, usage, more });
    return events;
  };

  it('states what the card states, whatever was served: counters, tallies, accounts and papers', async () => {
    let services = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (order) => {
        services += (await isWhatTheCardStates(order.map((step) => ({ ...step, backAfter: null })))).length;
      }),
      { seed: 20_261_122, numRuns: 60 },
    );
    expect(services).toBeGreaterThan(200);
  });

  it('states it too where services were taken back, at once or after others', async () => {
    let late = 0;
    await fc.assert(
      fc.asyncProperty(steps, async (order) => {
        const events = await isWhatTheCardStates(order);
        late += events.filter((event) => event.type === 'void' && event.ledgerSequence > event.voided + 1).length;
      }),
      { seed: 20_261_122, numRuns: 60 },
    );
    expect(late).toBeGreaterThan(40);
  });
});
