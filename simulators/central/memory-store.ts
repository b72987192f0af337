/** The store in memory: for a simulation in virtual time. It keeps the promises of the port, and fails when told to. */
import { WaslError } from '../../agent/domain/errors.js';
import {
  type ChangesPage,
  type ChangesQuery,
  type CreateOutcome,
  type DocumentStore,
  type IdRange,
  placeNumber,
  type Replacement,
  type ReplaceOutcome,
  type StoredDocument,
} from '../../sync/bridge/store.js';

/** What a store is asked. */
export interface StoreCall {
  readonly operation: 'ensure' | 'create' | 'read' | 'range' | 'put' | 'replace' | 'changes' | 'list';
  /** For `list`, the prefix that is asked for. */
  readonly database: string;
}

/** `fail`: nothing is done. `lose the answer`: it is done, and looks as if it had failed. */
export type StoreVerdict = 'go' | 'fail' | 'lose the answer';

/** A document, its revision, and the place of its last change. */
interface Held {
  readonly document: StoredDocument;
  readonly revision: string;
  readonly place: number;
}

interface Database {
  readonly held: Map<string, Held>;
  /** Documents that were deleted, and the place of that. */
  readonly gone: Map<string, number>;
  /** Place of the last change. */
  place: number;
}

/** What was there at a moment; {@link MemoryStore.restore} brings it back. */
export interface StoreBackup {
  readonly databases: ReadonlyMap<string, Readonly<Database>>;
}

/** Databases in memory. */
export class MemoryStore implements DocumentStore {
  /** Decides what becomes of each call. Default: all go. */
  plan: (call: StoreCall) => StoreVerdict = () => 'go';
  #databases = new Map<string, Database>();
  /** Never put back: what was read before a restore is no revision of anything after it. */
  #writes = 0;

  ensure(database: string): Promise<void> {
    return this.#call({ operation: 'ensure', database }, () => {
      if (!this.#databases.has(database)) this.#databases.set(database, { held: new Map(), gone: new Map(), place: 0 });
    });
  }

  create(database: string, documents: readonly StoredDocument[]): Promise<readonly CreateOutcome[]> {
    return this.#call({ operation: 'create', database }, () => {
      const there = this.#there(database);
      return documents.map((document) => {
        if (there.held.has(document._id)) return 'conflict';
        this.#write(there, document);
        return 'created';
      });
    });
  }

  read(database: string, ids: readonly string[]): Promise<readonly (StoredDocument | null)[]> {
    return this.#call({ operation: 'read', database }, () => {
      const held = this.#databases.get(database)?.held;
      return ids.map((id) => revised(held?.get(id)));
    });
  }

  range(database: string, { from, to, limit }: IdRange): Promise<readonly StoredDocument[]> {
    return this.#call({ operation: 'range', database }, () =>
      this.#sorted(database)
        .filter(({ document: { _id } }) => _id >= from && _id <= to)
        .slice(0, limit)
        .flatMap((held) => revised(held) ?? []),
    );
  }

  put(database: string, document: StoredDocument): Promise<void> {
    return this.#call({ operation: 'put', database }, () => {
      const there = this.#databases.get(database);
      if (there !== undefined) this.#write(there, document);
    });
  }

  replace(database: string, replacements: readonly Replacement[]): Promise<readonly ReplaceOutcome[]> {
    return this.#call({ operation: 'replace', database }, () => {
      const there = this.#there(database);
      return replacements.map(({ document, revision }) => {
        if ((there.held.get(document._id)?.revision ?? null) !== revision) return 'conflict';
        this.#write(there, document);
        return 'stored';
      });
    });
  }

  changes(database: string, { since, limit }: ChangesQuery): Promise<ChangesPage> {
    return this.#call({ operation: 'changes', database }, () => {
      const { held, gone, place } = this.#there(database);
      const from = since === null ? 0 : placeNumber(since);
      if (from >= place) return { changes: [], last: String(place) };
      const there = [...held.values()].map((one) => ({ id: one.document._id, place: one.place, one }));
      const taken = [...gone].map(([id, at]) => ({ id, place: at, one: undefined }));
      const later = [...there, ...taken].filter((one) => one.place > from).sort((a, b) => a.place - b.place);
      const page = later.slice(0, limit);
      const last = page.length === later.length ? place : (page.at(-1)?.place ?? place);
      return { changes: page.map(({ id, one }) => ({ id, document: revised(one) })), last: String(last) };
    });
  }

  list(prefix: string): Promise<readonly string[]> {
    return this.#call({ operation: 'list', database: prefix }, () =>
      this.databases().filter((name) => name.startsWith(prefix)),
    );
  }

  /** Takes a whole database away. */
  drop(database: string): void {
    this.#databases.delete(database);
  }

  /** Names of the databases. */
  databases(): string[] {
    return [...this.#databases.keys()].sort();
  }

  /** Everything in a database, in the order of ids, without revisions. */
  documents(database: string): StoredDocument[] {
    return this.#sorted(database).map(({ document }) => structuredClone(document));
  }

  /** Takes documents away behind everybody's back, as a partial restore does. */
  lose(database: string, which: (document: StoredDocument) => boolean): void {
    const held = this.#databases.get(database)?.held;
    for (const document of this.documents(database)) if (which(document)) held?.delete(document._id);
  }

  /** What is there now; {@link restore} brings it back. */
  backup(): StoreBackup {
    return { databases: structuredClone(this.#databases) };
  }

  /** Puts everything back to a backup: documents, and the places of their changes. */
  restore(backup: StoreBackup): void {
    this.#databases = new Map(structuredClone(backup.databases));
  }

  #there(database: string): Database {
    const there = this.#databases.get(database);
    if (there === undefined) throw new WaslError('ERR_DATABASE', `the database ${database} is not there`);
    return there;
  }

  #sorted(database: string): Held[] {
    const held = [...(this.#databases.get(database)?.held.values() ?? [])];
    return held.sort((a, b) => (a.document._id < b.document._id ? -1 : 1));
  }

  #write(there: Database, written: StoredDocument): void {
    const { _rev, ...document } = structuredClone(written);
    this.#writes += 1;
    there.place += 1;
    if (document._deleted === true) {
      there.held.delete(written._id);
      there.gone.set(written._id, there.place);
      return;
    }
    there.gone.delete(written._id);
    there.held.set(written._id, {
      document: { ...document, _id: written._id },
      revision: `${this.#writes}-memory`,
      place: there.place,
    });
  }

  async #call<T>(call: StoreCall, action: () => T): Promise<T> {
    const verdict = this.plan(call);
    if (verdict === 'fail') throw new WaslError('ERR_DATABASE', `${call.operation} failed`);
    const result = action();
    if (verdict === 'lose the answer') throw new WaslError('ERR_DATABASE', `the answer to ${call.operation} was lost`);
    return result;
  }
}

function revised(held: Held | undefined): StoredDocument | null {
  return held === undefined ? null : { ...structuredClone(held.document), _rev: held.revision };
}
