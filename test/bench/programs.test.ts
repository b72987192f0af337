/** Each benchmark, small, as the program that `npm run bench` runs: what it says, and that nothing is lost. Never how fast. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompiledPrograms, compilePrograms } from '../support/compiled.js';

/** Real servers in processes of their own, on a machine that does much else. */
const TIMEOUT_MS = 300_000;

let programs: CompiledPrograms;
beforeAll(async () => {
  programs = await compilePrograms([
    'simulators/bench/main.ts',
    'simulators/bench/bridge-main.ts',
    'simulators/bench/terminals-main.ts',
    'simulators/central/couch-main.ts',
  ]);
}, TIMEOUT_MS);
afterAll(() => programs?.remove());

/** Runs a benchmark and returns the last line that it printed. */
async function bench(...args: readonly string[]): Promise<Record<string, unknown>> {
  // A server that is not the benchmark's own is none of this test's business.
  const { COUCHDB_URL: _, ...env } = process.env;
  const program = join(programs.folder, 'simulators/bench/main.js');
  const child = spawn(process.execPath, [program, ...args, '--json'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => {
    printed += chunk.toString();
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  const last = printed.trim().split('\n').at(-1) ?? '';
  expect(code, last).toBe(0);
  return JSON.parse(last) as Record<string, unknown>;
}

const positive = (value: unknown): boolean => typeof value === 'number' && value > 0;

describe('npm run bench', () => {
  it(
    'wire: counts both ways over the same link',
    async () => {
      const result = await bench('wire', '--events', '60', '--kbit', '4000', '--latency', '4', '--repeat', '1');
      expect(result).toMatchObject({ ok: true, events: 60, link: { kbitPerS: 4000, latencyMs: 2 } });
      const { ratios, ours, pouchdb } = result as unknown as {
        ratios: { bytes: number; seconds: number };
        ours: { field: { bytes: number; runs: number[] } };
        pouchdb: { bytes: number };
      };
      expect(positive(ratios.bytes) && positive(ratios.seconds)).toBe(true);
      expect(ratios.bytes).toBeCloseTo(pouchdb.bytes / ours.field.bytes, 0);
      expect(ours.field.runs).toHaveLength(1);
    },
    TIMEOUT_MS,
  );

  it(
    'ingest: every event of one, two and four workers is provable',
    async () => {
      const result = await bench('ingest', '--events', '600');
      expect(result).toMatchObject({ ok: true, events: 600, lost: 0, batchEvents: 200 });
      const { ratios, workers, raw } = result as unknown as {
        ratios: { raw: number };
        workers: { workers: number; eventsPerSecond: number; ratio: number }[];
        raw: { before: number; after: number };
      };
      expect(workers.map((run) => run.workers)).toEqual([1, 2, 4]);
      expect([ratios.raw, raw.before, raw.after, ...workers.map((run) => run.eventsPerSecond)].every(positive)).toBe(
        true,
      );
    },
    TIMEOUT_MS,
  );

  it(
    'fleet: terminals that come back at once lose nothing',
    async () => {
      const result = await bench('fleet', '--terminals', '8', '--events', '5');
      expect(result).toMatchObject({ ok: true, terminals: 8, events: 40, lost: 0 });
      const { reconnects, bridgePeakBytes, drainSeconds } = result as unknown as {
        reconnects: { p50: number; p95: number; max: number; perSecond: number[] };
        bridgePeakBytes: number;
        drainSeconds: number;
      };
      expect(reconnects.perSecond.reduce((sum, count) => sum + count, 0)).toBe(8);
      expect(reconnects.p50).toBeLessThanOrEqual(reconnects.p95);
      expect(reconnects.p95).toBeLessThanOrEqual(reconnects.max);
      expect(positive(bridgePeakBytes) && positive(drainSeconds)).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    'backlog: an alarm is there before what was recorded before it, and nothing is lost',
    async () => {
      const result = await bench('backlog', '--events', '1200', '--kbit', '400', '--latency', '4');
      expect(result).toMatchObject({ ok: true, events: 1200, lost: 0, heapGrowthBytes: null });
      const { underWay } = result as unknown as { underWay: { events: number } };
      expect(underWay.events).toBeLessThanOrEqual(800);
    },
    TIMEOUT_MS,
  );

  it(
    'decide: every rule looks at the largest policy, and the figures fit together',
    async () => {
      const result = await bench('decide', '--decisions', '300');
      const { ratios, small, largest } = result as unknown as Record<string, Record<string, number>>;
      expect(result).toMatchObject({
        ok: true,
        small: { rules: 3 },
        ratios: { small: small?.ratio, largest: largest?.ratio },
      });
      expect(Object.values(ratios ?? {}).every(positive)).toBe(true);
      expect(largest?.rules).toBeGreaterThan(200);
      expect(largest?.snapshotBytes).toBeGreaterThan(500_000);
      expect([small?.decisionsPerSecond, largest?.decisionsPerSecond].every(positive)).toBe(true);
    },
    TIMEOUT_MS,
  );

  it(
    'roster: nobody who is asked for is missed',
    async () => {
      const result = await bench('roster', '--persons', '700', '--questions', '140');
      expect(result).toMatchObject({ ok: true, persons: 700, missed: 0, memory: { processBytesPerPerson: null } });
      const { lookUp, scan, memory, importRowsPerSecond } = result as unknown as {
        lookUp: { p50Ms: number; p95Ms: number };
        scan: { p50Ms: number; p95Ms: number };
        memory: { indexBytesPerPerson: number };
        importRowsPerSecond: number;
      };
      expect([lookUp.p95Ms, scan.p95Ms, memory.indexBytesPerPerson, importRowsPerSecond].every(positive)).toBe(true);
      expect(lookUp.p50Ms).toBeLessThanOrEqual(lookUp.p95Ms);
    },
    TIMEOUT_MS,
  );
});
