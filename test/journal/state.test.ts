import { describe, expect, it } from 'vitest';
import { countAbove, isKnown, withRange } from '../../agent/journal/damage.js';
import type { StoredEntry } from '../../agent/journal/entries/entry-codec.js';
import { isPeriodOver, newEpoch, quarterOf } from '../../agent/journal/epochs.js';
import { createEventIndex } from '../../agent/journal/event-index.js';
import { ENDORSING_MAX, emptyState, foldEpoch, foldFrame, UNDISPENSED_MAX } from '../../agent/journal/state.js';
import { infoOf, viewOf } from '../../agent/journal/state-view.js';
import { isEpochName } from '../../sync/protocol/topics.js';
import { intent, NOON_MS, seededRandom, tapId } from './samples.js';

const beginning = { terminal: 'unit-7', cause: 'first', atMs: NOON_MS, previous: null } as const;
const HASH = new Uint8Array(8);

describe('calendar quarters', () => {
  it.each([
    [Date.UTC(2026, 0, 1), '2026q1'],
    [Date.UTC(2026, 2, 31, 23, 59, 59, 999), '2026q1'],
    [Date.UTC(2026, 3, 1), '2026q2'],
    [Date.UTC(2026, 11, 31, 23, 59), '2026q4'],
    [0, '2020q1'],
    [-1, '2020q1'],
    [Date.UTC(2150, 0, 1), '2099q4'],
    [8.64e15, '2099q4'],
  ])('of %d is %s', (atMs, quarter) => expect(quarterOf(atMs)).toBe(quarter));

  it('are over when a later one has begun, and never before', () => {
    expect(isPeriodOver('2026q4-aaaaaaaa', Date.UTC(2027, 0, 1))).toBe(true);
    expect(isPeriodOver('2026q4-aaaaaaaa', Date.UTC(2026, 11, 31))).toBe(false);
    expect(isPeriodOver('2026q4-aaaaaaaa', 0)).toBe(false);
  });
});

describe('a new epoch', () => {
  it('has a name that the wire takes, at any time', () => {
    for (const atMs of [0, NOON_MS, Date.UTC(2200, 1, 1)]) {
      expect(isEpochName(newEpoch({ ...beginning, atMs }, seededRandom(5)).name)).toBe(true);
    }
  });

  it('never belongs to an earlier period than the one before', () => {
    const previous = { epoch: '2027q2-aaaaaaaa', seq: 3, head: new Uint8Array(32) };
    expect(newEpoch({ ...beginning, previous }, seededRandom()).name).toMatch(/^2027q2-/);
  });

  it('is bound to the terminal', () => {
    const one = newEpoch(beginning, seededRandom(9));
    const other = newEpoch({ ...beginning, terminal: 'unit-8' }, seededRandom(9));
    expect(one.name).toBe(other.name);
    expect(Buffer.from(one.base).equals(Buffer.from(other.base))).toBe(false);
  });
});

