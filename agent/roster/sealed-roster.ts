/**
 * A roster on its way to the terminals, as a file that may lie on any stick: sealed, so that it shows no person to anybody else.
 * Published in `docs/formats/roster.md`.
 *
 *   [1, "sealed-roster", name, [[terminal key id, box of the content key], …], nonce, AES-256-GCM of the signed roster]
 *
 * A terminal has one key pair, for signatures. What is sealed to it goes to the X25519 key that follows from the Ed25519 one, as libsodium's
 * `crypto_sign_ed25519_pk_to_curve25519` gives it: the two curves are one in other coordinates (RFC 7748 §4.1).
 */
import { createHash, createSecretKey } from 'node:crypto';
import { openSealed, SEAL_OVERHEAD_BYTES, type SealKey, seal, sealKeyFromSecret } from '../../sync/protocol/seal.js';
import { decodeCbor, encodeCbor, sameBytes } from '../credential/cbor.js';
import { KEY_BYTES, KEY_ID_BYTES, keyIdOf } from '../credential/signature.js';
import type { Randomness } from '../domain/clock.js';
import { WaslError } from '../domain/errors.js';
import { NONCE_BYTES, openBytes, sealBytes } from '../journal/keys.js';
import { ROSTER_NAME } from './roster.js';
import { ROSTER_BYTES_MAX } from './signed-roster.js';

/** Most terminals that one file is sealed to. */
export const RECIPIENTS_MAX = 10_000;

const FORMAT_VERSION = 1;
const KIND = 'sealed-roster';
const CONTENT_KEY_BYTES = 32;
const BOX_BYTES = CONTENT_KEY_BYTES + SEAL_OVERHEAD_BYTES;
/** Most bytes of a file. */
export const SEALED_BYTES_MAX = ROSTER_BYTES_MAX + RECIPIENTS_MAX * (KEY_ID_BYTES + BOX_BYTES + 8) + 256;
const LIMITS = { bytesMax: SEALED_BYTES_MAX, depthMax: 3, itemsMax: 3 * RECIPIENTS_MAX + 16 };

/** Who opens what was sealed to a terminal. */
export interface TerminalSealKey {
  /** Of the terminal's public key. */
  readonly keyId: Uint8Array;
  readonly key: SealKey;
}

/** The keys of a terminal that open what was sealed to it, from its 32-byte signing seed (RFC 8032 §5.1.5 for how the scalar follows). */
export function terminalSealKey(seed: Uint8Array, publicKey: Uint8Array): TerminalSealKey {
  const scalar = createHash('sha512').update(seed).digest().subarray(0, KEY_BYTES);
  return { keyId: keyIdOf(publicKey), key: sealKeyFromSecret(Uint8Array.from(scalar)) };
}

/** Seals a signed roster to terminals, by their raw Ed25519 public keys. Throws `ERR_LIST_FORMAT` for none of them, or too many. */
export function sealRoster(
  signed: Uint8Array,
  to: { readonly name: string; readonly terminals: readonly Uint8Array[] },
  random: Randomness,
): Uint8Array {
  return sealFile(signed, { ...to, kind: KIND }, random);
}

/** The same for another kind of signed file: what is of one kind never opens as one of another. Throws `ERR_LIST_FORMAT`. */
export function sealFile(
  signed: Uint8Array,
  to: { readonly kind: string; readonly name: string; readonly terminals: readonly Uint8Array[] },
  random: Randomness,
): Uint8Array {
  const { kind, name, terminals } = to;
  if (terminals.length === 0 || terminals.length > RECIPIENTS_MAX)
    throw format(`is sealed to 1 to ${RECIPIENTS_MAX} terminals, not to ${terminals.length}`);
  const contentKey = random.bytes(CONTENT_KEY_BYTES);
  const nonce = random.bytes(NONCE_BYTES);
  const boxes = terminals.map((key) => [keyIdOf(key), seal(contentKey, montgomeryOf(key), random)]);
  const sealed = sealBytes({ key: createSecretKey(contentKey), nonce, bound: boundOf(kind, name) }, signed);
  return encodeCbor([FORMAT_VERSION, kind, name, boxes, nonce, sealed]);
}

