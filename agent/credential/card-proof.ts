/**
 * Active authentication of a smart card: it signs the terminal's challenge, which ledger it is about, that ledger's counter and the hash of its newest
 * record, so that *this* card holds *this* record there *now*. Also the card's key as the credential states it (`cnf`, RFC 8747; COSE_Key, RFC 9052 §7).
 */
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { CardKey, CardProof } from '../domain/credential.js';
import { LEDGER_FAMILIES } from '../domain/ledger.js';
import { LABELS } from './hash.js';
import { KEY_BYTES, KEY_ID_BYTES, SIGNATURE_BYTES, verifierFromKey } from './signature.js';

/** Bytes of a challenge. */
export const CHALLENGE_BYTES = 16;

const COUNTER_MAX = 0xffff_ffff;
/** COSE_Key labels and values (RFC 9052 table 4, RFC 9053 tables 18 to 20). */
const KEY = { type: 1, curve: -1, x: -2, y: -3 } as const;
const TYPE = { okp: 1, ec2: 2 } as const;
const CURVE = { p256: 1, ed25519: 6 } as const;
/** `COSE_Key` member of `cnf` (RFC 8747 §3.1). */
const CNF_KEY = 1;

/** Short identifiers (ISO/IEC 7816-4 §7.3.2) of the record files with the ledgers of the families. Never used again for another. */
const LEDGER_FILES: ReadonlyMap<number, number> = new Map([
  [LEDGER_FAMILIES.ration, 3],
  [LEDGER_FAMILIES.health, 4],
]);

/** Short identifier of the record file with the ledger of a family; null for a family that has none. */
export function ledgerFileOf(family: number): number | null {
  return LEDGER_FILES.get(family) ?? null;
}

/** Short identifier of the record file with the health records. */
export const HEALTH_RECORDS_FILE = 9;

/** What the proof is about. */
export interface ProvenRecord {
  /** {@link CHALLENGE_BYTES} random bytes of the terminal, used once. */
  readonly challenge: Uint8Array;
  readonly counter: number;
  /** As in {@link CardProof}. */
  readonly file: number | null;
  /** The newest record of the ledger, byte for byte as it was appended. */
  readonly record: Uint8Array;
}

/**
 * The bytes that the card signs: label in ASCII, the identifier of the file in 1 byte, challenge, counter in 4 bytes, SHA-256 of the newest record. A card of
 * version 1 has another label and names no file. Made so that an applet needs no CBOR.
 */
export function cardProofMessage(proven: ProvenRecord): Uint8Array {
  const { file, challenge } = proven;
  const counter = Buffer.alloc(4);
  counter.writeUInt32BE(proven.counter);
  const hash = createHash('sha256').update(proven.record).digest();
  const head =
    file === null
      ? Buffer.from(LABELS.cardProof, 'ascii')
      : Buffer.concat([Buffer.from(LABELS.ledgerProof, 'ascii'), Uint8Array.of(file)]);
  return Uint8Array.from(Buffer.concat([head, challenge, counter, hash]));
}

/**
 * True when the key of the card signed exactly this, of the ledger of this family: what is the newest record of one ledger proves nothing about another. The form
 * that names no file stands for the rations' alone, and no card with several ledgers ever signs it. Never throws: a key that is no key proves nothing.
 */
export function verifyCardProof(
  key: CardKey,
  proof: CardProof,
  at: Pick<ProvenRecord, 'challenge' | 'record'> & ({ readonly family: number } | { readonly file: number }),
): boolean {
  if (!Number.isInteger(proof.counter) || proof.counter < 0 || proof.counter > COUNTER_MAX) return false;
  const asked =
    'file' in at
      ? at.file
      : proof.file === null && at.family === LEDGER_FAMILIES.ration
        ? null
        : ledgerFileOf(at.family);
  if (proof.file !== asked || (asked === null && !('family' in at && at.family === LEDGER_FAMILIES.ration)))
    return false;
  if (at.challenge.length !== CHALLENGE_BYTES || proof.signature.length !== SIGNATURE_BYTES) return false;
  const { challenge, record } = at;
  const message = cardProofMessage({ challenge, record, counter: proof.counter, file: proof.file });
  try {
    if (key.algorithm === 'EdDSA') return verifierFromKey(key.publicKey).verify(message, proof.signature);
    return verify('sha256', message, { key: p256Key(key.publicKey), dsaEncoding: 'ieee-p1363' }, proof.signature);
  } catch {
    return false;
  }
}

/** What the ledger records of a smart card are bound to in the place of a UID, which may be another at each tap: the first 8 bytes of the SHA-256 of its key. */
export function cardKeyId(key: CardKey): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(key.publicKey).digest().subarray(0, KEY_ID_BYTES));
}

/** The `cnf` claim for a card key. */
export function encodeCardKey(key: CardKey): Map<number, unknown> {
  const { publicKey } = key;
  const parts: readonly (readonly [number, unknown])[] =
    key.algorithm === 'EdDSA'
      ? [
          [KEY.type, TYPE.okp],
          [KEY.curve, CURVE.ed25519],
          [KEY.x, publicKey],
        ]
      : [
          [KEY.type, TYPE.ec2],
          [KEY.curve, CURVE.p256],
          [KEY.x, publicKey.subarray(0, KEY_BYTES)],
          [KEY.y, publicKey.subarray(KEY_BYTES)],
        ];
  return new Map([[CNF_KEY, new Map(parts)]]);
}

/** Reads a `cnf` claim; null for a key that is missing, of another kind, weak, or no point of its curve. */
export function decodeCardKey(value: unknown): CardKey | null {
  const key: unknown = value instanceof Map ? value.get(CNF_KEY) : null;
  if (!(key instanceof Map)) return null;
  const x: unknown = key.get(KEY.x);
  const y: unknown = key.get(KEY.y);
  if (!(x instanceof Uint8Array) || x.length !== KEY_BYTES) return null;
  try {
    if (key.get(KEY.type) === TYPE.okp && key.get(KEY.curve) === CURVE.ed25519) {
      return { algorithm: 'EdDSA', publicKey: verifierFromKey(x).publicKey };
    }
    if (key.get(KEY.type) !== TYPE.ec2 || key.get(KEY.curve) !== CURVE.p256) return null;
    if (!(y instanceof Uint8Array) || y.length !== KEY_BYTES) return null;
    const publicKey = Uint8Array.of(...x, ...y);
    p256Key(publicKey);
    return { algorithm: 'ES256', publicKey };
  } catch {
    return null;
  }
}

/** Throws for what is no point of P-256: OpenSSL checks it. */
function p256Key(publicKey: Uint8Array): KeyObject {
  const part = (start: number): string =>
    Buffer.from(publicKey.subarray(start, start + KEY_BYTES)).toString('base64url');
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: part(0), y: part(KEY_BYTES) }, format: 'jwk' });
}
