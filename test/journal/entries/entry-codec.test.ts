import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '../../../agent/credential/cbor.js';
import { isWaslError } from '../../../agent/domain/errors.js';
import { decodeCheckpoint, encodeCheckpoint } from '../../../agent/journal/checkpoints/checkpoint-codec.js';
import { DAMAGE_REASONS } from '../../../agent/journal/damage.js';
import {
  decodeContent,
  encodeContent,
  type FrameContent,
  type StoredEntry,
} from '../../../agent/journal/entries/entry-codec.js';
import { createEventIndex } from '../../../agent/journal/event-index.js';
import { emptyState } from '../../../agent/journal/state.js';

const LIMITS = { bytesMax: 10_000, depthMax: 6, itemsMax: 1000 };
const uint = fc.maxSafeNat();
const bytes = (length: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ minLength: length, maxLength: length });
const tapId = bytes(8).map((value) => Buffer.from(value).toString('hex'));
const epoch = fc.constantFrom('2026q4-7kq2mzx3', '2027q1-abcdefgh');
const mark = fc.record({ sequence: uint, recordHash: bytes(8) });
const endorsementMark = fc.record({ credential: bytes(8), number: uint });
const endorsing = fc.record({
  ...{ card: uint, credential: bytes(8), number: uint, atMs: uint },
  bytes: fc.uint8Array({ maxLength: 128 }),
});

const machine = fc.stringMatching(/^[A-Za-z0-9-]{0,32}$/);
const about = {
  ...{ tapId, atMs: uint, programme: uint, amount: uint },
  method: fc.constantFrom('cash' as const, 'machine' as const),
};
/** For a service on a card, or to a person without one. */
const payment = fc.oneof(
  fc.record({ ...about, card: uint, ledgerSequence: uint }),
  fc.record({ ...about, roster: uint, person: uint }),
);
const openPayment = fc
  .tuple(payment, machine, fc.constantFrom('asked', 'approved', 'served', 'reversing', 'returning'))
  .map(([begun, reference, phase]) => ({ ...begun, machine: reference, phase }));

const intent = fc.record({
  step: fc.constant('intent' as const),
  tapId,
  atMs: uint,
  card: uint,
  uid: fc.uint8Array({ maxLength: 10 }),
  ledgerSequence: uint,
  slotImage: fc.uint8Array({ maxLength: 300 }),
  programme: uint,
  items: fc.array(fc.record({ commodity: uint, quantity: uint }), { maxLength: 16 }),
});

/** An intent that takes a service back, and who allowed it. */
const voidIntent = fc
  .tuple(intent, fc.record({ ledgerSequence: uint, servedAtMs: uint, supervisor: uint }))
  .map(([step, takesBack]) => ({ ...step, takesBack }));

const paper = fc.record({ kind: uint, number: uint, commodity: uint, left: uint, untilDay: uint, site: uint });
const service = fc.record({
  effects: fc.record({
    day: uint,
    counted: fc.array(fc.record({ commodity: uint, day: uint, ahead: uint, month: uint, drawn: uint }), {
      maxLength: 3,
    }),
    balances: fc.array(fc.record({ account: uint, value: fc.nat(), by: fc.constantFrom(-7, 0) }), { maxLength: 3 }),
    used: fc.array(fc.record({ paper: uint, units: uint, before: paper }), { maxLength: 3 }),
    written: fc.array(paper, { maxLength: 3 }),
    charge: fc.record({ gross: uint, holder: uint }),
  }),
  ...{ exemption: uint, supervisor: uint },
});
const plainGift = fc.record({
  ...{ tapId, atMs: uint, roster: uint, person: uint, programme: uint },
  items: fc.array(fc.record({ commodity: uint, quantity: uint }), { maxLength: 8 }),
});
/** What was given alone, and with what else the service did. */
const given = fc.oneof(
  plainGift,
  fc.tuple(plainGift, service).map(([gift, did]) => ({ ...gift, service: did })),
);
const openShift = fc.record({ id: tapId, atMs: uint, operator: uint, float: fc.option(uint) });
const placedShift = fc.tuple(openShift, epoch, uint).map(([shift, name, seq]) => ({ ...shift, epoch: name, seq }));
/** Rations, and others. */
const family = fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 300 }));

