/** Persons without a card, at the centre: what they had over all terminals, each service once, in whatever order it is told. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventMark } from '../../../agent/credential/hash.js';
import type { RosterEvent, RosterVoidEvent, WaslEvent } from '../../../agent/domain/event.js';
import type { Quota } from '../../../agent/domain/policy.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { encodeEvent } from '../../../sync/protocol/event-codec.js';
import { listRules } from '../../../sync/settlement/lists.js';
import { requestRebuild } from '../../../sync/settlement/position.js';
import {
  type Bench,
  breadPolicy,
  chainOf,
  documentsOf,
  MORNING_S,
  outcomeOf,
  startBench,
  testRules,
  withoutClock,
} from './bench.js';

const ROSTER = 2_722_917_099;
const ONCE: readonly Quota[] = [{ per: 'card', every: 'once', amount: 1 }];
const NO_DETAILS = {
  ...{ balances: [], used: [], written: [], charge: { gross: 0, holder: 0 } },
  ...{ exemption: 0, supervisor: 0, isTrial: false },
};

function kit(person: number, more: Partial<RosterEvent> & { readonly quantity?: number } = {}): RosterEvent {
  const { quantity = 1, ...fields } = more;
  return {
    type: 'roster',
    time: MORNING_S + person,
    roster: ROSTER,
    person,
    programme: 1,
    items: [{ commodity: 1, quantity }],
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' },
    operator: 4,
    ...fields,
  };
}

/** That it was taken back, ten minutes later. */
function back(service: RosterEvent, time = service.time + 600): RosterVoidEvent {
  const { roster, person, programme, items, versions, operator } = service;
  const voided = eventMark(encodeEvent(service));
  const told = { roster, person, programme, items, versions, operator, supervisor: 9, voided, servedAt: service.time };
  return { type: 'roster-void', time, ...told };
}

const later = (person: number, seconds = 600) => kit(person, { time: MORNING_S + seconds });
const documents = (terminal: string, ...events: readonly WaslEvent[]) =>
  documentsOf(chainOf(terminal, events)).slice(1);
const again = (terminal: string, ...events: readonly WaslEvent[]) =>
  documentsOf(chainOf(terminal, events, { epoch: '2026q4-zzzzzzzz' })).slice(1);

async function centreWith(events: readonly StoredDocument[], rules = testRules(ONCE)): Promise<Bench> {
  const bench = startBench({ rules });
  for (const event of events) {
    await bench.put(event);
    await bench.time.advance(3_000);
  }
  await bench.settled();
  return bench;
}

const voidsIn = async (bench: Bench) => (await bench.cases()).filter(({ _id }) => _id.startsWith('void:'));
const twiceIn = async (bench: Bench) => (await bench.cases()).filter(({ _id }) => _id.startsWith('roster-twice:'));

