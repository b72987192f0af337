import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { authorityCommands } from '../../../agent/cli/authority/commands.js';
import { policyCommands } from '../../../agent/cli/policy/commands.js';
import { policyJsonSchema } from '../../../agent/trust/policy/json-schema.js';
import { runCommand } from '../../support/command.js';
import { BROKEN, policiesIn, policyFile, policyIn, SAMPLES } from '../../trust/policies/read.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasl-policy-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** How the command that ran last ended. */
let exitCode = 0;
const policy = async (...words: readonly string[]): Promise<string> => {
  const said = await runCommand(policyCommands(), ...words);
  exitCode = said.exitCode;
  return said.out;
};

const RATIONS = policyFile(SAMPLES, 'egypt-rations');
const HEALTH = policyFile(SAMPLES, 'egypt-health');

async function explained(file: string, claims: object, ...words: readonly string[]): Promise<readonly Answer[]> {
  const out = await policy(
    'explain',
    file,
    '--claims',
    JSON.stringify(claims),
    '--date',
    '2026-11-22',
    '--json',
    ...words,
  );
  return (JSON.parse(out) as { readonly commodities: readonly Answer[] }).commodities;
}

interface Answer {
  readonly commodity: string;
  readonly available: number;
  readonly bound: { readonly rule: string; readonly reason: string } | null;
  readonly rules: readonly { readonly rule: string; readonly holds: boolean; readonly paths: readonly string[] }[];
}

/** A sample with changes in its text, in a file. */
async function changed(name: string, ...changes: readonly (readonly [string, string])[]): Promise<string> {
  const before = JSON.stringify(policyIn(SAMPLES, name));
  const after = changes.reduce((text, [from, to]) => {
    expect(text).toContain(from);
    return text.replace(from, to);
  }, before);
  const file = join(folder, `${name}-${Math.abs(after.length)}.json`);
  await writeFile(file, after);
  return file;
}

describe('wasl policy check', () => {
  test.each(policiesIn(SAMPLES))('passes %s', async (name) => {
    expect(JSON.parse(await policy('check', policyFile(SAMPLES, name), '--json'))).toEqual({
      ok: true,
      problems: [],
      warnings: [],
    });
    expect(exitCode).toBe(0);
  });

  test('fails a policy with a mistake, and says where and what to do, to people and machines', async () => {
    const file = policyFile(BROKEN, 'account-missing');
    const text = await policy('check', file);
    expect(exitCode).toBe(1);
    expect(text).toContain('ERR_POLICY');
    expect(text).toContain('programmes.0.commodities.3.costs.0.account: programme rations has no account 1');
    const told = JSON.parse(await policy('check', file, '--json')) as { readonly problems: readonly object[] };
    expect(told).toMatchObject({ ok: false, error: { code: 'ERR_POLICY' } });
    expect(told.problems[0]).toMatchObject({
      pointer: '/programmes/0/commodities/0/carryOver/account',
      kind: 'reference',
    });
  });

  test('tells warnings apart, and fails on them only where it is asked to', async () => {
    const file = await changed('gezira-free-days', ['"dates":{"from":"2026-12-05","until":"2026-12-09"},', '']);
    expect(await policy('check', file)).toContain('1 warning');
    expect(exitCode).toBe(0);
    await policy('check', file, '--strict');
    expect(exitCode).toBe(1);
  });
});

