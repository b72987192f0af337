/**
 * Claim 169 codes of other issuers (MOSIP QR specification 1.2.2). The same ordered steps as for our own credentials:
 *
 *   text → base45 → inflate → cose → key → signature → payload → times
 *
 * and looser in what their issuers may do: zlib or Brotli, any valid CBOR, tags 61 and 18 or none, a key id in either header or none (then
 * every trusted key of the algorithm is tried). Never looser in what counts: the algorithm is signed and is the one of the key, one key of
 * the authority's list must verify, nothing of the payload is looked at before, and a failed step returns no content.
 * What comes out is an identity and never an entitlement.
 */

import type { ErrorCode } from '../domain/error-codes.js';
import type { ForeignAlgorithm, ForeignKey } from '../domain/keys.js';
import { CborTag, decodeLenient } from './cbor-lenient.js';
import type { DecodeStep, RawCredential } from './decode.js';
import { decodeForeignClaims, type ForeignClaims } from './foreign-claims.js';
import { FOREIGN_COSE_ALGORITHMS } from './foreign-key.js';
import { bytesOfQrText } from './qr-payload.js';
import { coseSigStructure, SIGNATURE_BYTES } from './signature.js';

/** What a foreign code is checked against. */
export interface ForeignContext {
  /** All trusted keys of the profile. */
  readonly keys: readonly ForeignKey[];
  /** Seconds since 1970. */
  readonly now: number;
}

/** A verified foreign code. */
export interface ForeignCredential extends ForeignClaims {
  /** Name that the authority gave the issuer whose key verified. */
  readonly issuer: string;
}

/** Result of {@link decodeForeign}. */
export type ForeignResult =
  | { readonly ok: true; readonly credential: ForeignCredential }
  | { readonly ok: false; readonly step: DecodeStep; readonly code: ErrorCode };

/** Longest text that a QR code can hold at all: version 40 at level L, alphanumeric mode (ISO/IEC 18004 table 7). */
export const FOREIGN_CHARS_MAX = 4296;

/** Largest foreign COSE_Sign1 that is read. A QR code holds 2,864 bytes compressed; pictures hardly compress, texts do. */
export const FOREIGN_BYTES_MAX = 16_384;

const TEXT_LIMITS = { charsMax: FOREIGN_CHARS_MAX, bytesMax: FOREIGN_BYTES_MAX, brotli: true };
const ENVELOPE_LIMITS = { bytesMax: FOREIGN_BYTES_MAX, depthMax: 6, itemsMax: 64 };
const HEADER_LIMITS = { bytesMax: 2048, depthMax: 4, itemsMax: 64 };

/** Tags of a CWT (RFC 8392 §6) and of a COSE_Sign1 (RFC 9052 §4.2). */
const TAG = { cwt: 61, sign1: 18 } as const;

/** COSE header parameters (IANA COSE Header Parameters). */
const HEADER = { algorithm: 1, critical: 2, keyId: 4 } as const;

const KEY_ID_BYTES_MAX = 64;

/** Checks a foreign code against everything it must satisfy, in order. Never throws. */
export function decodeForeign(raw: RawCredential, context: ForeignContext): ForeignResult {
  const text = raw.form === 'bytes' ? { ok: true as const, bytes: raw.bytes } : bytesOfQrText(raw.text, TEXT_LIMITS);
  if (!text.ok) return text;
  const opened = openEnvelope(text.bytes);
  if (typeof opened === 'string') return failed('cose', opened);

  const candidates = context.keys.filter(
    (key) =>
      key.algorithm === opened.algorithm &&
      (opened.keyId === null || key.keyId === null || Buffer.compare(key.keyId, opened.keyId) === 0),
  );
  if (candidates.length === 0) return failed('key', 'ERR_CREDENTIAL_KEY_UNKNOWN');
  const message = coseSigStructure(opened.protectedBytes, new Uint8Array(0), opened.payload);
  const key = candidates.find((candidate) => candidate.verify(message, opened.signature));
  if (key === undefined) return failed('signature', 'ERR_CREDENTIAL_SIGNATURE');

  const claims = decodeForeignClaims(opened.payload);
  if (claims === null) return failed('payload', 'ERR_CREDENTIAL_PAYLOAD');
  return checkTimes(claims, key, context.now);
}

