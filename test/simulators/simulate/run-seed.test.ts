import { beforeAll, describe, expect, it } from 'vitest';
import { FAULT_LEVELS } from '../../../simulators/simulate/actions.js';
import type { Checker } from '../../../simulators/simulate/checker.js';
import { noFaults } from '../../../simulators/simulate/faults.js';
import { createKit, type Kit } from '../../../simulators/simulate/kit.js';
import { runSeed, scriptOfSeed } from '../../../simulators/simulate/run-seed.js';
import { onlyAt, shrink } from '../../../simulators/simulate/shrink.js';

let kit: Kit;

beforeAll(async () => {
  kit = await createKit();
});

describe('a seed', { timeout: 120_000 }, () => {
  it('gives the same trace each time, whoever made the keys, and whether anybody reads along', async () => {
    for (const mode of ['safety', 'liveness'] as const) {
      const first = await runSeed(7, { mode, kit });
      const again = await runSeed(7, { mode, kit: await createKit(), depth: 'details' });
      expect(again.traceHash).toBe(first.traceHash);
      expect({ ...again, trace: [] }).toEqual(first);
      expect(again.trace.length).toBeGreaterThan(100);
    }
  });

  it('gives another trace than another seed, and than the same one with an action left out', async () => {
    const script = scriptOfSeed(7, FAULT_LEVELS.heavy);
    const hashes = [
      await runSeed(7, { kit }),
      await runSeed(8, { kit }),
      await runSeed(7, { kit, script: onlyAt(script, [...script.keys()].slice(1)) }),
    ].map(({ traceHash }) => traceHash);
    expect(new Set(hashes).size).toBe(3);
  });

  it('without faults has none, breaks nothing, and serves', async () => {
    const report = await runSeed(3, { level: FAULT_LEVELS.none, mode: 'liveness', kit });
    expect(report.violations).toEqual([]);
    expect(report.faults).toEqual(noFaults());
    expect(report.taps).toBeGreaterThan(5);
    expect(report.invariants).toMatchObject({ 20: 2 });
    expect(report.invariants[1]).toBeGreaterThan(0);
  });

  it('can be run in part, every action at its own time', () => {
    const script = scriptOfSeed(5, FAULT_LEVELS.heavy);
    const timesOf = (actions: typeof script): number[] => {
      let atMs = 0;
      return actions.map(({ afterMs }) => {
        atMs += afterMs;
        return atMs;
      });
    };
    const all = timesOf(script);
    expect(timesOf(onlyAt(script, [2, 5, 9]))).toEqual([all[2], all[5], all[9]]);
  });
});

describe('a failing seed', { timeout: 300_000 }, () => {
  /** Takes offence at a worker that crashes after a terminal did. */
  const touchy = (): Checker => {
    let crashed = false;
    return {
      name: 'touchy',
      see: (seen, _history, verdicts) => {
        if (seen.type !== 'fault') return;
        crashed ||= seen.kind === 'crash.terminal';
        verdicts.check(3, !(crashed && seen.kind === 'clock.forward'), () => 'a clock jumped after a crash');
      },
    };
  };

  it('is made as short as what it takes', async () => {
    const level = FAULT_LEVELS.heavy;
    let seed = 1;
    while ((await runSeed(seed, { kit, checkers: [touchy()] })).violations.length === 0) seed += 1;
    const script = scriptOfSeed(seed, level);
    const options = { level, kit, mode: 'safety' } as const;
    let runs = 0;
    const budget = { runsMax: 400, spent: () => false };
    const { kept } = await shrink(seed, 3, {
      options: {
        ...options,
        // A fresh checker for each run.
        get checkers() {
          runs += 1;
          return [touchy()];
        },
      },
      budget,
    });
    expect(runs).toBeGreaterThan(2);
    const kinds = kept.map((place) => script[place]?.kind).sort();
    expect(kinds).toEqual(['clock', 'crash']);
  });
});
