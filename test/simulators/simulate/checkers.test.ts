/** Every checker bites: a history in which its invariant does not hold is a violation of it, and of nothing else. */
import { describe, expect, it } from 'vitest';
import type { Observation, SeenFrame } from '../../../simulators/simulate/observations.js';
import { CARD, Chain, EPOCH, intentOf, judged, MACHINE, machine, opened, TERMINAL, violationsOf } from './histories.js';

const TAP = '00000000000000aa';
const OTHER_TAP = '00000000000000bb';

const numbersOf = (history: readonly Observation[]): number[] => [
  ...new Set(violationsOf(history).map(({ invariant }) => invariant)),
];

/** A tap from its intent to the green screen. */
function goodTap(): { chain: Chain; frames: SeenFrame[]; history: Observation[] } {
  const chain = new Chain();
  const frames = [chain.opening(), chain.intent(TAP, 2), chain.commit(TAP, 2)];
  const shown = { name: 'granted', tapId: TAP, code: null, receipt: `${TERMINAL}:${EPOCH}:2`, taken: 3 };
  return { chain, frames, history: [machine(), ...frames, { type: 'screen', machine: MACHINE, ...shown }] };
}

const floor = (floorMs: number, allowedMs = 10_000): Observation => ({
  ...{ type: 'floor', machine: MACHINE, floorMs, allowedMs },
});

const lists = (change: object): Observation => {
  const versions = { keys: 1, terminals: 1, hotlist: 2, policy: 1, actions: 1 };
  return { type: 'lists', machine: MACHINE, outcome: 'taken', versions, brought: versions, whole: true, ...change };
};

const document = (frame: SeenFrame, change: object = {}): Observation => {
  const { seq, head } = frame.events[0] ?? { seq: 0, head: '' };
  const place = { terminal: TERMINAL, epoch: EPOCH, seq, head };
  return { type: 'document', id: `${TERMINAL}:${EPOCH}:${seq}`, ...place, change: 'created', ...change };
};

const ackOf = (frame: SeenFrame, change: object = {}): Extract<Observation, { type: 'ack-signed' }> => {
  const { seq, head } = frame.events.at(-1) ?? { seq: 0, head: '' };
  const ack = { terminal: TERMINAL, epoch: EPOCH, seq, head, incarnation: 1, timeMs: 1_000 };
  return { type: 'ack-signed', ...ack, heldHead: head, ...change };
};

const accepts = (seq: number): Observation => ({
  ...{ type: 'frame', machine: MACHINE, segment: 1, index: 99, epoch: EPOCH, base: '', previous: null },
  ...{ timeMs: 0, events: [] },
  entries: [{ kind: 'acknowledged', mark: { epoch: EPOCH, seq, incarnation: 1, atMs: 1_000 } }],
});

describe('a history in which all is well', () => {
  it('is checked, and breaks nothing', () => {
    const { frames, history } = goodTap();
    const all = judged([...history, opened(frames, { undispensed: [TAP], marks: [[CARD, 2]] })]);
    expect(all.violations).toEqual([]);
    for (const invariant of [1, 2, 4, 5, 6, 18]) expect(all.counts.get(invariant)).toBeGreaterThan(0);
  });
});

