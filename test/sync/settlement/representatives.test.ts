/** Somebody who collects for others, at the centre: how often over all terminals, each service once, in whatever order it is told. */
import { describe, expect, it } from 'vitest';
import type { RedemptionEvent, WaslEvent } from '../../../agent/domain/event.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { type Bench, breadPolicy, chainOf, documentsOf, MORNING_S, startBench, testRules } from './bench.js';

const REPRESENTATIVE = 900_001;
const LIMIT = 2;
const DETAILS = {
  ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 }, exemption: 0, supervisor: 0 },
  ...{ isTrial: false, representative: REPRESENTATIVE },
};

/** The rules of the bench, with representatives. */
function rulesWith(perMonthMax: number): ReturnType<typeof testRules> {
  const policy = breadPolicy(1, []);
  const programmes = policy.programmes.map((one) => ({
    ...one,
    representatives: { who: 'named', perMonthMax } as const,
  }));
  const limited = { ...policy, programmes };
  return { ...testRules(), policy: () => limited, newestPolicy: () => limited };
}

function collected(card: number, seconds: number, more: Partial<RedemptionEvent> = {}): RedemptionEvent {
  return {
    ...{ type: 'redemption', time: MORNING_S + seconds, card, ledgerSequence: 2, programme: 1, operator: 0 },
    items: [{ commodity: 1, quantity: 1 }],
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' },
    details: DETAILS,
    ...more,
  };
}

const documents = (terminal: string, ...events: readonly WaslEvent[]): StoredDocument[] =>
  documentsOf(chainOf(terminal, events)).slice(1);
const again = (terminal: string, ...events: readonly WaslEvent[]): StoredDocument[] =>
  documentsOf(chainOf(terminal, events, { epoch: '2026q4-zzzzzzzz' })).slice(1);

async function centreWith(events: readonly StoredDocument[]): Promise<Bench> {
  const bench = startBench({ rules: rulesWith(LIMIT) });
  for (const event of events) {
    await bench.put(event);
    await bench.time.advance(3_000);
  }
  await bench.settled();
  return bench;
}

const casesIn = async (bench: Bench) => (await bench.cases()).filter(({ _id }) => _id.startsWith('representative:'));

describe('somebody who collects for others', () => {
  it('is no case as often as the policy lets them, however often a terminal says it', async () => {
    const told = [collected(100_001, 10), collected(100_002, 20)];
    const bench = await centreWith([...documents('point-1', ...told), ...again('point-1', ...told)]);
    expect(await bench.projection(`represented:${REPRESENTATIVE}:2026-11`)).toMatchObject({ cases: [] });
    expect(await casesIn(bench)).toEqual([]);
    await bench.stop();
  });

  it('is a case for more, over all terminals, whichever arrives first', async () => {
    const told = [
      ...documents('point-1', collected(100_001, 10), collected(100_002, 20)),
      ...documents('point-2', collected(100_003, 15)),
    ];
    for (const order of [told, [...told].reverse()]) {
      const bench = await centreWith(order);
      expect(await casesIn(bench)).toEqual([
        expect.objectContaining({
          _id: `representative:${REPRESENTATIVE}:2026-11`,
          status: 'open',
          cause: 'card',
          reason: expect.stringContaining(
            'collected 3 times in 2026-11 for cards 100001, 100002, 100003, and may 2 times: at point-1, point-2.',
          ),
          subject: { card: REPRESENTATIVE, period: '2026-11', programme: 1 },
          eventCount: 3,
        }),
      ]);
      await bench.stop();
    }
  });

  it('at one terminal alone is a fault of that terminal', async () => {
    const bench = await centreWith(documents('point-1', ...[1, 2, 3].map((at) => collected(100_000 + at, at))));
    expect(await casesIn(bench)).toMatchObject([{ cause: 'terminal', subject: { terminal: 'point-1' } }]);
    await bench.stop();
  });

  it('begins anew with each month, and is not asked about what was only tried out', async () => {
    const trial = collected(100_004, 30);
    const bench = await centreWith([
      ...documents('point-1', collected(100_001, 10), collected(100_002, 20)),
      ...documents('point-2', collected(100_003, 11 * 86_400)),
      ...documents('point-3', { ...trial, ledgerSequence: 0, details: { ...DETAILS, isTrial: true } }),
    ]);
    expect(await casesIn(bench)).toEqual([]);
    await bench.stop();
  });
});