const entry: fc.Arbitrary<StoredEntry> = fc.oneof(
  fc.record({ kind: fc.constant('event' as const), seq: uint, bytes: fc.uint8Array({ maxLength: 512 }) }),
  fc.record({ kind: fc.constant('intent' as const), family, step: intent, recordHash: bytes(8) }),
  fc.record({ kind: fc.constant('intent' as const), family, step: voidIntent, recordHash: bytes(8) }),
  fc.record({ kind: fc.constant('commit' as const), tapId, atMs: uint, seq: uint }),
  fc.record({
    kind: fc.constant('step' as const),
    step: fc.record({ step: fc.constantFrom('dispensed', 'reported', 'closed'), tapId, atMs: uint }),
  }),
  fc.record({ kind: fc.constant('given' as const), given, seq: uint }),
  payment.map((begun) => ({ kind: 'payment' as const, payment: { step: 'paying' as const, ...begun } })),
  fc.record({
    kind: fc.constant('payment' as const),
    payment: fc.record({ step: fc.constantFrom('approved', 'reversing'), tapId, atMs: uint, machine }),
  }),
  fc.record({
    kind: fc.constant('payment' as const),
    payment: fc.record({ step: fc.constant('over' as const), tapId, atMs: uint, machine: fc.constant('') }),
  }),
  fc.record({
    kind: fc.constant('shift' as const),
    shift: fc.oneof(
      fc.record({ step: fc.constant('opened' as const), shift: openShift, seq: uint }),
      fc.record({ step: fc.constant('closed' as const), id: tapId, atMs: uint, seq: uint }),
    ),
  }),
  fc.record({
    kind: fc.constant('acknowledged' as const),
    mark: fc.record({ epoch, seq: uint, incarnation: uint, atMs: uint }),
  }),
  fc.record({ kind: fc.constant('time-floor' as const), atMs: uint }),
  fc.record({ kind: fc.constant('high-water' as const), card: uint, family, mark }),
  fc.record({ kind: fc.constant('endorsing' as const), endorsing }),
  fc.record({ kind: fc.constant('endorsed' as const), card: uint, mark: endorsementMark }),
  fc.record({
    kind: fc.constant('damage' as const),
    damage: fc.record({ segment: uint, fromByte: uint, toByte: uint, reason: fc.constantFrom(...DAMAGE_REASONS) }),
  }),
);
const content: fc.Arbitrary<FrameContent> = fc.record({
  timeMs: uint,
  headBefore: fc.option(bytes(32)),
  entries: fc.array(entry, { maxLength: 12 }),
});

describe('the content of a frame', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(content, (value) => {
        expect(decodeContent(encodeContent(value))).toEqual(value);
      }),
      { numRuns: 300 },
    );
  });

  it('that is not as published is refused with a code, whatever it is', () => {
    const mutated = fc.tuple(content, fc.nat(), fc.integer({ min: 1, max: 255 })).map(([value, at, flip]) => {
      const spoilt = encodeContent(value).slice();
      const offset = at % spoilt.length;
      spoilt[offset] = (spoilt[offset] ?? 0) ^ flip;
      return spoilt;
    });
    const property = fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })), (spoilt) => {
      try {
        decodeContent(spoilt);
      } catch (error) {
        expect(isWaslError(error)).toBe(true);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it.each([
    ['a newer version', [2, 0, new Uint8Array(), []]],
    ['a kind of entry that is not known', [1, 0, new Uint8Array(), [[200, 1]]]],
    ['a kind of entry about persons that is not known', [1, 0, new Uint8Array(), [[30, 22, 1]]]],
  ])('of %s is not taken for damage', (_what, value) => {
    expect(() => decodeContent(encodeCbor(value))).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_VERSION' }));
  });

  it.each([
    ['a head of the wrong length', [1, 0, new Uint8Array(31), []]],
    ['an element too many', [1, 0, new Uint8Array(), [], 0]],
    ['an entry with an element too many', [1, 0, new Uint8Array(), [[8, 5, 5]]]],
    ['an entry with an element too few', [1, 0, new Uint8Array(), [[8]]]],
    [
      'a person in the payment of a card',
      [1, 0, new Uint8Array(), [[21, new Uint8Array(8), 5, null, [1, 2], 1, 0, 9]]],
    ],
    ['a card in the payment of a person', [1, 0, new Uint8Array(), [[30, 21, new Uint8Array(8), 5, 7, 2, 1, 0, 9]]]],
    ['no array', 7],
  ])('with %s is damaged', (_what, value) => {
    expect(() => decodeContent(encodeCbor(value))).toThrow(expect.objectContaining({ code: 'ERR_JOURNAL_DAMAGED' }));
  });

  it('that is too large for a frame is refused', () => {
    const entries = Array.from({ length: 600 }, () => ({ kind: 'event' as const, seq: 1, bytes: new Uint8Array(500) }));
    expect(() => encodeContent({ timeMs: 0, headBefore: null, entries })).toThrow(
      expect.objectContaining({ code: 'ERR_INTERNAL' }),
    );
  });

  it.each(['', '123', 'ABCDEF0123456789', '0123456789abcdeg'])('has no tap with the id %j', (id) => {
    const bad = { kind: 'commit' as const, tapId: id, atMs: 0, seq: 1 };
    expect(() => encodeContent({ timeMs: 0, headBefore: null, entries: [bad] })).toThrow(
      expect.objectContaining({ code: 'ERR_INTERNAL' }),
    );
  });
});

