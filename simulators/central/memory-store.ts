/** The store in memory: for a simulation in virtual time. It keeps the promises of the port, and fails when told to. */
import { WaslError } from '../../agent/domain/errors.js';
import type { CreateOutcome, DocumentStore, IdRange, StoredDocument } from '../../sync/bridge/store.js';

/** What a store is asked. */
export interface StoreCall {
  readonly operation: 'ensure' | 'create' | 'read' | 'range' | 'put';
  readonly database: string;
}

/** `fail`: nothing is done. `lose the answer`: it is done, and looks as if it had failed. */
export type StoreVerdict = 'go' | 'fail' | 'lose the answer';

/** Databases in memory. */
export class MemoryStore implements DocumentStore {
  /** Decides what becomes of each call. Default: all go. */
  plan: (call: StoreCall) => StoreVerdict = () => 'go';
  #databases = new Map<string, Map<string, StoredDocument>>();

  ensure(database: string): Promise<void> {
    return this.#call({ operation: 'ensure', database }, () => {
      if (!this.#databases.has(database)) this.#databases.set(database, new Map());
    });
  }

  create(database: string, documents: readonly StoredDocument[]): Promise<readonly CreateOutcome[]> {
    return this.#call({ operation: 'create', database }, () => {
      const held = this.#databases.get(database);
      if (held === undefined) throw new WaslError('ERR_DATABASE', `the database ${database} is not there`);
      return documents.map((document) => {
        if (held.has(document._id)) return 'conflict';
        held.set(document._id, structuredClone(document));
        return 'created';
      });
    });
  }

  read(database: string, ids: readonly string[]): Promise<readonly (StoredDocument | null)[]> {
    return this.#call({ operation: 'read', database }, () => {
      const held = this.#databases.get(database);
      return ids.map((id) => structuredClone(held?.get(id) ?? null));
    });
  }

  range(database: string, { from, to, limit }: IdRange): Promise<readonly StoredDocument[]> {
    return this.#call({ operation: 'range', database }, () =>
      this.documents(database)
        .filter(({ _id }) => _id >= from && _id <= to)
        .slice(0, limit),
    );
  }

  put(database: string, document: StoredDocument): Promise<void> {
    return this.#call({ operation: 'put', database }, () => {
      this.#databases.get(database)?.set(document._id, structuredClone(document));
    });
  }

  /** Names of the databases. */
  databases(): string[] {
    return [...this.#databases.keys()].sort();
  }

  /** Everything in a database, in the order of ids. */
  documents(database: string): StoredDocument[] {
    const held = [...(this.#databases.get(database)?.values() ?? [])];
    return held.map((document) => structuredClone(document)).sort((a, b) => (a._id < b._id ? -1 : 1));
  }

  /** Takes documents away behind everybody's back, as a partial restore does. */
  lose(database: string, which: (document: StoredDocument) => boolean): void {
    const held = this.#databases.get(database);
    for (const document of this.documents(database)) if (which(document)) held?.delete(document._id);
  }

  /** What is there now; {@link restore} brings it back. */
  backup(): ReadonlyMap<string, ReadonlyMap<string, StoredDocument>> {
    return structuredClone(this.#databases);
  }

  /** Puts everything back to a backup. */
  restore(backup: ReadonlyMap<string, ReadonlyMap<string, StoredDocument>>): void {
    this.#databases = new Map([...structuredClone(backup)].map(([name, held]) => [name, new Map(held)]));
  }

  async #call<T>(call: StoreCall, action: () => T): Promise<T> {
    const verdict = this.plan(call);
    if (verdict === 'fail') throw new WaslError('ERR_DATABASE', `${call.operation} failed`);
    const result = action();
    if (verdict === 'lose the answer') throw new WaslError('ERR_DATABASE', `the answer to ${call.operation} was lost`);
    return result;
  }
}
