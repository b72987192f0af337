/** `wasl statement` at the centre on a real database server, and at the terminal whose journal it is about: equal digests. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statementCommands } from '../../../agent/cli/centre/statement.js';
import { signerFromSeed } from '../../../agent/credential/signature.js';
import { encodeList } from '../../../agent/credential/signed-list.js';
import type { RedemptionEvent, VoidEvent } from '../../../agent/domain/event.js';
import { forwards } from '../../../agent/journal/books/read-events.js';
import { nodeDisk } from '../../../agent/journal/node-disk.js';
import { openJournal } from '../../../agent/journal/open-journal.js';
import { eventDocument, eventsDatabase } from '../../../sync/bridge/documents.js';
import { enrolTerminal } from '../../../sync/bridge/registry.js';
import { bodySalt } from '../../../sync/protocol/chain.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../../support/central.js';
import { runCommand } from '../../support/command.js';
import { seededRandom, seedOf, terminalSigner } from '../../support/sync-events.js';
import { breadPolicy, CARD_QUOTAS, MORNING_S, redemption } from './bench.js';

const SITE = 'bakery-1';
const TERMINAL = 'outlet-1';
const PERIOD = ['--from', '2026-11-21', '--until', '2026-11-21'] as const;
const authority = signerFromSeed(seedOf('authority'));
const journalKey = seedOf('journal');

let couch: TestCouch;
let folder: string;
/** Ids of the events, oldest first; the first begins the epoch. */
let events: string[];

const bread = (card: number, sequence: number): RedemptionEvent => ({
  ...redemption(card, sequence),
  details: {
    ...{ balances: [], used: [], written: [], exemption: 0, supervisor: 0, isTrial: false },
    charge: { gross: 625, holder: 100 },
  },
});

function taken({ card, ledgerSequence, programme, items, versions, time }: RedemptionEvent): VoidEvent {
  const common = { type: 'void', card, programme, items, versions, operator: 0, supervisor: 2 } as const;
  return { ...common, time: time + 30, ledgerSequence: ledgerSequence + 1, voided: ledgerSequence };
}

/** A terminal that served and stands still; the centre has all of it. */
async function live(): Promise<void> {
  const clock = { nowMs: () => (MORNING_S + 3600) * 1000 };
  const options = { disk: nodeDisk(), folder: join(folder, 'data/journal'), key: journalKey, terminal: TERMINAL };
  const journal = await openJournal({ ...options, clock, random: seededRandom('journal') });
  for (const event of [bread(1, 1), bread(2, 2), taken(bread(2, 2)), bread(3, 4), bread(4, 5)])
    await journal.append([{ kind: 'event', event }]);
  const [epoch] = journal.epochs();
  if (epoch === undefined) throw new Error('no epoch');
  const documents = [];
  for await (const { seq, bytes, bodyHash, head } of forwards(journal)) {
    const salt = bodySalt(epoch.saltKey, seq);
    const range = { terminal: TERMINAL, epoch: epoch.name, first: 1, last: epoch.lastSeq };
    documents.push(eventDocument(range, { seq, bytes, salt, bodyHash, head }));
  }
  await journal.close();
  events = documents.map(({ _id }) => _id);
  const database = eventsDatabase(epoch.name);
  await couch.store.ensure(database, { partitioned: true });
  await couch.store.create(database, documents);
  await enrolTerminal(couch.store, { terminal: TERMINAL, site: SITE, publicKey: terminalSigner(TERMINAL).publicKey });
}

