/** COSE_Sign1 (RFC 9052 §4.2): one payload under one signature. */

import type { Signer } from '../domain/keys.js';
import { decodeCbor, encodeCbor } from './cbor.js';
import type { Label } from './hash.js';
import { coseSigStructure, KEY_ID_BYTES, SIGNATURE_BYTES } from './signature.js';

/** Largest COSE_Sign1 that is read: a card holds less, and a QR code no more. */
export const COSE_BYTES_MAX = 2048;

/** COSE algorithm numbers (IANA COSE Algorithms). */
export const ALGORITHMS = { EdDSA: -8 } as const;

/** First byte of a tagged COSE_Sign1: CBOR tag 18. */
const TAG_SIGN1 = 0xd2;

/** COSE header parameters (IANA COSE Header Parameters). */
const HEADER = { algorithm: 1, keyId: 4, type: 16 } as const;

/** `typ` of a credential: CoAP Content-Format 61, application/cwt (RFC 9596 §2, RFC 8392 §9.1). */
const TYPE_CWT = 61;

/** A COSE_Sign1, taken apart and not verified. */
export interface Sign1 {
  /** The protected header, byte for byte as it was signed. */
  readonly protectedBytes: Uint8Array;
  readonly algorithm: number;
  readonly keyId: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** Why bytes are no COSE_Sign1 that we read. */
export type Sign1Problem = 'cbor' | 'canonical' | 'cose';

/** Result of {@link decodeSign1}. */
export type Sign1Result =
  | { readonly ok: true; readonly sign1: Sign1 }
  | { readonly ok: false; readonly problem: Sign1Problem };

/** Signs a CWT payload as a tagged COSE_Sign1 with algorithm, key id and type in the protected header, and nothing unprotected. */
export function encodeSign1(payload: Uint8Array, signer: Signer): Uint8Array {
  const protectedBytes = encodeCbor(
    new Map<number, unknown>([
      [HEADER.algorithm, ALGORITHMS.EdDSA],
      [HEADER.keyId, signer.keyId],
      [HEADER.type, TYPE_CWT],
    ]),
  );
  const signature = signer.sign(coseSigStructure(protectedBytes, new Uint8Array(0), payload));
  const body = encodeCbor([protectedBytes, new Map(), payload, signature]);
  return Uint8Array.from([TAG_SIGN1, ...body]);
}

/** Signs any other payload: algorithm and key id in the protected header, and a label of its own under the signature. */
export function encodeLabelledSign1(payload: Uint8Array, signer: Signer, label: Label): Uint8Array {
  const protectedBytes = encodeCbor(
    new Map<number, unknown>([
      [HEADER.algorithm, ALGORITHMS.EdDSA],
      [HEADER.keyId, signer.keyId],
    ]),
  );
  const signature = signer.sign(labelledMessage({ protectedBytes, payload }, label));
  return Uint8Array.from([TAG_SIGN1, ...encodeCbor([protectedBytes, new Map(), payload, signature])]);
}

/** What the signature of {@link encodeLabelledSign1} covers. */
export function labelledMessage(of: Pick<Sign1, 'protectedBytes' | 'payload'>, label: Label): Uint8Array {
  return coseSigStructure(of.protectedBytes, encodeCbor([label]), of.payload);
}

/**
 * Takes a tagged COSE_Sign1 of ours apart: canonical, all of it protected, with the key id that we always write. `type`: the `typ` that its header must name;
 * null for one that must name none, and no other algorithm than EdDSA. Never throws.
 */
export function decodeSign1(bytes: Uint8Array, type: number | null = TYPE_CWT): Sign1Result {
  if (bytes.length > COSE_BYTES_MAX) return { ok: false, problem: 'cbor' };
  if (bytes[0] !== TAG_SIGN1) {
    // Tell "not CBOR at all" from "CBOR, but something else": the codes are for whoever debugs a second implementation.
    const other = decodeCbor(bytes, { bytesMax: COSE_BYTES_MAX, depthMax: 4, itemsMax: 256 });
    return { ok: false, problem: other.ok ? 'cose' : problemOf(other.problem) };
  }
  const body = decodeCbor(bytes.subarray(1), { bytesMax: COSE_BYTES_MAX, depthMax: 3, itemsMax: 32 });
  if (!body.ok) return { ok: false, problem: problemOf(body.problem) };
  const parts = body.value;
  if (!Array.isArray(parts) || parts.length !== 4) return { ok: false, problem: 'cose' };
  const [protectedBytes, unprotected, payload, signature] = parts as readonly unknown[];
  if (
    !(protectedBytes instanceof Uint8Array) ||
    !(payload instanceof Uint8Array) ||
    !(signature instanceof Uint8Array)
  ) {
    return { ok: false, problem: 'cose' };
  }
  if (!(unprotected instanceof Map) || unprotected.size !== 0) return { ok: false, problem: 'cose' };
  if (signature.length !== SIGNATURE_BYTES) return { ok: false, problem: 'cose' };
  const header = decodeCbor(protectedBytes, { bytesMax: 128, depthMax: 1, itemsMax: 16 });
  if (!header.ok) return { ok: false, problem: problemOf(header.problem) };
  if (!(header.value instanceof Map)) return { ok: false, problem: 'cose' };
  const algorithm: unknown = header.value.get(HEADER.algorithm);
  const keyId: unknown = header.value.get(HEADER.keyId);
  if (typeof algorithm !== 'number' || header.value.get(HEADER.type) !== (type ?? undefined))
    return { ok: false, problem: 'cose' };
  if (type === null && (algorithm !== ALGORITHMS.EdDSA || header.value.size !== 2))
    return { ok: false, problem: 'cose' };
  if (!(keyId instanceof Uint8Array) || keyId.length !== KEY_ID_BYTES) return { ok: false, problem: 'cose' };
  return { ok: true, sign1: { protectedBytes, algorithm, keyId, payload, signature } };
}

function problemOf(problem: 'size' | 'shape' | 'canonical'): Sign1Problem {
  return problem === 'canonical' ? 'canonical' : 'cbor';
}
