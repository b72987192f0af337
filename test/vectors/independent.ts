/**
 * A second reader of the formats, made from `docs/formats/` alone on `node:crypto`: no code of the product, no CBOR package.
 * It checks what must hold for a good vector; which code a bad one is refused with is the business of a whole implementation.
 */
import { createHash, createHmac, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Item, readCbor, writeCbor } from './independent-cbor.js';

/** A public key from its 32 raw bytes. */
function publicKeyOf(raw: Uint8Array): KeyObject {
  return createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(raw).toString('base64url') },
    format: 'jwk',
  });
}

/** True when `signature` is that of the key over `message` (RFC 8032). */
export function holds(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, publicKeyOf(publicKey), signature);
}

/** The public key of a seed, and the signature that the seed makes over a message. */
export function signedBySeed(seed: Uint8Array, message: Uint8Array): { publicKey: Uint8Array; signature: Uint8Array } {
  // PKCS #8 (RFC 8410 §7): version 0, the algorithm 1.3.101.112, the seed as an octet string in an octet string.
  const der = Buffer.concat([Buffer.from([0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 43, 101, 112, 4, 34, 4, 32]), seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const { x } = createPublicKey(key).export({ format: 'jwk' });
  return { publicKey: Buffer.from(x ?? '', 'base64url'), signature: sign(null, message, key) };
}

/** First eight bytes of the SHA-256 of a public key. */
export function keyIdOf(publicKey: Uint8Array): Uint8Array {
  return createHash('sha256').update(publicKey).digest().subarray(0, 8);
}

/** SHA-256 over the CBOR of an array. */
export function hashOf(...parts: (number | string | null | Uint8Array | readonly unknown[])[]): Uint8Array {
  return createHash('sha256').update(writeCbor(parts)).digest();
}

/** HMAC-SHA-256 over the CBOR of an array. */
export function keyedHashOf(key: Uint8Array, ...parts: (number | string)[]): Uint8Array {
  return createHmac('sha256', key).update(writeCbor(parts)).digest();
}

/** What a signature with a label covers (RFC 9052 §4.4): `a10127` is `{1: -8}`. */
export function labelled(payload: Uint8Array, ...aad: (number | string | Uint8Array)[]): Uint8Array {
  return writeCbor(['Signature1', Uint8Array.of(0xa1, 0x01, 0x27), writeCbor(aad), payload]);
}

/** A credential taken apart. */
export interface ReadCredential {
  readonly protectedBytes: Uint8Array;
  readonly keyId: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  readonly toBeSigned: Uint8Array;
  readonly claims: ReadonlyMap<Item, Item>;
}

/** Takes a credential apart, everything that its shape promises being there. */
export function readCredential(bytes: Uint8Array): ReadCredential {
  const tagged = readCbor(bytes);
  if (typeof tagged !== 'object' || tagged === null || !('tag' in tagged) || tagged.tag !== 18)
    throw new Error('no tag 18');
  if (!Array.isArray(tagged.item) || tagged.item.length !== 4) throw new Error('not four parts');
  const [protectedBytes, unprotected, payload, signature]: Item[] = tagged.item;
  if (!(protectedBytes instanceof Uint8Array && payload instanceof Uint8Array && signature instanceof Uint8Array)) {
    throw new Error('a part that is no byte string');
  }
  if (asMap(unprotected).size !== 0) throw new Error('something is unprotected');
  const header = asMap(readCbor(protectedBytes));
  if (header.get(1) !== -8 || header.get(16) !== 61) throw new Error('not EdDSA over a CWT');
  const keyId = header.get(4);
  if (!(keyId instanceof Uint8Array)) throw new Error('no key id');
  const toBeSigned = writeCbor(['Signature1', protectedBytes, new Uint8Array(0), payload]);
  return { protectedBytes, keyId, payload, signature, toBeSigned, claims: asMap(readCbor(payload)) };
}

/** An item that must be a map. */
export function asMap(item: Item | undefined): ReadonlyMap<Item, Item> {
  if (!(item instanceof Map)) throw new Error('not a map');
  return item;
}

/** Base45 (RFC 9285) to bytes. */
export function fromBase45(text: string): Uint8Array {
  const digits = [...text].map((character) => '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'.indexOf(character));
  const bytes: number[] = [];
  for (let i = 0; i < digits.length; i += 3) {
    const [c = 0, d = 0, e] = digits.slice(i, i + 3);
    const n = c + 45 * d + 2025 * (e ?? 0);
    bytes.push(...(e === undefined ? [n] : [n >> 8, n & 255]));
  }
  return Uint8Array.from(bytes);
}

/** CRC-32 as in ISO-HDLC, Ethernet and zip: reflected, polynomial 04C11DB7, start and end inverted. */
export function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

/** A slot taken apart, its check being right. */
export function readSlot(bytes: Uint8Array): { record: Uint8Array; signature: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint8(4) !== 1 || view.getUint8(5) !== 0) throw new Error('not a slot of version 1');
  const end = 8 + view.getUint16(6);
  const padded = end + ((4 - (end % 4)) % 4);
  if (padded > bytes.length || view.getUint32(0) !== crc32(bytes.subarray(4, padded))) throw new Error('torn');
  return { record: bytes.slice(8, end - 64), signature: bytes.slice(end - 64, end) };
}