function checkTimes(claims: ForeignClaims, key: ForeignKey, now: number): ForeignResult {
  // A code that does not say when it was issued can only be judged by whether its key is valid now.
  const signedAt = claims.issuedAt ?? now;
  if (signedAt < key.notBefore || signedAt > key.notAfter) return failed('times', 'ERR_CREDENTIAL_KEY_EXPIRED');
  if (claims.notBefore !== null && now < claims.notBefore) return failed('times', 'ERR_CREDENTIAL_NOT_YET_VALID');
  if (claims.expiresAt !== null && now >= claims.expiresAt) return failed('times', 'ERR_CREDENTIAL_EXPIRED');
  return { ok: true, credential: { ...claims, issuer: key.issuer } };
}

interface Envelope {
  /** Byte for byte as it was signed. */
  readonly protectedBytes: Uint8Array;
  readonly algorithm: ForeignAlgorithm;
  readonly keyId: Uint8Array | null;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

function openEnvelope(bytes: Uint8Array): Envelope | ErrorCode {
  const decoded = decodeLenient(bytes, ENVELOPE_LIMITS);
  if (!decoded.ok) return 'ERR_CREDENTIAL_CBOR';
  const parts = untagged(decoded.value);
  if (!Array.isArray(parts) || parts.length !== 4) return 'ERR_CREDENTIAL_COSE';
  const [protectedBytes, unprotected, payload, signature] = parts as readonly unknown[];
  if (!(protectedBytes instanceof Uint8Array && payload instanceof Uint8Array)) return 'ERR_CREDENTIAL_COSE';
  if (!(signature instanceof Uint8Array && signature.length === SIGNATURE_BYTES)) return 'ERR_CREDENTIAL_COSE';
  if (!(unprotected instanceof Map)) return 'ERR_CREDENTIAL_COSE';
  const header = decodeLenient(protectedBytes, HEADER_LIMITS);
  if (!header.ok) return 'ERR_CREDENTIAL_CBOR';
  if (!(header.value instanceof Map)) return 'ERR_CREDENTIAL_COSE';
  // An extension that the issuer calls critical and that we do not know must stop us (RFC 9052 §3.1).
  if (header.value.has(HEADER.critical)) return 'ERR_CREDENTIAL_COSE';
  const number: unknown = header.value.get(HEADER.algorithm);
  // Outside the signed header anybody could choose the algorithm.
  if (number === undefined) return 'ERR_CREDENTIAL_COSE';
  const algorithm = typeof number === 'number' ? FOREIGN_COSE_ALGORITHMS[number] : undefined;
  if (algorithm === undefined) return 'ERR_CREDENTIAL_ALGORITHM';
  const keyId = keyIdIn(header.value, unprotected);
  return keyId === undefined ? 'ERR_CREDENTIAL_COSE' : { protectedBytes, algorithm, keyId, payload, signature };
}

/** Takes off the tags 61 and 18, in this order, each at most once; any other tag stays and is no array. */
function untagged(value: unknown): unknown {
  const inner = value instanceof CborTag && value.tag === TAG.cwt ? value.value : value;
  return inner instanceof CborTag && inner.tag === TAG.sign1 ? inner.value : inner;
}

/** The key id from either header, null where there is none; undefined where it is none of ours to read, or two that differ. */
function keyIdIn(header: Map<unknown, unknown>, unprotected: Map<unknown, unknown>): Uint8Array | null | undefined {
  const found = [header.get(HEADER.keyId), unprotected.get(HEADER.keyId)].filter((value) => value !== undefined);
  const [first = null, second = first] = found;
  if (first === null) return found.length === 0 ? null : undefined;
  if (!(first instanceof Uint8Array && second instanceof Uint8Array)) return undefined;
  if (first.length > KEY_ID_BYTES_MAX || Buffer.compare(first, second) !== 0) return undefined;
  return first;
}

function failed(step: DecodeStep, code: ErrorCode): ForeignResult {
  return { ok: false, step, code };
}
