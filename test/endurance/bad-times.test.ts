/** A link that is bad now and then is cut after each so many seconds of badness, wherever they lie. */
import { expect, test } from 'vitest';
import { badTimes } from '../../simulators/endurance/bad-times.js';
import { GOOD_LINK, type LinkConditions, type LinkProxy } from '../../simulators/link/proxy.js';
import { virtualTime } from '../support/virtual-time.js';

test('bad time is counted over all bad times together, good time is not', async () => {
  const time = virtualTime();
  const bad: LinkConditions = { kbitPerS: 40, latencyMs: 300 };
  const seen = { cuts: 0, conditions: GOOD_LINK };
  const proxy = {
    cut: () => {
      seen.cuts += 1;
    },
    setConditions: (conditions: LinkConditions) => {
      seen.conditions = conditions;
    },
  } as unknown as LinkProxy;
  const times = badTimes({ proxy, conditions: bad, everyMs: 20_000, timers: time.timers });

  times.begin();
  expect(seen.conditions).toEqual(bad);
  await time.advance(15_000);
  times.end();
  expect(seen).toEqual({ cuts: 0, conditions: GOOD_LINK });
  await time.advance(60_000);
  expect(seen.cuts).toBe(0);
  times.begin();
  times.begin();
  await time.advance(6_000);
  expect(seen.cuts).toBe(1);
  await time.advance(20_000);
  expect(times.cuts()).toBe(2);
  times.end();
});