describe('wasl policy explain', () => {
  test('says how many loaves a household may have, and that the day is what holds it back', async () => {
    const [loaf] = await explained(RATIONS, {
      rationScheme: 1,
      householdSize: 4,
      used: { loaf: { day: 15, month: 40 } },
    });
    // Four persons, five loaves each, fifteen taken; and the twenty of tomorrow.
    expect(loaf).toMatchObject({
      commodity: 'loaf',
      available: 25,
      bound: { reason: 'ERR_QUOTA_DAY', rule: 'rations.loaf.quota-day' },
    });
    const rule = loaf?.rules.find((one) => one.rule === 'rations.loaf.quota-day');
    expect(rule).toMatchObject({ holds: false, paths: ['programmes.0.commodities.0.quotas.0'] });
  });

  test('sells goods for points as far as the points go', async () => {
    const all = await explained(RATIONS, { rationScheme: 1, householdSize: 4, accounts: { 'bread-points': 4000 } });
    expect(all.find((one) => one.commodity === 'points-sugar')).toMatchObject({
      available: 3,
      bound: { reason: 'ERR_ACCOUNT_BALANCE', rule: 'rations.points-sugar.costs-bread-points' },
    });
  });

  test('refuses a card of another scheme, and a site that does not serve it', async () => {
    const [other] = await explained(RATIONS, { rationScheme: 7 });
    expect(other).toMatchObject({
      available: 0,
      bound: { reason: 'ERR_PROGRAMME_NOT_ENTITLED', rule: 'rations.scheme' },
    });
    const [elsewhere] = await explained(RATIONS, { rationScheme: 1 }, '--site', 'grocer');
    expect(elsewhere).toMatchObject({ available: 0, bound: { reason: 'ERR_SITE_KIND' } });
  });

  test('lets nobody into a hospital without a referral, but for an emergency; and asks those whom the state pays for no contribution', async () => {
    const paid = { coverage: { plan: 1, class: 1 }, accounts: { 'paid-until': '2026-12-31' } };
    const of = async (claims: object, ...words: string[]) =>
      (await explained(HEALTH, claims, '--programme', 'hospital', ...words)).find((one) => one.commodity === 'surgery');
    expect(await of(paid)).toMatchObject({ available: 0, bound: { reason: 'ERR_PAPER_NEEDED' } });
    expect(await of({ ...paid, papers: [{ kind: 'referral', for: 'surgery' }] })).toMatchObject({ available: 1 });
    expect(await of(paid, '--exemption', 'emergency')).toMatchObject({ available: 1 });
    const lapsed = { coverage: { plan: 1, class: 1 }, accounts: { 'paid-until': '2026-09-30' } };
    expect(await of(lapsed, '--exemption', 'emergency')).toMatchObject({ bound: { reason: 'ERR_ACCOUNT_NEEDED' } });
    expect(await of({ coverage: { plan: 1, class: 4 } }, '--exemption', 'emergency')).toMatchObject({ available: 1 });
  });

  test.each([
    ['ar', 'المتاح اليوم'],
    ['fr', 'possible ce jour'],
    ['en', 'may be had today'],
  ])('speaks %s, with the place of each rule in the policy', async (language, words) => {
    const out = await policy(
      'explain',
      RATIONS,
      '--claims',
      '{"rationScheme":1}',
      '--date',
      '2026-11-22',
      '--lang',
      language,
    );
    expect(out).toContain(words);
    expect(out).toContain('programmes.0.commodities.0.quotas.0');
  });

  test.each(['ar', 'fr', 'en'])(
    'says in %s what was compared, and no name of a variable or number that bounds nothing',
    async (language) => {
      const words = [
        '--claims',
        '{"rationScheme":1}',
        '--date',
        '2026-11-22',
        '--offline-days',
        '8',
        '--lang',
        language,
      ];
      const out = await policy('explain', RATIONS, ...words);
      const facts = out.split('\n').filter((line) => line.startsWith('      '));
      expect(facts.length).toBeGreaterThan(20);
      for (const line of facts) {
        expect(line.replace(/\(programmes[^)]*\)/g, '')).not.toMatch(/[a-z][A-Z]|true|false/);
        expect(line).not.toMatch(/[\d\u0660-\u0669]([.,٬\s]?[\d\u0660-\u0669]){9,}/);
      }
    },
  );

  test.each([
    [['--claims', '{"rationScheme":1,"used":{"bread":{"day":1}}}'], /no commodity "bread"/],
    [['--claims', '{"ration":1}'], /does not describe a card/],
    [['--claims', 'scheme 1'], /takes JSON/],
    [[], /--card FILE, or --claims JSON/],
    [['--claims', '{}', '--programme', 'bread'], /has no programme "bread"/],
  ])('%j is a wrong command line', async (words, message) => {
    const run = policy('explain', RATIONS, '--date', '2026-11-22', ...words);
    await expect(run).rejects.toMatchObject({ code: 'ERR_USAGE', message: expect.stringMatching(message) });
  });
});

