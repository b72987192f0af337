/** A short run of the fuzzer, as a process: every parser, the corpus of the repository, no crash and no hang. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Chance, INPUT_BYTES_MAX, mutate } from '../../simulators/fuzz/mutate.js';
import { type CompiledPrograms, compilePrograms } from '../support/compiled.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

interface Report {
  readonly ok: boolean;
  readonly executions: number;
  readonly crashes: number;
  readonly hangs: number;
  readonly parsers: readonly {
    readonly parser: string;
    readonly executions: number;
    readonly places: number;
    readonly corpus: number;
  }[];
}

let programs: CompiledPrograms;
beforeAll(async () => {
  programs = await compilePrograms(['simulators/fuzz/main.ts', 'simulators/fuzz/worker-main.ts']);
});
afterAll(() => programs.remove());

describe('the fuzzer', () => {
  test('finds no crash and no hang in any parser, and is guided by what was executed', async () => {
    const main = join(programs.folder, 'simulators/fuzz/main.js');
    const { stdout } = await run(process.execPath, [main, '--seconds', '10', '--json'], {
      cwd: ROOT,
      timeout: 240_000,
    });
    const report = JSON.parse(stdout) as Report;
    expect(report).toMatchObject({ ok: true, crashes: 0, hangs: 0 });
    expect(report.parsers.map(({ parser }) => parser)).toEqual([
      'qr-text',
      'cbor',
      'cose',
      'endorsement',
      'slip',
      'health-record',
      'ndef-tlv',
      'ledger-slot',
      'apdu',
      'type4',
      'twn4-lines',
      'serial-lines',
    ]);
    for (const { parser, executions, places, corpus } of report.parsers) {
      expect(executions, parser).toBeGreaterThan(100);
      expect(places, parser).toBeGreaterThan(5);
      expect(corpus, parser).toBeGreaterThan(1);
    }
  }, 300_000);

  test('makes the same inputs from the same seed, and none beyond its limit', { timeout: 120_000 }, () => {
    const sources = {
      corpus: [new Uint8Array(INPUT_BYTES_MAX).fill(1), Uint8Array.of(1, 2)],
      words: [Uint8Array.of(9)],
    };
    const inputs = (seed: number): Uint8Array[] => {
      const chance = new Chance(seed);
      return Array.from({ length: 300 }, (_, i) => mutate(sources.corpus[i % 2] ?? new Uint8Array(0), chance, sources));
    };
    expect(inputs(7)).toEqual(inputs(7));
    expect(inputs(7)).not.toEqual(inputs(8));
    expect(inputs(7).every(({ length }) => length <= INPUT_BYTES_MAX)).toBe(true);
  });
});
