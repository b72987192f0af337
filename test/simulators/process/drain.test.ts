/** Waiting until the centre has everything: as long as there is progress, and no longer than the limits allow without. */
import { expect, test } from 'vitest';
import type { KioskState } from '../../../agent/kiosk/state.js';
import type { Clerk } from '../../../simulators/process/clerk.js';
import { drained, drainStallMs } from '../../../simulators/process/drain.js';
import { UPLINK_LIMITS } from '../../../sync/uplink/parts.js';

/** A clerk whose screen shows these backlogs, one after the other, and the last one for ever. */
function clerkWith(backlogs: readonly number[]): Clerk {
  const left = [...backlogs];
  const state = async (): Promise<KioskState> =>
    ({ bar: { backlog: left.length > 1 ? left.shift() : left[0] } }) as unknown as KioskState;
  return { state } as unknown as Clerk;
}

test('waits for zero, and tells how much is left', async () => {
  const notes: string[] = [];
  await drained(clerkWith([7, 5, 5, 2, 0]), { stallMs: 60_000, note: (text) => notes.push(text) });
  expect(notes).toHaveLength(1);
  expect(notes[0]).toMatch(/^7 events/);
});

test('says nothing where nothing is left', async () => {
  const notes: string[] = [];
  await drained(clerkWith([0]), { stallMs: 0, note: (text) => notes.push(text) });
  expect(notes).toEqual([]);
});

test('gives up when nothing moves any more, and says how much is left', async () => {
  const stuck = drained(clerkWith([9, 3]), { stallMs: 300, note: () => undefined });
  await expect(stuck).rejects.toMatchObject({ code: 'ERR_BROKER', message: expect.stringContaining('3 events') });
});

test('has patience for several batches that are lost one after the other', () => {
  const backoff = { baseMs: 200, maxMs: 2_000 };
  expect(drainStallMs({ ...UPLINK_LIMITS, backoff })).toBeGreaterThan(2 * (UPLINK_LIMITS.ackTimeoutMs + backoff.maxMs));
});
