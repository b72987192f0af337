/** Slips at the centre: what was used of them over all terminals, each service once, in whatever order it is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RedemptionEvent, RosterEvent, VoidEvent, WaslEvent } from '../../../agent/domain/event.js';
import type { SlipUsed } from '../../../agent/domain/slip.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { type Bench, chainOf, documentsOf, MORNING_S, redemption, startBench, withoutClock } from './bench.js';

const SLIP = 'c0ffee0102030405';
const CONSULTATION = 108;
const CARD = 100_017;

const details = (slips: readonly SlipUsed[]) => ({
  ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 } },
  ...{ exemption: 0, supervisor: 0, isTrial: false, slips },
});
const one: SlipUsed = { slip: SLIP, commodity: CONSULTATION, units: 1, of: 1 };

/** A consultation on the slip, of a card without a ledger. */
function use(minute: number, slip: Partial<SlipUsed> = {}): RedemptionEvent {
  const items = [{ commodity: CONSULTATION, quantity: 1 }];
  return redemption(CARD, 0, { time: MORNING_S + 60 * minute, items, details: details([{ ...one, ...slip }]) });
}

function listed(minute: number): RosterEvent {
  const { time, items, versions, operator, programme } = use(minute);
  return { type: 'roster', roster: 5, person: 17, time, items, versions, operator, programme, details: details([one]) };
}

/** Of a smart card: the service under a number of its ledger, and its void. */
const served = (minute: number): RedemptionEvent => ({ ...use(minute), ledgerSequence: 8 });
function takenBack(minute: number): VoidEvent {
  const { card, items, versions, programme } = use(minute);
  const told = { type: 'void', time: MORNING_S + 60 * minute, card, ledgerSequence: 9, voided: 8 } as const;
  return { ...told, programme, items, versions, operator: 0, supervisor: 9, slips: [one] };
}

const documents = (terminal: string, ...events: readonly WaslEvent[]) =>
  documentsOf(chainOf(terminal, events)).slice(1);
const again = (terminal: string, ...events: readonly WaslEvent[]) =>
  documentsOf(chainOf(terminal, events, { epoch: '2026q4-zzzzzzzz' })).slice(1);

async function centreWith(events: readonly StoredDocument[]): Promise<Bench> {
  const bench = startBench();
  for (const event of events) {
    await bench.put(event);
    await bench.time.advance(3_000);
  }
  await bench.settled();
  return bench;
}

const twiceIn = async (bench: Bench) => (await bench.cases()).filter(({ _id }) => _id.startsWith('slip-twice:'));

describe('a slip at the centre', () => {
  it('that was used for what it was written for, by one terminal, is no case, nor are two services without a ledger', async () => {
    const bench = await centreWith(
      documents('salam-1', use(1, { of: 2 }), use(9, { of: 2 }), use(12, { slip: '00'.repeat(8) })),
    );
    expect(await bench.projection(`slip:${SLIP}`)).toMatchObject({ used: { [CONSULTATION]: 2 }, cases: [] });
    expect((await bench.cases()).filter(({ _id }) => !_id.startsWith('over-draw:'))).toEqual([]);
    await bench.stop();
  });

  it.each([
    ['a card', use(1), use(30), { card: CARD }],
    ['a person of a roster', listed(1), listed(30), { roster: 5, person: 17 }],
  ] as const)(
    'that was used at two terminals for %s is a case that names both',
    async (_whose, first, second, whose) => {
      const bench = await centreWith([...documents('salam-1', first), ...documents('salam-2', second)]);
      expect(await twiceIn(bench)).toEqual([
        expect.objectContaining({
          _id: `slip-twice:${SLIP}:${CONSULTATION}`,
          ...{ status: 'open', cause: 'clone' },
          reason: expect.stringContaining(
            `Slip ${SLIP} was used for 2 of commodity 108, written for 1: at salam-1, salam-2 on 2026-11-21`,
          ),
          subject: { slip: SLIP, commodity: CONSULTATION, programme: 1, ...whose },
          events: ['salam-1:2026q4-abcdefgh:00000002', 'salam-2:2026q4-abcdefgh:00000002'],
        }),
      ]);
      await bench.stop();
    },
  );

  it('that one terminal gave too much for says so of that terminal', async () => {
    const bench = await centreWith(documents('salam-1', use(1), use(30)));
    expect(await twiceIn(bench)).toMatchObject([{ cause: 'terminal', subject: { terminal: 'salam-1' } }]);
    await bench.stop();
  });

  it('said again in a new epoch was used once', async () => {
    const bench = await centreWith([...documents('salam-1', use(1)), ...again('salam-1', use(1))]);
    expect(await twiceIn(bench)).toEqual([]);
    await bench.stop();
  });

  it('whose service was taken back may be used again, and comes to the same in whatever order it is told', async () => {
    const told = [...documents('salam-1', served(1), takenBack(3), use(40)), ...documents('salam-2', use(50))];
    const [first, ...others] = await Promise.all(
      fc.sample(fc.shuffledSubarray(told, { minLength: told.length }), 6).map(async (order) => {
        const bench = await centreWith(order);
        const found = (await twiceIn(bench)).map((found) => withoutClock(JSON.stringify(found)));
        const projection = await bench.projection(`slip:${SLIP}`);
        await bench.stop();
        return { found, used: projection?.used };
      }),
    );
    // One of the two that stand is one too many.
    expect(first?.used).toEqual({ [CONSULTATION]: 2 });
    expect(first?.found).toHaveLength(1);
    for (const other of others) expect(other).toEqual(first);
    const alone = await centreWith(documents('salam-1', served(1), takenBack(3), use(40)));
    expect(await twiceIn(alone)).toEqual([]);
    await alone.stop();
  });
});
