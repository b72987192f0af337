/** Parts of the vectors of foreign Claim 169 codes: CBOR in every form that is valid, COSE_Sign1 of two algorithms, two compressions. */
import { base45Encode } from '../../../agent/credential/base45.js';
import { encodeCbor } from '../../../agent/credential/cbor.js';
import { coseSigStructure } from '../../../agent/credential/signature.js';
import type { ForeignAlgorithm, Signer } from '../../../agent/domain/keys.js';
import { storedZlib } from './credential-valid.js';
import { p256PublicKey, p256Sign } from './p256.js';
import { concat, DAY, hex, keyNamed, NOW } from './support.js';

/** Test keys of foreign issuers: the byte that the private key repeats 32 times. */
const SEED_BYTES = { edIssuer: 0x21, edStranger: 0x22, esIssuer: 0x31, esStranger: 0x32 } as const;

/** Name of such a key. */
export type ForeignKeyName = keyof typeof SEED_BYTES;

/** The algorithm of a key. */
export function algorithmOf(name: ForeignKeyName): ForeignAlgorithm {
  return name.startsWith('ed') ? 'EdDSA' : 'ES256';
}

function secretOf(name: ForeignKeyName): Uint8Array {
  return new Uint8Array(32).fill(SEED_BYTES[name]);
}

function edSigner(name: ForeignKeyName): Signer {
  return keyNamed(name === 'edIssuer' ? 'edIssuer' : 'edStranger');
}

/** Signs as the issuer of this name. */
export function foreignSign(name: ForeignKeyName, message: Uint8Array): Uint8Array {
  return algorithmOf(name) === 'EdDSA' ? edSigner(name).sign(message) : p256Sign(secretOf(name), message);
}

/** The raw public key of a name. */
export function foreignPublicKey(name: ForeignKeyName): Uint8Array {
  return algorithmOf(name) === 'EdDSA' ? edSigner(name).publicKey : p256PublicKey(secretOf(name));
}

/** The keys as the vector file publishes them. */
export function publishedForeignKeys(): Record<string, object> {
  return Object.fromEntries(
    (Object.keys(SEED_BYTES) as ForeignKeyName[]).map((name) => [
      name,
      { algorithm: algorithmOf(name), secret: hex(secretOf(name)), publicKey: hex(foreignPublicKey(name)) },
    ]),
  );
}

/** A trusted key of a context. */
export interface TrustedForeign {
  readonly key: ForeignKeyName;
  readonly issuer: string;
  readonly keyId: Uint8Array | null;
  readonly notBefore: number;
  readonly notAfter: number;
}

/** A key as the authority trusts it around {@link NOW}. */
export function trusted(key: ForeignKeyName, keyId: Uint8Array | null = null): TrustedForeign {
  return { key, issuer: `Registry of ${key}`, keyId, notBefore: NOW - 300 * DAY, notAfter: NOW + 300 * DAY };
}

/** What a foreign COSE_Sign1 is made of. */
export interface ForeignParts {
  readonly by?: ForeignKeyName;
  readonly header?: Uint8Array;
  readonly unprotected?: Uint8Array;
  readonly payload?: Uint8Array;
  readonly tags?: Uint8Array;
  readonly signature?: (right: Uint8Array) => Uint8Array;
}

/** The payload of most vectors: an invented person, in the form that most issuers write. */
export const PERSON: Uint8Array = encodeCbor(
  new Map<number, unknown>([
    [1, 'https://registry.example'],
    [4, NOW + 300 * DAY],
    [5, NOW - 10 * DAY],
    [6, NOW - 10 * DAY],
    [
      169,
      new Map<number, unknown>([
        [1, '7700000031'],
        [3, 'eng'],
        [4, 'Amina Diallo'],
        [8, '19910307'],
        [9, 2],
      ]),
    ],
  ]),
);

/** {@link PERSON} as a reader gives it back. */
export const PERSON_IDENTITY = {
  id: '7700000031',
  language: 'eng',
  fullName: 'Amina Diallo',
  dateOfBirth: '19910307',
  gender: 2,
  address: null,
  email: null,
  phone: null,
  nationality: null,
  guardian: null,
  secondName: null,
  locationCode: null,
  legalStatus: null,
  countryOfIssuance: null,
  unread: [],
} as const;

/** Tags 61 and 18, and 18 alone. */
export const TAGS = { both: Uint8Array.of(0xd8, 0x3d, 0xd2), sign1: Uint8Array.of(0xd2), none: new Uint8Array(0) };

/** A header map of algorithm and key id. */
export function headerOf(algorithm: number, keyId: Uint8Array | null = null): Uint8Array {
  return encodeCbor(new Map<number, unknown>([[1, algorithm], ...(keyId === null ? [] : ([[4, keyId]] as const))]));
}

/** A COSE_Sign1 of a foreign issuer, its signature right unless it is replaced. */
export function foreignSign1(parts: ForeignParts = {}): {
  readonly bytes: Uint8Array;
  readonly toBeSigned: Uint8Array;
} {
  const by = parts.by ?? 'edIssuer';
  const header = parts.header ?? headerOf(algorithmOf(by) === 'EdDSA' ? -8 : -7);
  const payload = parts.payload ?? PERSON;
  const toBeSigned = coseSigStructure(header, new Uint8Array(0), payload);
  const right = foreignSign(by, toBeSigned);
  const signature = parts.signature?.(right) ?? right;
  const bytes = concat(
    parts.tags ?? TAGS.both,
    [0x84],
    encodeCbor(header),
    parts.unprotected ?? [0xa0],
    encodeCbor(payload),
    encodeCbor(signature),
  );
  return { bytes, toBeSigned };
}

/** The text of a QR code in zlib. */
export function zlibText(bytes: Uint8Array): string {
  return base45Encode(storedZlib(bytes));
}

/** The text of a QR code in a Brotli stream (RFC 7932) of one uncompressed meta-block, which no version of an encoder can change. */
export function brotliText(bytes: Uint8Array): string {
  const head = ((bytes.length - 1) << 4) | (1 << 20);
  return base45Encode(concat([head & 0xff, (head >> 8) & 0xff, head >> 16], bytes, [0x03]));
}

/** Heads that are longer than they must be, and items of indefinite length (RFC 8949 §3). */
export const loose = {
  uint16: (value: number): Uint8Array => Uint8Array.of(0x19, value >> 8, value & 0xff),
  textChunks: (...chunks: readonly string[]): Uint8Array =>
    concat([0x7f], ...chunks.map((chunk) => encodeCbor(chunk)), [0xff]),
  bytesChunks: (...chunks: readonly Uint8Array[]): Uint8Array =>
    concat([0x5f], ...chunks.map((chunk) => encodeCbor(chunk)), [0xff]),
  map: (...entries: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array =>
    concat([0xbf], ...entries.flat(), [0xff]),
};
