/** What every implementation of the store port keeps, as far as whoever follows and updates documents relies on it. */
import { describe, expect, it } from 'vitest';
import { isWaslError } from '../../agent/domain/errors.js';
import { type ChangesPage, type DocumentStore, placeNumber } from '../../sync/bridge/store.js';

/** Describes a store; `open` gives one, and names of databases begin with what `fresh` gives, so that runs do not meet. */
export function documentStoreCompliance(name: string, open: () => DocumentStore): void {
  let databases = 0;
  const fresh = async (store: DocumentStore): Promise<string> => {
    databases += 1;
    const database = `wasl-compliance-${databases}`;
    await store.ensure(database, { partitioned: false });
    return database;
  };
  const revisionOf = async (store: DocumentStore, database: string, id: string): Promise<string | null> => {
    const [document] = await store.read(database, [id]);
    return document?._rev ?? null;
  };
  const idsOf = ({ changes }: ChangesPage): string[] => changes.map(({ id }) => id);

  describe(`${name}: replacing`, () => {
    it('writes a new document only where there is none, and another only over the revision that was read', async () => {
      const store = open();
      const database = await fresh(store);
      const first = { document: { _id: 'a', n: 1 }, revision: null };
      expect(await store.replace(database, [first])).toEqual(['stored']);
      expect(await store.replace(database, [first])).toEqual(['conflict']);
      const revision = await revisionOf(store, database, 'a');
      expect(revision).not.toBeNull();
      expect(await store.replace(database, [{ document: { _id: 'a', n: 2 }, revision }])).toEqual(['stored']);
      expect(await store.replace(database, [{ document: { _id: 'a', n: 3 }, revision }])).toEqual(['conflict']);
      expect((await store.read(database, ['a']))[0]).toMatchObject({ _id: 'a', n: 2 });
      expect(await revisionOf(store, database, 'a')).not.toBe(revision);
    });

    it('answers for each of several, in order, and takes a document as it was read', async () => {
      const store = open();
      const database = await fresh(store);
      await store.create(database, [
        { _id: 'a', n: 1 },
        { _id: 'b', n: 1 },
      ]);
      const read = await store.range(database, { from: 'a', to: 'b', limit: 10 });
      const [a, b] = read;
      if (a === undefined || b === undefined) throw new Error('both are there');
      const outcomes = await store.replace(database, [
        { document: { ...b, n: 2 }, revision: b._rev ?? null },
        { document: { _id: 'a', n: 9 }, revision: null },
        { document: { _id: 'c', n: 1 }, revision: null },
      ]);
      expect(outcomes).toEqual(['stored', 'conflict', 'stored']);
      const after = await store.range(database, { from: '', to: '~', limit: 10 });
      expect(after.map(({ _id, n }) => [_id, n])).toEqual([
        ['a', 1],
        ['b', 2],
        ['c', 1],
      ]);
    });

    it('takes away what is marked as deleted, tells whoever follows, and takes it anew', async () => {
      const store = open();
      const database = await fresh(store);
      await store.create(database, [{ _id: 'a', n: 1 }]);
      const { last } = await store.changes(database, { since: null, limit: 10 });
      const gone = { _id: 'a', _deleted: true };
      expect(await store.replace(database, [{ document: gone, revision: null }])).toEqual(['conflict']);
      const revision = await revisionOf(store, database, 'a');
      expect(await store.replace(database, [{ document: gone, revision }])).toEqual(['stored']);
      expect(await store.read(database, ['a'])).toEqual([null]);
      expect(await store.range(database, { from: '', to: '~', limit: 10 })).toEqual([]);
      const { changes } = await store.changes(database, { since: last, limit: 10 });
      expect(changes).toEqual([{ id: 'a', document: null }]);
      expect(await store.replace(database, [{ document: { _id: 'a', n: 2 }, revision: null }])).toEqual(['stored']);
      expect((await store.read(database, ['a']))[0]).toMatchObject({ n: 2 });
    });

    it('does nothing for nothing, and rejects where there is no database', async () => {
      const store = open();
      const database = await fresh(store);
      expect(await store.replace(database, [])).toEqual([]);
      const lost = store.replace('wasl-compliance-nowhere', [{ document: { _id: 'a' }, revision: null }]);
      await expect(lost).rejects.toSatisfy((error: unknown) => isWaslError(error, 'ERR_DATABASE'));
    });
  });

  describe(`${name}: changes`, () => {
    it('come in order, page by page, each document once, and nothing more at their end', async () => {
      const store = open();
      const database = await fresh(store);
      await store.create(database, [{ _id: 'c', n: 1 }]);
      await store.create(database, [{ _id: 'a', n: 1 }]);
      await store.create(database, [{ _id: 'b', n: 1 }]);
      const first = await store.changes(database, { since: null, limit: 2 });
      expect(idsOf(first)).toEqual(['c', 'a']);
      expect(first.changes[0]?.document).toMatchObject({ _id: 'c', n: 1 });
      const second = await store.changes(database, { since: first.last, limit: 2 });
      expect(idsOf(second)).toEqual(['b']);
      const third = await store.changes(database, { since: second.last, limit: 2 });
      expect(third).toEqual({ changes: [], last: second.last });
    });

    it('tell of a document that was replaced or put once more, as it is now', async () => {
      const store = open();
      const database = await fresh(store);
      await store.create(database, [
        { _id: 'a', n: 1 },
        { _id: 'b', n: 1 },
      ]);
      const { last } = await store.changes(database, { since: null, limit: 10 });
      const revision = await revisionOf(store, database, 'a');
      await store.replace(database, [{ document: { _id: 'a', n: 2 }, revision }]);
      await store.put(database, { _id: 'b', n: 2 });
      await store.put(database, { _id: 'b', n: 3 });
      const later = await store.changes(database, { since: last, limit: 10 });
      expect(later.changes.map(({ id, document }) => [id, document?.n])).toEqual([
        ['a', 2],
        ['b', 3],
      ]);
      expect(placeNumber(later.last)).toBeGreaterThan(placeNumber(last));
      const whole = await store.changes(database, { since: null, limit: 10 });
      expect(idsOf(whole)).toEqual(['a', 'b']);
    });

    it('of a database that is not there are refused', async () => {
      const asked = open().changes('wasl-compliance-nowhere', { since: null, limit: 1 });
      await expect(asked).rejects.toSatisfy((error: unknown) => isWaslError(error, 'ERR_DATABASE'));
    });
  });

  describe(`${name}: the list of databases`, () => {
    it('has those with the prefix, sorted', async () => {
      const store = open();
      for (const database of ['wasl-listed-b', 'wasl-listed-a', 'wasl-other']) {
        await store.ensure(database, { partitioned: false });
      }
      expect(await store.list('wasl-listed-')).toEqual(['wasl-listed-a', 'wasl-listed-b']);
      expect(await store.list('wasl-nothing-')).toEqual([]);
    });
  });
}
