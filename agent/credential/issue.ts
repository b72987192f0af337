import { deflateSync } from 'node:zlib';
import type { Signer } from '../domain/keys.js';
import { base45Encode } from './base45.js';
import { encodeSign1 } from './cose.js';
import { type CredentialClaims, encodeClaims } from './cwt.js';

/** Issues a credential: claims as a CWT under the issuer's signature. The bytes are what a card carries. */
export function issueCredential(claims: CredentialClaims, issuer: Signer): Uint8Array {
  return encodeSign1(encodeClaims(claims), issuer);
}

/** The text of a QR code that carries a credential: zlib, then Base45, as Claim 169 has it. */
export function qrText(credential: Uint8Array): string {
  return base45Encode(deflateSync(credential, { level: 9 }));
}
