/** Settlement from its configuration and the commands of a supervisor, on a real database server. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { casesCommands, usageCommand } from '../../../agent/cli/cases.js';
import { openListHistory } from '../../../agent/cli/list-history.js';
import { signerFromSeed } from '../../../agent/credential/signature.js';
import { encodeList } from '../../../agent/credential/signed-list.js';
import { closedEpochCase, equivocationCase } from '../../../sync/bridge/documents.js';
import { checkSettlementConfig } from '../../../sync/settlement/config.js';
import { type RunningSettlement, runSettlement } from '../../../sync/settlement/main.js';
import { COUCH_TURN_MS, SILENT, startTestCouch, type TestCouch } from '../../support/central.js';
import { seedOf } from '../../support/sync-events.js';
import { eventually, systemClock, systemTimers } from '../../support/system.js';
import { breadPolicy, CARD_QUOTAS, chainOf, documentsOf, MORNING_S, redemption } from './bench.js';

const CARD = 100_009;
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

/** Runs a command and gives what it printed on standard output. */
async function run(command: 'cases' | 'usage', ...args: readonly string[]): Promise<string> {
  let printed = '';
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    const parsed = command === 'cases' ? casesCommands() : usageCommand();
    await parsed.parseAsync([...args, '--config', join(folder, 'settlement.json')], { from: 'user' });
  } finally {
    spy.mockRestore();
  }
  return printed;
}

describe('the commands of a supervisor', () => {
  it('say so where there is nothing yet', async () => {
    await eventually('settlement is ready', () => settlement.caughtUp(), 60_000);
    expect(await run('cases', 'list')).toContain('No open cases');
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
