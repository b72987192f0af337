/** Usage, and cases of cards: what opens them, what they say, and what closes them. */
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../agent/domain/event.js';
import {
  type Bench,
  breadPolicy,
  chainOf,
  documentsOf,
  MORNING_S,
  redemption,
  startBench,
  testRules,
  unresolved,
} from './bench.js';

const CARD = 100_009;
const DAY_S = 86_400;

/** A bench that has taken in these chains whole. */
async function benchWith(...chains: readonly ReturnType<typeof chainOf>[]): Promise<Bench> {
  const bench = startBench();
  await bench.put(...chains.flatMap(documentsOf));
  await bench.settled();
  return bench;
}

async function caseIds(bench: Bench): Promise<string[]> {
  return (await bench.cases()).map(({ _id }) => _id);
}

describe('usage', () => {
  it('sums what a card drew by day and month over all terminals, and opens nothing while all is in order', async () => {
    const bench = await benchWith(
      chainOf('outlet-1', [redemption(CARD, 2), redemption(CARD, 4, { time: MORNING_S + DAY_S, loaves: 3 })]),
      chainOf('outlet-2', [redemption(CARD, 5, { time: MORNING_S + DAY_S + 60, loaves: 2 })]),
    );
    expect(await bench.projection(`usage:${CARD}:1:2026-11`)).toMatchObject({
      drawn: { 1: { month: 10, days: { '2026-11-21': 5, '2026-11-22': 5 } } },
    });
    expect(await bench.cases()).toEqual([]);
    await bench.stop();
  });

  it('counts a service that was said again in a new epoch once', async () => {
    const service = redemption(CARD, 2);
    const first = chainOf('outlet-1', [service]);
    const again = chainOf('outlet-1', [service], {
      epoch: '2026q4-zzzzzzzz',
      previous: { epoch: first.epoch, seq: 2, head: first.headAt(2) },
    });
    const bench = await benchWith(first, again);
    expect(await bench.projection(`usage:${CARD}:1:2026-11`)).toMatchObject({ drawn: { 1: { month: 5 } } });
    expect(await caseIds(bench)).toEqual([]);
    await bench.stop();
  });
});

