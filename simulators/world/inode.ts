/** A file in memory: what is durable of it, what is in the cache, and the changes in between. */

/** A change to a file that is not durable yet. */
export type PendingChange =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly length: number };

/** What of the changes that were not durable is found on the medium after a cut. */
export interface Tear {
  readonly name: string;
  /** Of one file, in order. */
  readonly data: (pending: readonly PendingChange[]) => readonly PendingChange[];
  /** Whether new, changed and removed names are found. */
  readonly names: 'kept' | 'lost';
}

/** Everything that was not durable is lost. */
export const LOSE_ALL: Tear = { name: 'all lost', data: () => [], names: 'lost' };

/** Bytes that change. */
export interface Content {
  bytes: Uint8Array;
}

/** One file. */
export interface Inode {
  readonly durable: Content;
  readonly current: Content;
  pending: PendingChange[];
}

/** What a cut leaves of a file. */
export function survivorOf(inode: Inode, tear: Tear): Inode {
  const durable = { bytes: inode.durable.bytes.slice() };
  for (const change of tear.data(inode.pending)) applyTo(durable, change);
  return { durable, current: { bytes: durable.bytes.slice() }, pending: [] };
}

/** Makes a change that is not durable yet. */
export function applyPending(inode: Inode, change: PendingChange): void {
  inode.pending.push(change);
  applyTo(inode.current, change);
}

/** Makes a change. */
export function applyTo(content: Content, change: PendingChange): void {
  if (change.kind === 'truncate') {
    content.bytes = resized(content.bytes, change.length);
    return;
  }
  const end = change.at + change.bytes.length;
  if (end > content.bytes.length) content.bytes = resized(content.bytes, end);
  content.bytes.set(change.bytes, change.at);
}

function resized(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes.slice(0, length);
  const grown = new Uint8Array(length);
  grown.set(bytes);
  return grown;
}
