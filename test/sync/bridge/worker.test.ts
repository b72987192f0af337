import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf } from '../../../sync/bridge/documents.js';
import { beginIncarnation } from '../../../sync/bridge/registry.js';
import type { DocumentStore } from '../../../sync/bridge/store.js';
import { encodeBatch } from '../../../sync/protocol/batch.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../../support/central.js';
import {
  CENTRE_SEAL,
  outletEvents,
  seededRandom,
  type TestChain,
  terminalSigner,
  testChain,
} from '../../support/sync-events.js';
import { systemClock } from '../../support/system.js';
import { codesOf, enrol, startWorker } from './bench.js';

let couch: TestCouch;
let count = 0;

beforeAll(async () => {
  couch = await startTestCouch();
}, COUCH_TURN_MS);

afterAll(() => couch?.close());

/** A terminal that no other test uses, enrolled, with an epoch of 1 + `events` events. */
async function freshChain(events = 30, epoch?: string): Promise<TestChain> {
  count += 1;
  const terminal = `outlet-${count}`;
  await enrol(couch.store, terminal);
  return testChain(terminal, outletEvents(events, terminal), epoch);
}

const EVENTS = 'wasl-events-2026q4';
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString('hex');
const idOf = ({ terminal, epoch }: TestChain, seq: number): string =>
  `${terminal}:${epoch}:${String(seq).padStart(8, '0')}`;

