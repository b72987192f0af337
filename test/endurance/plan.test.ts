/** The plan of an endurance run: the same for the same seed, and everybody's turn comes. */
import { describe, expect, test } from 'vitest';
import { between, chanceOf, shuffled } from '../../simulators/endurance/chance.js';
import { planRounds, type Victim } from '../../simulators/endurance/plan.js';

const ALL = { broker: true, database: true };

describe('a plan', () => {
  test('is the same for the same seed, and another one for another', () => {
    expect(planRounds(50, 7, ALL)).toEqual(planRounds(50, 7, ALL));
    expect(planRounds(50, 7, ALL)).not.toEqual(planRounds(50, 8, ALL));
    expect(planRounds(20, 7, ALL)).toEqual(planRounds(50, 7, ALL).slice(0, 20));
  });

  test.each([1, 2, 3, 4, 5])('has in every ten rounds each victim, both links and one restore (seed %i)', (seed) => {
    const plan = planRounds(50, seed, ALL);
    expect(plan.map((round) => round.number)).toEqual(Array.from({ length: 50 }, (_, i) => i + 1));
    for (let from = 0; from < 50; from += 10) {
      const ten = plan.slice(from, from + 10);
      const victims = new Set(ten.flatMap((round) => round.victims));
      const expected: Victim[] = ['agent', 'bridge-1', 'bridge-2', 'broker', 'database'];
      expect([...victims].sort()).toEqual(expected);
      expect(ten.some((round) => round.victims.length === 5)).toBe(true);
      expect(ten.filter((round) => round.link === 'bad')).toHaveLength(4);
      expect(ten.filter((round) => round.restore !== null)).toHaveLength(1);
    }
  });

  test('stops the workers and the database before a restore', () => {
    for (const { restore, victims } of planRounds(200, 3, ALL)) {
      if (restore !== null) expect(victims).toEqual(expect.arrayContaining(['bridge-1', 'bridge-2', 'database']));
    }
  });

  test('kills the agent both between and in the middle of writes to a card', () => {
    const moments = planRounds(50, 1, ALL).filter(({ victims }) => victims.includes('agent'));
    expect(moments.some(({ moment }) => 'atWrite' in moment)).toBe(true);
    expect(moments.some(({ moment }) => 'afterMs' in moment)).toBe(true);
  });

  test('leaves alone what is not ours, and kills somebody else in its place', () => {
    const plan = planRounds(50, 9, { broker: false, database: false });
    expect(plan.flatMap((round) => round.victims)).not.toContain('broker');
    expect(plan.flatMap((round) => round.victims)).not.toContain('database');
    expect(plan.every((round) => round.victims.length > 0)).toBe(true);
  });
});

describe('chance', () => {
  test('for one purpose does not depend on what is drawn for another', () => {
    const alone = chanceOf(5, 'a');
    const first = [alone.fraction(), alone.fraction()];
    const [a, b] = [chanceOf(5, 'a'), chanceOf(5, 'b')];
    const before = a.fraction();
    expect(b.fraction()).not.toBe(before);
    expect([before, a.fraction()]).toEqual(first);
  });

  test('stays within its bounds, and reaches them', () => {
    const chance = chanceOf(1, 'bounds');
    const drawn = new Set(Array.from({ length: 300 }, () => between(chance, 2, 5)));
    expect([...drawn].sort()).toEqual([2, 3, 4, 5]);
    expect(shuffled(chance, [1, 2, 3, 4]).sort()).toEqual([1, 2, 3, 4]);
    expect(chance.bytes(40)).toHaveLength(40);
  });
});
