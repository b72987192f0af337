/** Scenarios as people run them: every row holds, and turns red when the rule behind it is gone. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { policyWithout } from '../../simulators/scenarios/policy.js';
import { scenarios } from '../../simulators/scenarios/scenarios.js';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/simulators/scenarios/main.js');
const TIMEOUT_MS = 300_000;
const run = promisify(execFile);

interface Told {
  readonly ok: boolean;
  readonly scenarios: readonly {
    readonly name: string;
    readonly rows: readonly { readonly id: string; readonly ok: boolean; readonly evidence: object }[];
  }[];
}

/** Runs scenarios; resolves to what they told and how they ended. */
async function scenario(...words: readonly string[]): Promise<{ readonly told: Told; readonly code: number }> {
  const options = { cwd: ROOT, maxBuffer: 32 * 1024 * 1024 };
  const done = await run(process.execPath, [MAIN, ...words, '--json'], options).then(
    ({ stdout }) => ({ stdout, code: 0 }),
    (error: { stdout: string; code: number }) => error,
  );
  return { told: JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '') as Told, code: done.code };
}

const red = ({ told }: { readonly told: Told }): string[] =>
  told.scenarios.flatMap(({ rows }) => rows.filter(({ ok }) => !ok).map(({ id }) => id));

describe('npm run scenario', () => {
  it(
    'all: every row holds, with its evidence',
    async () => {
      const { told, code } = await scenario('all');
      expect(red({ told })).toEqual([]);
      expect(code).toBe(0);
      const rows = told.scenarios.flatMap((one) => one.rows);
      expect(rows.map(({ id }) => id)).toEqual(scenarios().flatMap((one) => one.rows.map(({ id }) => id)));
      for (const { evidence } of rows) expect(Object.keys(evidence).length).toBeGreaterThan(2);
    },
    TIMEOUT_MS,
  );

  it.each([
    ['port-said', 'rations.loaf.quota-day', 'PS1'],
    ['port-said', 'rations.loaf.carryOver', 'PS2'],
    ['port-said-health', 'hospital.surgery.consumes', 'PS7'],
    ['outlet', 'rations.loaf.price', 'OS1'],
  ])(
    '%s without %s: exactly its row turns red',
    async (name, rule, row) => {
      const outcome = await scenario(name, '--without', rule);
      expect(red(outcome)).toEqual([row]);
      expect(outcome.code).toBe(1);
    },
    TIMEOUT_MS,
  );

  it('refuses a scenario, a rule and a number that there are not', async () => {
    for (const words of [['atlantis'], ['port-said', '--without', 'rations.loaf.nothing'], ['all', '--people', '1']])
      expect(await scenario(...words)).toMatchObject({ told: { ok: false, error: { code: 'ERR_USAGE' } }, code: 2 });
  });
});

describe('a policy without a rule', () => {
  it('writes no paper for what needs none any more, and nothing where that was all', async () => {
    const file = join(ROOT, 'docs/samples/egypt-health.policy.json');
    const policy = JSON.parse(await readFile(file, 'utf8')) as object;
    const less = policyWithout(policy as never, [
      'hospital.imaging.consumes',
      'family-medicine.after-discharge.consumes',
    ]);
    const { programmes } = less as { programmes: { commodities: { id: string; writes?: { for: number[] } }[] }[] };
    const commodities = programmes.flatMap((programme) => programme.commodities);
    const writesOf = (id: string) => commodities.find((one) => one.id === id)?.writes?.for;
    expect(writesOf('referral')).toEqual([108, 110, 111]);
    expect(writesOf('discharge')).toBeUndefined();
    expect(writesOf('periodic')).toEqual([106]);
  });

  it('lacks that rule alone, and the policy that was given keeps it', async () => {
    const file = join(ROOT, 'docs/samples/egypt-rations.policy.json');
    const policy = JSON.parse(await readFile(file, 'utf8')) as { programmes: { commodities: object[] }[] };
    const whole = structuredClone(policy);
    const less = policyWithout(policy, ['rations.loaf.carryOver']) as typeof policy;
    expect(policy).toEqual(whole);
    expect(less.programmes[0]?.commodities[0]).not.toHaveProperty('carryOver');
    expect(less.programmes[0]?.commodities.slice(1)).toEqual(whole.programmes[0]?.commodities.slice(1));
  });
});
