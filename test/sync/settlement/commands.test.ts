/** Settlement from its configuration and the commands of a supervisor, on a real database server. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { retireCommand } from '../../../agent/cli/authority/endorse.js';
import { casesCommands, usageCommand } from '../../../agent/cli/centre/cases.js';
import { endorsedCommand } from '../../../agent/cli/centre/endorsed.js';
import { openListHistory } from '../../../agent/cli/centre/list-history.js';
import { shiftsCommands } from '../../../agent/cli/centre/shifts.js';
import { signerFromSeed } from '../../../agent/credential/signature.js';
import { encodeList } from '../../../agent/credential/signed-list.js';
import type { EndorsedEvent } from '../../../agent/domain/event.js';
import { createAuthority, openAuthority } from '../../../sync/authority/authority.js';
import { type IssuedCard, rememberIssued } from '../../../sync/authority/issued-cards.js';
import { closedEpochCase, equivocationCase } from '../../../sync/bridge/documents.js';
import { checkSettlementConfig } from '../../../sync/settlement/config.js';
import { type RunningSettlement, runSettlement } from '../../../sync/settlement/main.js';
import { COUCH_TURN_MS, SILENT, startTestCouch, type TestCouch } from '../../support/central.js';
import { runCommand } from '../../support/command.js';
import { seedOf } from '../../support/sync-events.js';
import { eventually, systemClock, systemRandom, systemTimers } from '../../support/system.js';
import { breadPolicy, CARD_QUOTAS, chainOf, documentsOf, MORNING_S, redemption } from './bench.js';

const CARD = 100_009;
const deps = { clock: systemClock, random: systemRandom };
const authority = signerFromSeed(seedOf('authority'));
const times = { issuedAt: '2026-11-20T00:00:00Z', expires: '2027-11-20T00:00:00Z' };

let couch: TestCouch;
let folder: string;
let settlement: RunningSettlement;

async function publish(version: number, cards: readonly number[]): Promise<void> {
  const { expiresAt, ...policy } = breadPolicy(version, CARD_QUOTAS);
  await writeFile(join(folder, 'policy.list'), encodeList('policy', { ...policy, ...times }, authority));
  await writeFile(join(folder, 'hotlist.list'), encodeList('hotlist', { version, cards, ...times }, authority));
}

beforeAll(async () => {
  couch = await startTestCouch();
  folder = await mkdtemp(join(tmpdir(), 'wasl-settlement-'));
  const authorityKey = Buffer.from(authority.publicKey).toString('hex');
  const lists = { folder: '.', historyFolder: 'history', authorityKey };
  const config = { couch: { url: couch.url, username: couch.username }, lists, healthPort: 0 };
  await writeFile(join(folder, 'couch-password'), couch.password);
  await writeFile(join(folder, 'settlement.json'), JSON.stringify({ ...config, secretsFolder: '.' }));
  await publish(1, []);
  const history = await openListHistory({
    folder,
    historyFolder: join(folder, 'history'),
    authorityKey,
    householdMembersMax: 99,
  });
  settlement = await runSettlement(config, {
    couchPassword: couch.password,
    rules: history.rules,
    clock: systemClock,
    timers: systemTimers,
    log: SILENT,
    limits: { pollMs: 50 },
  });
}, COUCH_TURN_MS);
afterAll(async () => {
  await settlement?.stop();
  await couch?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

/** Runs a command of a supervisor and gives what it printed on standard output. */
function run(command: 'cases' | 'usage' | 'endorsed' | 'shifts', ...args: readonly string[]): Promise<string> {
  const commands = { cases: casesCommands, usage: usageCommand, endorsed: endorsedCommand, shifts: shiftsCommands };
  const made = commands[command]();
  return printedBy(made, ...args, '--config', join(folder, 'settlement.json'));
}

async function printedBy(command: Command, ...args: readonly string[]): Promise<string> {
  return (await runCommand(command, ...args)).out;
}

