/** Slips in the journal: entries there and back, what is remembered of them, for how long, and through a checkpoint. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../../agent/journal/checkpoints/checkpoint-codec.js';
import { decodeContent, encodeContent, type StoredEntry } from '../../agent/journal/entries/entry-codec.js';
import {
  emptySlips,
  foldHandedOver,
  foldKept,
  foldSlip,
  KEPT_MAX,
  SLIPS_USED_MAX,
} from '../../agent/journal/entries/slip-entries.js';
import { createEventIndex } from '../../agent/journal/event-index.js';
import type { IntentStep, SlipStep } from '../../agent/journal/journal.js';
import { slipPaperKey } from '../../agent/journal/slips.js';
import { emptyState } from '../../agent/journal/state.js';

const DAY_MS = 86_400_000;
const uint = fc.integer({ min: 0, max: 2 ** 40 });
const id = fc.uint8Array({ minLength: 8, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('hex'));
const items = fc.array(fc.record({ commodity: uint, quantity: uint }), { maxLength: 8 });
const use = { slip: id, commodity: uint, units: uint, atMs: uint };
const slip: fc.Arbitrary<SlipStep> = fc.oneof(
  fc.record({
    step: fc.constant('written' as const),
    ...{ tapId: id, atMs: uint, text: fc.stringMatching(/^WSLIP1:[0-9A-Z]{4,300}$/) },
  }),
  fc.record({ step: fc.constant('used' as const), ...use, untilDay: uint }),
  fc.record({ step: fc.constant('back' as const), ...use }),
);
const kept = fc.record({ tapId: id, atMs: uint, card: uint, programme: uint, items });
const paper = fc.record({ kind: uint, number: uint, commodity: uint, left: uint, untilDay: uint, site: uint });
const intent = fc
  .record({
    ...{ tapId: id, atMs: uint, card: uint, ledgerSequence: uint, programme: uint, items },
    uid: fc.uint8Array({ maxLength: 10 }),
    slotImage: fc.uint8Array({ maxLength: 60 }),
    isOnSlip: fc.boolean(),
    used: fc.array(fc.tuple(paper, uint, fc.option(fc.record({ id, of: uint }))), { maxLength: 8 }),
    remindDays: fc.option(uint),
    representative: fc.option(uint),
  })
  .map(
    ({ isOnSlip, used, remindDays, representative, ...step }): IntentStep => ({
      ...{ step: 'intent', ...step },
      service: {
        effects: {
          ...{ day: 20_778, counted: [], balances: [], written: [], charge: { gross: 0, holder: 0 } },
          used: used.map(([before, units, on]) => ({
            ...{ paper: before.number, units, before },
            ...(on === null ? {} : { slip: on }),
          })),
          ...(isOnSlip ? { isOnSlip } : {}),
        },
        ...{ exemption: 0, supervisor: 0 },
        ...(remindDays === null ? {} : { remindDays }),
        ...(representative === null ? {} : { representative }),
      },
    }),
  );
const entry: fc.Arbitrary<StoredEntry> = fc.oneof(
  slip.map((one) => ({ kind: 'slip', slip: one }) as const),
  fc.record({ kind: fc.constant('kept' as const), kept, seq: uint }),
  fc.record({
    kind: fc.constant('intent' as const),
    ...{ family: fc.constantFrom(1, 2), step: intent, recordHash: fc.uint8Array({ minLength: 8, maxLength: 8 }) },
  }),
);

type Used = Extract<SlipStep, { readonly step: 'used' }>;
const used = (step: Partial<Used> = {}): Used => ({
  ...{ step: 'used', slip: 'c0ffee0102030405', commodity: 108, units: 1, atMs: 20_778 * DAY_MS, untilDay: 20_800 },
  ...step,
});

describe('entries about slips', () => {
  it('are read as they were written, whatever an intent says besides', () => {
    fc.assert(
      fc.property(fc.array(entry, { minLength: 1, maxLength: 5 }), (entries) => {
        const content = { timeMs: 5, headBefore: null, entries };
        expect(decodeContent(encodeContent(content))).toEqual(content);
      }),
    );
  });
});

describe('what is remembered of slips', () => {
  it('are the units that were used, less those that were given back', () => {
    const slips = emptySlips();
    const key = slipPaperKey('c0ffee0102030405', 108);
    for (const step of [used(), used({ units: 2 })]) foldSlip(slips, step);
    const { untilDay: _, ...given } = used({ units: 2 });
    foldSlip(slips, { ...given, step: 'back' });
    expect(slips.used.get(key)).toEqual({ units: 1, untilDay: 20_800 });
    foldSlip(slips, { ...given, step: 'back', units: 1 });
    expect(slips.used.has(key)).toBe(false);
  });

  it('is forgotten once the slip has run out, and not before', () => {
    const slips = emptySlips();
    const slipOf = (n: number): string => n.toString(16).padStart(16, '0');
    foldSlip(slips, used({ slip: slipOf(0), untilDay: 20_778 }));
    foldSlip(slips, used({ slip: slipOf(1), untilDay: 20_900 }));
    for (let n = 2; n < 1100; n += 1)
      foldSlip(slips, used({ slip: slipOf(n), atMs: 20_790 * DAY_MS, untilDay: 20_900 }));
    expect(slips.used.has(slipPaperKey(slipOf(0), 108))).toBe(false);
    expect(slips.used.has(slipPaperKey(slipOf(1), 108))).toBe(true);
  });

  it('has a bound', () => {
    const slips = emptySlips();
    for (let n = 0; n < SLIPS_USED_MAX + 50; n += 1)
      foldSlip(slips, used({ slip: n.toString(16).padStart(16, '0'), untilDay: 30_000 }));
    expect(slips.used.size).toBe(SLIPS_USED_MAX);
    const one = { card: 1, programme: 102, items: [] };
    for (let n = 0; n < KEPT_MAX + 50; n += 1)
      foldKept(slips, { kept: { tapId: `t${n}`, atMs: 5, ...one }, epoch: 'e', seq: n, isHandedOver: false });
    expect(slips.kept.size).toBe(KEPT_MAX);
  });

  it('is not the slip any more once it was handed over, while its service goes on counting for the month', () => {
    const slips = emptySlips();
    const service = { tapId: 'aa', atMs: 20_778 * DAY_MS, card: 1, programme: 102, items: [] };
    foldKept(slips, { kept: service, epoch: 'e', seq: 3, isHandedOver: false });
    foldSlip(slips, { step: 'written', tapId: 'aa', atMs: 5, text: 'WSLIP1:AB' });
    foldHandedOver(slips, 'aa');
    expect([slips.written.size, slips.kept.get('aa')?.isHandedOver]).toEqual([0, true]);
    const later = { ...service, atMs: (20_778 + 63) * DAY_MS };
    for (let n = 0; n < 1100; n += 1)
      foldKept(slips, { kept: { ...later, tapId: `t${n}` }, epoch: 'e', seq: n, isHandedOver: false });
    expect(slips.kept.has('aa')).toBe(false);
  });

  it('stands in a checkpoint', () => {
    fc.assert(
      fc.property(
        fc.array(slip, { maxLength: 6 }),
        fc.array(fc.tuple(kept, fc.boolean()), { maxLength: 4 }),
        (steps, services) => {
          const state = emptyState();
          for (const step of steps) foldSlip(state.slips, step);
          for (const [service] of services)
            foldKept(state.slips, { kept: service, epoch: '2026q4-7kq2mzx3', seq: 5, isHandedOver: false });
          for (const [{ tapId }, isHandedOver] of services) if (isHandedOver) foldHandedOver(state.slips, tapId);
          const history = { state, index: createEventIndex(), segments: new Map(), pruned: null };
          const read = decodeCheckpoint(encodeCheckpoint({ history, at: null, suspect: false })).history.state.slips;
          expect(read.written).toEqual(state.slips.written);
          expect(read.used).toEqual(state.slips.used);
          const known = (one: typeof read) =>
            [...one.kept.values()]
              .map(({ kept: service, isHandedOver }) => ({ service, isHandedOver }))
              .sort((a, b) => a.service.tapId.localeCompare(b.service.tapId));
          expect(known(read)).toEqual(known(state.slips));
        },
      ),
    );
  });
});
