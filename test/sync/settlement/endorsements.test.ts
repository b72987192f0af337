/** Endorsements at the centre: which were written, and which somebody took off a card. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndorsedEvent } from '../../../agent/domain/event.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { isCaseId } from '../../../sync/settlement/cases/case.js';
import { closeCase, listCases, writtenEndorsements } from '../../../sync/settlement/desk.js';
import { requestRebuild } from '../../../sync/settlement/position.js';
import { type Bench, chainOf, documentsOf, MORNING_S, outcomeOf, startBench, withoutClock } from './bench.js';

const CARD = 100_017;

function endorsed(number: number, more: Partial<EndorsedEvent> = {}): EndorsedEvent {
  return {
    type: 'endorsed',
    time: MORNING_S + 60 * number,
    card: CARD,
    number,
    shown: number - 1,
    known: number - 1,
    programme: 1,
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' },
    operator: 4,
    ...more,
  };
}

const documents = (terminal: string, ...events: readonly EndorsedEvent[]) =>
  documentsOf(chainOf(terminal, events)).slice(1);

/** A centre to which the events come one after another, settlement running all the while. */
async function centreWith(events: readonly StoredDocument[]): Promise<Bench> {
  const bench = startBench();
  for (const event of events) {
    await bench.put(event);
    await bench.time.advance(3_000);
  }
  await bench.settled();
  return bench;
}

async function casesOf(bench: Bench): Promise<StoredDocument[]> {
  return (await bench.cases()).filter(({ _id }) => isCaseId(_id) && _id.startsWith('endorsement:'));
}

async function written(bench: Bench, sinceS = 0) {
  const found = [];
  for await (const one of writtenEndorsements(bench.store, sinceS)) found.push(one);
  return found;
}

describe('endorsements that were written', () => {
  it('to cards that showed what was known of them open no case, also where the terminal had never seen the card', async () => {
    const bench = await centreWith([
      ...documents('outlet-1', endorsed(1), endorsed(2)),
      ...documents('outlet-2', endorsed(3, { known: 0 })),
      ...documents('outlet-3', endorsed(3, { shown: 3, known: 3 })),
    ]);
    expect(await casesOf(bench)).toEqual([]);
    await bench.stop();
  });

  it('are told by card, each number once with its newest time, whatever said it how often', async () => {
    const other = endorsed(1, { card: 5, time: MORNING_S });
    const bench = await centreWith([
      ...documents('outlet-1', endorsed(1), endorsed(2), other),
      ...documents('outlet-2', endorsed(2, { time: MORNING_S + 7_200 })),
    ]);
    expect(await written(bench)).toEqual([
      { card: CARD, number: 1, writtenS: MORNING_S + 60 },
      { card: CARD, number: 2, writtenS: MORNING_S + 7_200 },
      { card: 5, number: 1, writtenS: MORNING_S },
    ]);
    expect(await written(bench, MORNING_S + 3_600)).toEqual([{ card: CARD, number: 2, writtenS: MORNING_S + 7_200 }]);
    await bench.stop();
  });
});

describe('an endorsement that was gone from its card', () => {
  it('is a case that names the card, the endorsement and where it was seen', async () => {
    const bench = await centreWith(documents('outlet-1', endorsed(2), endorsed(2, { shown: 0, known: 2 })));
    expect(await casesOf(bench)).toEqual([
      expect.objectContaining({
        _id: `endorsement:${CARD}:2`,
        kind: 'endorsement',
        status: 'open',
        cause: 'card',
        reason: expect.stringMatching(
          /^Card 100017 showed no endorsement at outlet-1, which had seen endorsement 2 on it/,
        ),
        subject: { card: CARD, endorsement: 2, programme: 1, terminal: 'outlet-1' },
        events: ['outlet-1:2026q4-abcdefgh:00000003'],
        eventCount: 1,
      }),
    ]);
    const { cases } = await listCases(bench.store, { card: CARD, kind: 'endorsement' }, 10);
    expect(cases).toHaveLength(1);
    await bench.stop();
  });

  it('is a case as well where an older one stands in its place', async () => {
    const bench = await centreWith(documents('outlet-1', endorsed(4, { shown: 1, known: 3 })));
    const [one] = await casesOf(bench);
    expect(one).toMatchObject({
      _id: `endorsement:${CARD}:3`,
      reason: expect.stringContaining('showed endorsement 1 at'),
    });
    await bench.stop();
  });

  it('is one case with all that shows it, and the same tap said again in a new epoch is no second time', async () => {
    const first = endorsed(2, { shown: 0, known: 2 });
    const again = chainOf('outlet-1', [first], { epoch: '2026q4-zzzzzzzz' });
    const bench = await centreWith([...documents('outlet-1', first), ...documentsOf(again).slice(1)]);
    expect((await casesOf(bench)).map(({ reason }) => reason)).toEqual([expect.not.stringContaining('times')]);
    await bench.put(...documents('outlet-2', endorsed(2, { shown: 0, known: 2, time: MORNING_S + 900 })));
    await bench.settled();
    expect(await casesOf(bench)).toEqual([
      expect.objectContaining({ eventCount: 3, reason: expect.stringContaining('2 times at outlet-1, outlet-2') }),
    ]);
    await bench.stop();
  });

  it('stays closed once a person closed it, over a rebuild as well; the next one that is gone is another case', async () => {
    const bench = await centreWith(documents('outlet-1', endorsed(2, { shown: 0, known: 2 })));
    await closeCase(bench.store, `endorsement:${CARD}:2`, {
      by: 'supervisor',
      reason: 'asked',
      clock: bench.time.clock,
    });
    await requestRebuild(bench.store);
    await bench.put(...documents('outlet-2', endorsed(4, { shown: 0, known: 3 })));
    await bench.time.advance(60_000);
    await bench.settled();
    expect((await casesOf(bench)).map(({ _id, status }) => [_id, status])).toEqual([
      [`endorsement:${CARD}:2`, 'closed'],
      [`endorsement:${CARD}:3`, 'open'],
    ]);
    await bench.stop();
  });

  it('gives the same documents in any order of arrival', async () => {
    const events = [
      ...documents('outlet-1', endorsed(1), endorsed(2), endorsed(2, { shown: 0, known: 2, time: MORNING_S + 500 })),
      ...documents(
        'outlet-2',
        endorsed(3, { shown: 2, known: 2 }),
        endorsed(3, { shown: 1, known: 3, time: MORNING_S + 600 }),
      ),
      ...documents('outlet-3', endorsed(3, { shown: 0, known: 2, time: MORNING_S + 700 })),
    ];
    const textOf = async (order: readonly StoredDocument[]): Promise<string[]> => {
      const bench = await centreWith(order);
      await bench.stop();
      const lines = (await outcomeOf(bench.store)).split('\n');
      // The runs of an epoch and the age of its gaps are not what this is about.
      return lines.filter((line) => !line.startsWith('{"_id":"epoch:')).map(withoutClock);
    };
    const wanted = await textOf(events);
    expect(wanted.filter((line) => line.startsWith('{"_id":"endorsement:'))).toHaveLength(2);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(events, { minLength: events.length }), async (order) => {
        expect(await textOf(order)).toEqual(wanted);
      }),
      { numRuns: 12 },
    );
  });
});
