/** PINs from the authority's secret to the card and back: made, told in letters, set, changed and unblocked by the commands of a card office. */
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { journalSource } from '../../../agent/cli/journal/source.js';
import { parseSiteSecrets, siteSecret } from '../../../agent/credential/pin-codes.js';
import { forwards } from '../../../agent/journal/books/read-events.js';
import { openJournal } from '../../../agent/journal/open-journal.js';
import { decodeKnownEvent } from '../../../sync/protocol/event-codec.js';
import { systemClock, systemRandom } from '../../support/system.js';
import { authority, card, ORDER, type Said } from './bench.js';
import { type IssuingDesk, issuingDesk } from './replace-desk.js';

const [FIRST, NEXT] = ['2580', '7391'] as const;

let desk: IssuingDesk;

beforeAll(async () => {
  desk = await issuingDesk();
});
afterAll(() => desk?.remove());

/** Runs `wasl card pin …` with these lines on standard input. */
async function pin(lines: readonly string[], ...words: readonly string[]): Promise<Said> {
  const input = new PassThrough();
  for (const line of lines) input.write(`${line}\n`);
  input.end();
  const spy = vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin);
  try {
    return await card('pin', ...words, '--json');
  } finally {
    spy.mockRestore();
  }
}

async function issued(serial: number, name: string, ...more: readonly string[]): Promise<string> {
  const path = await desk.blank('type4', name);
  const order = await desk.file(`${name}-order.json`, { ...ORDER, card: serial });
  await card('issue', '--issuer', desk.authority, '--order', order, '--card', path, ...more);
  return path;
}

const at = (path: string): readonly string[] => ['--card', path, '--config', desk.config];
const stateOf = async (path: string) => (await pin([], 'show', '--card', path)).json;

async function told() {
  const { disk, folder, key, terminal } = await journalSource(desk.config);
  const journal = await openJournal({ disk, folder, key, terminal, clock: systemClock, random: systemRandom });
  const events = [];
  for await (const { bytes } of forwards(journal)) {
    const event = decodeKnownEvent(bytes);
    if (event?.type === 'holder-pin') events.push(event);
  }
  await journal.close();
  return events;
}

