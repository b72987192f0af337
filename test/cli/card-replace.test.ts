/** `wasl card replace`: with the folder of an authority, the journal of the desk's own terminal, and for a lost card a centre. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { journalSource } from '../../agent/cli/journal-source.js';
import { terminalCommands } from '../../agent/cli/terminal.js';
import type { WaslEvent } from '../../agent/domain/event.js';
import { openJournal } from '../../agent/journal/open-journal.js';
import { forwards } from '../../agent/journal/read-events.js';
import { blankCard, type CardKind, saveCard } from '../../simulators/card-file.js';
import { decodeKnownEvent } from '../../sync/protocol/event-codec.js';
import { SETTLEMENT_LIMITS } from '../../sync/settlement/limits.js';
import { listRules } from '../../sync/settlement/lists.js';
import { Settlement } from '../../sync/settlement/settlement.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../support/central.js';
import { eventually, systemClock, systemRandom, systemTimers } from '../support/system.js';
import { chainOf, documentsOf, redemption } from '../sync/settlement/bench.js';
import { authority, card, deskFolder, ORDER } from './card-bench.js';

const POLICY = join(import.meta.dirname, '../../docs/samples/egypt-rations.policy.json');
const [OLD, NEW] = [ORDER.card, ORDER.card + 27] as const;

let desk: Awaited<ReturnType<typeof deskFolder>>;
let folder: string;
let config: string;
let authorityKey: string;
let couch: TestCouch;
let settlement: Settlement;

beforeAll(async () => {
  desk = await deskFolder();
  folder = join(desk.folder, 'authority');
  await authority('init', folder);
  const secrets = join(desk.folder, 'secrets');
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  await terminalCommands().exitOverride().parseAsync(['keygen', '--secrets', secrets, '--json'], { from: 'user' });
  write.mockRestore();
  await authority('publish', folder, '--policy', POLICY);
  const { register } = (await authority('show', folder)).json as { register: Record<string, string> };
  authorityKey = register.authorityKey ?? '';
  config = await file('terminal.json', {
    ...{ terminal: 'desk-1', site: 'office', programme: 'rations', dataFolder: 'data', secretsFolder: 'secrets' },
    trust: { folder: 'authority/lists', authorityKey },
    centre: { url: 'mqtt://127.0.0.1:9', sealKey: '11'.repeat(32), ackKey: authorityKey },
  });
  // The terminal has run once.
  await (await deskJournal()).close();
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

async function deskJournal() {
  const { disk, folder: at, key, terminal } = await journalSource(config);
  return await openJournal({ disk, folder: at, key, terminal, clock: systemClock, random: systemRandom });
}

/** What the desk has told the centre of replaced cards. */
async function told(): Promise<readonly WaslEvent[]> {
  const journal = await deskJournal();
  const events: WaslEvent[] = [];
  for await (const { bytes } of forwards(journal)) {
    const event = decodeKnownEvent(bytes);
    if (event?.type === 'replaced') events.push(event);
  }
  await journal.close();
  return events;
}

async function file(name: string, content: object): Promise<string> {
  const path = join(desk.folder, name);
  await writeFile(path, JSON.stringify(content));
  return path;
}

async function blank(kind: CardKind, name: string): Promise<string> {
  const path = join(desk.folder, `${name}.json`);
  await saveCard(path, blankCard(kind));
  return path;
}

async function issued(serial: number, name: string): Promise<string> {
  const balances = { asOf: '2024-11-20', used: { 'rations.loaf': { month: 40 } } };
  const path = await blank('ntag216', name);
  const order = await file(`${name}-order.json`, { ...ORDER, card: serial, balances });
  await card('issue', '--issuer', folder, '--order', order, '--card', path, '--policy', POLICY);
  return path;
}

async function replace(serial: number, ...where: readonly string[]) {
  const order = await file('new.json', { ...ORDER, card: serial });
  return await card('replace', '--issuer', folder, '--order', order, '--config', config, '--json', ...where);
}

const read = (path: string) =>
  card('read', '--trust', join(folder, 'lists'), '--authority', authorityKey, '--card', path, '--json');
const blockedCards = async (): Promise<number[]> =>
  ((await authority('show', folder)).json as { register: { blocked: number[] } }).register.blocked;

