import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blankCard, type CardKind, saveCard } from '../../../simulators/card-file.js';
import { card, deskFolder, ISSUER_KEY, ORDER } from './bench.js';

let desk: Awaited<ReturnType<typeof deskFolder>>;
let order: string;
beforeAll(async () => {
  desk = await deskFolder();
  order = join(desk.folder, 'order.json');
  await writeFile(order, JSON.stringify(ORDER));
});
afterAll(() => desk.remove());

async function issued(kind: CardKind, name: string = kind): Promise<string> {
  const path = join(desk.folder, `${name}.json`);
  await saveCard(path, blankCard(kind));
  await card('issue', '--issuer', desk.issuer, '--order', order, '--card', path);
  return path;
}

const read = (path: string) => card('read', '--key', ISSUER_KEY, '--card', path, '--json');

describe('cards made at the desk', () => {
  test.each(['ntag213', 'ntag215', 'ntag216', 'type4'] as const)('an %s is issued, read and verified', async (kind) => {
    const path = await issued(kind);
    const { json, exitCode } = await read(path);
    expect(json).toMatchObject({ ok: true, kind, claims: { entitlements: { card: 100_017 } } });
    expect(exitCode).toBe(0);
    const ledger = json.ledger as readonly { readonly state: string }[] | null;
    expect(ledger?.map(({ state }) => state)).toEqual(kind === 'ntag213' ? undefined : ['valid', 'valid']);
  });

  test('an NTAG213 says what it has no room for', async () => {
    const path = join(desk.folder, 'small.json');
    await saveCard(path, blankCard('ntag213'));
    const { json } = await card('issue', '--issuer', desk.issuer, '--order', order, '--card', path, '--json');
    expect(json).toMatchObject({ ok: true, kind: 'ntag213', leftOut: expect.arrayContaining(['the whole identity']) });
  });

  test.each(['ntag216', 'type4'] as const)(
    'an %s is renewed by an endorsement, and again by the next one',
    async (kind) => {
      const path = await issued(kind, `${kind}-renewed`);
      const update = (...more: string[]) => card('update', '--issuer', desk.issuer, '--card', path, '--json', ...more);
      expect((await update('--expires', '2031-01-01', '--set', 'draws=4')).json).toMatchObject({ ok: true, number: 1 });
      expect((await read(path)).json).toMatchObject({
        ok: true,
        endorsement: { state: 'valid', content: { number: 1, changes: { draws: 4 } } },
      });
      expect((await update('--set', 'coverage=2/1/12')).json).toMatchObject({ ok: true, number: 2 });
    },
  );

  test('a card that is not valid yet, or no longer, is what is renewed', async () => {
    for (const [name, dates] of [
      ['early', { notBefore: '2090-01-01', expires: '2091-01-01' }],
      ['late', { notBefore: '2020-01-01', expires: '2021-01-01' }],
    ] as const) {
      const file = join(desk.folder, `${name}-order.json`);
      const path = join(desk.folder, `${name}.json`);
      await writeFile(file, JSON.stringify({ ...ORDER, ...dates }));
      await saveCard(path, blankCard('ntag216'));
      await card('issue', '--issuer', desk.issuer, '--order', file, '--card', path);
      const { json } = await card(
        'update',
        '--issuer',
        desk.issuer,
        '--card',
        path,
        '--json',
        '--expires',
        '2099-01-01',
      );
      expect([name, json.ok]).toEqual([name, true]);
    }
  });

  test('an update by another issuer, of nothing, or on a tag without room is refused', async () => {
    const path = await issued('ntag215', 'no-room');
    const other = join(desk.folder, 'other.key');
    await writeFile(other, `${'22'.repeat(32)}\n`);
    const update = (...more: string[]) => card('update', '--card', path, ...more);
    await expect(update('--issuer', desk.issuer)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(update('--issuer', other, '--set', 'draws=1')).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_KEY_UNKNOWN',
    });
    await expect(update('--issuer', desk.issuer, '--set', 'draws=1')).rejects.toMatchObject({
      code: 'ERR_CARD_LAYOUT',
    });
    await expect(update('--issuer', desk.issuer, '--set', '__proto__=1')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test.each(['ntag216', 'type4'] as const)(
    'an update of an %s that terminals would not read is not written',
    async (kind) => {
      const path = await issued(kind, `${kind}-unread`);
      const before = (await read(path)).json;
      const update = (...more: string[]) => card('update', '--issuer', desk.issuer, '--card', path, ...more);
      for (const change of [
        ['--set', 'draws=99'],
        ['--set', 'household_size=1'],
        ['--expires', '2020-01-01'],
      ])
        await expect(update(...change)).rejects.toMatchObject({ code: 'ERR_ORDER' });
      await expect(update('--set', 'draws=0')).rejects.toMatchObject({ code: 'ERR_ENDORSEMENT_FORMAT' });
      expect((await read(path)).json).toEqual(before);
    },
  );

  test('a card that is somebody’s is not written over, until it is wiped on purpose', async () => {
    const path = await issued('ntag216', 'used');
    const again = () => card('issue', '--issuer', desk.issuer, '--order', order, '--card', path);
    await expect(again()).rejects.toMatchObject({ code: 'ERR_CARD_LAYOUT' });
    await expect(card('wipe', '--card', path)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await card('wipe', '--card', path, '--yes');
    await expect(read(path)).rejects.toMatchObject({ code: 'ERR_CARD_EMPTY' });
    await again();
    expect((await read(path)).json).toMatchObject({ ok: true });
  });

  test('a dump shows every page as it is in the file', async () => {
    const path = await issued('ntag215', 'dumped');
    const { json } = await card('dump', '--card', path, '--json');
    const { pages } = JSON.parse(await readFile(path, 'utf8')) as { readonly pages: Readonly<Record<string, string>> };
    const memory = json.memory as readonly { readonly place: string; readonly bytes: string }[];
    for (const [page, bytes] of Object.entries(pages)) {
      const shown = memory.find(({ place }) => place === `page ${page}`);
      if (shown !== undefined) expect(shown.bytes).toBe(bytes.replaceAll(' ', '').toLowerCase());
    }
    expect(memory.filter(({ bytes }) => bytes !== '00000000').length).toBeGreaterThan(60);
  });

  test('a QR code is written as PNG, SVG and text, and each says the same', async () => {
    const { json } = await card('qr', '--order', order, '--issuer', desk.issuer, '--json');
    const text = String(json.text);
    const paths = ['png', 'svg', 'txt'].map((ending) => join(desk.folder, `code.${ending}`));
    for (const path of paths) await card('qr', '--text', text, '--out', path);
    const [png = '', svg = '', txt = ''] = paths;
    expect((await card('verify', '--image', png, '--key', ISSUER_KEY, '--json')).json).toMatchObject({ ok: true });
    expect(await readFile(txt, 'utf8')).toBe(`${text}\n`);
    expect(await readFile(svg, 'utf8')).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
    await expect(card('qr', '--text', text, '--out', join(desk.folder, 'code.gif'))).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    await expect(card('qr', '--text', 'lower case', '--out', png)).rejects.toMatchObject({
      code: 'ERR_CREDENTIAL_TEXT',
    });
  });
});