describe('the folded state', () => {
  it('keeps the newest grants that were not handed over, and no more than a bound', () => {
    const state = emptyState();
    const epoch = foldEpoch(state, newEpoch(beginning, seededRandom()));
    const end = { seq: 1, head: epoch.head };
    const step = intent(1);
    for (let n = 0; n < UNDISPENSED_MAX + 3; n += 1) {
      const one = { ...step, tapId: tapId(n), card: n };
      const entries = [
        { kind: 'intent', step: one, family: 1, recordHash: HASH },
        { kind: 'commit', tapId: one.tapId, atMs: 0, seq: 1 },
      ] as const;
      foldFrame(state, epoch, { content: { timeMs: 0, headBefore: null, entries }, end });
    }
    expect(state.undispensed.size).toBe(UNDISPENSED_MAX);
    expect(state.undispensed.has(tapId(2))).toBe(false);
    expect(state.undispensed.has(tapId(UNDISPENSED_MAX + 2))).toBe(true);
    expect(state.highWater.get(1)?.size).toBe(UNDISPENSED_MAX + 3);
  });

  it('remembers the newest endorsement of the credential on a card, and ends what was begun of it', () => {
    const state = emptyState();
    const epoch = foldEpoch(state, newEpoch(beginning, seededRandom()));
    const [credential, other] = [HASH, HASH.with(0, 1)];
    const fold = (...entries: readonly StoredEntry[]): void =>
      foldFrame(state, epoch, { content: { timeMs: 0, headBefore: null, entries }, end: { seq: 1, head: epoch.head } });
    const begin = (number: number): StoredEntry => ({
      kind: 'endorsing',
      endorsing: { card: 7, credential, number, atMs: 1, bytes: HASH },
    });
    const seen = (number: number, of = credential): StoredEntry => ({
      kind: 'endorsed',
      card: 7,
      mark: { credential: of, number },
    });
    fold(begin(2));
    fold(seen(1));
    expect(state.endorsing.get(7)?.number).toBe(2);
    fold(seen(2), seen(1));
    expect(state.endorsing.size).toBe(0);
    expect(state.endorsements.get(7)).toEqual({ credential, number: 2 });
    fold(begin(3), seen(1, other));
    expect(state.endorsements.get(7)).toEqual({ credential: other, number: 1 });
    expect(state.endorsing.size).toBe(0);
    for (let card = 0; card < ENDORSING_MAX + 3; card += 1)
      fold({ kind: 'endorsing', endorsing: { card, credential, number: 1, atMs: 1, bytes: HASH } });
    expect(state.endorsing.size).toBe(ENDORSING_MAX);
    expect(state.endorsing.has(2)).toBe(false);
  });

  it('passes over a commit whose intent was destroyed', () => {
    const state = emptyState();
    const epoch = foldEpoch(state, newEpoch(beginning, seededRandom()));
    const entries = [{ kind: 'commit', tapId: tapId(1), atMs: 5, seq: 1 }] as const;
    foldFrame(state, epoch, { content: { timeMs: 5, headBefore: null, entries }, end: { seq: 1, head: epoch.head } });
    expect(state.undispensed.size).toBe(0);
    expect(state.timeFloorMs).toBe(5);
  });

  it('counts as backlog only what is here and not acknowledged', () => {
    const state = emptyState();
    const epoch = foldEpoch(state, newEpoch(beginning, seededRandom()));
    epoch.lastSeq = 100;
    epoch.missing = [
      { first: 10, last: 19 },
      { first: 50, last: 59 },
    ];
    expect(viewOf(state).backlog).toBe(80);
    state.acknowledged.set(epoch.name, { epoch: epoch.name, seq: 54, incarnation: 1, atMs: 0 });
    expect(viewOf(state).backlog).toBe(41);
    expect(infoOf(epoch).missing).toHaveLength(2);
  });
});

describe('ranges', () => {
  it('join where they touch', () => {
    expect(withRange([{ first: 1, last: 4 }], { first: 5, last: 6 })).toEqual([{ first: 1, last: 6 }]);
    expect(withRange([{ first: 1, last: 4 }], { first: 6, last: 6 })).toHaveLength(2);
    expect(countAbove([{ first: 1, last: 6 }], 4)).toBe(2);
  });

  it('of damage are known when one that is known covers them', () => {
    const known = [{ segment: 2, fromByte: 100, toByte: 200, reason: 'frame' }] as const;
    const damage = { segment: 2, fromByte: 100, toByte: 150, reason: 'seal' } as const;
    expect(isKnown(known, damage)).toBe(true);
    expect(isKnown(known, { ...damage, toByte: 201 })).toBe(false);
    expect(isKnown(known, { ...damage, segment: 3 })).toBe(false);
  });
});

describe('the index of events', () => {
  it('finds the last place at or before a sequence', () => {
    const index = createEventIndex();
    for (let seq = 1; seq <= 1000; seq += 1) {
      index.note('e', { seq, segment: seq <= 500 ? 1 : 2, offset: seq * 10 }, false);
    }
    for (const seq of [1, 63, 64, 65, 500, 501, 1000, 5000]) {
      const place = index.find('e', seq);
      expect(place?.seq).toBeLessThanOrEqual(seq);
      expect(place?.segment).toBe(seq <= 500 ? 1 : 2);
      if (seq <= 1000) expect(seq - (place?.seq ?? 0)).toBeLessThan(64);
    }
    expect(index.find('e', 0)).toBeNull();
    expect(index.find('other', 1)).toBeNull();
    expect([...index.dump().values()].flat().length).toBeLessThan(20);
  });

  it('remembers every place behind a jump', () => {
    const index = createEventIndex();
    index.note('e', { seq: 1, segment: 1, offset: 1024 }, false);
    index.note('e', { seq: 3, segment: 1, offset: 2000 }, true);
    expect(index.find('e', 3)?.offset).toBe(2000);
  });
});
