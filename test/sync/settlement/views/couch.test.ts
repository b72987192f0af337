/** The databases of parties on a real database server: the server itself is the fence, and the commands speak of what it holds. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { viewCommands } from '../../../../agent/cli/centre/view.js';
import { signerFromSeed } from '../../../../agent/credential/signature.js';
import { encodeList } from '../../../../agent/credential/signed-list.js';
import { enrolTerminal } from '../../../../sync/bridge/registry.js';
import { SETTLEMENT_LIMITS } from '../../../../sync/settlement/limits.js';
import { runSettlement } from '../../../../sync/settlement/main.js';
import { Settlement } from '../../../../sync/settlement/settlement.js';
import { siteHistory } from '../../../../sync/settlement/sites.js';
import { checkViews } from '../../../../sync/settlement/views/parties.js';
import { COUCH_TURN_MS, SILENT, startTestCouch, type TestCouch } from '../../../support/central.js';
import { seedOf, terminalSigner } from '../../../support/sync-events.js';
import { eventually, systemClock, systemTimers } from '../../../support/system.js';
import { breadPolicy, CARD_QUOTAS, chainOf, documentsOf, redemption, testRules } from '../bench.js';

const authority = signerFromSeed(seedOf('authority'));
const PASSWORD = 'the password of a reader';
const TURN = { timeout: COUCH_TURN_MS };

let couch: TestCouch;
let folder: string;

const parties = [
  { party: 'salam', kind: 'provider', sites: ['salam-hospital'] },
  { party: 'zohour', kind: 'provider', sites: ['zohour-hospital'] },
  { party: 'fund', kind: 'insurer', programmes: [1] },
  { party: 'ministry', kind: 'regulator' },
];

function settlementConfig() {
  const authorityKey = Buffer.from(authority.publicKey).toString('hex');
  return {
    couch: { url: couch.url, username: couch.username },
    lists: { folder: '.', authorityKey, historyFolder: 'history' },
    ...{ views: 'views.json', mustBeAccredited: ['hospital'] },
  };
}

async function writeLists(): Promise<void> {
  const times = { issuedAt: '2026-11-20T00:00:00Z', expires: '2027-11-20T00:00:00Z' };
  const { expiresAt: _, ...rules } = breadPolicy(1, CARD_QUOTAS);
  const sites = ['salam-hospital', 'zohour-hospital'].map((site, at) => ({
    ...{ site, number: at + 1, kind: 'hospital', area: 'port-said', accredited: site !== 'zohour-hospital' },
  }));
  const lists = {
    policy: { ...rules, currency: 'EGP', ...times },
    hotlist: { version: 1, cards: [], ...times },
    terminals: { version: 1, terminals: [], sites, ...times },
  } as const;
  for (const kind of ['policy', 'hotlist', 'terminals'] as const)
    await writeFile(join(folder, `${kind}.list`), encodeList(kind, lists[kind], authority));
}

beforeAll(async () => {
  couch = await startTestCouch();
  folder = await mkdtemp(join(tmpdir(), 'wasl-views-'));
  await writeLists();
  await writeFile(join(folder, 'views.json'), JSON.stringify({ version: 1, parties }));
  await writeFile(join(folder, 'couch-password'), couch.password);
  await writeFile(join(folder, 'views-key'), 'ab'.repeat(32), { mode: 0o600 });
  const settlement = { ...settlementConfig(), secretsFolder: '.' };
  await writeFile(join(folder, 'settlement.json'), JSON.stringify(settlement));
}, COUCH_TURN_MS);
afterAll(async () => {
  await couch?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function run(...words: readonly string[]): Promise<string> {
  let printed = '';
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((text, done?: unknown) => {
    printed += String(text);
    if (typeof done === 'function') done();
    return true;
  });
  try {
    await viewCommands().parseAsync([...words, '--config', join(folder, 'settlement.json')], { from: 'user' });
  } finally {
    write.mockRestore();
    process.exitCode = undefined;
  }
  return printed;
}

const json = async (...words: readonly string[]) =>
  JSON.parse(await run(...words, '--json')) as Record<string, unknown>;

/** The server's answer to a reader. */
async function asked(user: string, path: string, method = 'GET', body?: object): Promise<Response> {
  const authorization = `Basic ${Buffer.from(`${user}:${PASSWORD}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  return await fetch(`${couch.url}${path}`, {
    ...{ method, headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

async function makeReaders(): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${couch.username}:${couch.password}`).toString('base64')}`;
  for (const { party } of parties) {
    const name = `view-${party}`;
    const response = await fetch(`${couch.url}/_users/org.couchdb.user:${name}`, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/json' },
      body: JSON.stringify({ name, password: PASSWORD, roles: [], type: 'user' }),
    });
    expect([201, 409]).toContain(response.status);
  }
}

async function live(): Promise<void> {
  const details = { balances: [], used: [], written: [], exemption: 0, supervisor: 0, isTrial: false };
  const served = (card: number) =>
    redemption(card, 2, { details: { ...details, charge: { gross: 625, holder: 100 } } });
  for (const [terminal, cards] of [['salam', [7_310_001, 7_310_002]] as const, ['zohour', [7_310_003]] as const]) {
    const site = `${terminal}-hospital`;
    await enrolTerminal(couch.store, { terminal, site, publicKey: terminalSigner(terminal).publicKey });
    await couch.store.ensure('wasl-events-2026q4', { partitioned: true });
    await couch.store.create('wasl-events-2026q4', documentsOf(chainOf(terminal, cards.map(served))));
  }
  const settlement = new Settlement({
    ...{ store: couch.store, rules: testRules(), clock: systemClock, timers: systemTimers },
    ...{ limits: { ...SETTLEMENT_LIMITS, pollMs: 20 }, report: () => undefined },
  });
  settlement.start();
  await eventually('settlement has caught up', () => settlement.caughtUp(), 60_000);
  await settlement.stop();
}

describe('wasl view', () => {
  it('says that nothing is there yet, and why, before settlement ever ran', TURN, async () => {
    expect(await run('list')).toContain('not built yet');
    expect(await run('show', '--party', 'fund')).toContain('No records');
    expect(await json('build')).toMatchObject({ ok: false, written: 0 });
    expect(await run('build')).toContain('Settlement has never run here');
  });

  it('checks the document against the signed lists', TURN, async () => {
    expect(await json('check')).toMatchObject({ ok: true, problems: [] });
    const odd = [
      { party: 'a', kind: 'provider', sites: ['nowhere'] },
      { party: 'b', kind: 'insurer', programmes: [9] },
      { party: 'c', kind: 'regulator', areas: ['atlantis'] },
    ];
    await writeFile(join(folder, 'views.json'), JSON.stringify({ version: 1, parties: odd }));
    const { ok, problems } = await json('check');
    await writeFile(join(folder, 'views.json'), JSON.stringify({ version: 1, parties }));
    expect(ok).toBe(false);
    expect(problems).toHaveLength(3);
  });

  it('builds, once and again, and shows and exports what each party sees', TURN, async () => {
    await live();
    expect(await json('build')).toMatchObject({ ok: true, removed: 0 });
    expect(await json('build')).toMatchObject({ ok: true, changesTaken: 0, written: 0 });
    expect(await json('list', '--party', 'fund')).toMatchObject({
      parties: [{ database: 'wasl-view-fund', user: 'view-fund', state: 'following' }],
    });
    // The hospital that is not accredited served somebody all the same: nobody pays.
    expect(await json('show', '--party', 'fund')).toMatchObject({ totals: { services: 2, owed: 1050, payable: 1050 } });
    expect(await json('show', '--party', 'zohour')).toMatchObject({ totals: { services: 1, payable: 0, unpaid: 525 } });
    expect(await json('show', '--party', 'ministry')).toMatchObject({ totals: { services: 3, breaches: 1 } });
    expect(await run('show', '--party', 'salam')).toMatch(/salam-hospital +2 .*12\.50 EGP +2\.00 EGP +10\.50 EGP/);
    const file = join(folder, 'fund.csv');
    expect(await json('export', '--party', 'fund', '--csv', file)).toMatchObject({ count: 2 });
    const table = await readFile(file, 'utf8');
    expect(table.split('\r\n')).toHaveLength(4);
    expect(table).toContain('7310001');
    expect(await run('export', '--party', 'ministry')).not.toMatch(/731000\d/);
    await expect(run('show', '--party', 'nobody')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(run('show')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  it(
    'leaves it to the server who reads: each party its own database, nobody anything else, and nobody writes',
    TURN,
    async () => {
      await makeReaders();
      for (const { party } of parties) {
        const user = `view-${party}`;
        for (const other of parties) {
          const { status } = await asked(user, `/wasl-view-${other.party}/_all_docs`);
          expect([party, other.party, status]).toEqual([party, other.party, other.party === party ? 200 : 403]);
        }
        for (const path of ['/wasl-settlement/_all_docs', '/wasl-views/_all_docs', '/wasl-events-2026q4/_all_docs'])
          expect((await asked(user, path)).status).toBe(403);
        const write = await asked(user, `/wasl-view-${party}/forged`, 'PUT', { record: 'service' });
        expect(write.status).toBe(403);
        const bulk = await asked(user, `/wasl-view-${party}/_bulk_docs`, 'POST', { docs: [{ _id: 'forged' }] });
        expect(await bulk.text()).toContain('forbidden');
      }
      expect((await asked('view-nobody', '/wasl-view-fund/_all_docs')).status).toBe(401);
      expect(await couch.get('wasl-view-fund', 'forged')).toBeNull();
    },
  );

  it('is kept up by a settlement that runs, which tells how much it wrote', TURN, async () => {
    const config = { ...settlementConfig(), healthPort: 0 };
    const running = await runSettlement(config, {
      ...{ couchPassword: couch.password, rules: testRules(), clock: systemClock, timers: systemTimers, log: SILENT },
      limits: { pollMs: 20 },
      views: {
        views: checkViews({ version: 1, parties }),
        accreditation: { sites: siteHistory(), kinds: [] },
        key: seedOf('another key'),
      },
    });
    const late = documentsOf(chainOf('salam', [redemption(7_310_009, 2)], { epoch: '2026q4-latelate' }));
    await couch.store.create('wasl-events-2026q4', late);
    await eventually(
      'the late service is in its view',
      async () => JSON.stringify(await couch.all('wasl-view-fund')).includes('7310009'),
      60_000,
    );
    const metrics = await (await fetch(`http://127.0.0.1:${running.healthPort}/metrics`)).text();
    expect(metrics).toMatch(/^wasl_settlement_view_?written\S* [1-9]/im);
    await running.stop();
  });

  it('makes everything anew when it is asked to, with the same result', TURN, async () => {
    const before = await couch.all('wasl-view-fund');
    // The settlement above had another key: the first build takes these views away, whole.
    await json('build');
    const ids = before.map(({ _id }) => _id);
    expect((await couch.all('wasl-view-fund')).filter(({ _id }) => ids.includes(_id))).toHaveLength(1);
    const held = await couch.all('wasl-view-fund');
    expect(await json('build', '--anew', '--party', 'fund')).toMatchObject({ ok: true, written: 3 });
    const plain = (documents: readonly Record<string, unknown>[]) =>
      documents.filter(({ _id }) => !String(_id).startsWith('_')).map(({ _rev, ...rest }) => rest);
    expect(plain(await couch.all('wasl-view-fund'))).toEqual(plain(held));
  });
});
