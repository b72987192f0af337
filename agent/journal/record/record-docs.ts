/** What the record store asks of the database below it: documents with ids that sort, in one database for each calendar period. */

/** A document. Only its id is looked at. */
export interface RecordDoc {
  readonly id: string;
  readonly [field: string]: string | number | null;
}

/** Documents by id, ids compared by code unit; both ends included. */
export interface DocRange {
  readonly first: string;
  readonly last: string;
  readonly descending: boolean;
  readonly limit: number;
}

/**
 * Why a call failed. `damaged`: the database reports corruption, or answers nonsense. `died`: its process ended, or did not answer in time.
 * `busy`: another process has it open. `full`: no room on the disk.
 */
export type DocFault = 'damaged' | 'died' | 'busy' | 'full';

/** What a failed call rejects with. */
export class DocError extends Error {
  override readonly name = 'DocError';
  readonly fault: DocFault;

  constructor(fault: DocFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** Databases of documents. Every call rejects with a {@link DocError} when the database fails. */
export interface RecordDocs {
  /** Adds documents; one whose id is there is left as it is. */
  put(period: string, docs: readonly RecordDoc[]): Promise<void>;
  /** Puts a document in the place of the one with its id, if there is one. */
  replace(period: string, doc: RecordDoc): Promise<void>;
  /** Documents with these ids, in their order; null where there is none. */
  get(period: string, ids: readonly string[]): Promise<readonly (RecordDoc | null)[]>;
  range(period: string, range: DocRange): Promise<readonly RecordDoc[]>;
  /** How many documents are in a range. */
  count(period: string, range: Pick<DocRange, 'first' | 'last'>): Promise<number>;
  /** Lets go of all databases. The next call opens them again. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** What of {@link RecordDocs} goes through to another process. */
export type DocCall = Exclude<keyof RecordDocs, 'restart' | 'close'>;

/** A call on its way to the process that has the databases. */
export interface DocRequest {
  readonly number: number;
  readonly call: DocCall;
  readonly args: readonly unknown[];
}

/** Its answer. */
export type DocAnswer =
  | { readonly number: number; readonly ok: true; readonly value: unknown }
  | { readonly number: number; readonly ok: false; readonly fault: DocFault; readonly message: string };
