/**
 * The store port: the documents of the centre, as little of a database as the bridge needs. Every call rejects with `ERR_DATABASE`
 * when the database cannot be reached, refuses, or takes too long; nothing is then known about what it did.
 */

/** A JSON document; `_id` names it within its database. */
export interface StoredDocument {
  readonly _id: string;
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
}
