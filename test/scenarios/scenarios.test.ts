/** Scenarios as people run them: every row holds, and turns red when the rule behind it is gone. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { eventId } from '../../agent/domain/event.js';
import { askJudge } from '../../simulators/scenarios/ask-judge.js';
import type { MonthVerdict } from '../../simulators/scenarios/judge/month-main.js';
import { plotOf } from '../../simulators/scenarios/plot/plot.js';
import { policyWithout } from '../../simulators/scenarios/policy.js';
import { scenarios } from '../../simulators/scenarios/scenarios.js';
import { startTestCouch } from '../support/central.js';
import { outletEvents, testChain } from '../support/sync-events.js';

const ROOT = join(import.meta.dirname, '../..');
const MAIN = join(ROOT, 'dist/simulators/scenarios/main.js');
const JUDGE = join(ROOT, 'dist/simulators/scenarios/judge/month-main.js');
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
    ['port-said-health', 'family-medicine.first-check-up.quota-once', 'PS4'],
    ['port-said-health', 'rations.purse', 'UC1'],
    ['port-said-health', 'hospital.surgery.consumes', 'PS7'],
    ['port-said-health', 'hospital.place.accredited', 'PS9'],
    ['morocco', 'medicines.metformin.consumes', 'MA2'],
    ['morocco', 'healthRecords.roles', 'MA1'],
    ['gezira', 'healthRecords.roles', 'SD4'],
    ['outlet', 'rations.loaf.price', 'OS1'],
    ['port-said', 'rations.sugar.price', 'PS11'],
    ['port-said', 'remindDays', 'PS10'],
    ['dubai', 'remindDays', 'DX5'],
    ['gezira', 'free-days.dates', 'SD1'],
    ['gezira', 'free-days.consultation.quota-once', 'SD2'],
    ['gezira', 'insurance.specialist.quota-year', 'SD3'],
    ['gezira', 'free-days.place', 'SD5'],
    ['unified-card', 'cards.secondFactor', 'UC2'],
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

describe('npm run scenario -- month', () => {
  it(
    'comes to the same at the cards, the terminals and the centre, and keeps a picture of it',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'wasl-plot-'));
      const words = ['--terminals', '4', '--taps', '30', '--days', '2', '--plot', folder, '--json'];
      const { stdout } = await run(process.execPath, [MAIN, 'month', ...words], { cwd: ROOT });
      const told = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
        readonly taps: number;
        readonly verdict: { readonly units: Record<string, Record<string, number>>; readonly events: object };
      };
      expect(told).toMatchObject({ ok: true, taps: 240, verdict: { problems: [], cards: 120 } });
      const { cards, journals, centre } = told.verdict.units;
      expect(cards?.['1']).toBeGreaterThan(200);
      expect([journals, centre]).toEqual([cards, cards]);
      expect(await readFile(join(folder, 'month.svg'), 'utf8')).toContain(
        'services at 4 terminals, 2026-10-01 to 2026-10-02',
      );
      await rm(folder, { recursive: true });
    },
    TIMEOUT_MS,
  );

  it('has a judge who sees what is missing on a card, in a journal and at the centre', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const couch = await startTestCouch();
    const folder = await mkdtemp(join(tmpdir(), 'wasl-judge-'));
    const chain = testChain('m-0001', outletEvents(4, 'judge'));
    const lines = chain.events.map((bytes) => Buffer.from(bytes).toString('base64url'));
    await couch.store.ensure('wasl-events-2026q4', { partitioned: true });
    const documents = lines.map((bytes, at) => {
      return { _id: eventId('m-0001', chain.epoch, at + 1), terminal: 'm-0001', bytes };
    });
    await couch.store.create('wasl-events-2026q4', documents.slice(0, -1));
    await writeFile(join(folder, 'cards.jsonl'), '');
    await writeFile(join(folder, 'journal-m-0001.txt'), lines.join('\n'));
    const { url, username, password } = couch;
    const order = { terminals: ['m-0001'], cards: [join(folder, 'cards.jsonl')], journals: folder };
    const judge = (): Promise<MonthVerdict> => askJudge(JUDGE, { ...order, couch: { url, username, password } });
    expect((await judge()).problems).toEqual([
      'the centre and m-0001 do not hold the same events',
      'cards and journals do not come to the same',
      'journals and centre do not come to the same',
      'nothing was handed out',
    ]);
    await couch.store.create('wasl-events-2026q4', documents.slice(-1));
    expect((await judge()).problems).toEqual(['cards and journals do not come to the same', 'nothing was handed out']);
    await couch.close();
    await rm(folder, { recursive: true });
  });
});

describe('the plot of a scenario', () => {
  const figures = (['2026-10-01', '2026-10-02'] as const).flatMap((day, at) => [
    { day, terminal: 'a', services: 12 + at, backlog: 0, online: true },
    { day, terminal: 'b', services: 7, backlog: 40 * at, online: at === 0 },
  ]);

  it('is the same for the same figures, in any order, and says in words what it shows', () => {
    const plot = plotOf({ title: 'Bread & oil', figures });
    expect(plotOf({ title: 'Bread & oil', figures: [...figures].reverse() })).toBe(plot);
    expect(plot).toContain('aria-label="Bread &amp; oil: 39 services at 2 terminals, 2026-10-01 to 2026-10-02"');
    for (const label of ['services a day', 'terminals without a network', 'events that wait for the centre, at night'])
      expect(plot).toContain(label);
    expect(plot).toContain('prefers-color-scheme: dark');
    expect(plot.match(/<rect class="away"/g)).toHaveLength(1);
    expect(plot).toContain('<title>2026-10-02: 20</title>');
  });

  it('of nothing is empty and still a picture', () => {
    expect(plotOf({ title: 'Nothing', figures: [] })).not.toMatch(/NaN|Infinity|<rect/);
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