describe('the checkers of the desk', () => {
  it('1: see a grant on the screen whose COMMIT is not durable', () => {
    const { history } = goodTap();
    expect(
      numbersOf(history.filter((seen) => seen.type !== 'frame' || seen.events[0]?.event.type !== 'redemption')),
    ).toEqual([1]);
  });

  it('1: see a grant of more than was recorded', () => {
    const { history } = goodTap();
    expect(numbersOf(history.map((seen) => (seen.type === 'screen' ? { ...seen, taken: 4 } : seen)))).toEqual([1]);
  });

  it('2: see a second grant for a sequence of a card', () => {
    const { chain, history } = goodTap();
    expect(numbersOf([...history, chain.intent(OTHER_TAP, 2), chain.commit(OTHER_TAP, 2)])).toEqual([2]);
  });

  it('2: leave the second grant of a cloned card to the centre, where it must be a case', () => {
    const { chain, history, frames } = goodTap();
    const cloned: Observation = { type: 'fault', kind: 'card.clone', serial: CARD, harm: 'data' };
    const again = [chain.intent(OTHER_TAP, 2), chain.commit(OTHER_TAP, 2)];
    expect(numbersOf([cloned, ...history, ...again])).toEqual([]);
    const events = [...frames, ...again].flatMap((frame) => frame.events).map(documentOf);
    // The two services differ in their time, as two services do.
    const different = events.map((row, index) => (index === 2 ? { ...row, bytes: later(String(row.bytes)) } : row));
    const centre = {
      type: 'centre',
      events: different,
      cases: [],
      settled: true,
      settlement: counting(different),
    } as const;
    expect(numbersOf([cloned, ...history, ...again, centre])).toEqual([2]);
    expect(numbersOf([cloned, ...history, ...again, { ...centre, cases: [{ _id: `two-places:${CARD}:2` }] }])).toEqual(
      [],
    );
  });

  it('3: see a card written without an intent, and one written otherwise than the intent says', () => {
    const { slotImage } = intentOf(TAP, 2);
    const write = (at: number, bytes: string): Observation => ({
      ...{ type: 'card-write', machine: MACHINE, card: 'card-1', serial: CARD, at, bytes },
    });
    const right = write(4, Buffer.from(slotImage.subarray(4, 8)).toString('hex'));
    const chain = new Chain();
    const begun = [machine(), chain.opening(), chain.intent(TAP, 2)];
    expect(numbersOf([...begun, right])).toEqual([]);
    expect(numbersOf([machine(), chain.opening(), right])).toContain(3);
    expect(numbersOf([...begun, write(8, right.type === 'card-write' ? right.bytes : '')])).toContain(3);
  });

  it('3: see an intent that the centre was never told of', () => {
    const chain = new Chain();
    const end = { type: 'end', mode: 'liveness', healedMs: 1, boundMs: 1, waiting: [] } as const;
    expect(numbersOf([machine(), chain.opening(), chain.intent(TAP, 2), end])).toEqual([3]);
  });

  it('14: see a blocked card served anew, and an interrupted tap of one ended', () => {
    const appending: Observation = {
      ...{ type: 'appending', machine: MACHINE, hotlisted: (card) => card === CARD },
      entries: [{ kind: 'step', step: intentOf(TAP, 2) }],
    };
    expect(numbersOf([machine(), appending])).toEqual([14]);
    const chain = new Chain();
    const writing = { name: 'writing', tapId: TAP, code: null, receipt: null, taken: 0, hotlisted: () => true };
    const resumed: Observation = { type: 'screen', machine: MACHINE, ...writing };
    expect(numbersOf([machine(), chain.opening(), chain.intent(TAP, 2), resumed])).toEqual([14]);
  });
});