describe('over-draw', () => {
  it('is a case for the day and names the terminal that served it all', async () => {
    const bench = await benchWith(chainOf('outlet-1', [redemption(CARD, 2), redemption(CARD, 3)]));
    const [opened] = await bench.cases();
    expect(opened).toMatchObject({
      _id: `over-draw:${CARD}:1:1:2026-11-21`,
      status: 'open',
      cause: 'terminal',
      subject: { card: CARD, programme: 1, commodity: 1, period: '2026-11-21' },
      events: [eventId('outlet-1', '2026q4-abcdefgh', 2), eventId('outlet-1', '2026q4-abcdefgh', 3)],
    });
    expect(opened?.reason).toContain('drew 10');
    await bench.stop();
  });

  it('is put down to the card where each of several terminals went by what the card said', async () => {
    const bench = await benchWith(
      chainOf('outlet-1', [redemption(CARD, 2)]),
      chainOf('outlet-2', [redemption(CARD, 5)]),
    );
    expect(await bench.case(`over-draw:${CARD}:1:1:2026-11-21`)).toMatchObject({ cause: 'card' });
    await bench.stop();
  });

  it('is put down to a clone where two terminals used one number, and to a clock that its terminal doubted', async () => {
    const doubtful = { keys: 1, hotlist: 1, policy: 1, time: 'doubtful' } as const;
    const bench = await benchWith(
      chainOf('outlet-1', [redemption(CARD, 2), redemption(CARD + 1, 2, { versions: doubtful })]),
      chainOf('outlet-2', [
        redemption(CARD, 2, { time: MORNING_S + 900 }),
        redemption(CARD + 1, 3, { versions: doubtful }),
      ]),
    );
    expect(await bench.case(`over-draw:${CARD}:1:1:2026-11-21`)).toMatchObject({ cause: 'clone' });
    expect(await bench.case(`over-draw:${CARD + 1}:1:1:2026-11-21`)).toMatchObject({ cause: 'clock' });
    await bench.stop();
  });

  it('by household is exact where the register has it, and else only what no household could have drawn', async () => {
    const quotas = [
      { per: 'member', every: 'day', amount: 5 },
      { per: 'household', every: 'month', amount: 900 },
    ] as const;
    const known = new Map([[CARD, { householdSize: 4, draws: 2 }]]);
    const bench = startBench({ rules: testRules(quotas, known) });
    const draws = [redemption(CARD, 2, { loaves: 11 }), redemption(CARD + 1, 2, { loaves: 11 })];
    await bench.put(...documentsOf(chainOf('outlet-1', [...draws, redemption(CARD + 2, 2, { loaves: 901 })])));
    await bench.settled();
    expect(await caseIds(bench)).toEqual([
      `over-draw:${CARD}:1:1:2026-11-21`,
      `over-draw:${CARD + 2}:1:1:2026-11`,
      `over-draw:${CARD + 2}:1:1:2026-11-21`,
    ]);
    expect((await bench.case(`over-draw:${CARD}:1:1:2026-11-21`))?.reason).toContain('its quota is 10');
    expect((await bench.case(`over-draw:${CARD + 2}:1:1:2026-11`))?.reason).toContain('largest household');
    await bench.stop();
  });

  it('of a quota with other amounts for some is what is above the largest of them: no event says which holds', async () => {
    const lines = [{ schemes: [2], amount: 9 }, { amount: 3 }];
    const bench = startBench({ rules: testRules([{ per: 'card', every: 'day', amount: 5, lines }]) });
    const draws = [redemption(CARD, 2, { loaves: 9 }), redemption(CARD + 1, 2, { loaves: 10 })];
    await bench.put(...documentsOf(chainOf('outlet-1', draws)));
    await bench.settled();
    expect(await caseIds(bench)).toEqual([`over-draw:${CARD + 1}:1:1:2026-11-21`]);
    expect((await bench.case(`over-draw:${CARD + 1}:1:1:2026-11-21`))?.reason).toContain(
      'no card is entitled to more than 9',
    );
    await bench.stop();
  });

  it('goes by the policy that the terminal had, looks again once the centre has that policy, and closes what it allows', async () => {
    const bench = startBench();
    const versions = { keys: 1, hotlist: 1, policy: 2, time: 'set' } as const;
    await bench.put(...documentsOf(chainOf('outlet-1', [redemption(CARD, 2, { loaves: 8, versions })])));
    await bench.settled();
    const id = `over-draw:${CARD}:1:1:2026-11-21`;
    expect(await bench.case(id)).toMatchObject({ status: 'open' });
    bench.rules.addPolicy(breadPolicy(2, [{ per: 'card', every: 'day', amount: 10 }]));
    await bench.time.advance(10_000);
    await bench.settled();
    expect(await bench.case(id)).toMatchObject({ status: 'closed', decision: null });
    await bench.stop();
  });

  it('counts a tap that was finished after midnight for the day on which it was interrupted', async () => {
    const nextDay = MORNING_S + DAY_S;
    const bench = await benchWith(
      chainOf('outlet-1', [
        unresolved(CARD, 2, { time: MORNING_S + 50_000 }),
        redemption(CARD, 2, { time: nextDay }),
        redemption(CARD, 3, { time: nextDay + 60 }),
      ]),
    );
    expect((await caseIds(bench)).filter((id) => id.startsWith('over-draw'))).toEqual([]);
    await bench.stop();
  });
});

describe('a card in two places', () => {
  it('is a case when two terminals used one number of its ledger; both services stay visible', async () => {
    const bench = await benchWith(
      chainOf('outlet-1', [redemption(CARD, 2)]),
      chainOf('outlet-2', [redemption(CARD, 2, { time: MORNING_S + 7_200 })]),
    );
    expect(await bench.case(`two-places:${CARD}:2`)).toMatchObject({ status: 'open', cause: 'clone', eventCount: 2 });
    const service = await bench.projection(`service:${CARD}:00000002`);
    expect(Object.keys(service?.events as object)).toHaveLength(2);
    await bench.stop();
  });

  it('is put down to the terminal where one terminal used the number twice', async () => {
    const first = chainOf('outlet-1', [redemption(CARD, 2)]);
    const again = chainOf('outlet-1', [redemption(CARD, 2, { time: MORNING_S + 7_200 })], {
      epoch: '2026q4-zzzzzzzz',
      previous: { epoch: first.epoch, seq: 2, head: first.headAt(2) },
    });
    const bench = await benchWith(first, again);
    expect(await bench.case(`two-places:${CARD}:2`)).toMatchObject({ cause: 'terminal' });
    await bench.stop();
  });

  it('is put down to the card where its newest record had been destroyed', async () => {
    const destroyed = unresolved(CARD, 1, { items: [], reason: 'ERR_LEDGER_DAMAGED' });
    const bench = await benchWith(
      chainOf('outlet-1', [redemption(CARD, 2)]),
      chainOf('outlet-2', [destroyed, redemption(CARD, 2, { time: MORNING_S + 7_200 })]),
    );
    expect(await bench.case(`two-places:${CARD}:2`)).toMatchObject({ cause: 'card' });
    await bench.stop();
  });
});

