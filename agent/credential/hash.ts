import { hash } from 'node:crypto';
import { encodeCbor } from './cbor.js';

/**
 * Domain labels: the first thing under every hash and signature, so that no structure passes for another.
 * A credential has none of these: it is a plain COSE_Sign1 over a CWT (with `typ`, RFC 9596), so that any Claim 169 reader verifies it;
 * every other signature covers a non-empty external_aad that begins with one of these labels.
 */
export const LABELS = {
  endorsement: 'wasl/endorsement/1',
  credentialHash: 'wasl/credential-hash/1',
  cardProof: 'wasl/card-proof/1',
  /** Of a card with several ledgers: names the one that is proven. */
  ledgerProof: 'wasl/card-proof/2',
  ledger: 'wasl/ledger/1',
  ledgerHash: 'wasl/ledger-hash/1',
  slip: 'wasl/slip/1',
  voidTap: 'wasl/void-tap/1',
  batch: 'wasl/batch/1',
  acknowledgement: 'wasl/ack/1',
  list: 'wasl/list/1',
  rosterName: 'wasl/roster-name/1',
  body: 'wasl/body/1',
  chain: 'wasl/chain/1',
  epoch: 'wasl/epoch/1',
  salt: 'wasl/salt/1',
  seal: 'wasl/seal/1',
  healthKey: 'wasl/health-key/1',
  healthRecord: 'wasl/health-record/1',
  healthCopy: 'wasl/health-copy/1',
  pinSite: 'wasl/pin-site/1',
  pinCode: 'wasl/pin-code/1',
  pinLetter: 'wasl/pin-letter/1',
} as const;

/** One of {@link LABELS}. */
export type Label = (typeof LABELS)[keyof typeof LABELS];

/** Bytes that SHA-256 takes in at a time (FIPS 180-4). */
const BLOCK_BYTES = 64;
const HASH_BYTES = 32;

/** SHA-256 over the deterministic CBOR of `[label, ...parts]`: 32 bytes. */
export function hashOf(label: Label, ...parts: readonly unknown[]): Uint8Array {
  return sha256(encodeCbor([label, ...parts]));
}

/**
 * HMAC-SHA-256 (RFC 2104) under `key` over the deterministic CBOR of `[label, ...parts]`: 32 bytes. Put together from one-shot hashes: an
 * object of `node:crypto` for each call costs several times the hashing itself.
 */
export function keyedHash(key: Uint8Array, label: Label, ...parts: readonly unknown[]): Uint8Array {
  const message = encodeCbor([label, ...parts]);
  const short = key.length > BLOCK_BYTES ? sha256(key) : key;
  const inner = sha256(padded(short, { pad: 0x36, tail: message }));
  return sha256(padded(short, { pad: 0x5c, tail: inner }));
}

/** Names an event by its bytes, wherever they stand: the first 16 hex digits of their SHA-256. */
export function eventMark(bytes: Uint8Array): string {
  return hash('sha256', bytes, 'hex').slice(0, 16);
}

/** A hash as a string that is taken apart costs a third of one as a buffer, which has memory of its own (Node 20, measured). */
function sha256(bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary');
  const digest = new Uint8Array(HASH_BYTES);
  for (let i = 0; i < HASH_BYTES; i += 1) digest[i] = text.charCodeAt(i);
  return digest;
}

function padded(key: Uint8Array, { pad, tail }: { readonly pad: number; readonly tail: Uint8Array }): Uint8Array {
  const bytes = Buffer.allocUnsafe(BLOCK_BYTES + tail.length);
  for (let i = 0; i < BLOCK_BYTES; i += 1) bytes[i] = pad ^ (key[i] ?? 0);
  bytes.set(tail, BLOCK_BYTES);
  return bytes;
}
