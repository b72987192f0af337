import { describe, expect, test } from 'vitest';
import {
  cardFrom,
  garbleNewest,
  imageOf,
  newCard,
  recordsOn,
  recordsWritten,
} from '../../../simulators/simulate/exhaustive/card.js';
import { exhaustiveSite, NOW_MS } from '../../../simulators/simulate/exhaustive/desk.js';
import { plainSitting } from '../../../simulators/simulate/exhaustive/plan.js';
import { runExhaustive } from '../../../simulators/simulate/exhaustive/run.js';
import { sit } from '../../../simulators/simulate/exhaustive/sitting.js';
import { digestOf, newWorld } from '../../../simulators/simulate/exhaustive/world.js';
import { LOSE_ALL } from '../../../simulators/world/inode.js';

const site = exhaustiveSite();
const order = { issuer: site.issuer, nowSec: NOW_MS / 1000, day: site.day };

describe('one tap with a fault at every place', { timeout: 300_000 }, () => {
  test('keeps every invariant, whatever is cut, torn, killed or taken away', async () => {
    const report = await runExhaustive({ quick: true, nowMs: () => performance.now() });
    expect(report.failures).toEqual([]);
    expect(report.violations).toBe(0);
    expect(report.states).toBeGreaterThan(500);
    expect(report.cuts).toBeGreaterThan(150);
    expect(report.tears).toBeGreaterThan(300);
    expect(report.removals).toBeGreaterThan(100);
    expect(report.kills).toBeGreaterThan(20);
    expect(report.diskErrors).toBeGreaterThan(20);
  });
});

describe.each(['ntag216', 'ntag215'] as const)('a sitting with an %s', (kind) => {
  test('without a fault debits the card once, grants what was asked for, and is the same each time', async () => {
    const world = newWorld(await newCard(kind, order));
    const sitting = { ...plainSitting(0, NOW_MS), ask: 4 };
    const [once, again] = [await sit(site, world, sitting), await sit(site, world, sitting)];
    expect(once.problems).toEqual([]);
    expect(once.outcome).toMatchObject({ name: 'granted', items: [{ commodity: 1, quantity: 4 }] });
    expect([...once.world.debits]).toEqual(['0:2']);
    expect([...once.world.grants.values()]).toMatchObject([{ desk: 0, sequence: 2, quantity: 4 }]);
    expect(recordsOn(once.world.card).map(({ sequence, cause }) => [sequence, cause])).toEqual([
      [2, 1],
      [1, 0],
    ]);
    expect(digestOf(again.world)).toBe(digestOf(once.world));
  });

  test('that loses its power after the commit page leaves an intent, which the next one completes', async () => {
    const world = newWorld(await newCard(kind, order));
    const cardFault = { kind: 'torn', write: 26, bits: 'bytes-4' } as const;
    const cut = await sit(site, world, { ...plainSitting(0, NOW_MS), ask: 4, cardFault, afterwards: 'power' });
    expect(cut).toMatchObject({ cardHit: true, problems: [] });
    expect(cut.world.grants.size).toBe(0);
    expect([...cut.world.promises[0].intents.values()]).toEqual([2]);
    const next = await sit(site, cut.world, plainSitting(0, NOW_MS));
    expect(next.problems).toEqual([]);
    expect(next.outcome).toMatchObject({ name: 'granted', items: [{ quantity: 4 }] });
  });

  test('that meets a cut at its first call to the disk leaves nothing behind', async () => {
    const world = newWorld(await newCard(kind, order));
    const diskFault = { call: 0, verdict: 'cut', tear: LOSE_ALL } as const;
    const cut = await sit(site, world, { ...plainSitting(0, NOW_MS), diskFault });
    expect(cut).toMatchObject({ diskHit: true, problems: [], outcome: null });
    expect(cut.world.disks[0].size).toBe(0);
  });
});

describe('the card between two sittings', () => {
  test('stays as weak as it was torn', async () => {
    const image = await newCard('ntag216', order);
    const card = cardFrom(image);
    card.tearAt(0, { bits: ({ read }) => (read % 2 === 0 ? 1 : 0) });
    card.exchange(Uint8Array.of(0xa2, 145, 1, 2, 3, 4));
    const torn = imageOf(card, image, 'weak');
    expect(torn.weak).toMatchObject({ page: 145, bits: 'weak' });
    expect(recordsOn(torn).map(({ sequence }) => sequence)).toEqual([1]);
    const later = cardFrom(torn);
    later.powerCycle();
    const reads = Array.from({ length: 16 }, () => JSON.stringify(later.exchange(Uint8Array.of(0x30, 145))));
    expect(new Set(reads).size).toBeGreaterThan(8);
    expect(recordsWritten(later, torn)).toEqual([]);
    later.exchange(Uint8Array.of(0xa2, 145, 1, 2, 3, 4));
    expect(imageOf(later, torn, null).weak).toBeNull();
  });

  test('has one record less after its newest one was spoilt', async () => {
    const image = await newCard('ntag215', order);
    expect(recordsOn(image).map(({ sequence }) => sequence)).toEqual([0, 1]);
    expect(recordsOn(garbleNewest(image)).map(({ sequence }) => sequence)).toEqual([0]);
  });
});
