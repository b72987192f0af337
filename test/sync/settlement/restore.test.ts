/** A centre that was put back to an earlier state, in whole or in part: what settlement says is true of what the centre holds. */
import { describe, expect, it } from 'vitest';
import { codeOf } from '../../../agent/domain/errors.js';
import { beginIncarnation } from '../../../sync/bridge/registry.js';
import { closeCase } from '../../../sync/settlement/desk.js';
import {
  type Bench,
  chainOf,
  documentsOf,
  MORNING_S,
  outcomeOf,
  redemption,
  startBench,
  withoutClock,
} from './bench.js';

const CARD = 100_009;
const early = documentsOf(chainOf('outlet-1', [redemption(CARD, 2), redemption(CARD + 1, 2)]));
const late = documentsOf(
  chainOf('outlet-2', [redemption(CARD, 2, { time: MORNING_S + 900 }), redemption(CARD + 2, 2)]),
);
const ID = `two-places:${CARD}:2`;

/** What settlement makes of documents from scratch. */
async function fresh(...documents: readonly (typeof early)[number][]): Promise<string> {
  const bench = startBench();
  await beginIncarnation(bench.store, bench.time.clock);
  await bench.put(...documents);
  await bench.settled();
  await bench.stop();
  return outcomeOf(bench.store);
}

async function started(): Promise<Bench> {
  const bench = startBench();
  await beginIncarnation(bench.store, bench.time.clock);
  await bench.put(...early);
  await bench.settled();
  return bench;
}

/** Projections that were emptied stay as empty documents; they say nothing. */
function withoutEmpty(text: string): string[] {
  return withoutClock(text)
    .split('\n')
    .filter((line) => !line.includes('"events":{}') && !line.includes('"held":[]'));
}

describe('a centre that was restored', () => {
  it('with all of its databases: what was lost counts no more, until it is sent again', async () => {
    const bench = await started();
    const backup = bench.store.backup();
    await bench.put(...late);
    await bench.settled();
    expect(await bench.case(ID)).toMatchObject({ status: 'open' });
    bench.store.restore(backup);
    await beginIncarnation(bench.store, bench.time.clock);
    await bench.time.advance(10_000);
    await bench.settled();
    expect(await outcomeOf(bench.store)).toBe(await fresh(...early));
    expect(bench.settlement().status().counters.rebuilds).toBe(1);
    await bench.put(...late);
    await bench.settled();
    expect(withoutEmpty(await outcomeOf(bench.store))).toEqual(withoutEmpty(await fresh(...early, ...late)));
    await bench.stop();
  });

  it('with its events alone: a case whose events are gone is closed, says why, and is open again when they are back', async () => {
    const bench = await started();
    await bench.put(...late);
    await bench.settled();
    bench.store.lose('wasl-events-2026q4', ({ terminal }) => terminal === 'outlet-2');
    await beginIncarnation(bench.store, bench.time.clock);
    await bench.time.advance(10_000);
    await bench.settled();
    expect(await bench.case(ID)).toMatchObject({ status: 'closed', decision: null });
    expect(await bench.projection(`usage:${CARD}:1:2026-11`)).toMatchObject({ drawn: { 1: { month: 5 } } });
    await bench.put(...late);
    await bench.settled();
    expect(await bench.case(ID)).toMatchObject({ status: 'open', healed: null });
    await bench.stop();
  });

  it('keeps what people decided', async () => {
    const bench = await started();
    await bench.put(...late);
    await bench.settled();
    await closeCase(bench.store, ID, { by: 'supervisor', reason: 'looked into', clock: bench.time.clock });
    bench.store.lose('wasl-events-2026q4', ({ terminal }) => terminal === 'outlet-2');
    await beginIncarnation(bench.store, bench.time.clock);
    await bench.time.advance(10_000);
    await bench.put(...late);
    await bench.settled();
    expect(await bench.case(ID)).toMatchObject({ status: 'closed', decision: { by: 'supervisor' } });
    await bench.stop();
  });

  it('without telling anybody is noticed by the changes, which go back', async () => {
    const bench = await started();
    const backup = bench.store.backup();
    await bench.put(...late);
    await bench.settled();
    // Only the events go back: what settlement itself wrote is newer.
    bench.store.restore({
      databases: new Map([
        ...bench.store.backup().databases,
        ...[...backup.databases].filter(([name]) => name.startsWith('wasl-events-')),
      ]),
    });
    await bench.time.advance(10_000);
    await bench.settled();
    expect(bench.problems.map(codeOf)).toEqual(['ERR_DATABASE']);
    expect(bench.settlement().status().counters.rebuilds).toBe(1);
    expect(await bench.case(ID)).toMatchObject({ status: 'closed' });
    await bench.stop();
  });
});