beforeAll(async () => {
  couch = await startTestCouch();
  folder = await mkdtemp(join(tmpdir(), 'wasl-statements-'));
  const authorityKey = Buffer.from(authority.publicKey).toString('hex');
  const { expiresAt: _, ...rules } = breadPolicy(1, CARD_QUOTAS);
  const times = { issuedAt: '2026-11-20T00:00:00Z', expires: '2027-11-20T00:00:00Z' };
  await writeFile(
    join(folder, 'policy.list'),
    encodeList('policy', { ...rules, currency: 'EGP', ...times }, authority),
  );
  await writeFile(join(folder, 'hotlist.list'), encodeList('hotlist', { version: 1, cards: [], ...times }, authority));
  const none = { version: 1, ...times };
  await writeFile(join(folder, 'keys.list'), encodeList('keys', { keys: [], ...none }, authority));
  await writeFile(join(folder, 'terminals.list'), encodeList('terminals', { terminals: [], ...none }, authority));
  await writeFile(join(folder, 'couch-password'), couch.password);
  await writeFile(join(folder, 'journal-key'), Buffer.from(journalKey).toString('hex'), { mode: 0o600 });
  const lists = { folder: '.', authorityKey };
  const centre = { couch: { url: couch.url, username: couch.username }, lists, secretsFolder: '.' };
  await writeFile(join(folder, 'settlement.json'), JSON.stringify(centre));
  const terminal = {
    ...{ terminal: TERMINAL, site: SITE, programme: 'bread', dataFolder: 'data', secretsFolder: '.' },
    trust: { folder: '.', authorityKey },
    centre: { url: 'mqtt://127.0.0.1:9', sealKey: '11'.repeat(32), ackKey: authorityKey },
  };
  await writeFile(join(folder, 'terminal.json'), JSON.stringify(terminal));
  await live();
}, COUCH_TURN_MS);
afterAll(async () => {
  await couch?.close();
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

async function run(...words: readonly string[]): Promise<string> {
  const config = join(folder, words[0] === 'own' ? 'terminal.json' : 'settlement.json');
  return (await runCommand(statementCommands(), ...words, '--config', config)).out;
}

const json = async (...words: readonly string[]) =>
  JSON.parse(await run(...words, '--json')) as Record<string, unknown>;

describe('wasl statement', () => {
  it('makes the same figures at the centre and at the terminal, with an equal digest', {
    timeout: COUCH_TURN_MS,
  }, async () => {
    const { statement } = (await json('make', '--site', SITE, ...PERIOD)) as { statement: Record<string, unknown> };
    const { own } = (await json('own', ...PERIOD)) as { own: Record<string, unknown> };
    const totals = { services: 4, voids: 1, gross: 1875, holder: 300, owed: 1575 };
    expect(statement).toMatchObject({ due: 1575, totals, terminals: [{ terminal: TERMINAL, ...totals }] });
    expect(own).toMatchObject({ ...totals, isWhole: true, currency: 'EGP', lines: statement.lines });
    expect(own.digest).toMatch(/^[0-9a-f]{64}$/);
    expect((statement.terminals as { digest: string }[])[0]?.digest).toBe(own.digest);
    expect(await run('own', ...PERIOD)).toContain(`Digest ${own.digest}`);
  });

  it('prints tables with the names of the policy, in its currency', { timeout: COUCH_TURN_MS }, async () => {
    const text = await run('make', '--site', SITE, ...PERIOD);
    expect(text).toMatch(/خبز +2026-11-21 +3 +15 +18\.75 EGP +3\.00 EGP +15\.75 EGP/);
    expect(text).toContain('Due to the outlet: 15.75 EGP');
  });

  it('disputes, closes, decides and shows', { timeout: COUCH_TURN_MS }, async () => {
    const [, first = '', , , , last = ''] = events;
    await json('dispute', last, '--reason', 'nothing was handed over', '--by', 'inspector');
    const { statement } = (await json('close', '--site', SITE, ...PERIOD)) as { statement: Record<string, unknown> };
    expect(statement).toMatchObject({ number: 1, due: 1050, heldBack: [{ events: [last] }] });
    await expect(run('dispute', first, '--reason', 'too late')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(run('decide', last, '--reason', 'neither')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await json('decide', last, '--refuse', '--reason', 'the camera shows it', '--by', 'committee');
    const text = await run('show', '--site', SITE);
    expect(text).toContain('1  2026-11-21 to 2026-11-21  due 1050');
    expect(text).toContain('it is not paid, says committee: the camera shows it');
    const next = await json('make', '--site', SITE, '--from', '2026-11-22', '--until', '2026-11-30');
    expect(next).toMatchObject({ statement: { due: 0, refused: [{ events: [last] }] } });
    await expect(run('show', '--site', SITE, '--number', '2')).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