describe('the checkers of the journal', () => {
  it('4: see a sequence that is left out', () => {
    const chain = new Chain();
    const first = chain.opening();
    chain.commit(TAP, 2);
    expect(numbersOf([machine(), first, chain.commit(OTHER_TAP, 3)])).toContain(4);
  });

  it('5: see an event that does not follow from the one before, and an epoch from nowhere', () => {
    const [one, other] = [new Chain(), new Chain(MACHINE, '2027q1-bbbbbbbb')];
    const spoilt = one.commit(TAP, 2);
    const first = one.opening();
    expect(numbersOf([machine(), first, spoilt])).toContain(5);
    expect(numbersOf([machine(), new Chain().opening(), other.opening()])).toEqual([5]);
  });

  it('6: see an append that resolved too early', () => {
    const { frames } = goodTap();
    const events = [{ epoch: EPOCH, seq: 2, head: frames[2]?.events[0]?.head ?? '' }];
    const early: Observation = { type: 'appended', machine: MACHINE, entries: [], events };
    expect(numbersOf([machine(), frames[0] ?? machine(), early])).toEqual([6]);
  });

  it('6: see a journal that opens with less than was durable: events, open taps, marks of cards', () => {
    const { frames, history } = goodTap();
    const whole = { undispensed: [TAP], marks: [[CARD, 2]] } as const;
    expect(numbersOf([...history, opened(frames.slice(0, 1), whole)])).toEqual([6]);
    expect(numbersOf([...history, opened(frames, { ...whole, undispensed: [] })])).toEqual([6]);
    expect(numbersOf([...history, opened(frames, { ...whole, marks: [] })])).toEqual([6]);
    expect(numbersOf([...history, opened(frames, { ...whole, openIntents: [TAP] })])).toEqual([6]);
  });

  it('18: see damage that is told where there is none, and that is kept silent where there is', () => {
    const { frames, history } = goodTap();
    const whole = { undispensed: [TAP], marks: [[CARD, 2]] } as const;
    const damages = [{ segment: 1, reason: 'frame', known: false }];
    expect(numbersOf([...history, opened(frames, { ...whole, damages, setAside: 1 })])).toEqual([18]);
    const rot: Observation = { type: 'fault', kind: 'disk.rot-segment', machine: MACHINE, harm: 'data' };
    expect(numbersOf([...history, rot, opened(frames.slice(0, 1))])).toEqual([18]);
    expect(numbersOf([...history, rot, opened(frames.slice(0, 1), { damages, setAside: 0 })])).toEqual([18]);
    expect(numbersOf([...history, rot, opened(frames.slice(0, 1), { damages, setAside: 1 })])).toEqual([]);
  });

  it('10: see events pruned that were never acknowledged, or not for long enough', () => {
    const { frames, history } = goodTap();
    const [, , last] = frames;
    if (last === undefined) throw new Error('there is no last frame');
    const pruned: Observation = { type: 'pruned', machine: MACHINE, epoch: EPOCH, upTo: 2 };
    expect(numbersOf([...history, pruned])).toEqual([10]);
    expect(numbersOf([...history, ackOf(last), accepts(2), pruned])).toEqual([10]);
    const dayLater = ackOf(last, { timeMs: 1_000 + 86_400_000, incarnation: 1 });
    expect(numbersOf([...history, ackOf(last), accepts(2), dayLater, accepts(2), pruned])).toEqual([]);
  });
});

describe('the checkers of trust and time', () => {
  it('12: see a list that goes back, over a restart too', () => {
    const older = { keys: 1, terminals: 1, hotlist: 1, policy: 1, actions: 1 };
    const back = lists({ outcome: 'started', versions: older, brought: older });
    expect(numbersOf([machine(), lists({}), back])).toEqual([12]);
  });

  it('13: see lists in force that are neither those before nor those that were brought, and half of a list', () => {
    const others = { keys: 2, terminals: 1, hotlist: 2, policy: 1, actions: 1 };
    expect(numbersOf([machine(), lists({}), lists({ outcome: 'refused', versions: others })])).toEqual([13]);
    expect(numbersOf([machine(), lists({ whole: false })])).toEqual([13]);
  });

  it('15: see a floor that falls, and one that somebody pushed', () => {
    expect(numbersOf([machine(), floor(5_000), floor(4_999)])).toEqual([15]);
    expect(numbersOf([machine(), floor(5_000), floor(10_001)])).toEqual([15]);
    expect(numbersOf([machine(), floor(5_000), floor(10_000)])).toEqual([]);
  });
});

