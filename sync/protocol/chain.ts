import { hashOf, keyedHash, LABELS } from '../../agent/credential/hash.js';

/** Bytes of a hash, of a chain head and of an epoch's salt key. */
export const HASH_BYTES = 32;

/** Bytes of the salt of one event's body. */
export const SALT_BYTES = 16;

/** What an epoch's base hash covers. */
export interface EpochLink {
  readonly terminal: string;
  readonly epoch: string;
  /** End of the epoch before, or null for a terminal's first. */
  readonly previous: { readonly epoch: string; readonly seq: number; readonly head: Uint8Array } | null;
}

/** The hash that event 1 of an epoch chains on: binds the epoch to its terminal, its name and the end of the one before. */
export function epochBase(link: EpochLink): Uint8Array {
  const { previous } = link;
  return hashOf(
    LABELS.epoch,
    link.terminal,
    link.epoch,
    previous === null ? null : [previous.epoch, previous.seq, previous.head],
  );
}

/**
 * The salt of event `seq`: 16 bytes, derived, so that it costs nothing on the wire. The centre keeps each event's own salt beside
 * its body and never the key, so erasing body and salt leaves a hash from which a body of low entropy cannot be guessed.
 */
export function bodySalt(saltKey: Uint8Array, seq: number): Uint8Array {
  return keyedHash(saltKey, LABELS.salt, seq).subarray(0, SALT_BYTES);
}

/** The salted hash of an event's canonical bytes. */
export function bodyHash(salt: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hashOf(LABELS.body, salt, bytes);
}

/** Head of the chain after event `seq`, from the head before it. */
export function nextHead(before: Uint8Array, seq: number, hashOfBody: Uint8Array): Uint8Array {
  return hashOf(LABELS.chain, before, seq, hashOfBody);
}