describe('an unresolved tap', () => {
  it('is a case until its terminal tells of the service', async () => {
    const chain = chainOf('outlet-1', [unresolved(CARD, 2), redemption(CARD, 2, { time: MORNING_S + 600 })]);
    const [opening, tap, service] = documentsOf(chain);
    const bench = startBench();
    if (opening === undefined || tap === undefined || service === undefined) throw new Error('three events');
    await bench.put(opening, tap);
    await bench.settled();
    const id = `unresolved:${CARD}:2:outlet-1`;
    expect(await bench.case(id)).toMatchObject({ status: 'open', cause: 'terminal', healed: null });
    await bench.put(service);
    await bench.settled();
    expect(await bench.case(id)).toMatchObject({ status: 'closed', healed: { events: [service._id] } });
    await bench.stop();
  });

  it('is healed by the same number at another terminal: then it never took hold', async () => {
    const bench = await benchWith(
      chainOf('outlet-1', [unresolved(CARD, 2)]),
      chainOf('outlet-2', [redemption(CARD, 2)]),
    );
    expect(await bench.case(`unresolved:${CARD}:2:outlet-1`)).toMatchObject({
      status: 'closed',
      healed: { what: expect.stringContaining('never took hold') },
    });
    expect(await caseIds(bench)).toEqual([`unresolved:${CARD}:2:outlet-1`]);
    await bench.stop();
  });

  it('is healed by a terminal that found the half-written record; the next number heals nothing', async () => {
    const destroyed = unresolved(CARD, 1, { items: [], reason: 'ERR_LEDGER_DAMAGED' });
    const bench = await benchWith(
      chainOf('outlet-1', [unresolved(CARD, 2), unresolved(CARD + 1, 2)]),
      chainOf('outlet-2', [destroyed, redemption(CARD, 4), redemption(CARD + 1, 3)]),
    );
    expect(await bench.case(`unresolved:${CARD}:2:outlet-1`)).toMatchObject({ status: 'closed' });
    expect(await bench.case(`unresolved:${CARD}:2:outlet-2:ledger`)).toMatchObject({ status: 'closed', cause: 'card' });
    expect(await bench.case(`unresolved:${CARD + 1}:2:outlet-1`)).toMatchObject({ status: 'open' });
    await bench.stop();
  });

  it('that a record on a card came from nobody is a case of its own until somebody tells of it', async () => {
    const bench = await benchWith(
      chainOf('outlet-2', [unresolved(CARD, 7, { items: [], reason: 'ERR_LEDGER_UNTRUSTED' })]),
    );
    const id = `unresolved:${CARD}:7:outlet-2:ledger`;
    expect(await bench.case(id)).toMatchObject({ status: 'open', cause: 'card' });
    await bench.put(...documentsOf(chainOf('outlet-1', [redemption(CARD, 7)])));
    await bench.settled();
    expect(await bench.case(id)).toMatchObject({ status: 'closed' });
    await bench.stop();
  });
});

describe('a blocked card', () => {
  it('served under a list that blocks it is a case against the terminal; under an older one it is only noted', async () => {
    const bench = startBench();
    bench.rules.addHotlist({ version: 2, issuedAt: MORNING_S - 3_600, cards: [CARD] });
    const versions = { keys: 1, hotlist: 2, policy: 1, time: 'set' } as const;
    await bench.put(
      ...documentsOf(chainOf('outlet-1', [redemption(CARD, 2, { versions }), redemption(CARD + 1, 2, { versions })])),
    );
    await bench.put(...documentsOf(chainOf('outlet-2', [redemption(CARD, 3, { time: MORNING_S + DAY_S })])));
    await bench.put(...documentsOf(chainOf('outlet-3', [redemption(CARD, 1, { time: MORNING_S - DAY_S })])));
    await bench.settled();
    expect(await bench.case(`hotlisted:${CARD}:2`)).toMatchObject({ status: 'open', cause: 'terminal' });
    expect(await bench.case(`exposure:${CARD}:3`)).toMatchObject({ status: 'noted' });
    expect((await caseIds(bench)).filter((id) => !id.startsWith('clock'))).toEqual([
      `exposure:${CARD}:3`,
      `hotlisted:${CARD}:2`,
    ]);
    await bench.stop();
  });

  it('is found as well when the centre gets the list only after the event', async () => {
    const bench = startBench();
    const versions = { keys: 1, hotlist: 9, policy: 1, time: 'set' } as const;
    await bench.put(...documentsOf(chainOf('outlet-1', [redemption(CARD, 2, { versions })])));
    await bench.settled();
    expect(await bench.cases()).toEqual([]);
    bench.rules.addHotlist({ version: 9, issuedAt: MORNING_S, cards: [CARD] });
    await bench.time.advance(10_000);
    await bench.settled();
    expect(await bench.case(`hotlisted:${CARD}:2`)).toMatchObject({ status: 'open' });
    await bench.stop();
  });
});
