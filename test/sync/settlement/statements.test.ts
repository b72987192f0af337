/** Statements of an outlet at the centre: closed for good, numbered, chained, and with everything that came late. */
import { describe, expect, it } from 'vitest';
import type { RedemptionEvent } from '../../../agent/domain/event.js';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { eventsDatabase } from '../../../sync/bridge/documents.js';
import { enrolTerminal } from '../../../sync/bridge/registry.js';
import {
  closedStatements,
  closeStatement,
  decideDispute,
  disputeEvent,
  draftStatement,
  type StatementParts,
} from '../../../sync/settlement/statement/desk.js';
import { STATEMENTS_DATABASE } from '../../../sync/settlement/statement/dispute.js';
import { terminalSigner } from '../../support/sync-events.js';
import { chainOf, documentsOf, MORNING_S, redemption, startBench, testRules } from './bench.js';

const SITE = 'bakery-1';
const DAY_S = 86_400;
/** The first two days, and the two after them. */
const FIRST = { from: '2026-11-21', until: '2026-11-22' };
const SECOND = { from: '2026-11-23', until: '2026-11-24' };
const ACT = { by: 'Huda Wasfi', reason: 'the holder says that it was never handed over' };

/** Bread at 125 piasters, 20 of them the holder's. */
function bread(card: number, seq: number, day: number): RedemptionEvent {
  const none = { balances: [], used: [], written: [], exemption: 0, supervisor: 0, isTrial: false };
  const time = MORNING_S + day * DAY_S + seq * 60;
  return redemption(card, seq, { time, details: { ...none, charge: { gross: 625, holder: 100 } } });
}

async function outlet() {
  const store = new MemoryStore();
  const clock = { ms: (MORNING_S + 2 * DAY_S) * 1000, nowMs: () => clock.ms };
  for (const terminal of ['outlet-1', 'outlet-2'])
    await enrolTerminal(store, { terminal, site: SITE, publicKey: terminalSigner(terminal).publicKey });
  const database = eventsDatabase('2026q4-abcdefgh');
  await store.ensure(database);
  const parts: StatementParts = { store, rules: testRules(), clock };
  return { store, clock, parts, put: (documents: readonly object[]) => store.create(database, documents as never) };
}

const close = (parts: StatementParts, period: typeof FIRST) =>
  closeStatement(parts, { site: SITE, period, by: 'Huda Wasfi' });

describe('statements of an outlet', () => {
  it('are numbered, name the one before, and have what was late in the next', async () => {
    const { parts, put, clock } = await outlet();
    const one = documentsOf(chainOf('outlet-1', [bread(1, 1, 0), bread(2, 2, 1)]));
    const two = documentsOf(chainOf('outlet-2', [bread(3, 1, 1), bread(4, 2, 2)]));
    await put([...one, ...two.slice(0, 1)]);
    await expect(close(parts, { ...FIRST, until: '2026-11-23' })).rejects.toMatchObject({ code: 'ERR_USAGE' });
    clock.ms += DAY_S * 1000;
    const first = await close(parts, FIRST);
    expect(first).toMatchObject({
      number: 1,
      previous: null,
      due: 1050,
      totals: { services: 2, gross: 1250, holder: 200 },
    });

    // The network is back: what outlet-2 served on a day of the first statement comes now.
    await put(two.slice(1));
    clock.ms += 2 * DAY_S * 1000;
    await expect(draftStatement(parts, SITE, { ...SECOND, from: '2026-11-24' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    const second = await close(parts, SECOND);
    expect(second).toMatchObject({ number: 2, previous: first.digest, due: 1050 });
    expect(second.late.totals).toMatchObject({ services: 1, owed: 525 });
    expect(second.late.lines.map(({ day }) => day)).toEqual(['2026-11-22']);
    expect(await closedStatements(parts.store, SITE)).toEqual([first, second]);
  });

  it('leave a disputed service out until somebody decides, once', async () => {
    const { parts, put, clock } = await outlet();
    const documents = documentsOf(chainOf('outlet-1', [bread(1, 1, 0), bread(2, 2, 1)]));
    await put(documents);
    clock.ms += DAY_S * 1000;
    const event = documents[1]?._id ?? '';
    await disputeEvent(parts, event, ACT);
    await expect(disputeEvent(parts, event, ACT)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(disputeEvent(parts, documents[0]?._id ?? '', ACT)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    const first = await close(parts, FIRST);
    expect(first).toMatchObject({ due: 525, heldBack: [{ why: 'dispute', events: [event], gross: 625, holder: 100 }] });
    await expect(disputeEvent(parts, documents[2]?._id ?? '', ACT)).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await decideDispute(parts, event, { ...ACT, verdict: 'pay' });
    await expect(decideDispute(parts, event, { ...ACT, verdict: 'refuse' })).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    const next = await draftStatement(parts, SITE, SECOND);
    expect(next).toMatchObject({ due: 525, heldBack: [], late: { totals: { services: 1 } } });
  });

  it('hold back what an open case rests on', async () => {
    const bench = await startBench({ rules: testRules() });
    const { store } = bench;
    for (const terminal of ['outlet-1', 'outlet-2'])
      await enrolTerminal(store, { terminal, site: SITE, publicKey: terminalSigner(terminal).publicKey });
    await bench.put(...documentsOf(chainOf('outlet-1', [bread(9, 2, 0), bread(8, 3, 0)])));
    await bench.put(...documentsOf(chainOf('outlet-2', [bread(9, 2, 1)])));
    await bench.settled();
    const parts = { store, rules: bench.rules, clock: { nowMs: () => (MORNING_S + 9 * DAY_S) * 1000 } };
    const statement = await draftStatement(parts, SITE, FIRST);
    expect(statement.due).toBe(525);
    expect(statement.heldBack.map(({ why, reference }) => [why, reference])).toEqual([
      ['case', 'two-places:9:2'],
      ['case', 'two-places:9:2'],
    ]);
    await bench.stop();
  });

  it('cannot be changed unnoticed', async () => {
    const { store, parts, put, clock } = await outlet();
    await put(documentsOf(chainOf('outlet-1', [bread(1, 1, 0)])));
    clock.ms += DAY_S * 1000;
    await close(parts, FIRST);
    const [document] = await store.read(STATEMENTS_DATABASE, [`statement:${SITE}:000001`]);
    if (document === null || document === undefined) throw new Error('no statement');
    await store.put(STATEMENTS_DATABASE, { ...document, due: 526 });
    await expect(closedStatements(store, SITE)).rejects.toMatchObject({ code: 'ERR_DATABASE' });
    await expect(draftStatement(parts, SITE, SECOND)).rejects.toMatchObject({ code: 'ERR_DATABASE' });
  });

  it('are of sites with terminals only', async () => {
    const { parts } = await outlet();
    await expect(draftStatement(parts, 'nowhere', FIRST)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });
});