/** The name of the roster in a file, and the signed roster, as far as it is sealed to this terminal. Throws `ERR_LIST_FORMAT`. */
export function openSealedRoster(
  bytes: Uint8Array,
  terminal: TerminalSealKey,
): { readonly name: string; readonly signed: Uint8Array } {
  return openSealedFile(bytes, terminal, KIND);
}

/** The same for a file of another kind. Throws `ERR_LIST_FORMAT`. */
export function openSealedFile(
  bytes: Uint8Array,
  terminal: TerminalSealKey,
  kind: string,
): { readonly name: string; readonly signed: Uint8Array } {
  const decoded = decodeCbor(bytes, LIMITS);
  const parts: readonly unknown[] = decoded.ok && Array.isArray(decoded.value) ? decoded.value : [];
  const [version, named, name, boxes, nonce, sealed] = parts;
  const sized = nonce instanceof Uint8Array && nonce.length === NONCE_BYTES && sealed instanceof Uint8Array;
  if (parts.length !== 6 || version !== FORMAT_VERSION || named !== kind || !sized || !Array.isArray(boxes))
    throw format(`is not a file of the kind ${kind} of version ${FORMAT_VERSION}`);
  if (typeof name !== 'string' || !ROSTER_NAME.test(name)) throw format('has a name of another form');
  for (const box of boxes as readonly unknown[]) {
    const contentKey = contentKeyIn(box, terminal);
    if (contentKey === null) continue;
    const signed = openBytes({ key: createSecretKey(contentKey), nonce, bound: boundOf(kind, name) }, sealed);
    if (signed !== null) return { name, signed };
  }
  throw format(
    `${name} is damaged, or not sealed to this terminal: enrol it, import the list again and bring the new file`,
  );
}

function contentKeyIn(box: unknown, { keyId, key }: TerminalSealKey): Uint8Array | null {
  const [id, sealed]: readonly unknown[] = Array.isArray(box) ? box : [];
  if (!(id instanceof Uint8Array) || !(sealed instanceof Uint8Array)) return null;
  if (sealed.length !== BOX_BYTES || !sameBytes(id, keyId)) return null;
  return openSealed(sealed, [key]);
}

function boundOf(kind: string, name: string): Uint8Array {
  return encodeCbor([kind, FORMAT_VERSION, name]);
}

/** 2^255 - 19. */
const FIELD_PRIME = 2n ** 255n - 19n;

/** u = (1 + y) / (1 - y), RFC 7748 §4.1. The key was checked when the terminal was enrolled: it has no small order, so 1 - y is not 0. */
function montgomeryOf(publicKey: Uint8Array): Uint8Array {
  const y = BigInt(`0x${Buffer.from(publicKey).reverse().toString('hex')}`) & (2n ** 255n - 1n);
  const u = modulo((1n + y) * inverse(modulo(1n - y)));
  return Uint8Array.from(Buffer.from(u.toString(16).padStart(2 * KEY_BYTES, '0'), 'hex').reverse());
}

/** By Fermat: a^(p - 2). */
function inverse(value: bigint): bigint {
  let result = 1n;
  let power = value;
  for (let exponent = FIELD_PRIME - 2n; exponent > 0n; exponent >>= 1n) {
    if ((exponent & 1n) === 1n) result = modulo(result * power);
    power = modulo(power * power);
  }
  return result;
}

function modulo(value: bigint): bigint {
  const rest = value % FIELD_PRIME;
  return rest < 0n ? rest + FIELD_PRIME : rest;
}

function format(what: string): WaslError {
  return new WaslError('ERR_LIST_FORMAT', `the roster ${what}`);
}
