/** The database server of a centre as recovery needs it: the bridge's store, and a way to go through everything that is there. */
import type { DocumentStore, StoredDocument } from '../bridge/store.js';

/** A database as the server describes it. */
export interface DatabaseInfo {
  /** Documents that are there now. */
  readonly documents: number;
  readonly partitioned: boolean;
}

/** The databases of a centre. Every call rejects with `ERR_DATABASE` as those of the store do. */
export interface CentreServer {
  /** Reads and writes single documents. */
  readonly store: DocumentStore;
  /** Names of the databases that are Wasl's, ascending: those that {@link isCentreDatabase} takes. */
  databases(): Promise<readonly string[]>;
  info(database: string): Promise<DatabaseInfo>;
  /**
   * Up to `limit` documents in the order of their ids, design documents too, from the first one after `after` on (null for the very
   * first); fewer than `limit` only at the end. Without `_rev`: what is written anew begins its own history.
   */
  page(database: string, after: string | null, limit: number): Promise<readonly StoredDocument[]>;
}

/** True for a name that a database of Wasl may have. It is used as the name of a file, so nothing else passes. */
export function isCentreDatabase(name: string): boolean {
  return /^wasl-[a-z0-9][a-z0-9_-]{0,99}$/.test(name);
}

/** A document without what only the server that it came from knows. */
export function withoutRevision(document: StoredDocument): StoredDocument {
  const { _rev: _, ...rest } = document;
  return rest;
}
