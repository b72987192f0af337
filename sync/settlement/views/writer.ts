/** Puts the documents of a party's database as they have to be: what is there already is left alone, what is of no group any more is taken away. */
import { WaslError } from '../../../agent/domain/errors.js';
import type { DocumentStore, Replacement } from '../../bridge/store.js';
import { canonicalText } from '../documents.js';

/** How often documents are tried that somebody else changes at the same time. */
const ATTEMPTS_MAX = 8;

/** How many documents were written and taken away. */
export interface Written {
  readonly written: number;
  readonly removed: number;
}

/**
 * Makes a database hold exactly `wanted` of the documents named in `wanted`, where null is none. Rejects with `ERR_DATABASE` when it could not be done whole; it may
 * then be done again.
 */
export async function writeRecords(
  store: DocumentStore,
  database: string,
  wanted: ReadonlyMap<string, object | null>,
): Promise<Written> {
  let left = [...wanted.keys()].sort();
  const count = { written: 0, removed: 0 };
  for (let attempt = 0; attempt < ATTEMPTS_MAX && left.length > 0; attempt += 1) {
    const before = await store.read(database, left);
    const replacements = left.flatMap((id, at): Replacement[] => {
      const stored = before[at] ?? null;
      const record = wanted.get(id) ?? null;
      if (record === null)
        return stored === null ? [] : [{ document: { _id: id, _deleted: true }, revision: stored._rev ?? null }];
      const document = { _id: id, ...record };
      const isSame = stored !== null && canonicalText(stored) === canonicalText(document);
      return isSame ? [] : [{ document, revision: stored?._rev ?? null }];
    });
    const outcomes = await store.replace(database, replacements);
    const again = new Set<string>();
    for (const [at, { document }] of replacements.entries()) {
      if (outcomes[at] !== 'stored') again.add(document._id);
      else if (document._deleted === true) count.removed += 1;
      else count.written += 1;
    }
    left = [...again];
  }
  if (left.length > 0)
    throw new WaslError('ERR_DATABASE', `documents of ${database} keep being changed by somebody else`);
  return count;
}