describe('the secret of the authority', () => {
  test('is asked for before a card is made with a PIN, and made once, for its owner alone', async () => {
    const path = await desk.blank('type4', 'early');
    const order = await desk.file('early-order.json', ORDER);
    const words = ['issue', '--issuer', desk.authority, '--order', order, '--card', path, '--pin', 'hand-over'];
    await expect(card(...words)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect((await authority('pin-key', 'make', desk.authority)).json).toMatchObject({ ok: true });
    await expect(authority('pin-key', 'make', desk.authority)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const file = join(desk.authority, 'secrets', 'pin-unblock-key');
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  test('gives a post the secrets of its home sites, and no other', async () => {
    await mkdir(join(desk.folder, 'post'), { recursive: true });
    const out = join(desk.folder, 'post', 'pin-unblock');
    const { json } = await authority('pin-key', 'site', desk.authority, '--sites', '17', '4', '--out', out);
    expect(json).toMatchObject({ sites: [4, 17] });
    expect((await stat(out)).mode & 0o077).toBe(0);
    const secrets = parseSiteSecrets(await readFile(out, 'utf8'), out);
    const secret = Buffer.from(
      (await readFile(join(desk.authority, 'secrets', 'pin-unblock-key'), 'utf8')).trim(),
      'hex',
    );
    expect([...secrets.keys()]).toEqual([4, 17]);
    expect(secrets.get(17)).toEqual(siteSecret(secret, 17));
    await expect(authority('pin-key', 'site', desk.authority, '--sites', 'x', '--out', out)).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
  });
});

describe('a card', () => {
  test('gets its first PIN, another one, and a new one when that was forgotten; the centre hears of each', async () => {
    const path = await issued(100_101, 'whole', '--pin', 'hand-over');
    expect(await stateOf(path)).toEqual({
      ok: true,
      state: 'none',
      triesLeft: null,
      codeTriesLeft: 10,
      canChange: true,
    });
    expect((await pin([FIRST], 'set', ...at(path))).json).toEqual({ ok: true, card: 100_101, action: 'set' });
    await expect(pin(['9090', NEXT], 'change', ...at(path))).rejects.toMatchObject({ code: 'ERR_HOLDER_PIN' });
    expect(await stateOf(path)).toMatchObject({ state: 'set', triesLeft: 2 });
    expect((await pin([FIRST, NEXT], 'change', ...at(path))).json).toMatchObject({ action: 'changed' });
    for (const code of ['ERR_HOLDER_PIN', 'ERR_HOLDER_PIN', 'ERR_HOLDER_PIN_BLOCKED', 'ERR_HOLDER_PIN_BLOCKED'])
      await expect(pin(['9090', '48261'], 'change', ...at(path))).rejects.toMatchObject({ code });
    expect(await stateOf(path)).toMatchObject({ triesLeft: 0 });
    const unblocked = await pin(['48261'], 'unblock', ...at(path), '--issuer', desk.authority);
    expect(unblocked.json).toEqual({ ok: true, card: 100_101, action: 'unblocked' });
    expect(await stateOf(path)).toMatchObject({ state: 'set', triesLeft: 3, codeTriesLeft: 10 });
    const events = (await told()).filter((event) => event.card === 100_101);
    expect(events.map(({ action, stage }) => `${action} ${stage}`)).toEqual([
      ...['set begun', 'set done', 'changed begun', 'changed refused', 'changed begun', 'changed done'],
      ...Array.from({ length: 4 }, () => ['changed begun', 'changed refused']).flat(),
      ...['unblocked begun', 'unblocked done'],
    ]);
  }, 60_000);

  test('takes none that is easy to guess, and none that is no PIN: its tries stay', async () => {
    const path = await issued(100_102, 'weak', '--pin', 'hand-over');
    for (const weak of ['1234', '1984', '0102'])
      await expect(pin([weak], 'set', ...at(path))).rejects.toMatchObject({ code: 'ERR_HOLDER_PIN_WEAK' });
    for (const lines of [['12'], ['abcd'], []])
      await expect(pin(lines, 'set', ...at(path))).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(await stateOf(path)).toMatchObject({ state: 'none' });
  });

  test('with a letter tells its PIN there alone, and is used once that was changed', async () => {
    const letters = join(desk.folder, 'letters.tsv');
    const path = await issued(100_103, 'letter', '--pin', 'letter', '--letters', letters);
    expect((await stat(letters)).mode & 0o077).toBe(0);
    const [, serial, name, of] = /^(\d+)\t(.+)\t(\d{6})\n$/.exec(await readFile(letters, 'utf8')) ?? [];
    expect([serial, name]).toEqual(['100103', ORDER.identity.fullName]);
    expect(await stateOf(path)).toMatchObject({ state: 'transport', triesLeft: 3 });
    await expect(pin([FIRST], 'set', ...at(path))).rejects.toMatchObject({ code: 'ERR_HOLDER_PIN_UNSUPPORTED' });
    expect((await pin([of ?? '', NEXT], 'change', ...at(path))).json).toMatchObject({ ok: true });
    expect(await stateOf(path)).toMatchObject({ state: 'set' });
  });

  test('that was made without one never gets any', async () => {
    const path = await issued(100_104, 'none');
    expect(await stateOf(path)).toMatchObject({ state: 'none', canChange: false });
    await expect(pin([FIRST], 'set', ...at(path))).rejects.toMatchObject({ code: 'ERR_HOLDER_PIN_UNSUPPORTED' });
  });

  test('is not a tag, nor a code on paper: neither is made with a PIN', async () => {
    const path = await desk.blank('ntag216', 'tag');
    const order = await desk.file('tag-order.json', { ...ORDER, card: 100_105 });
    const words = ['issue', '--issuer', desk.authority, '--order', order, '--pin', 'hand-over', '--card', path];
    await expect(card(...words)).rejects.toMatchObject({ code: 'ERR_HOLDER_PIN_UNSUPPORTED' });
    await expect(
      card('issue', '--issuer', desk.authority, '--csv', 'table.csv', '--out', desk.folder, '--pin', 'hand-over'),
    ).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(card(...words, '--letters', join(desk.folder, 'x'))).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
