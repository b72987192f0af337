import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankCard, type CardKind, saveCard } from '../../../simulators/card-file.js';
import { card, deskFolder, ISSUER_KEY, ORDER } from './bench.js';

const POLICY = join(import.meta.dirname, '../../../docs/samples/egypt-rations.policy.json');
const BALANCES = { asOf: '2024-11-20', used: { 'rations.loaf': { day: 3, month: 120 } } };

let desk: Awaited<ReturnType<typeof deskFolder>>;
beforeAll(async () => {
  desk = await deskFolder();
});
afterAll(() => desk.remove());

async function file(name: string, content: unknown): Promise<string> {
  const path = join(desk.folder, name);
  await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

async function blank(kind: CardKind, name: string = kind): Promise<string> {
  const path = join(desk.folder, `${name}-card.json`);
  await saveCard(path, blankCard(kind));
  return path;
}

async function issue(kind: CardKind, order: object, ...more: readonly string[]) {
  const path = await blank(kind);
  const words = [
    'issue',
    '--issuer',
    desk.issuer,
    '--order',
    await file('order.json', order),
    '--card',
    path,
    '--json',
  ];
  return { path, said: await card(...words, ...more) };
}

describe('wasl card issue --balances', () => {
  test.each(['ntag216', 'type4'] as const)(
    'puts them into the first records of an %s, which read shows',
    async (kind) => {
      const balances = await file('balances.json', BALANCES);
      const { path, said } = await issue(kind, ORDER, '--balances', balances, '--policy', POLICY);
      expect(said.json).toMatchObject({ ok: true, openings: { ration: { usage: [{ usedDay: 3, usedMonth: 120 }] } } });
      const { json, out } = await card('read', '--key', ISSUER_KEY, '--card', path, '--json');
      const stated = { cause: 'issue', usage: [{ usedDay: 3, usedMonth: 120 }] };
      expect(json.ledger, out).toMatchObject([
        { state: 'valid', content: { ...stated, sequence: 0 } },
        { state: 'valid', content: { ...stated, sequence: 1 } },
      ]);
      const forPeople = await card('read', '--key', ISSUER_KEY, '--card', path);
      expect(forPeople.out).toMatch(/usage +commodity \d+ usedDay 3 usedMonth 120/);
    },
  );

  test('takes them from the order itself as well', async () => {
    const { said } = await issue('ntag216', { ...ORDER, balances: BALANCES }, '--policy', POLICY);
    expect(said.json).toMatchObject({ ok: true, openings: { ration: {} } });
  });

  test.each([
    ['a quota that it is above', { used: { 'rations.loaf': { day: 99, month: 99 } } }, 'used.rations.loaf.day'],
    ['something that the policy does not have', { used: { 'rations.gold': { day: 1 } } }, 'used.rations.gold'],
  ])('is refused for %s, with its path, and nothing is written', async (_what, more, path) => {
    const order = { ...ORDER, balances: { asOf: '2024-11-20', ...more } };
    const refused = issue('ntag216', order, '--policy', POLICY);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_ORDER_BALANCES', message: expect.stringContaining(path) });
    const there = card('read', '--key', ISSUER_KEY, '--card', join(desk.folder, 'ntag216-card.json'), '--json');
    await expect(there).rejects.toMatchObject({ code: 'ERR_CARD_EMPTY' });
  });

  test('is refused without a policy, and on a medium that keeps no ledger', async () => {
    const order = { ...ORDER, balances: BALANCES };
    await expect(issue('ntag216', order)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(issue('ntag213', order, '--policy', POLICY)).rejects.toMatchObject({ code: 'ERR_ORDER_BALANCES' });
  });
});

describe('a table with balances', () => {
  const HEAD = 'card,household,household_size,draws,id,language,full_name,expires,ration_scheme,balances';
  const row = (serial: number, balances: string): string =>
    `${serial},50017,5,3,900${serial},ara,نادية بدران,2028-12-31,1,${balances}`;
  const cell = (value: object): string => `"${JSON.stringify(value).replaceAll('"', '""')}"`;

  test('says of each row what is wrong with its balances, and that paper keeps none', async () => {
    const rows = [
      row(1, ''),
      row(2, cell({ ...BALANCES, used: { 'rations.loaf': { day: 99, month: 99 } } })),
      row(3, 'nothing'),
      row(4, cell(BALANCES)),
    ];
    const csv = await file('people.csv', [HEAD, ...rows].join('\n'));
    const out = join(desk.folder, 'batch');
    const words = [
      '--issuer',
      desk.issuer,
      '--csv',
      csv,
      '--out',
      out,
      '--policy',
      POLICY,
      '--picture',
      'txt',
      '--json',
    ];
    const { json, exitCode } = await card('issue', ...words);
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ rows: 4, made: 1 });
    expect(json.failures).toMatchObject([
      { line: 3, code: 'ERR_ORDER_BALANCES', message: expect.stringContaining('line 3: used.rations.loaf.day') },
      { line: 4, code: 'ERR_ORDER', message: expect.stringContaining('balances') },
      { line: 5, code: 'ERR_ORDER_BALANCES', message: expect.stringContaining('paper') },
    ]);
  });
});
