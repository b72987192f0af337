/** Keys that are derived from the one key of a terminal's data, and how something is sealed under them. */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import { WaslError } from '../domain/errors.js';

/** Bytes of the journal key. */
export const JOURNAL_KEY_BYTES = 32;

/** Bytes of the salts that segments and checkpoints are keyed with. */
export const FILE_SALT_BYTES = 16;

/** Bytes that sealing adds: the tag of AES-GCM (NIST SP 800-38D). */
export const SEAL_TAG_BYTES = 16;

/** Bytes of the nonce of AES-GCM. */
export const NONCE_BYTES = 12;

/** What a derived key is for: the `info` of HKDF, so that no key serves two purposes. */
export const KEY_LABELS = {
  segment: 'wasl/journal/segment/1',
  head: 'wasl/journal/head/1',
  checkpoint: 'wasl/journal/checkpoint/1',
  record: 'wasl/record/seal/1',
  pseudonym: 'wasl/record/pseudonym/1',
  roster: 'wasl/roster/seal/1',
  served: 'wasl/roster/served/1',
} as const;

/** One of {@link KEY_LABELS}. */
export type KeyLabel = (typeof KEY_LABELS)[keyof typeof KEY_LABELS];

/** The key of a terminal's data, checked, never shown: 32 random bytes that are kept outside the data folder. */
export function journalKey(bytes: Uint8Array): KeyObject {
  if (bytes.length !== JOURNAL_KEY_BYTES) {
    throw new WaslError('ERR_SECRET', `the journal key has ${JOURNAL_KEY_BYTES} bytes, this one ${bytes.length}`);
  }
  return createSecretKey(bytes);
}

/** HKDF-SHA-256 (RFC 5869) of the journal key: 32 bytes for `label` and `salt`. */
export function deriveKey(key: KeyObject, label: KeyLabel, salt: Uint8Array = new Uint8Array()): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', key, salt, label, 32)));
}

/** One sealing: a pair of key and nonce is used for one plaintext only. */
export interface SealContext {
  readonly key: KeyObject;
  /** 12 bytes. */
  readonly nonce: Uint8Array;
  /** What is authenticated with the content, but not part of it. */
  readonly bound: Uint8Array;
}

/** AES-256-GCM: ciphertext, then the 16-byte tag; before them `headBytes` zeros for the caller to fill. */
export function sealBytes(context: SealContext, plaintext: Uint8Array, headBytes = 0): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', context.key, context.nonce);
  cipher.setAAD(context.bound);
  const body = cipher.update(plaintext);
  // Nothing is left for the end: GCM is a stream.
  cipher.final();
  const sealed = new Uint8Array(headBytes + body.length + SEAL_TAG_BYTES);
  sealed.set(body, headBytes);
  sealed.set(cipher.getAuthTag(), headBytes + body.length);
  return sealed;
}

/** Opens what {@link sealBytes} made; null when anything about it is different. */
export function openBytes(context: SealContext, sealed: Uint8Array): Uint8Array | null {
  const end = sealed.length - SEAL_TAG_BYTES;
  if (end < 0) return null;
  const decipher = createDecipheriv('aes-256-gcm', context.key, context.nonce);
  decipher.setAAD(context.bound);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(0, end));
  try {
    decipher.final();
  } catch {
    return null;
  }
  return new Uint8Array(plaintext.buffer, plaintext.byteOffset, plaintext.length);
}

/** First `length` bytes of HMAC-SHA-256. */
export function macOf(key: KeyObject, bytes: Uint8Array, length: number): Uint8Array {
  return createHmac('sha256', key).update(bytes).digest().subarray(0, length);
}

/** Compares two authenticators in constant time. */
export function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
