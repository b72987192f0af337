/** Public keys of issuers in the forms that people have them: hex, PEM, JWK, a set of JWKs; given directly or in a file. */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { WaslError } from '../domain/errors.js';
import type { ForeignAlgorithm } from '../domain/keys.js';
import { fileError } from '../files.js';

/** A raw public key and what it signs with. */
export interface RawPublicKey {
  readonly algorithm: ForeignAlgorithm;
  /** Ed25519: 32 bytes. ES256: 65 bytes, 04 ‖ x ‖ y, or 33 as they were given. */
  readonly publicKey: Uint8Array;
  /** `kid` of a JWK: base64url, else its text in UTF-8; null in the other forms. */
  readonly keyId: Uint8Array | null;
}

const FILE_BYTES_MAX = 64 * 1024;
const KEYS_MAX = 64;
const HEX = /^([0-9a-f]{64}|0[23][0-9a-f]{64}|04[0-9a-f]{128})$/i;

const jwk = z.looseObject({ kty: z.string(), kid: z.string().min(1).max(64).optional() });
const jwkOrSet = z.union([z.looseObject({ keys: z.array(jwk).min(1).max(KEYS_MAX) }), jwk]);

/**
 * The keys that `--key` names: hex (64 digits Ed25519; 66 or 130 P-256), or a file with hex, a PEM public key or certificate, a JWK or a set of
 * JWKs. Rejects with `ERR_USAGE` for anything else, `ERR_DATA_FILE` for a file that cannot be read. A private key is refused by name:
 * whoever passes one has mixed up two files.
 */
export async function publicKeysFrom(given: string): Promise<readonly RawPublicKey[]> {
  if (HEX.test(given)) return [fromHex(given)];
  let text: string;
  try {
    text = (await readFile(given, 'utf8')).trim();
  } catch (cause) {
    throw fileError('ERR_DATA_FILE', given, cause);
  }
  if (text.length > FILE_BYTES_MAX) throw noKey(given, 'it is too large for a key');
  if (HEX.test(text)) return [fromHex(text)];
  if (text.includes('PRIVATE KEY')) throw noKey(given, 'it holds a private key; verifying needs the public one');
  if (text.startsWith('-----BEGIN')) return [fromKeyObject(pemKey(text, given), null, given)];
  if (text.startsWith('{')) return fromJson(text, given);
  throw noKey(given, 'it holds neither hex, nor PEM, nor a JWK');
}

function fromHex(text: string): RawPublicKey {
  const publicKey = Uint8Array.from(Buffer.from(text, 'hex'));
  return { algorithm: publicKey.length === 32 ? 'EdDSA' : 'ES256', publicKey, keyId: null };
}

function pemKey(text: string, from: string): KeyObject {
  try {
    return createPublicKey(text);
  } catch (cause) {
    throw noKey(from, 'its PEM is damaged', cause);
  }
}

function fromJson(text: string, from: string): RawPublicKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw noKey(from, 'it is not JSON', cause);
  }
  const parsed = jwkOrSet.safeParse(value);
  if (!parsed.success) throw noKey(from, 'it is no JWK and no set of JWKs');
  const keys = 'keys' in parsed.data ? (parsed.data.keys as readonly z.infer<typeof jwk>[]) : [parsed.data];
  return keys.map((key) => {
    if ('d' in key) throw noKey(from, 'it holds a private key; verifying needs the public one');
    let object: KeyObject;
    try {
      object = createPublicKey({ key: { ...key }, format: 'jwk' });
    } catch (cause) {
      throw noKey(from, 'one of its JWKs is damaged', cause);
    }
    return fromKeyObject(object, typeof key.kid === 'string' ? keyIdOf(key.kid) : null, from);
  });
}

/** A `kid` is a text; issuers that have a binary key id write it in base64url. */
function keyIdOf(kid: string): Uint8Array {
  const decoded = Buffer.from(kid, 'base64url');
  const isBase64Url = decoded.length > 0 && decoded.toString('base64url') === kid.replace(/=+$/, '');
  return Uint8Array.from(isBase64Url ? decoded : Buffer.from(kid, 'utf8'));
}

function fromKeyObject(key: KeyObject, keyId: Uint8Array | null, from: string): RawPublicKey {
  const exported = key.export({ format: 'jwk' });
  const bytes = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url');
  if (exported.kty === 'OKP' && exported.crv === 'Ed25519')
    return { algorithm: 'EdDSA', publicKey: Uint8Array.from(bytes(exported.x)), keyId };
  if (exported.kty === 'EC' && exported.crv === 'P-256') {
    const publicKey = Uint8Array.from([4, ...bytes(exported.x), ...bytes(exported.y)]);
    return { algorithm: 'ES256', publicKey, keyId };
  }
  throw noKey(from, 'its key is neither Ed25519 nor ECDSA on P-256');
}

function noKey(from: string, why: string, cause?: unknown): WaslError {
  return new WaslError('ERR_USAGE', `${from} cannot be used as --key: ${why}`, { cause });
}