describe('a bridge worker', () => {
  it('stores each event with its raw bytes, its proof and its projection, and acknowledges them', async () => {
    const chain = await freshChain();
    const { receive, lastAck, counters } = startWorker(couch.store);
    await receive(chain.terminal, chain.batch(1, 31));

    const document = await couch.get(EVENTS, idOf(chain, 2));
    const [event] = outletEvents(30, chain.terminal);
    expect(document).toMatchObject({
      terminal: chain.terminal,
      epoch: chain.epoch,
      seq: 2,
      type: 'redemption',
      time: new Date((event?.time ?? 0) * 1000).toISOString(),
      timeS: event?.time,
      card: event?.card,
      ledgerSequence: event?.ledgerSequence,
      items: event?.items,
    });
    expect(hex(Buffer.from(String(document?.bytes), 'base64url'))).toBe(hex(chain.events[1]));
    expect(hex(bytesOf(document?.head, 32) ?? undefined)).toBe(hex(chain.headAt(2)));
    const stored = (await couch.all('wasl-batches-2026q4')).find((header) => header.terminal === chain.terminal);
    expect(stored).toMatchObject({ first: 1, last: 31, publicKey: hex(terminalSigner(chain.terminal).publicKey) });
    expect(JSON.stringify(stored)).not.toContain(Buffer.from(chain.saltKey).toString('base64url'));

    expect(lastAck()).toMatchObject({ terminal: chain.terminal, epoch: chain.epoch, seq: 31, missing: [] });
    expect(hex(lastAck()?.head)).toBe(hex(chain.headAt(31)));
    expect(counters).toMatchObject({ batchesStored: 1, eventsStored: 31, eventsKnown: 0 });
  });

  it('stores nothing twice, however often, in whatever cuts and order the events come', async () => {
    const chain = await freshChain(30);
    const { receive, acks, lastAck } = startWorker(couch.store);
    await receive(chain.terminal, chain.batch(21, 31));
    expect(lastAck()).toMatchObject({ seq: 0, missing: [{ first: 1, last: 20 }] });
    await receive(chain.terminal, chain.batch(1, 10));
    expect(lastAck()).toMatchObject({ seq: 10, missing: [{ first: 11, last: 20 }] });
    for (const [first, last] of [
      [5, 15],
      [1, 10],
      [14, 25],
      [1, 31],
    ] as const)
      await receive(chain.terminal, chain.batch(first, last));
    expect(acks().map((ack) => ack.seq)).toEqual([0, 10, 15, 15, 31, 31]);
    expect(hex(lastAck()?.head)).toBe(hex(chain.headAt(31)));
    const events = (await couch.all(EVENTS)).filter((document) => document.terminal === chain.terminal);
    expect(events.map((document) => document.seq)).toEqual(Array.from({ length: 31 }, (_, index) => index + 1));
    expect(events.every((document) => String(document._rev).startsWith('1-'))).toBe(true);
  });

  it('acknowledges what it has just written without reading it again, and reads what others wrote', async () => {
    const chain = await freshChain(90);
    const read: number[] = [];
    const { store } = couch;
    const counting: DocumentStore = {
      ensure: (...asked) => store.ensure(...asked),
      create: (...asked) => store.create(...asked),
      replace: (...asked) => store.replace(...asked),
      changes: (...asked) => store.changes(...asked),
      list: (...asked) => store.list(...asked),
      read: (...asked) => store.read(...asked),
      put: (...asked) => store.put(...asked),
      range: async (...asked) => {
        const documents = await store.range(...asked);
        read.push(documents.length);
        return documents;
      },
    };
    const ours = startWorker(counting);
    await ours.receive(chain.terminal, chain.batch(1, 20));
    read.length = 0;
    await ours.receive(chain.terminal, chain.batch(21, 40));
    expect(ours.lastAck()).toMatchObject({ seq: 40, missing: [] });
    expect(hex(ours.lastAck()?.head)).toBe(hex(chain.headAt(40)));
    expect(read).toEqual([0]);

    await startWorker(couch.store).receive(chain.terminal, chain.batch(41, 60));
    await ours.receive(chain.terminal, chain.batch(61, 70));
    expect(hex(ours.lastAck()?.head)).toBe(hex(chain.headAt(70)));
    expect(read).toEqual([0, 20, 0]);

    // Behind a gap nothing is taken for what it is not.
    await ours.receive(chain.terminal, chain.batch(81, 91));
    expect(ours.lastAck()).toMatchObject({ seq: 70, missing: [{ first: 71, last: 80 }] });
    await ours.receive(chain.terminal, chain.batch(71, 80));
    expect(ours.lastAck()).toMatchObject({ seq: 91, missing: [] });
    expect(hex(ours.lastAck()?.head)).toBe(hex(chain.headAt(91)));
  });

  it('keeps both of two events in one place, opens a case, and acknowledges neither history', async () => {
    const chain = await freshChain(9);
    const clone = testChain(chain.terminal, [...outletEvents(4, chain.terminal), ...outletEvents(5, 'the other one')]);
    const { receive, lastAck, counters } = startWorker(couch.store);
    await receive(chain.terminal, chain.batch(1, 8));
    await receive(chain.terminal, clone.batch(4, 10));
    // Places 1 to 5 are common; the original's 6 to 8 stand, the clone's are beside them; 9 and 10 are the clone's.
    expect(counters).toMatchObject({ eventsKnown: 2, equivocations: 3 });
    const at6 = (await couch.all(EVENTS)).filter((document) => String(document._id).startsWith(idOf(chain, 6)));
    expect(at6.map((document) => document.head)).toEqual([
      Buffer.from(chain.headAt(6)).toString('base64url'),
      Buffer.from(clone.headAt(6)).toString('base64url'),
    ]);
    const cases = (await couch.all('wasl-cases')).filter((document) => document.terminal === chain.terminal);
    expect(cases.map(({ kind, seq }) => ({ kind, seq }))).toEqual(
      [6, 7, 8].map((seq) => ({ kind: 'equivocation', seq })),
    );
    expect(lastAck()?.seq).toBe(10);
    expect([chain.headAt(10), clone.headAt(10)].map(hex)).not.toContain(hex(lastAck()?.head));

    await receive(chain.terminal, clone.batch(4, 10));
    await receive(chain.terminal, chain.batch(1, 10));
    expect((await couch.all('wasl-cases')).filter((document) => document.terminal === chain.terminal)).toHaveLength(5);
    expect((await couch.get(EVENTS, idOf(chain, 6)))?._rev).toMatch(/^1-/);
  });

  it('takes a body that was erased by law for the same event', async () => {
    const chain = await freshChain(3);
    const { receive, counters } = startWorker(couch.store);
    await receive(chain.terminal, chain.batch(1, 4));
    const { bytes: _, salt: __, ...erased } = (await couch.get(EVENTS, idOf(chain, 3))) ?? {};
    await couch.store.put(EVENTS, { ...erased, _id: idOf(chain, 3) });
    await receive(chain.terminal, chain.batch(1, 4));
    expect(counters).toMatchObject({ eventsKnown: 4, equivocations: 0 });
  });

  it('acknowledges only what is there, after documents were lost and a new life of the centre began', async () => {
    const chain = await freshChain(30);
    const { receive, lastAck } = startWorker(couch.store, { refreshMs: 1 });
    await receive(chain.terminal, chain.batch(1, 31));
    const before = lastAck()?.incarnation ?? 0;
    for (const seq of [12, 13, 20]) await couch.remove(EVENTS, idOf(chain, seq));
    await beginIncarnation(couch.store, systemClock);
    await receive(chain.terminal, chain.batch(31, 31));
    expect(lastAck()).toMatchObject({
      seq: 11,
      missing: [
        { first: 12, last: 13 },
        { first: 20, last: 20 },
      ],
    });
    expect(lastAck()?.incarnation).toBeGreaterThan(before);
    await receive(chain.terminal, chain.batch(12, 20));
    expect(lastAck()).toMatchObject({ seq: 31, missing: [] });
    expect(hex(lastAck()?.head)).toBe(hex(chain.headAt(31)));
  });

  it('goes on from the documents alone when it is started anew', async () => {
    const chain = await freshChain(30);
    await startWorker(couch.store).receive(chain.terminal, chain.batch(1, 20));
    const second = startWorker(couch.store);
    await second.receive(chain.terminal, chain.batch(21, 31));
    expect(second.lastAck()?.seq).toBe(31);
  });

  it('makes one whole of what two workers took', async () => {
    const chain = await freshChain(30);
    const [one, two] = [startWorker(couch.store), startWorker(couch.store)];
    await Promise.all([
      one.receive(chain.terminal, chain.batch(1, 20)),
      two.receive(chain.terminal, chain.batch(11, 31)),
      two.receive(chain.terminal, chain.batch(1, 20)),
    ]);
    await one.receive(chain.terminal, chain.batch(31, 31));
    expect(one.lastAck()?.seq).toBe(31);
    expect(one.counters.equivocations + two.counters.equivocations).toBe(0);
    expect(one.counters.eventsStored + two.counters.eventsStored).toBe(31);
  });
});