describe('wasl card replace', () => {
  test('makes a card that begins with what the old one had come to, and ends the old one', async () => {
    const [old, fresh] = [await issued(OLD, 'old'), await blank('type4', 'fresh')];
    const { json } = await replace(NEW, '--card', old, '--new-card', fresh);
    const usage = [{ commodity: 1, usedDay: 0, usedMonth: 40 }];
    expect(json).toMatchObject({
      ok: true,
      card: NEW,
      replaces: OLD,
      cause: 'in-hand',
      openings: { ration: { usage } },
    });
    expect((await read(old)).json.ledger).toMatchObject([
      { state: 'valid', content: { cause: 'ended', sequence: 2, usage } },
      { state: 'valid', content: { cause: 'ended', sequence: 3, usage } },
    ]);
    expect((await read(fresh)).json.ledger).toMatchObject([
      { state: 'valid', content: { cause: 'issue', sequence: 2, usage } },
      { state: 'valid', content: { cause: 'issue', sequence: 3, usage } },
    ]);
    expect(await blockedCards()).toEqual([OLD]);
    expect(await told()).toMatchObject([
      { type: 'replaced', card: NEW, replaces: OLD, cause: 'in-hand', family: 1, usage },
    ]);
    // It can be endorsed like any other card of the authority.
    expect(await readFile(join(folder, 'cards.jsonl'), 'utf8')).toContain(`"card":${NEW}`);
    await expect(replace(NEW + 1, '--card', old, '--new-card', await blank('type4', 'second'))).rejects.toMatchObject({
      code: 'ERR_ORDER_REPLACED',
    });
  });

  test('goes on where it was stopped: the new card had no room, and another one is taken', async () => {
    const old = await issued(OLD + 1, 'old-1');
    const small = await blank('ntag213', 'small');
    await expect(replace(NEW + 2, '--card', old, '--new-card', small)).rejects.toMatchObject({
      code: 'ERR_ORDER_BALANCES',
    });
    const fresh = await blank('ntag216', 'fresh-1');
    await expect(replace(NEW + 2, '--card', old, '--new-card', fresh)).rejects.toMatchObject({
      code: 'ERR_CARD_CHANGED',
    });
    const { json } = await replace(NEW + 3, '--card', old, '--new-card', fresh);
    expect(json).toMatchObject({ ok: true, card: NEW + 3, replaces: OLD + 1 });
    expect(await blockedCards()).toEqual(expect.arrayContaining([OLD + 1, NEW + 2]));
  });

  test('makes a lost card anew from what the centre knows and what it was issued with', {
    timeout: COUCH_TURN_MS,
  }, async () => {
    await issued(OLD + 2, 'gone');
    const month = {
      versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' as const },
      time: Date.UTC(2024, 10, 21, 9) / 1000,
    };
    const [, ...documents] = documentsOf(chainOf('outlet-1', [redemption(OLD + 2, 2, { ...month, loaves: 5 })]));
    await couch.store.create('wasl-events-2026q4', documents);
    const arrived = async () => (await couch.get('wasl-settlement', `service:${OLD + 2}:00000002`)) !== null;
    await eventually('the centre knows of the service', arrived, 60_000);
    await file('settlement.json', {
      couch: { url: couch.url, username: couch.username },
      lists: { folder: 'authority/lists', authorityKey },
      secretsFolder: 'secrets',
    });
    await writeFile(join(desk.folder, 'secrets', 'couch-password'), couch.password, { mode: 0o600 });
    const centre = ['--lost', String(OLD + 2), '--centre', join(desk.folder, 'settlement.json')];
    const fresh = await blank('ntag216', 'fresh-2');
    const { json } = await replace(NEW + 4, ...centre, '--new-card', fresh);
    expect(json).toMatchObject({ ok: true, replaces: OLD + 2, cause: 'lost' });
    expect(json.openings).toMatchObject({
      ration: { usage: [{ commodity: 1, usedDay: 5, usedMonth: 45 }], firstSequence: 4 },
    });
    expect(await blockedCards()).toContain(OLD + 2);
    expect((await told()).at(-1)).toMatchObject({ cause: 'lost', replaces: OLD + 2, closing: 2 });
  });

  test('says what is missing on its command line', async () => {
    const fresh = await blank('type4', 'unused');
    for (const where of [
      ['--new-card', fresh],
      ['--lost', '5', '--new-card', fresh],
      ['--reader', 'pcsc', '--new-card', fresh],
    ])
      await expect(replace(NEW + 9, ...where)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const order = await file('new.json', { ...ORDER, card: NEW + 9 });
    const seed = ['replace', '--issuer', desk.issuer, '--order', order, '--config', config];
    await expect(card(...seed, '--card', fresh, '--new-card', fresh)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
