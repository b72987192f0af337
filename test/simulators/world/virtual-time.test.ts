import { describe, expect, it } from 'vitest';
import { Life, WrongClock } from '../../../simulators/world/life.js';
import { Stream } from '../../../simulators/world/random.js';
import { createVirtualTime } from '../../../simulators/world/virtual-time.js';

describe('virtual time', () => {
  it('fires timers in the order of their times, and of their making where these are equal', async () => {
    const time = createVirtualTime();
    const fired: string[] = [];
    const random = new Stream('timers');
    const delays = Array.from({ length: 200 }, () => random.below(50));
    for (const [index, delayMs] of delays.entries())
      time.timers.after(delayMs, () => fired.push(`${delayMs}/${index}`));
    await time.advance(100);
    const sorted = delays.map((delayMs, index) => ({ delayMs, index }));
    sorted.sort((a, b) => a.delayMs - b.delayMs || a.index - b.index);
    expect(fired).toEqual(sorted.map(({ delayMs, index }) => `${delayMs}/${index}`));
    expect(time.pending()).toBe(0);
  });

  it('lets everything that waits for a timer come to rest before the next one fires', async () => {
    const time = createVirtualTime();
    const seen: number[] = [];
    time.timers.after(1, () => {
      let chain = Promise.resolve();
      for (let step = 0; step < 1_000; step += 1) chain = chain.then(() => undefined);
      void chain.then(() => seen.push(1));
    });
    time.timers.after(2, () => seen.push(2));
    await time.advance(2);
    expect(seen).toEqual([1, 2]);
  });

  it('does not fire what was called off, nor what is not due', async () => {
    const time = createVirtualTime();
    const fired: string[] = [];
    const cancel = time.timers.after(5, () => fired.push('called off'));
    time.timers.after(11, () => fired.push('later'));
    cancel();
    await time.advance(10);
    expect(fired).toEqual([]);
    expect(time.elapsedMs()).toBe(10);
    expect(time.pending()).toBe(1);
  });
});

describe('the life of a process', () => {
  it('takes its timers and the answers it waits for with it', async () => {
    const time = createVirtualTime();
    const life = new Life(time.timers);
    const heard: string[] = [];
    life.onEnd(() => heard.push('end'));
    life.timers.after(5, () => heard.push('timer'));
    void life
      .while(new Promise((resolve) => time.timers.after(5, () => resolve('x'))))
      .then(() => heard.push('answer'));
    life.end();
    life.end();
    await time.advance(10);
    life.timers.after(1, () => heard.push('after death'));
    await time.advance(10);
    expect(heard).toEqual(['end']);
  });
});

describe('a wrong clock', () => {
  it('jumps, walks, and is set right', async () => {
    const time = createVirtualTime({ startMs: 1_000_000 });
    const clock = new WrongClock(time.clock);
    clock.jump(-500);
    expect(clock.nowMs()).toBe(999_500);
    clock.walk(0.5);
    await time.advance(1_000);
    expect(clock.nowMs()).toBe(1_001_000);
    clock.walk(0);
    await time.advance(1_000);
    expect(clock.nowMs()).toBe(1_002_000);
    clock.set();
    expect(clock.nowMs()).toBe(1_002_000);
    expect(time.clock.nowMs()).toBe(1_002_000);
  });
});

describe('a stream of randomness', () => {
  it('follows from its name alone', () => {
    const [one, same, other] = ['a', 'a', 'b'].map((name) => new Stream(name));
    expect(one?.bytes(64)).toEqual(same?.bytes(64));
    expect(one?.bytes(64)).not.toEqual(other?.bytes(64));
  });

  it('is spread evenly enough', () => {
    const random = new Stream('even');
    const counts = new Array<number>(10).fill(0);
    for (let draw = 0; draw < 20_000; draw += 1) {
      const place = random.below(10);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 2_000)).toBeLessThan(250);
    const weighted = Array.from({ length: 10_000 }, () =>
      random.weighted([
        [3, 'often'],
        [1, 'seldom'],
      ]),
    );
    expect(Math.abs(weighted.filter((choice) => choice === 'seldom').length - 2_500)).toBeLessThan(250);
  });
});
