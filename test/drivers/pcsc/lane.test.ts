import { describe, expect, it } from 'vitest';
import { codeOf, WaslError } from '../../../agent/domain/errors.js';
import { LANE_WAITING_MAX, Lane } from '../../../drivers/pcsc/lane.js';
import { ManualTimers, settled } from './manual-timers.js';

const TIMEOUT_MS = 2_000;

/** An operation that ends when the test says so, and tells whether it was begun. */
function operation() {
  let finish: (value: string) => void = () => undefined;
  let begun = false;
  const run = (): Promise<string> => {
    begun = true;
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  return { run, finish: (value = 'done') => finish(value), begun: () => begun };
}

function outcome(promise: Promise<unknown>): Promise<unknown> {
  return promise.catch((error: unknown) => codeOf(error));
}

describe('a lane', () => {
  it('begins an operation only when the one before it has ended', async () => {
    const lane = new Lane(new ManualTimers(), TIMEOUT_MS);
    const [first, second] = [operation(), operation()];
    const results = Promise.all([lane.run(first.run), lane.run(second.run)]);
    await settled();
    expect([first.begun(), second.begun()]).toEqual([true, false]);
    first.finish('a');
    await settled();
    expect(second.begun()).toBe(true);
    second.finish('b');
    expect(await results).toEqual(['a', 'b']);
  });

  it('goes on after an operation that failed, even one that failed at once', async () => {
    const lane = new Lane(new ManualTimers(), TIMEOUT_MS);
    const thrown = lane.run(() => {
      throw new WaslError('ERR_CARD_IO');
    });
    expect(await outcome(thrown)).toBe('ERR_CARD_IO');
    expect(await lane.run(async () => 'next')).toBe('next');
  });

  it('gives up an operation at its deadline, not before', async () => {
    const timers = new ManualTimers();
    const lane = new Lane(timers, TIMEOUT_MS);
    let ended = false;
    const result = outcome(lane.run(operation().run)).finally(() => {
      ended = true;
    });
    await timers.pass(TIMEOUT_MS - 1);
    expect(ended).toBe(false);
    await timers.pass(1);
    expect(await result).toBe('ERR_CARD_TIMEOUT');
  });

  it('never begins an operation whose deadline passed while it waited behind one that hangs', async () => {
    const timers = new ManualTimers();
    const lane = new Lane(timers, TIMEOUT_MS);
    const [hanging, write] = [operation(), operation()];
    const results = [outcome(lane.run(hanging.run)), outcome(lane.run(write.run))];
    await timers.pass(TIMEOUT_MS);
    expect(await Promise.all(results)).toEqual(['ERR_CARD_TIMEOUT', 'ERR_CARD_TIMEOUT']);
    hanging.finish();
    await settled();
    expect(write.begun()).toBe(false);
    expect(await lane.run(async () => 'usable again')).toBe('usable again');
  });

  it('fails what runs and what waits when it is abandoned, and never begins what waited', async () => {
    const timers = new ManualTimers();
    const lane = new Lane(timers, TIMEOUT_MS);
    const [running, waiting] = [operation(), operation()];
    const results = [outcome(lane.run(running.run)), outcome(lane.run(waiting.run))];
    lane.abandon(new WaslError('ERR_CARD_LOST'));
    expect(await Promise.all(results)).toEqual(['ERR_CARD_LOST', 'ERR_CARD_LOST']);
    running.finish();
    await settled();
    expect(waiting.begun()).toBe(false);
    expect(timers.pending).toBe(0);
  });

  it('refuses more than it can hold instead of growing', async () => {
    const lane = new Lane(new ManualTimers(), TIMEOUT_MS);
    const first = operation();
    const held = [first.run, ...Array.from({ length: LANE_WAITING_MAX }, () => async () => 'ok')];
    const results = held.map((run) => lane.run(run));
    expect(await outcome(lane.run(async () => 'one more'))).toBe('ERR_CARD_IO');
    first.finish();
    expect(await Promise.all(results)).toHaveLength(LANE_WAITING_MAX + 1);
  });
});
