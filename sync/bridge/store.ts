/**
 * The store port: the documents of the centre, as little of a database as the bridge needs. Every call rejects with `ERR_DATABASE`
 * when the database cannot be reached, refuses, or takes too long; nothing is then known about what it did.
 */

/**
 * A JSON document; `_id` names it within its database. One that was read carries its revision as `_rev`, a text that changes with every
 * change of the document; what is created or put needs none.
 */
export interface StoredDocument {
  readonly _id: string;
  readonly _rev?: string;
  readonly [field: string]: unknown;
}

/**
 * What became of one document of a bulk creation. `conflict`: another one has that id, and was not touched. `failed`: it may or may
 * not be there, or is there on too few nodes; try again.
 */
export type CreateOutcome = 'created' | 'conflict' | 'failed';

/** A run of ids in the order of their bytes, both ends included. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
  readonly limit: number;
}

/**
 * A document to be written in place of the very revision that was read, or, with null, only where there is none. One whose field `_deleted` is true is taken away: it
 * is not there any more, and may be written anew.
 */
export interface Replacement {
  readonly document: StoredDocument;
  readonly revision: string | null;
}

/**
 * What became of a replacement. `conflict`: another revision is there, or none, and it was not touched. `failed`: it may or may not
 * have been written; read it again.
 */
export type ReplaceOutcome = 'stored' | 'conflict' | 'failed';

/** A document that changed, as it is now; null for one that is deleted. */
export interface DocumentChange {
  readonly id: string;
  readonly document: StoredDocument | null;
}

/** Where to go on in the changes of a database, and how many to give at most. `since` is null for the beginning. */
export interface ChangesQuery {
  readonly since: string | null;
  readonly limit: number;
}

/**
 * Changes of a database in the order in which they happened: each document once, at its last change. A document may come again, so
 * whoever follows must not mind. `last` is the place behind them: opaque, but for the number that it begins with, which only grows
 * while the database lives and falls when the database was put back to an earlier state.
 */
export interface ChangesPage {
  readonly changes: readonly DocumentChange[];
  readonly last: string;
}

/** Databases of documents. */
export interface DocumentStore {
  /** Makes sure that a database is there. `partitioned`: ids begin with a partition and `:`; a server without partitions ignores it. */
  ensure(database: string, kind: { readonly partitioned: boolean }): Promise<void>;
  /** Creates documents with distinct ids and never changes one that is there; answers for each, in order. */
  create(database: string, documents: readonly StoredDocument[]): Promise<readonly CreateOutcome[]>;
  /** The documents with these ids, in order; null for one that is not there. */
  read(database: string, ids: readonly string[]): Promise<readonly (StoredDocument | null)[]>;
  /** Documents by id; none when the database is not there. */
  range(database: string, range: IdRange): Promise<readonly StoredDocument[]>;
  /** Creates or replaces a document. For what people maintain, never for events. */
  put(database: string, document: StoredDocument): Promise<void>;
  /** Writes documents with distinct ids, each only over the revision that it was made from; answers for each, in order. */
  replace(database: string, replacements: readonly Replacement[]): Promise<readonly ReplaceOutcome[]>;
  /** What changed after a place; nothing, and the place itself, when nothing did. Rejects when the database is not there. */
  changes(database: string, query: ChangesQuery): Promise<ChangesPage>;
  /** Names of the databases that begin with `prefix`, in the order of their bytes. */
  list(prefix: string): Promise<readonly string[]>;
}

/** The number that a place in the changes begins with: it falls when the database was put back to an earlier state. */
export function placeNumber(place: string): number {
  return Number.parseInt(place, 10) || 0;
}
