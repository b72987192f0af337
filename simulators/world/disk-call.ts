/** What is asked of a simulated disk, what becomes of it, and the errors that it gives. */
import { faultOf } from '../../agent/journal/disk.js';

/** A call that changes something, or makes it durable. Reads are not counted: a cut at a read is one at the call before it. */
export interface DiskCall {
  /** From 0, over the life of the disk. */
  readonly index: number;
  readonly operation: 'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'remove' | 'syncFolder' | 'read';
  readonly path: string;
  /** Of a write: where, and what. */
  readonly data?: { readonly at: number; readonly bytes: Uint8Array };
}

/**
 * What becomes of a call. `cut`: the power fails while it is under way: a write or a change of names may have reached the medium, a
 * sync has not ended. `kill`: the process ends in its place, what it had written stays in the cache. `ENOSPC` on a write leaves half of it in the file. `EIO` on a sync loses what it should have made durable, for good.
 */
export type DiskVerdict = 'go' | 'cut' | 'kill' | 'ENOSPC' | 'EIO';

/** An error as the operating system gives it. `code`: e.g. `EIO`; `EPOWER` stands for the end of the process or of the power. */
export function fault(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** True for the error that a session gives whose process or power has ended. */
export function isPowerCut(error: unknown): boolean {
  return faultOf(error) === 'EPOWER';
}
