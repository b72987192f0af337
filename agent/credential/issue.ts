import { deflateSync } from 'node:zlib';
import { WaslError } from '../domain/errors.js';
import type { Signer } from '../domain/keys.js';
import { base45Encode } from './base45.js';
import { encodeSign1 } from './cose.js';
import { type CredentialClaims, decodeClaims, encodeClaims } from './cwt.js';

/**
 * Issues a credential: claims as a CWT under the issuer's signature. The bytes are what a card carries.
 * Throws `ERR_CREDENTIAL_PAYLOAD` for claims that no terminal would read.
 */
export function issueCredential(claims: CredentialClaims, issuer: Signer): Uint8Array {
  const payload = encodeClaims(claims);
  if (!decodeClaims(payload).ok) {
    throw new WaslError('ERR_CREDENTIAL_PAYLOAD', 'no terminal would read these claims: check names, draws and dates');
  }
  return encodeSign1(payload, issuer);
}

/** The text of a QR code that carries a credential: zlib, then Base45, as Claim 169 has it. */
export function qrText(credential: Uint8Array): string {
  return base45Encode(deflateSync(credential, { level: 9 }));
}
