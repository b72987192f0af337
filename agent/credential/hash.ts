import { createHash, createHmac } from 'node:crypto';
import { encodeCbor } from './cbor.js';

/**
 * Domain labels: the first thing under every hash and signature, so that no structure passes for another.
 * A credential has none of these: it is a plain COSE_Sign1 over a CWT (with `typ`, RFC 9596), so that any Claim 169 reader verifies it;
 * every other signature covers a non-empty external_aad that begins with one of these labels.
 */
export const LABELS = {
  endorsement: 'wasl/endorsement/1',
  ledger: 'wasl/ledger/1',
  ledgerHash: 'wasl/ledger-hash/1',
  batch: 'wasl/batch/1',
  acknowledgement: 'wasl/ack/1',
  list: 'wasl/list/1',
  body: 'wasl/body/1',
  chain: 'wasl/chain/1',
  epoch: 'wasl/epoch/1',
  salt: 'wasl/salt/1',
  seal: 'wasl/seal/1',
} as const;

/** One of {@link LABELS}. */
export type Label = (typeof LABELS)[keyof typeof LABELS];

/** SHA-256 over the deterministic CBOR of `[label, ...parts]`: 32 bytes. */
export function hashOf(label: Label, ...parts: readonly unknown[]): Uint8Array {
  return createHash('sha256')
    .update(encodeCbor([label, ...parts]))
    .digest();
}

/** HMAC-SHA-256 under `key` over the deterministic CBOR of `[label, ...parts]`: 32 bytes. */
export function keyedHash(key: Uint8Array, label: Label, ...parts: readonly unknown[]): Uint8Array {
  return createHmac('sha256', key)
    .update(encodeCbor([label, ...parts]))
    .digest();
}