describe('the checkers of sync', () => {
  it('7: see an acknowledgement of what the centre does not hold, and one that nobody signed', () => {
    const { frames, history } = goodTap();
    const [, , last] = frames;
    if (last === undefined) throw new Error('there is no last frame');
    expect(numbersOf([...history, ackOf(last, { heldHead: null })])).toEqual([7]);
    expect(numbersOf([...history, accepts(2)])).toEqual([7]);
    expect(numbersOf([...history, ackOf(last), accepts(2)])).toEqual([]);
  });

  it('8 and 19: see a document that no terminal recorded, and that an evil broker brought it', () => {
    const { frames, history } = goodTap();
    const [first] = frames;
    if (first === undefined) throw new Error('there is no first frame');
    expect(numbersOf([...history, document(first)])).toEqual([]);
    expect(numbersOf([...history, document(first, { head: 'ff' })])).toEqual([8]);
    const evil: Observation = { type: 'fault', kind: 'broker.forge-batch' };
    expect(numbersOf([evil, ...history, document(first, { head: 'ff' })])).toEqual([8, 19]);
  });

  it('8 and 11: see a centre that lacks an event of a terminal, after a restore too', () => {
    const { frames, history } = goodTap();
    const events = frames
      .slice(0, 1)
      .flatMap((frame) => frame.events)
      .map(documentOf);
    const centre = { type: 'centre', events, cases: [], settled: true, settlement: [] } as const;
    expect(numbersOf([...history, centre])).toEqual([8]);
    expect(numbersOf([{ type: 'fault', kind: 'store.restore-all' }, ...history, centre])).toEqual([8, 11]);
  });

  it('8: see a settlement that leaves a service out, and one that counts what no event says', () => {
    const { frames, history } = goodTap();
    const events = frames.flatMap((frame) => frame.events).map(documentOf);
    const centre = { type: 'centre', events, cases: [], settled: true, settlement: counting(events) } as const;
    expect(numbersOf([...history, centre])).toEqual([]);
    expect(numbersOf([...history, { ...centre, settlement: [] }])).toEqual([8]);
    const more = { _id: `service:${CARD}:00000009`, events: { phantom: { type: 'redemption' } } };
    expect(numbersOf([...history, { ...centre, settlement: [...counting(events), more] }])).toEqual([8]);
  });

  it('9: see a document that is overwritten, and a second event in a place without a case', () => {
    const { frames, history } = goodTap();
    const [first] = frames;
    if (first === undefined) throw new Error('there is no first frame');
    expect(numbersOf([...history, document(first, { change: 'changed' })])).toEqual([9]);
    const stored: Observation = {
      ...{ type: 'batch-stored', terminal: TERMINAL, epoch: EPOCH, first: 1, heads: ['aa'] },
      ...{ found: ['beside'], cased: [false] },
    };
    expect(numbersOf([...history, stored])).toEqual([9]);
    expect(numbersOf([...history, { ...stored, found: ['nowhere'] } as Observation])).toEqual([8]);
  });

  it('20: see a backlog that remains, and a settlement that does not catch up', () => {
    const end = { type: 'end', mode: 'liveness', healedMs: null, boundMs: 1, waiting: ['unit-1/1'] } as const;
    expect(numbersOf([end])).toEqual([20]);
    expect(numbersOf([{ type: 'centre', events: [], cases: [], settled: false, settlement: [] }])).toEqual([20]);
  });

  it('21: see a size beyond its bound', () => {
    expect(numbersOf([{ type: 'size', what: 'a queue', size: 11, max: 10 }])).toEqual([21]);
    expect(numbersOf([{ type: 'size', what: 'a queue', size: 10, max: 10 }])).toEqual([]);
  });
});

type Row = { readonly _id: string; readonly [field: string]: unknown };

function documentOf({ seq, head, bytes }: SeenFrame['events'][number]): Row {
  const text = (hex: string): string => Buffer.from(hex, 'hex').toString('base64url');
  const id = `${TERMINAL}:${EPOCH}:${String(seq).padStart(8, '0')}`;
  return { _id: id, terminal: TERMINAL, epoch: EPOCH, seq, head: text(head), bytes: text(bytes) };
}

/** The same event, a second later: the time is the third item, four bytes behind their head. */
function later(bytes: string): string {
  const raw = Buffer.from(bytes, 'base64url');
  raw.writeUInt32BE(raw.readUInt32BE(4) + 1, 4);
  return raw.toString('base64url');
}

/** What settlement would say of these events. */
function counting(events: readonly Row[]): Row[] {
  const services = new Map<string, Record<string, { type: string }>>();
  for (const { _id, seq } of events) {
    if (seq === 1) continue;
    const name = `service:${CARD}:00000002`;
    services.set(name, { ...services.get(name), [_id]: { type: 'redemption' } });
  }
  // Each different service of three loaves once, as `service` makes them.
  const different = new Set(events.filter(({ seq }) => seq !== 1).map(({ bytes }) => bytes)).size;
  const usage = { _id: `usage:${CARD}:1:2026-11`, drawn: { 1: { month: 3 * different } } };
  return [...[...services].map(([_id, counted]) => ({ _id, events: counted })), usage];
}