describe('the commands of a supervisor', () => {
  it('say so where there is nothing yet', async () => {
    await eventually('settlement is ready', () => settlement.caughtUp(), 60_000);
    expect(await run('cases', 'list')).toContain('No open cases');
    expect(JSON.parse(await run('shifts', 'list', '--json'))).toEqual({ ok: true, shifts: [], more: false });
    await expect(run('shifts', 'show', 't-0001', '00'.repeat(8))).rejects.toMatchObject({ code: 'ERR_USAGE' });
    expect(await run('usage', String(CARD))).toContain(`nothing that card ${CARD} drew`);
    expect(JSON.parse(await run('cases', 'list', '--json'))).toEqual({ ok: true, cases: [], more: false });
  });

  it('list, show and close a case, and tell what a card drew', async () => {
    await couch.store.ensure('wasl-events-2026q4', { partitioned: true });
    const documents = [
      ...documentsOf(chainOf('outlet-1', [redemption(CARD, 2)])),
      ...documentsOf(chainOf('outlet-2', [redemption(CARD, 2, { time: MORNING_S + 900 })])),
    ];
    await couch.store.create('wasl-events-2026q4', documents);
    await eventually('settlement has caught up', () => settlement.caughtUp(), 60_000);
    const id = `two-places:${CARD}:2`;
    expect(await run('cases', 'list')).toContain(`${id}  open  likely cause: clone`);
    expect(await run('cases', 'show', id)).toContain('outlet-2:2026q4-abcdefgh:00000002  redemption');
    expect(await run('usage', String(CARD))).toContain('2026-11-21  10');
    expect(JSON.parse(await run('usage', String(CARD), '--json'))).toMatchObject({
      ok: true,
      usage: [{ services: 2 }],
    });
    expect(await run('cases', 'close', id, '--reason', 'card replaced', '--by', 'supervisor')).toContain('is closed');
    expect(await run('cases', 'list', '--card', String(CARD))).not.toContain(id);
    expect(await run('cases', 'list', '--all')).toContain(`${id}  closed`);
    await expect(run('cases', 'close', id, '--reason', 'again')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(run('cases', 'show', 'two-places:1:1')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});

describe('wasl centre endorsed', () => {
  const written = (card: number, number: number, days = 0): EndorsedEvent => ({
    ...{
      type: 'endorsed',
      time: MORNING_S + days * 86_400,
      card,
      number,
      shown: 0,
      known: 0,
      programme: 1,
      operator: 0,
    },
    versions: { keys: 1, hotlist: 1, policy: 1, time: 'set' },
  });

  it('tells which endorsements were written, and the authority takes them out of its list', async () => {
    const chain = chainOf('outlet-5', [written(70, 1), written(71, 1), written(71, 2, 1), written(72, 1)]);
    await couch.store.ensure('wasl-events-2026q4', { partitioned: true });
    await couch.store.create('wasl-events-2026q4', documentsOf(chain));
    await eventually('settlement has caught up', () => settlement.caughtUp(), 60_000);
    const table = await run('endorsed');
    expect(table.split('\n')).toEqual([
      'card,number,written',
      '70,1,2026-11-21T06:00:00.000Z',
      '71,1,2026-11-21T06:00:00.000Z',
      '71,2,2026-11-22T06:00:00.000Z',
      '72,1,2026-11-21T06:00:00.000Z',
      '',
    ]);
    const csv = join(folder, 'written.csv');
    expect(JSON.parse(await run('endorsed', '--csv', csv, '--json'))).toEqual({ ok: true, count: 4, file: csv });
    expect(await readFile(csv, 'utf8')).toBe(table);

    const authorityFolder = join(folder, 'authority');
    const made = await createAuthority(authorityFolder, deps, { programmes: [1], years: 5 });
    // 70 has the one that waits, 71 an older one; 72 was issued anew since: its first one is another.
    const days = { 70: -9, 71: -9, 72: 1 };
    for (const [serial, since] of Object.entries(days))
      await rememberIssued(authorityFolder, issued(Number(serial), since));
    const renewed = [70, 71, 71, 71, 72].map((card) => ({ card, expiresAt: MORNING_S + 900 * 86_400, changes: {} }));
    expect((await made.endorse(renewed)).map(({ ok }) => ok)).toEqual([true, true, true, true, true]);
    const told = await printedBy(retireCommand(), authorityFolder, '--csv', csv, '--json');
    expect(JSON.parse(told)).toEqual({ ok: true, retired: 1 });
    const again = await openAuthority(authorityFolder, deps);
    // Without the time nobody can know of which credential the number was.
    expect(await again.retire([{ card: 72, number: 1, writtenS: null }])).toBe(1);
    expect(await again.retire([{ card: 71, number: 3, writtenS: MORNING_S }])).toBe(1);
  });

  it('leaves out what was written before a time', async () => {
    expect(await run('endorsed', '--since', '2026-11-22')).toBe('card,number,written\n71,2,2026-11-22T06:00:00.000Z\n');
  });

  it('has no JSON for a table on standard output', async () => {
    await expect(run('endorsed', '--json')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  function issued(serial: number, sinceDays: number): IssuedCard {
    const issuedAt = MORNING_S + sinceDays * 86_400;
    const owner = '04a1b2c3d4e5f6';
    const credential = serial.toString(16).padStart(16, '0');
    return { card: serial, owner, credential, issuedAt, expiresAt: issuedAt + 9e7, householdSize: 4, draws: 4 };
  }
});

describe('what the bridge and imports noted', () => {
  it('is listed beside the cases, by terminal, in plain words', async () => {
    expect(await run('cases', 'notes', '--terminal', 'outlet-9')).toContain('No notes');
    const range = { terminal: 'outlet-9', epoch: '2026q4-abcdefgh' };
    const second = equivocationCase(range, { seq: 4, head: new Uint8Array(32).fill(9) }, 'AAAA');
    const closed = closedEpochCase(range, { seq: 3, head: null, import: 'import:1' });
    await couch.store.create('wasl-cases', [second, closed]);
    const told = await run('cases', 'notes', '--terminal', 'outlet-9');
    expect(told).toContain(`${second._id}\n  Two different events claim one place`);
    expect(told).toContain(`${closed._id}\n  A terminal whose journal was read`);
    const { notes, more } = JSON.parse(await run('cases', 'notes', '--max', '1', '--json'));
    expect([notes, more]).toMatchObject([[{ kind: 'closed-epoch', terminal: 'outlet-9' }], true]);
    expect(await run('cases', 'list', '--all')).not.toContain(closed._id);
  });
});

describe('settlement', () => {
  it('shows how it is doing', async () => {
    const url = `http://127.0.0.1:${settlement.healthPort}`;
    const health = await fetch(`${url}/healthz`);
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ connected: true, phase: 'following' });
    expect(await (await fetch(`${url}/metrics`)).text()).toContain('wasl_settlement_connected 1\n');
  });

  it('keeps every version of the lists that it ever saw, and refuses one that somebody else signed', async () => {
    const options = {
      folder,
      historyFolder: join(folder, 'history'),
      authorityKey: Buffer.from(authority.publicKey).toString('hex'),
      householdMembersMax: 99,
    };
    await publish(2, [CARD]);
    const { rules, refresh } = await openListHistory(options);
    expect([1, 2, 3].map((version) => rules.isHotlistedIn(version, CARD))).toEqual([false, true, null]);
    expect([1, 2, 3].map((version) => rules.policy(version)?.version ?? null)).toEqual([1, 2, null]);
    await publish(3, []);
    await refresh();
    expect(rules.isHotlistedIn(3, CARD)).toBe(false);
    expect(rules.blocked(CARD)).toMatchObject({ version: 2 });
    expect((await readdir(options.historyFolder)).sort()).toEqual(
      ['hotlist', 'policy'].flatMap((kind) => [1, 2, 3].map((version) => `${kind}-${version}.list`)),
    );
    const forged = encodeList('hotlist', { version: 4, cards: [], ...times }, signerFromSeed(seedOf('somebody else')));
    await writeFile(join(folder, 'hotlist.list'), forged);
    await expect(refresh()).rejects.toMatchObject({ code: 'ERR_LIST_SIGNATURE' });
    expect(rules.isHotlistedIn(4, CARD)).toBeNull();
  });

  it('names every mistake in its configuration at once', () => {
    const wrong = {
      couch: { url: 'mqtt://y', username: '' },
      lists: { folder: '', authorityKey: 'x' },
      colour: 'blue',
    };
    for (const path of ['couch.url', 'couch.username', 'lists.folder', 'lists.authorityKey', 'colour']) {
      expect(() => checkSettlementConfig(wrong)).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG', message: expect.stringContaining(path) }),
      );
    }
  });
});
