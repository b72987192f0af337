/** What all generators of test vectors share: keys from obvious seeds, hex, and the frame of a vector file. */
import { type Signer, signerFromSeed } from '../../../agent/credential/signature.js';
import { plain, unhex } from '../vectors.js';

export { unhex } from '../vectors.js';

/** 2026-11-21T09:00:00Z in seconds since 1970: the time at which the vectors are judged. */
export const NOW = 1_795_251_600;

/** Seconds of a day. */
export const DAY = 86_400;

/** Days since 1970-01-01 of {@link NOW} in Cairo. */
export const TODAY = 20_778;

/** UID of the card of most vectors: seven bytes, as an NTAG21x has. */
export const UID = Uint8Array.from([0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6]);

/** UID of another card. */
export const OTHER_UID = Uint8Array.from([0x04, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf7]);

/** The test keys: name and the byte that their seed repeats 32 times. */
const SEED_BYTES = {
  issuer: 0x01,
  stranger: 0x02,
  terminal: 0x07,
  otherTerminal: 0x08,
  authority: 0x0a,
  otherAuthority: 0x0b,
  edIssuer: 0x21,
  edStranger: 0x22,
} as const;

/** Name of a test key. */
export type KeyName = keyof typeof SEED_BYTES;

/** What every file says about its keys. */
export const KEY_WARNING =
  'TEST KEYS. Each private seed is one byte repeated 32 times and published here: whoever trusts one of these keys trusts everybody.';

/** The signer of a test key. */
export function keyNamed(name: KeyName): Signer {
  return signerFromSeed(new Uint8Array(32).fill(SEED_BYTES[name]));
}

/** The test keys as a vector file publishes them. */
export function publishedKeys(names: readonly KeyName[]): Record<string, object> {
  return Object.fromEntries(
    names.map((name) => {
      const signer = keyNamed(name);
      const seed = hex(new Uint8Array(32).fill(SEED_BYTES[name]));
      return [name, { seed, publicKey: hex(signer.publicKey), keyId: hex(signer.keyId) }];
    }),
  );
}

/** Lower-case hex. */
export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The text of a vector file. */
export function fileText(content: object): string {
  return `${JSON.stringify(plain(content), null, 2)}\n`;
}

/** A copy of `bytes` with one byte replaced. */
export function withByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = value;
  return changed;
}

/** Byte strings one after the other. */
export function concat(...parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** The order of the group that Ed25519 works in (RFC 8032 §5.1). */
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The signature with S + L in place of S: the same equation holds, and RFC 8032 §5.1.7 refuses it. */
export function malleated(signature: Uint8Array): Uint8Array {
  const s = BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString('hex')}`) + ORDER;
  return concat(signature.slice(0, 32), unhex(s.toString(16).padStart(64, '0')).reverse());
}
