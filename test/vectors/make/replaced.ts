/** A card in the place of another one. */
import type { WaslEvent } from '../../../agent/domain/event.js';

const REPLACED = {
  ...({ type: 'replaced', cause: 'in-hand' } as const),
  ...{ card: 100_044, replaces: 100_017, family: 1, closing: 44, opening: 46, day: 20_778, operator: 4 },
};

/** Each with what it shows. */
export function replacedEvents(now: number): [string, WaslEvent][] {
  return [
    [
      'A card was made in the place of another one, which was ended: what its ledger begins with.',
      {
        ...{ ...REPLACED, time: now + 97 },
        usage: [{ commodity: 1, usedDay: 5, usedMonth: 90 }],
        more: {
          tallies: [{ commodity: 12, usedYear: 4, usedEver: 9, ahead: 0 }],
          balances: [{ account: 101, value: 20_850 }],
          papers: [{ kind: 0, number: 44, commodity: 12, left: 1, untilDay: 20_800, site: 12 }],
        },
      },
    ],
    [
      'The same of its other ledger, of which nothing was used.',
      {
        ...REPLACED,
        time: now + 97,
        family: 2,
        closing: 1,
        opening: 2,
        usage: [],
        more: { tallies: [], balances: [], papers: [] },
      },
    ],
    [
      'A card that was lost: the centre had not heard of any service with it.',
      {
        ...{ ...REPLACED, time: now + 98, cause: 'lost', card: 100_045, replaces: 100_018 },
        ...{ closing: 1, opening: 2, usage: [], more: { tallies: [], balances: [], papers: [] } },
      },
    ],
  ];
}