describe('the content of a checkpoint', () => {
  it('comes back as it was', () => {
    const hash = new Uint8Array(32).fill(1);
    const property = fc.property(
      fc.array(fc.tuple(uint, mark)),
      fc.array(fc.tuple(endorsing, endorsementMark), { maxLength: 3 }),
      fc.tuple(fc.array(intent, { maxLength: 3 }), fc.array(given, { maxLength: 3 })),
      fc.array(fc.record({ seq: fc.nat(), segment: fc.nat(), offset: fc.nat() }), { maxLength: 20 }),
      fc.option(uint),
      fc.array(openPayment, { maxLength: 3 }),
      fc.option(placedShift),
      (marks, endorsements, [intents, gifts], places, lastContactMs, payments, shift) => {
        const state = emptyState();
        const previous = { epoch: '2026q3-aaaaaaaa', seq: 5, head: hash };
        const origin = { name: '2026q4-7kq2mzx3', base: hash, saltKey: hash, cause: 'period' as const, previous };
        const epoch = { ...origin, lastSeq: 9, head: hash, missing: [{ first: 3, last: 4 }] };
        state.epochs.set(origin.name, { ...epoch, pruned: { seq: 2, head: hash } });
        state.epochs.set('2026q4-aaaaaaaa', { ...epoch, name: '2026q4-aaaaaaaa', pruned: null });
        state.held.contact = { date: 20_778, day: 40 };
        state.held.marks.set(origin.name, [
          { seq: 1, day: 3 },
          { seq: 4, day: 40 },
        ]);
        if (marks.length > 0) state.highWater.set(1, new Map(marks)).set(2, new Map(marks.slice(0, 1)));
        for (const [open, seen] of endorsements) {
          state.endorsing.set(open.card, open);
          state.endorsements.set(open.card, seen);
        }
        for (const step of intents) {
          state.openIntents.set(step.tapId, {
            ...{ intent: step, family: 2, reported: true, recordHash: new Uint8Array(8) },
          });
          state.undispensed.set(step.tapId, { intent: step, epoch: origin.name, seq: 2 });
        }
        for (const gift of gifts) state.undispensedGifts.set(gift.tapId, { given: gift, epoch: origin.name, seq: 5 });
        state.acknowledged.set(origin.name, { epoch: origin.name, seq: 4, incarnation: 2, atMs: 77 });
        state.damages.push({ segment: 1, fromByte: 2, toByte: 3, reason: 'seal' });
        for (const open of payments) state.payments.set(open.tapId, open);
        state.shift = shift;
        state.lastContactMs = lastContactMs;
        state.timeFloorMs = 123;
        const end = { endBytes: 2000, frames: 4, tag: new Uint8Array(16).fill(3) };
        const segment = { segment: 3, salt: new Uint8Array(16).fill(2), end };
        const segments = new Map([[3, { ...segment, epoch: origin.name, chain: { seq: 9, head: hash } }]]);
        const index = createEventIndex(new Map([[origin.name, places]]));
        const history = { state, index, segments, pruned: { segment: 2, end } };
        const read = decodeCheckpoint(encodeCheckpoint({ history, at: { segment: 3, end }, suspect: true }));
        expect(read.at).toEqual({ segment: 3, end });
        expect(read.suspect).toBe(true);
        expect(read.history.state).toEqual(state);
        expect(read.history.segments).toEqual(segments);
        expect(read.history.pruned).toEqual(history.pruned);
        expect(read.history.index.dump()).toEqual(index.dump());
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  it('of a version that knew nothing of endorsements, or of payments, is read as one without any', () => {
    const state = emptyState();
    state.timeFloorMs = 5;
    state.endorsements.set(1, { credential: new Uint8Array(8), number: 1 });
    const history = { state, index: createEventIndex(new Map()), segments: new Map(), pruned: null };
    const written = decodeCbor(encodeCheckpoint({ history, at: null, suspect: false }), LIMITS);
    if (!written.ok || !Array.isArray(written.value)) throw new Error('an array');
    const read = decodeCheckpoint(encodeCbor(written.value.slice(0, -5)));
    expect(read.history.state).toEqual({ ...state, endorsements: new Map() });
    const older = decodeCheckpoint(encodeCbor(written.value.slice(0, -2)));
    expect(older.history.state).toEqual(state);
  });
});
