/** `wasl card replace`: with the folder of an authority, the journal of the desk's own terminal, and for a lost card a centre. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SETTLEMENT_LIMITS } from '../../../sync/settlement/limits.js';
import { listRules } from '../../../sync/settlement/lists.js';
import { Settlement } from '../../../sync/settlement/settlement.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../../support/central.js';
import { eventually, systemClock, systemTimers } from '../../support/system.js';
import { chainOf, documentsOf, redemption } from '../../sync/settlement/bench.js';
import { card, deskFolder, ORDER } from './bench.js';
import { type IssuingDesk, issuingDesk } from './replace-desk.js';

const [OLD, NEW] = [ORDER.card, ORDER.card + 27] as const;

let desk: IssuingDesk;
let couch: TestCouch;
let settlement: Settlement;

beforeAll(async () => {
  desk = await issuingDesk();
  couch = await startTestCouch();
  await couch.store.ensure('wasl-events-2026q4', { partitioned: true });
  settlement = new Settlement({
    ...{ store: couch.store, rules: listRules({ timeZone: 'Africa/Cairo' }), clock: systemClock, timers: systemTimers },
    ...{ limits: { ...SETTLEMENT_LIMITS, pollMs: 50 }, report: () => undefined },
  });
  settlement.start();
}, COUCH_TURN_MS);
afterAll(async () => {
  await settlement?.stop();
  await couch?.close();
  await desk?.remove();
});

async function replace(serial: number, ...where: readonly string[]) {
  return await card(...(await desk.words(serial)), ...where);
}

describe('wasl card replace', () => {
  test('makes a card that begins with what the old one had come to, and ends the old one', async () => {
    const [old, fresh] = [await desk.issued(OLD, 'old'), await desk.blank('type4', 'fresh')];
    const { json } = await replace(NEW, '--card', old, '--new-card', fresh);
    const usage = [{ commodity: 1, usedDay: 0, usedMonth: 40 }];
    expect(json).toMatchObject({
      ok: true,
      card: NEW,
      replaces: OLD,
      cause: 'in-hand',
      openings: { ration: { usage } },
    });
    expect((await desk.read(old)).ledger).toMatchObject([
      { state: 'valid', content: { cause: 'ended', sequence: 2, usage } },
      { state: 'valid', content: { cause: 'ended', sequence: 3, usage } },
    ]);
    expect((await desk.read(fresh)).ledger).toMatchObject([
      { state: 'valid', content: { cause: 'issue', sequence: 2, usage } },
      { state: 'valid', content: { cause: 'issue', sequence: 3, usage } },
    ]);
    expect(await desk.blocked()).toEqual([OLD]);
    expect(await desk.told()).toMatchObject([{ card: NEW, replaces: OLD, cause: 'in-hand', family: 1, usage }]);
    // It can be endorsed like any other card of the authority.
    expect(await readFile(join(desk.authority, 'cards.jsonl'), 'utf8')).toContain(`"card":${NEW}`);
    const second = await desk.blank('type4', 'second');
    const again = replace(NEW + 1, '--card', old, '--new-card', second);
    await expect(again).rejects.toMatchObject({ code: 'ERR_ORDER_REPLACED' });
  });

  test('goes on where it was stopped: the new card had no room, and another one is taken', async () => {
    const old = await desk.issued(OLD + 1, 'old-1');
    const small = replace(NEW + 2, '--card', old, '--new-card', await desk.blank('ntag213', 'small'));
    await expect(small).rejects.toMatchObject({ code: 'ERR_ORDER_BALANCES' });
    const { json } = await replace(NEW + 2, '--card', old, '--new-card', await desk.blank('ntag216', 'fresh-1'));
    expect(json).toMatchObject({ ok: true, card: NEW + 2, replaces: OLD + 1 });
    expect(await desk.blocked()).toContain(OLD + 1);
    expect(await desk.blocked()).not.toContain(NEW + 2);
  });

  test('makes a lost card anew from what the centre knows and what it was issued with', {
    timeout: COUCH_TURN_MS,
  }, async () => {
    await desk.issued(OLD + 2, 'gone');
    const versions = { keys: 1, hotlist: 1, policy: 1, time: 'set' } as const;
    const service = redemption(OLD + 2, 2, { versions, time: Date.UTC(2024, 10, 21, 9) / 1000, loaves: 5 });
    await couch.store.create('wasl-events-2026q4', documentsOf(chainOf('outlet-1', [service])).slice(1));
    const arrived = async () => (await couch.get('wasl-settlement', `service:${OLD + 2}:00000002`)) !== null;
    await eventually('the centre knows of the service', arrived, 60_000);
    const settled = await desk.file('settlement.json', {
      couch: { url: couch.url, username: couch.username },
      lists: { folder: 'authority/lists', authorityKey: desk.authorityKey },
      secretsFolder: 'secrets',
    });
    await writeFile(join(desk.folder, 'secrets', 'couch-password'), couch.password, { mode: 0o600 });
    const where = [
      '--lost',
      String(OLD + 2),
      '--centre',
      settled,
      '--new-card',
      await desk.blank('ntag216', 'fresh-2'),
    ];
    const { json } = await replace(NEW + 4, ...where);
    expect(json).toMatchObject({ ok: true, replaces: OLD + 2, cause: 'lost' });
    const usage = [{ commodity: 1, usedDay: 5, usedMonth: 45 }];
    expect(json.openings).toMatchObject({ ration: { usage, firstSequence: 4 } });
    expect(await desk.blocked()).toContain(OLD + 2);
    expect((await desk.told()).at(-1)).toMatchObject({ cause: 'lost', replaces: OLD + 2, closing: 2 });
  });

  test('says what is missing on its command line', async () => {
    const fresh = await desk.blank('type4', 'unused');
    for (const where of [
      ['--new-card', fresh],
      ['--lost', '5', '--new-card', fresh],
      ['--reader', 'pcsc', '--new-card', fresh],
    ])
      await expect(replace(NEW + 9, ...where)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const seed = await deskFolder();
    const words = (await desk.words(NEW + 9)).map((word) => (word === desk.authority ? seed.issuer : word));
    const refused = card(...words, '--card', fresh, '--new-card', fresh);
    await expect(refused).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await seed.remove();
  });
});
