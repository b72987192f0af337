import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { auditCentre } from '../../../simulators/central/audit.js';
import type { StoredDocument } from '../../../sync/bridge/store.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../../support/central.js';
import { outletEvents, testChain } from '../../support/sync-events.js';
import { enrol, startWorker } from '../../sync/bridge/bench.js';

const TERMINAL = 'outlet-1';
const EVENTS = 'wasl-events-2026q4';
const BATCHES = 'wasl-batches-2026q4';
const chain = testChain(TERMINAL, outletEvents(19, 'audit'));
const idAt = (seq: number): string => `${TERMINAL}:${chain.epoch}:${String(seq).padStart(8, '0')}`;

let couch: TestCouch;
beforeAll(async () => {
  couch = await startTestCouch();
  await enrol(couch.store, TERMINAL);
  const { receive } = startWorker(couch.store);
  await receive(TERMINAL, chain.batch(1, 10));
  await receive(TERMINAL, chain.batch(11, 20));
  const second = testChain(TERMINAL, outletEvents(4, 'next epoch'), '2026q4-hgfedcba', {
    epoch: chain.epoch,
    seq: 20,
    head: chain.headAt(20),
  });
  await receive(TERMINAL, second.batch(1, 5));
}, COUCH_TURN_MS);
afterAll(() => couch?.close());

/** Changes a document as somebody with access to the database could, audits, and puts it back. */
async function afterChange(database: string, id: string, change: (document: StoredDocument) => StoredDocument) {
  const { _rev: _, ...before } = (await couch.get(database, id)) ?? {};
  await couch.store.put(database, change({ ...before, _id: id }));
  const report = await auditCentre(couch);
  await couch.store.put(database, { ...before, _id: id });
  return report;
}

describe('the auditor', () => {
  it('finds everything in order where it is, and lists each service once', async () => {
    const report = await auditCentre(couch);
    expect(report).toMatchObject({ events: 25, terminals: 1, chainVerified: true, gaps: [], problems: [] });
    expect(report.services).toHaveLength(23);
    const [first] = outletEvents(1, 'audit');
    expect(report.services[0]).toEqual({
      terminal: TERMINAL,
      epoch: chain.epoch,
      seq: 2,
      card: first?.card,
      ledgerSequence: first?.ledgerSequence,
      items: first?.items,
    });
  });

  const other = Buffer.from(chain.events[6] ?? []).toString('base64url');
  it.each<[string, (document: StoredDocument) => StoredDocument]>([
    ['its bytes', (document) => ({ ...document, bytes: other })],
    ['its salt', (document) => ({ ...document, salt: 'AAAAAAAAAAAAAAAAAAAAAA' })],
    ['its body hash', (document) => ({ ...document, bodyHash: 'A'.repeat(43) })],
    ['its head', (document) => ({ ...document, head: 'A'.repeat(43) })],
    ['the card that is shown', (document) => ({ ...document, card: 1 })],
    ['the quantities that are shown', (document) => ({ ...document, items: [] })],
    ['the time that is shown', (document) => ({ ...document, timeS: 1 })],
    ['its place', (document) => ({ ...document, seq: 6 })],
  ])('notices a changed event: %s', async (_, change) => {
    const report = await afterChange(EVENTS, idAt(5), change);
    expect(report.chainVerified).toBe(false);
    expect(report.problems.length + report.gaps.length).toBeGreaterThan(0);
  });

  it('allows for a body that was erased by law', async () => {
    const report = await afterChange(EVENTS, idAt(5), ({ bytes: _, salt: __, ...kept }) => kept as StoredDocument);
    expect(report).toMatchObject({ chainVerified: true, problems: [] });
    expect(report.services).toHaveLength(22);
  });

  it('notices an event that is gone', async () => {
    const { _rev: _, ...document } = (await couch.get(EVENTS, idAt(7))) ?? {};
    await couch.remove(EVENTS, idAt(7));
    const report = await auditCentre(couch);
    await couch.store.put(EVENTS, { ...document, _id: idAt(7) });
    expect(report.gaps).toEqual([{ terminal: TERMINAL, epoch: chain.epoch, first: 7, last: 7 }]);
    expect(report.chainVerified).toBe(false);
  });

  it('notices the loss of the end of an epoch that another one follows', async () => {
    const { _rev: _, ...document } = (await couch.get(EVENTS, idAt(20))) ?? {};
    await couch.remove(EVENTS, idAt(20));
    const report = await auditCentre(couch);
    await couch.store.put(EVENTS, { ...document, _id: idAt(20) });
    expect(report.problems.join('\n')).toContain(`follows ${chain.epoch}:20, which is not there`);
  });

  it.each<[string, (document: StoredDocument) => StoredDocument]>([
    ['signature', (document) => ({ ...document, signature: 'A'.repeat(86) })],
    ['range', (document) => ({ ...document, last: 9 })],
    ['key', (document) => ({ ...document, publicKey: 'ab'.repeat(32) })],
  ])('notices a batch with another %s', async (_, change) => {
    const header = (await couch.all(BATCHES)).find(({ epoch, first }) => epoch === chain.epoch && first === 1);
    const report = await afterChange(BATCHES, String(header?._id), change);
    expect(report.chainVerified).toBe(false);
    expect(report.problems.join('\n')).toContain('is in no signed batch');
  });

  it('notices events that somebody without the terminal’s key put there', async () => {
    const { _rev: _, ...last } = (await couch.get(EVENTS, idAt(20))) ?? {};
    const forged = testChain(TERMINAL, [...outletEvents(19, 'audit'), ...outletEvents(1, 'forged')]);
    const { eventDocument } = await import('../../../sync/bridge/documents.js');
    const { bodyHash, bodySalt } = await import('../../../sync/protocol/chain.js');
    const bytes = forged.events[20] ?? new Uint8Array();
    const salt = bodySalt(forged.saltKey, 21);
    const event = { seq: 21, bytes, salt, bodyHash: bodyHash(salt, bytes), head: forged.headAt(21) };
    await couch.store.create(EVENTS, [eventDocument({ ...forged.content(21, 21) }, event)]);
    const report = await auditCentre(couch);
    await couch.remove(EVENTS, idAt(21));
    expect(report.problems).toEqual([`${idAt(21)} is in no signed batch`]);
    expect(last.seq).toBe(20);
  });
});