describe('a person on a roster', () => {
  it('who was served once, at one terminal, is no case, whoever else was served', async () => {
    const bench = await centreWith([
      ...documents('point-1', kit(17), kit(18)),
      ...documents('point-2', kit(19), kit(17, { roster: 5 })),
    ]);
    expect(await bench.projection(`person:${ROSTER}:17:1`)).toMatchObject({ served: { 1: 1 }, cases: [] });
    expect(await bench.cases()).toEqual([]);
    await bench.stop();
  });

  it('who was served at two terminals of what is given once is a case that names both', async () => {
    const bench = await centreWith([...documents('point-1', kit(17)), ...documents('point-2', later(17))]);
    expect(await twiceIn(bench)).toEqual([
      expect.objectContaining({
        _id: `roster-twice:${ROSTER}:17:1:1`,
        status: 'open',
        cause: 'person',
        reason: expect.stringContaining(
          'had 2 of commodity 1, given once, in all 1: at point-1, point-2 on 2026-11-21',
        ),
        subject: { roster: ROSTER, person: 17, programme: 1, commodity: 1 },
        events: ['point-1:2026q4-abcdefgh:00000002', 'point-2:2026q4-abcdefgh:00000002'],
      }),
    ]);
    await bench.stop();
  });

  it('whose service was taken back and who was served again is no case, whatever arrives first', async () => {
    const [first, again] = [kit(17), later(17, 1_200)];
    const told = documents('point-1', first, back(first), again);
    for (const order of [told, [...told].reverse()]) {
      const bench = await centreWith(order);
      expect(await bench.projection(`person:${ROSTER}:17:1`)).toMatchObject({ served: { 1: 1 } });
      expect((await twiceIn(bench)).filter(({ status }) => status === 'open')).toEqual([]);
      await bench.stop();
    }
  });

  it('who was served elsewhere meanwhile is a case until it is known that the first was taken back', async () => {
    const first = kit(17);
    const bench = await centreWith([...documents('point-2', later(17)), ...documents('point-1', first)]);
    expect(await twiceIn(bench)).toMatchObject([{ status: 'open' }]);
    for (const event of documents('point-1', first, back(first)).slice(1)) await bench.put(event);
    await bench.settled();
    expect(await twiceIn(bench)).toMatchObject([{ status: 'closed' }]);
    await bench.stop();
  });

  it('whose service another terminal claims to have taken back was served all the same', async () => {
    const first = kit(17);
    const bench = await centreWith([...documents('point-1', first), ...documents('point-2', back(first), later(17))]);
    expect(await twiceIn(bench)).toMatchObject([{ status: 'open' }]);
    expect(await voidsIn(bench)).toMatchObject([
      {
        _id: `void:person:${ROSTER}:17:1:${eventMark(encodeEvent(first))}`,
        status: 'open',
        reason: expect.stringContaining('But it was served at point-1'),
        subject: { roster: ROSTER, person: 17, programme: 1, terminal: 'point-2' },
      },
    ]);
    await bench.stop();
  });

  it('whose service was taken back before it arrived is a case until it does', async () => {
    const first = kit(17);
    const [served, taken] = documents('point-1', first, back(first));
    const bench = await centreWith([taken].filter((one) => one !== undefined));
    expect(await voidsIn(bench)).toMatchObject([
      { status: 'open', reason: expect.stringContaining('allowed by supervisor 9. No terminal has told') },
    ]);
    if (served !== undefined) await bench.put(served);
    await bench.settled();
    expect(await voidsIn(bench)).toMatchObject([{ status: 'closed' }]);
    await bench.stop();
  });

  it('whose service two terminals say in the very same words was served twice', async () => {
    const bench = await centreWith([...documents('point-1', kit(17)), ...documents('point-2', kit(17))]);
    expect(await twiceIn(bench)).toHaveLength(1);
    await bench.stop();
  });

  it('whose service its terminal says again in a new epoch was served once', async () => {
    const bench = await centreWith([...documents('point-1', kit(17)), ...again('point-1', kit(17))]);
    expect(await bench.projection(`person:${ROSTER}:17:1`)).toMatchObject({ served: { 1: 1 } });
    expect(await twiceIn(bench)).toEqual([]);
    await bench.stop();
  });

  it('who was served twice by one terminal is a case of that terminal', async () => {
    const bench = await centreWith([...documents('point-1', kit(17)), ...again('point-1', later(17))]);
    expect(await twiceIn(bench)).toMatchObject([{ cause: 'terminal', subject: { terminal: 'point-1' } }]);
    await bench.stop();
  });

  it('may have what the quota says in parts, and as often as it says where it is not given once', async () => {
    const served = [...documents('point-1', kit(17)), ...documents('point-2', later(17))];
    for (const quotas of [
      [{ per: 'card', every: 'once', amount: 2 }],
      [{ per: 'card', every: 'day', amount: 1 }],
      // How many there are in the household no event says.
      [{ per: 'member', every: 'once', amount: 1 }],
    ] satisfies Quota[][]) {
      const bench = await centreWith(served, testRules(quotas));
      expect(await twiceIn(bench)).toEqual([]);
      await bench.stop();
    }
  });

  it('for whom a service was only tried out had nothing', async () => {
    const tried = (seconds: number) => ({ ...later(17, seconds), details: { ...NO_DETAILS, isTrial: true } });
    const bench = await centreWith([
      ...documents('point-1', tried(10), tried(20)),
      ...documents('point-2', tried(30), kit(17)),
    ]);
    expect(await bench.projection(`person:${ROSTER}:17:1`)).toMatchObject({ served: { 1: 1 } });
    expect(await bench.cases()).toEqual([]);
    await bench.stop();
  });
});

describe('what is given once', () => {
  it('is not known before a policy is: the case comes with it', async () => {
    const rules = listRules();
    const bench = await centreWith([...documents('point-1', kit(17)), ...documents('point-2', later(17))], rules);
    expect(await twiceIn(bench)).toEqual([]);
    rules.addPolicy(breadPolicy(1, ONCE));
    await bench.time.advance(60_000);
    await bench.settled();
    expect(await twiceIn(bench)).toMatchObject([{ status: 'open' }]);
    await bench.stop();
  });
});

describe('services to persons on a roster', () => {
  it('give the same documents in any order, each any number of times, and after a rebuild', async () => {
    const events = [
      ...documents('point-1', kit(17), kit(18), { ...later(19), details: { ...NO_DETAILS, isTrial: true } }),
      ...again('point-1', kit(17), later(18)),
      ...documents('point-2', kit(17), kit(19)),
      ...documents('point-3', later(17, 90_000)),
    ];
    const textOf = async (order: readonly StoredDocument[], rebuild = false): Promise<string[]> => {
      const bench = await centreWith(order);
      if (rebuild) {
        await requestRebuild(bench.store);
        await bench.settled();
      }
      await bench.stop();
      const lines = (await outcomeOf(bench.store)).split('\n');
      return lines.filter((line) => !line.startsWith('{"_id":"epoch:')).map(withoutClock);
    };
    const wanted = await textOf(events);
    expect(wanted.filter((line) => line.startsWith('{"_id":"roster-twice:'))).toHaveLength(2);
    expect(await textOf(events, true)).toEqual(wanted);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...events, ...events], { minLength: events.length * 2 }), async (order) => {
        expect(await textOf(order)).toEqual(wanted);
      }),
      { numRuns: 12 },
    );
  });
});