describe('wasl policy diff', () => {
  const QUOTA = '"per":"member","every":"day","amount":5';
  const differences = async (file: string) =>
    JSON.parse(await policy('diff', RATIONS, file, '--strict', '--json')) as {
      readonly ok: boolean;
      readonly changes: readonly object[];
    };

  test('says in words that a quota was raised', async () => {
    const file = await changed('egypt-rations', [QUOTA, QUOTA.replace('5', '6')]);
    expect(await differences(file)).toMatchObject({
      ok: true,
      changes: [
        {
          about: 'rations.loaf',
          kind: 'raised',
          before: 'At most 5 loaves for each person a day.',
          after: 'At most 6 loaves for each person a day.',
          danger: null,
        },
      ],
    });
    expect(exitCode).toBe(0);
  });

  test.each<[string, readonly (readonly [string, string])[]]>([
    ['a number that comes to stand for another commodity', [['"id":"sugar","number":2', '"id":"rice","number":2']]],
    [
      'a quota that is gone',
      [['{"per":"household","every":"month","amount":900}', '{"per":"household","every":"year","amount":9000}']],
    ],
    ['a commodity that gets a new number', [['"id":"oil","number":3', '"id":"oil","number":33']]],
    ['another time zone', [['Africa/Cairo', 'Asia/Dubai']]],
    ['another currency', [['"currency":"EGP"', '"currency":"AED"']]],
    ['a unit in which cards have not counted', [['"other":"loaves"', '"other":"dozens"']]],
  ])('calls %s dangerous, and fails where it is asked to', async (_what, changes) => {
    const { ok, changes: found } = await differences(await changed('egypt-rations', ...changes));
    expect(ok).toBe(false);
    expect(found).toContainEqual(expect.objectContaining({ danger: expect.any(String) }));
    expect(exitCode).toBe(1);
  });

  test('calls an account of another kind dangerous', async () => {
    const file = await changed(
      'dubai-cards',
      ['"kind":"flag"', '"kind":"amount"'],
      ['"account":201}', '"account":201,"atLeast":1}'],
      ['"account":201}', '"account":201,"atLeast":1}'],
    );
    const out = await policy('diff', policyFile(SAMPLES, 'dubai-cards'), file);
    expect(out).toMatch(/kind: flag[\s\S]*kind: amount[\s\S]*read as something else/);
  });

  test('leaves nothing out that no sentence says: it is told as it stands', async () => {
    const file = await changed(
      'egypt-rations',
      ['"monthsMax":12', '"monthsMax":3'],
      ['"remindDays":60', '"remindDays":9'],
    );
    const { changes } = await differences(file);
    expect(changes).toMatchObject([
      { about: '', before: 'remindDays: 60', after: 'remindDays: 9' },
      { about: 'rations.loaf', after: expect.stringContaining('"monthsMax":3') },
    ]);
  });

  test('says so where nothing changes', async () => {
    expect(await policy('diff', RATIONS, RATIONS)).toBe('Nothing changes.\n');
  });
});

describe('wasl policy print and schema', () => {
  test.each(['ar', 'fr', 'en'] as const)(
    'prints every programme and commodity of every sample in %s, without a hole',
    async (language) => {
      for (const name of policiesIn(SAMPLES)) {
        const page = await policy('print', policyFile(SAMPLES, name), '--lang', language);
        const sample = policyIn(SAMPLES, name) as {
          readonly programmes: readonly {
            readonly title: Record<string, string>;
            readonly commodities: readonly { readonly name: Record<string, string> }[];
          }[];
        };
        for (const { title, commodities } of sample.programmes) {
          expect(page).toContain(`## ${title[language]}`);
          for (const one of commodities) expect(page).toContain(`### ${one.name[language]}`);
        }
        expect(page).not.toMatch(/undefined|NaN|null|\[object/);
      }
    },
  );

  test('prints the schema as it is published', async () => {
    expect(JSON.parse(await policy('schema'))).toEqual(policyJsonSchema());
  });
});

describe('wasl authority publish', () => {
  const authority = async (...words: readonly string[]): Promise<string> =>
    (await runCommand(authorityCommands(), ...words, '--json')).out;

  test('signs a policy of the whole language, and refuses a broken one with every mistake', async () => {
    const desk = join(folder, 'authority');
    await authority('init', desk);
    expect(JSON.parse(await authority('publish', desk, '--policy', HEALTH))).toMatchObject({ ok: true });
    // The key of this authority signs for the ration programme alone.
    expect(JSON.parse(await authority('publish', desk, '--policy', HEALTH))).toMatchObject({
      unsigned: [101, 102, 103],
    });
    expect(JSON.parse(await authority('publish', desk, '--policy', RATIONS))).toMatchObject({ unsigned: [] });
    const broken = authority('publish', desk, '--policy', policyFile(BROKEN, 'exemption-unknown'));
    await expect(broken).rejects.toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('programmes.2.commodities.3.consumes.exemptions.0'),
    });
  });
});
