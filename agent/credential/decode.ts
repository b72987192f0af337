/**
 * Reading a credential: one ordered list of named steps, one error code for each thing that can be wrong.
 *
 *   text → base45 → inflate → cose → key → signature → payload → times → medium → hotlist
 *   (QR only: the first three)
 *
 * The signature is verified before anything inside the payload is looked at, and a failed step returns no content at all.
 */
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { IssuerKey } from '../domain/keys.js';
import { sameBytes } from './cbor.js';
import { ALGORITHMS, COSE_BYTES_MAX, decodeSign1, type Sign1 } from './cose.js';
import { type CredentialClaims, decodeClaims } from './cwt.js';
import { bytesOfQrText } from './qr-payload.js';
import { coseSigStructure } from './signature.js';

/** Names of the steps, in their order. */
export type DecodeStep =
  | 'text'
  | 'base45'
  | 'inflate'
  | 'cose'
  | 'key'
  | 'signature'
  | 'payload'
  | 'times'
  | 'medium'
  | 'hotlist';

/** What a credential is checked against. */
export interface DecodeContext {
  /** Every trusted issuer key with this id. */
  issuerKeys(keyId: Uint8Array): readonly IssuerKey[];
  isHotlisted(card: number): boolean;
  /** Number of the programme that it is to be used for; null to accept a key of any scope. */
  readonly programme: number | null;
  /** Seconds since 1970. */
  readonly now: number;
  /** The medium that it was read from; null accepts any (a credential that is only looked at). */
  readonly medium: { readonly layout: number; readonly uid: Uint8Array | null } | null;
  /** What an endorsement on the same card makes of verified claims; given their signed bytes. Absent: they count as they are. */
  endorse?(claims: CredentialClaims, payload: Uint8Array): CredentialClaims;
}

/** A credential as it was read from a medium. */
export type RawCredential =
  | { readonly form: 'bytes'; readonly bytes: Uint8Array }
  | { readonly form: 'text'; readonly text: string };

/**
 * Result of {@link decodeCredential}. `card` of a failure is the serial where the signature had already been verified (a blocked or expired
 * card can be named in a report), else null.
 */
export type DecodeResult =
  | { readonly ok: true; readonly credential: Credential }
  | { readonly ok: false; readonly step: DecodeStep; readonly code: ErrorCode; readonly card: number | null };

/** Longest QR text that is read: version 40 at level Q holds 2,420 characters in alphanumeric mode (ISO/IEC 18004 table 7). */
export const QR_CHARS_MAX = 2420;

const QR_LIMITS = { charsMax: QR_CHARS_MAX, bytesMax: COSE_BYTES_MAX, brotli: false };

/** Checks a credential against everything it must satisfy, in order, and returns it only when all of it holds. Never throws. */
export function decodeCredential(raw: RawCredential, context: DecodeContext): DecodeResult {
  const text = raw.form === 'bytes' ? { ok: true as const, bytes: raw.bytes } : bytesOfQrText(raw.text, QR_LIMITS);
  if (!text.ok) return failed(text.step, text.code);

  const decoded = decodeSign1(text.bytes);
  if (!decoded.ok) {
    const codes = {
      cbor: 'ERR_CREDENTIAL_CBOR',
      canonical: 'ERR_CREDENTIAL_CANONICAL',
      cose: 'ERR_CREDENTIAL_COSE',
    } as const;
    return failed('cose', codes[decoded.problem]);
  }
  const { sign1 } = decoded;
  if (sign1.algorithm !== ALGORITHMS.EdDSA) return failed('cose', 'ERR_CREDENTIAL_ALGORITHM');

  const known = context.issuerKeys(sign1.keyId);
  if (known.length === 0) return failed('key', 'ERR_CREDENTIAL_KEY_UNKNOWN');
  const { programme } = context;
  const trusted = programme === null ? known : known.filter((key) => key.programmes.includes(programme));
  if (trusted.length === 0) return failed('key', 'ERR_CREDENTIAL_KEY_SCOPE');

  const key = trusted.find((candidate) => verifies(sign1, candidate));
  if (key === undefined) return failed('signature', 'ERR_CREDENTIAL_SIGNATURE');

  const payload = decodeClaims(sign1.payload);
  if (!payload.ok) {
    return failed('payload', payload.problem === 'version' ? 'ERR_CREDENTIAL_VERSION' : 'ERR_CREDENTIAL_PAYLOAD');
  }
  const claims = context.endorse?.(payload.claims, sign1.payload) ?? payload.claims;
  return checkClaims(claims, key, context);
}

function checkClaims(claims: CredentialClaims, key: IssuerKey, context: DecodeContext): DecodeResult {
  const { card } = claims.entitlements;
  if (claims.issuedAt < key.notBefore || claims.issuedAt > key.notAfter) {
    return failed('times', 'ERR_CREDENTIAL_KEY_EXPIRED', card);
  }
  if (claims.notBefore !== null && context.now < claims.notBefore) {
    return failed('times', 'ERR_CREDENTIAL_NOT_YET_VALID', card);
  }
  if (context.now >= claims.expiresAt) return failed('times', 'ERR_CREDENTIAL_EXPIRED', card);
  if (!fitsMedium(claims, context.medium)) return failed('medium', 'ERR_CREDENTIAL_MEDIUM', card);
  if (context.isHotlisted(card)) return failed('hotlist', 'ERR_CREDENTIAL_HOTLISTED', card);
  return { ok: true, credential: { ...claims, keyId: key.verifier.keyId } };
}

function fitsMedium(claims: CredentialClaims, medium: DecodeContext['medium']): boolean {
  if (medium === null) return true;
  const { layout, uid } = claims.entitlements;
  if (layout !== medium.layout) return false;
  if (uid === null || medium.uid === null) return uid === medium.uid;
  return sameBytes(uid, medium.uid);
}

function verifies(sign1: Sign1, key: IssuerKey): boolean {
  const message = coseSigStructure(sign1.protectedBytes, new Uint8Array(0), sign1.payload);
  return key.verifier.verify(message, sign1.signature);
}

function failed(step: DecodeStep, code: ErrorCode, card: number | null = null): DecodeResult {
  return { ok: false, step, code, card };
}
