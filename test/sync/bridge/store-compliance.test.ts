import { afterAll, beforeAll, expect, it } from 'vitest';
import { MemoryStore } from '../../../simulators/central/memory-store.js';
import { documentStoreCompliance } from '../../compliance/document-store.js';
import { COUCH_TURN_MS, startTestCouch, type TestCouch } from '../../support/central.js';

let couch: TestCouch;
const memory = new MemoryStore();

beforeAll(async () => {
  couch = await startTestCouch();
}, COUCH_TURN_MS);
afterAll(() => couch?.close());

documentStoreCompliance('the store on CouchDB', () => couch.store);
documentStoreCompliance('the store in memory', () => memory);

it('the store in memory: places go back with a restore, and no revision from before it fits', async () => {
  const store = new MemoryStore();
  await store.ensure('wasl-restored');
  await store.create('wasl-restored', [{ _id: 'a', n: 1 }]);
  const backup = store.backup();
  const before = await store.changes('wasl-restored', { since: null, limit: 10 });
  const [first] = await store.read('wasl-restored', ['a']);
  await store.replace('wasl-restored', [{ document: { _id: 'a', n: 2 }, revision: first?._rev ?? null }]);
  const [second] = await store.read('wasl-restored', ['a']);
  store.restore(backup);
  expect((await store.changes('wasl-restored', { since: null, limit: 10 })).last).toBe(before.last);
  const late = await store.replace('wasl-restored', [{ document: { _id: 'a', n: 3 }, revision: second?._rev ?? null }]);
  expect(late).toEqual(['conflict']);
});
