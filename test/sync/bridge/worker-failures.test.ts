/** A bridge worker on a database that fails on purpose: by status, by silence, by answers that get lost. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { COUCH_TURN_MS, startTestCouch, storeOn, type TestCouch } from '../../support/central.js';
import { type FaultProxy, startFaultProxy } from '../../support/http-faults.js';
import { outletEvents, type TestChain, testChain } from '../../support/sync-events.js';
import { enrol, startWorker } from './bench.js';

/** Long enough for a machine that does much else, short enough for the faults that are silence. */
const REQUEST_TIMEOUT_MS = 3_000;
vi.setConfig({ testTimeout: 120_000 });

let couch: TestCouch;
let faults: FaultProxy;
let count = 0;

beforeAll(async () => {
  couch = await startTestCouch();
  faults = await startFaultProxy(couch.url);
}, COUCH_TURN_MS);

afterAll(async () => {
  await faults?.close();
  await couch?.close();
});

/** A terminal that no other test uses, enrolled, with an epoch of 1 + `events` events. */
async function freshChain(events: number): Promise<TestChain> {
  count += 1;
  const terminal = `outlet-${count}`;
  await enrol(couch.store, terminal);
  return testChain(terminal, outletEvents(events, terminal));
}

const EVENTS = 'wasl-events-2026q4';
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');

describe('when the database fails', () => {
  let chain: TestChain;
  let bench: ReturnType<typeof startWorker>;
  beforeEach(async () => {
    chain = await freshChain(10);
    bench = startWorker(storeOn(couch, faults.url, REQUEST_TIMEOUT_MS));
  });

  it.each([
    ['answers with an error', { status: 500 }],
    ['answers that it is too busy', { status: 429 }],
    ['does not answer', 'silence'],
    ['does as told but the answer is lost', 'lost answer'],
    ['reaches too few nodes of its cluster', 'below quorum'],
  ] as const)('for a moment: it %s, the batch is stored and acknowledged all the same', async (_, fault) => {
    faults.fail(/^POST \/wasl-batches-\S+\/_bulk_docs/, fault);
    faults.fail(/^POST \/wasl-events-\S+\/_bulk_docs/, fault);
    await bench.receive(chain.terminal, chain.batch(1, 11));
    expect(faults.pending()).toBe(0);
    expect(bench.lastAck()?.seq).toBe(11);
    expect(hex(bench.lastAck()?.head)).toBe(hex(chain.headAt(11)));
    const events = (await couch.all(EVENTS)).filter((document) => document.terminal === chain.terminal);
    expect(events).toHaveLength(11);
  });

  it('for longer: the batch is given back unconfirmed, and nothing is acknowledged until it is stored', async () => {
    faults.fail(/^POST \/wasl-events-\S+\/_bulk_docs/, { status: 503 }, 4);
    await expect(bench.worker.receive(`wasl/1/${chain.terminal}/up`, chain.batch(1, 11))).rejects.toMatchObject({
      code: 'ERR_DATABASE',
    });
    await bench.worker.drained();
    expect(bench.acks()).toEqual([]);
    await bench.receive(chain.terminal, chain.batch(1, 11));
    expect(bench.lastAck()?.seq).toBe(11);
  });

  it('while it looks up the terminal: the batch is given back, not condemned', async () => {
    faults.fail(/_all_docs/, { status: 500 });
    await expect(bench.worker.receive(`wasl/1/${chain.terminal}/up`, chain.batch(1, 11))).rejects.toMatchObject({
      code: 'ERR_DATABASE',
    });
    expect(bench.counters.deadLetters).toBe(0);
  });

  it('while it computes what to acknowledge: nothing is acknowledged, and the next batch makes up for it', async () => {
    await bench.receive(chain.terminal, chain.batch(1, 5));
    faults.fail(/^GET \/wasl-events-\S+\/_all_docs/, { status: 500 });
    await bench.receive(chain.terminal, chain.batch(6, 8));
    expect(bench.counters.acksLost).toBe(1);
    await bench.receive(chain.terminal, chain.batch(9, 11));
    expect(bench.acks().map((ack) => ack.seq)).toEqual([5, 11]);
  });

  it('and takes too long: the message is given back in time for its connection', async () => {
    await bench.receive(chain.terminal, chain.batch(1, 2));
    // Without an end of its own it would wait for the database, a minute.
    const slow = startWorker(storeOn(couch, faults.url, 60_000), { handleTimeoutMs: 1_000 });
    faults.fail(/^POST \/wasl-batches-\S+\/_bulk_docs/, 'silence');
    const startedMs = performance.now();
    await expect(slow.worker.receive(`wasl/1/${chain.terminal}/up`, chain.batch(3, 5))).rejects.toMatchObject({
      code: 'ERR_DATABASE',
    });
    expect(performance.now() - startedMs).toBeLessThan(50_000);
  });

  it('and was emptied behind our back: its databases are made again', async () => {
    faults.fail(/^POST \/wasl-events-\S+\/_bulk_docs/, { status: 404 });
    await bench.receive(chain.terminal, chain.batch(1, 11));
    expect(bench.lastAck()?.seq).toBe(11);
  });

  it('batches that arrive together are written together', async () => {
    const chains = await Promise.all([1, 2, 3, 4, 5, 6].map(() => freshChain(20)));
    await bench.receive(chain.terminal, chain.batch(1, 1));
    const before = faults.count(/^POST \/wasl-events-\S+\/_bulk_docs/);
    await Promise.all(chains.map((other) => bench.receive(other.terminal, other.batch(1, 21))));
    expect(faults.count(/^POST \/wasl-events-\S+\/_bulk_docs/) - before).toBeLessThanOrEqual(3);
    expect(bench.counters.eventsStored).toBe(1 + 6 * 21);
  });
});
