/** Cases of terminals: forked chains, gaps, clocks. */
import { describe, expect, it } from 'vitest';
import { eventId } from '../../../agent/domain/event.js';
import { type Bench, chainOf, documentsOf, MORNING_S, redemption, secondDocumentsOf, startBench } from './bench.js';

const CARD = 100_009;
const HOUR_MS = 3_600_000;
const DAY_S = 86_400;
/** Where days have to pass. */
const SLOW = { pollMs: 120_000 };

/** A bench that has taken in these chains whole. */
async function benchWith(...chains: readonly ReturnType<typeof chainOf>[]): Promise<Bench> {
  const bench = startBench();
  await bench.put(...chains.flatMap(documentsOf));
  await bench.settled();
  return bench;
}

describe('a forked chain', () => {
  const first = chainOf('outlet-1', [redemption(CARD, 2), redemption(CARD + 1, 2)]);
  const follow = (epoch: string, seq: number, head: Uint8Array) =>
    chainOf('outlet-1', [], { epoch, previous: { epoch: first.epoch, seq, head } });

  it('is no case where each epoch goes on from the end of the one before', async () => {
    const bench = await benchWith(first, follow('2027q1-bbbbbbbb', 3, first.headAt(3)));
    expect(await bench.cases()).toEqual([]);
    await bench.stop();
  });

  it('is two events in one place, whether the event or the case of the bridge is seen first', async () => {
    const rival = secondDocumentsOf(chainOf('outlet-1', [redemption(CARD + 5, 9)]), 2);
    for (const order of ['event', 'case'] as const) {
      const bench = await benchWith(first);
      if (order === 'event') await bench.put(rival.event);
      await bench.settled();
      await bench.putCase(rival.opened);
      await bench.settled();
      const found = await bench.case(`forked-chain:outlet-1:${first.epoch}`);
      expect(found).toMatchObject({ status: 'open', cause: 'terminal' });
      expect(found?.events).toEqual([eventId('outlet-1', first.epoch, 2), rival.event._id]);
      expect(await bench.case(rival.opened._id)).toMatchObject(rival.opened);
      await bench.stop();
    }
  });

  it('is an epoch that names another end than the centre holds, or an end that lies behind', async () => {
    for (const [seq, head] of [
      [3, first.headAt(2)],
      [2, first.headAt(2)],
    ] as const) {
      const bench = await benchWith(first, follow('2026q4-bbbbbbbb', seq, head));
      expect(await bench.case(`forked-chain:outlet-1:${first.epoch}`)).toMatchObject({ cause: 'terminal' });
      await bench.stop();
    }
  });

  it('is two epochs that go on from one, or two beginnings: then two machines are likely', async () => {
    const bench = await benchWith(
      first,
      follow('2026q4-bbbbbbbb', 3, first.headAt(3)),
      follow('2026q4-cccccccc', 3, first.headAt(3)),
      chainOf('outlet-2', []),
      chainOf('outlet-2', [], { epoch: '2026q4-dddddddd' }),
    );
    expect(await bench.case(`forked-chain:outlet-1:${first.epoch}`)).toMatchObject({ cause: 'clone' });
    expect(await bench.case('forked-chain:outlet-2:first')).toMatchObject({ cause: 'clone' });
    await bench.stop();
  });

  it('is an epoch that went on after it was closed', async () => {
    const bench = await benchWith(first);
    const closed = { seq: 2, head: null, import: 'invented' };
    const id = `closed-epoch:outlet-1:${first.epoch}`;
    await bench.putCase({ _id: id, kind: 'closed-epoch', terminal: 'outlet-1', epoch: first.epoch, closed });
    await bench.settled();
    expect((await bench.case(`forked-chain:outlet-1:${first.epoch}`))?.reason).toContain('closed at event 2');
    await bench.stop();
  });
});

describe('a gap', () => {
  const documents = documentsOf(
    chainOf(
      'outlet-1',
      [1, 2, 3, 4].map((n) => redemption(CARD + n, 2)),
    ),
  );
  const id = 'gap:outlet-1:2026q4-abcdefgh';

  it('is a case once it is old, says what is missing, and closes when it fills', async () => {
    const bench = startBench({ limits: SLOW });
    await bench.put(...documents.filter((_, index) => index !== 2));
    await bench.settled();
    expect(await bench.cases()).toEqual([]);
    await bench.time.advance(25 * HOUR_MS);
    const opened = await bench.case(id);
    expect(opened).toMatchObject({ status: 'open', cause: 'terminal', events: [documents[1]?._id, documents[3]?._id] });
    expect(opened?.reason).toContain('1 event(s)');
    await bench.restart();
    if (documents[2] !== undefined) await bench.put(documents[2]);
    await bench.settled();
    expect(await bench.case(id)).toMatchObject({
      status: 'closed',
      healed: { what: 'The missing events have arrived.' },
    });
    await bench.stop();
  });

  it('that fills in time leaves no trace', async () => {
    const bench = startBench({ limits: SLOW });
    await bench.put(...documents.filter((_, index) => index !== 2));
    await bench.settled();
    await bench.time.advance(20 * HOUR_MS);
    await bench.put(...documents);
    await bench.settled();
    await bench.time.advance(20 * HOUR_MS);
    expect(await bench.cases()).toEqual([]);
    await bench.stop();
  });

  it('is also an end that the next epoch names and that never came; one that was said again is none', async () => {
    const whole = chainOf('outlet-1', [redemption(CARD, 2), redemption(CARD + 1, 2)]);
    const next = chainOf('outlet-1', [], {
      epoch: '2027q1-bbbbbbbb',
      previous: { epoch: whole.epoch, seq: 3, head: whole.headAt(3) },
    });
    const bench = startBench({ limits: SLOW });
    await bench.put(...documentsOf(whole).slice(0, 2), ...documentsOf(next));
    await bench.settled();
    await bench.time.advance(25 * HOUR_MS);
    expect(await bench.case(id)).toMatchObject({ status: 'open' });
    await bench.stop();
  });
});

describe('an impossible clock', () => {
  const at = (seconds: number, time: 'set' | 'doubtful' = 'set') =>
    redemption(CARD + (seconds % 97), 2, {
      time: MORNING_S + seconds,
      versions: { keys: 1, hotlist: 1, policy: 1, time },
    });
  const id = 'clock:outlet-1:2026q4-abcdefgh';

  it('is an event well before its predecessor', async () => {
    const bench = await benchWith(chainOf('outlet-1', [at(1_000), at(900), at(1_200), at(100)]));
    expect(await bench.case(id)).toMatchObject({
      status: 'open',
      cause: 'clock',
      events: [eventId('outlet-1', '2026q4-abcdefgh', 5)],
    });
    await bench.stop();
  });

  it('is an event well ahead of the centre when it came, even if it is looked at again later', async () => {
    const bench = startBench({ limits: SLOW });
    await bench.put(...documentsOf(chainOf('outlet-1', [at(5 * DAY_S)])));
    await bench.settled();
    expect((await bench.case(id))?.reason).toContain('ahead of the centre by 3 days');
    const before = await bench.case(id);
    await bench.time.advance(6 * DAY_S * 1000);
    await bench.restart();
    await bench.settled();
    expect(await bench.case(id)).toEqual(before);
    await bench.stop();
  });

  it('is none where the terminal itself doubted its clock', async () => {
    const bench = await benchWith(chainOf('outlet-1', [at(1_000), at(100, 'doubtful'), at(5 * DAY_S, 'doubtful')]));
    expect(await bench.cases()).toEqual([]);
    await bench.stop();
  });
});