describe('what cannot be taken', () => {
  const letters = async (topic: string) =>
    (await couch.all('wasl-deadletter')).filter((letter) => letter.topic === topic);

  it('becomes a dead letter with its code and its bytes, and holds up nobody', async () => {
    const chain = await freshChain(3);
    const stranger = testChain('stranger-1', outletEvents(3, 'stranger'));
    const forged = testChain(chain.terminal, outletEvents(3, 'forged'));
    const { worker, receive, lastAck, problems } = startWorker(couch.store);
    const garbage = Buffer.from('not a batch');
    const damaged = Uint8Array.from(chain.batch(1, 4));
    damaged[damaged.length - 1] = (damaged.at(-1) ?? 0) ^ 1;
    await receive(chain.terminal, garbage);
    await receive(chain.terminal, damaged);
    await receive(stranger.terminal, stranger.batch(1, 4));
    // Sealed and named rightly, signed by somebody else.
    const keys = {
      signer: terminalSigner('mallory'),
      centrePublicKey: CENTRE_SEAL.publicKey,
      random: seededRandom('m'),
    };
    await receive(chain.terminal, encodeBatch(forged.content(1, 4), keys));
    await worker.receive('wasl/1/another/up', chain.batch(1, 4));
    await receive(chain.terminal, chain.batch(1, 4));

    expect(lastAck()).toMatchObject({ terminal: chain.terminal, seq: 4 });
    expect(codesOf(problems)).toEqual([
      'ERR_BATCH_FORMAT',
      'ERR_BATCH_SEAL',
      'ERR_BATCH_TERMINAL',
      'ERR_BATCH_SIGNATURE',
      'ERR_BATCH_TERMINAL',
    ]);
    const kept = await letters(`wasl/1/${chain.terminal}/up`);
    expect(kept.map((letter) => letter.code).sort()).toEqual([
      'ERR_BATCH_FORMAT',
      'ERR_BATCH_SEAL',
      'ERR_BATCH_SIGNATURE',
    ]);
    expect(kept.map((letter) => letter.bytes)).toContain(garbage.toString('base64url'));
    expect((await couch.all(EVENTS)).filter((document) => document.terminal === stranger.terminal)).toHaveLength(0);
  });

  it('is kept once, however often it comes, and only so many a minute', async () => {
    const chain = await freshChain(1);
    const { receive, counters } = startWorker(couch.store, { deadLettersPerMinute: 3 });
    for (const text of ['same', 'same', 'other', 'one too many', 'and another'])
      await receive(chain.terminal, Buffer.from(text));
    expect(counters).toMatchObject({ deadLetters: 3, deadLettersDropped: 2 });
    expect(await letters(`wasl/1/${chain.terminal}/up`)).toHaveLength(2);
  });
});
