/** What a person decides stays, whatever comes after; and what a supervisor asks. */
import { describe, expect, it } from 'vitest';
import { changedSinceDecision, readCase } from '../../../sync/settlement/cases/case.js';
import { closeCase, listCases, showCase, usageOf } from '../../../sync/settlement/desk.js';
import { requestRebuild } from '../../../sync/settlement/position.js';
import { chainOf, documentsOf, MORNING_S, redemption, startBench, unresolved } from './bench.js';

const CARD = 100_009;
const ID = `two-places:${CARD}:2`;

async function benchWithCase() {
  const bench = startBench();
  await bench.put(...documentsOf(chainOf('outlet-1', [redemption(CARD, 2)])));
  await bench.put(...documentsOf(chainOf('outlet-2', [redemption(CARD, 2, { time: MORNING_S + 900 })])));
  await bench.settled();
  const decide = (id = ID) =>
    closeCase(bench.store, id, { by: 'supervisor', reason: 'the card was replaced', clock: bench.time.clock });
  return { bench, decide };
}

describe('a case that a person closed', () => {
  it('stays closed while settlement goes on, is begun again, and computes everything anew', async () => {
    const { bench, decide } = await benchWithCase();
    await decide();
    const before = await bench.case(ID);
    expect(before).toMatchObject({ status: 'closed', decision: { by: 'supervisor', reason: 'the card was replaced' } });
    await bench.restart();
    await requestRebuild(bench.store);
    await bench.time.advance(60_000);
    await bench.settled();
    expect(bench.settlement().status().phase).toBe('following');
    expect({ ...(await bench.case(ID)), _rev: null }).toEqual({ ...before, _rev: null });
    await bench.stop();
  });

  it('stays closed over a rebuild that is asked for while nothing arrives, and that is noticed all the same', async () => {
    const { bench, decide } = await benchWithCase();
    await decide();
    const before = await bench.case(ID);
    await bench.time.advance(60_000);
    await requestRebuild(bench.store);
    expect(await bench.settlement().caughtUp()).toBe(false);
    await bench.settled();
    expect({ ...(await bench.case(ID)), _rev: null }).toEqual({ ...before, _rev: null });
    await bench.stop();
  });

  it('shows events that came later, says that they did, stays closed, and can then be decided again', async () => {
    const { bench, decide } = await benchWithCase();
    const closed = await decide();
    expect(changedSinceDecision(closed)).toBe(false);
    await expect(decide()).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await bench.put(...documentsOf(chainOf('outlet-3', [redemption(CARD, 2, { time: MORNING_S + 1_800 })])));
    await bench.settled();
    const [document] = await bench.store.read('wasl-cases', [ID]);
    if (document === null || document === undefined) throw new Error('the case is there');
    const now = readCase(document);
    expect(now).toMatchObject({ status: 'closed', eventCount: 3, decision: closed.decision });
    expect(changedSinceDecision(now)).toBe(true);
    expect(changedSinceDecision(await decide())).toBe(false);
    await bench.stop();
  });

  it('is not lost to an update that settlement had begun before', async () => {
    const { bench, decide } = await benchWithCase();
    let wrote = false;
    bench.store.plan = ({ operation, database }) => {
      if (operation !== 'replace' || database !== 'wasl-cases' || wrote) return 'go';
      wrote = true;
      // Settlement has read the case and is about to write it: the person is quicker.
      void decide();
      return 'go';
    };
    await bench.put(...documentsOf(chainOf('outlet-3', [redemption(CARD, 2, { time: MORNING_S + 1_800 })])));
    await bench.settled();
    expect(wrote).toBe(true);
    expect(await bench.case(ID)).toMatchObject({ status: 'closed', eventCount: 3, decision: { by: 'supervisor' } });
    await bench.stop();
  });

  it('cannot be one that is not there, or that the bridge keeps for itself', async () => {
    const { bench, decide } = await benchWithCase();
    await expect(decide('two-places:1:1')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(decide('equivocation:anything')).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await bench.stop();
  });
});

describe('a supervisor', () => {
  it('lists cases by what they are about, and shows one with its events', async () => {
    const { bench } = await benchWithCase();
    await bench.put(...documentsOf(chainOf('outlet-4', [unresolved(CARD + 1, 2)])));
    await bench.settled();
    const idsOf = async (filter: Parameters<typeof listCases>[1], max = 10) =>
      (await listCases(bench.store, filter, max)).cases.map(({ _id }) => _id).sort();
    expect(await idsOf({})).toEqual([`over-draw:${CARD}:1:1:2026-11-21`, ID, `unresolved:${CARD + 1}:2:outlet-4`]);
    expect(await idsOf({ kind: 'two-places' })).toEqual([ID]);
    expect(await idsOf({ terminal: 'outlet-4' })).toEqual([`unresolved:${CARD + 1}:2:outlet-4`]);
    expect(await idsOf({ card: CARD, status: 'closed' })).toEqual([]);
    expect(await listCases(bench.store, {}, 1)).toMatchObject({ more: true });
    const { events } = await showCase(bench.store, ID);
    expect(events.map(({ document }) => document?.terminal)).toEqual(['outlet-1', 'outlet-2']);
    await bench.stop();
  });

  it('sees what a card drew, and nothing for a card that drew nothing', async () => {
    const { bench } = await benchWithCase();
    expect(await usageOf(bench.store, CARD)).toEqual([
      { programme: 1, month: '2026-11', drawn: { 1: { month: 10, days: { '2026-11-21': 10 } } }, services: 2 },
    ]);
    expect(await usageOf(bench.store, 1)).toEqual([]);
    await bench.stop();
  });
});
