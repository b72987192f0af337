/** Three hundred worlds through the program itself, as `npm run simulate` runs it: half of them to the end, half of them healed. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CampaignReport } from '../../../simulators/simulate/campaign.js';
import { FAULT_KINDS } from '../../../simulators/simulate/faults.js';
import { type CompiledPrograms, compilePrograms } from '../../support/compiled.js';

let programs: CompiledPrograms;

beforeAll(async () => {
  programs = await compilePrograms(['simulators/simulate/main.ts', 'simulators/simulate/seed-thread.ts']);
});

afterAll(() => programs.remove());

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function simulate(...args: readonly string[]): Promise<Ended> {
  const child = spawn(process.execPath, [join(programs.folder, 'simulators/simulate/main.js'), ...args]);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

const resultOf = ({ stdout }: Ended): CampaignReport & { readonly ok: boolean } =>
  JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '');

describe('three hundred seeds with heavy faults', { timeout: 1_500_000 }, () => {
  it('break nothing that was promised, and leave no fault and no invariant out', async () => {
    const ended = await simulate('--seeds', '300', '--faults', 'heavy', '--mode', 'both', '--json');
    const report = resultOf(ended);
    expect(report.failures).toEqual([]);
    expect(report).toMatchObject({ ok: true, seeds: 300, violations: 0, mode: 'both', level: 'heavy' });
    expect(ended.code).toBe(0);
    expect(FAULT_KINDS.filter((kind) => report.faults[kind] === 0)).toEqual([]);
    const unchecked = Object.entries(report.invariants).filter(([, checks]) => checks === 0);
    expect(unchecked.map(([number]) => number)).toEqual(Object.keys(report.notYet));
    expect(report.events).toBeGreaterThan(3_000);
    expect(report.seedsPerSecond).toBeGreaterThan(0);
  });
});

describe('the command line', { timeout: 300_000 }, () => {
  it('runs one seed, says what happens in it, and gives the same hash each time', async () => {
    const seed = ['--seed', '11', '--mode', 'liveness'];
    const shown = await simulate(...seed);
    expect(shown.code).toBe(0);
    expect(shown.stdout).toContain('unit-1/1 starts');
    const hashes = await Promise.all([simulate(...seed, '--json'), simulate(...seed, '--json', '--details')]);
    expect(new Set(hashes.map((ended) => JSON.parse(ended.stdout).traceHash)).size).toBe(1);
    const part = await simulate(...seed, '--only', '0,1,2', '--json');
    expect(JSON.parse(part.stdout).traceHash).not.toBe(JSON.parse(hashes[0]?.stdout ?? '').traceHash);
  });

  it('says what is wrong with it', async () => {
    for (const args of [
      ['--seeds', 'many'],
      ['--faults', 'unkind'],
      ['--mode', 'reckless'],
      ['--seeds', '0'],
    ]) {
      const ended = await simulate(...args, '--json');
      expect(ended.code).toBe(2);
      expect(JSON.parse(ended.stdout)).toMatchObject({ ok: false, error: { code: 'ERR_USAGE' } });
    }
    expect((await simulate('--help')).stdout).toContain('--seeds');
  });
});
