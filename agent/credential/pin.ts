/** PINs of supervisors: scrypt (RFC 7914) with a salt of their own, so that a list shows no PIN and no two alike. */
import { scrypt, timingSafeEqual } from 'node:crypto';
import type { Randomness } from '../domain/clock.js';
import type { PinVerifier } from '../domain/supervisor.js';

/** What a PIN looks like: 6 to 12 digits. */
export const PIN_SHAPE = /^[0-9]{6,12}$/;

/** Smallest and largest cost that a list may name: 2^10 takes a millisecond, 2^18 256 MiB. */
export const PIN_LOG_N_MIN = 10;
/** See {@link PIN_LOG_N_MIN}. */
export const PIN_LOG_N_MAX = 18;
/** Cost that new PINs get: 32 MiB and about a tenth of a second on a fast machine. */
export const PIN_LOG_N = 15;

const BLOCK_SIZE = 8;
const HASH_BYTES = 32;
/** Keeps a PIN's hash from being that of the same digits anywhere else. */
const LABEL = 'wasl-supervisor-pin-v1:';

/** Computes the hash of a PIN: {@link scryptPin}, or one that answers at once where time is virtual. */
export type DerivePin = (secret: string, cost: PinCost) => Promise<Uint8Array>;

/** How much work a hash takes, in scrypt's own terms. */
export interface PinCost {
  readonly salt: Uint8Array;
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly maxmem: number;
  readonly hashBytes: number;
}

/** Off the thread that serves the screen. */
export const scryptPin: DerivePin = (secret, { salt, hashBytes, ...cost }) =>
  new Promise((resolve, reject) => {
    scrypt(secret, salt, hashBytes, cost, (error, hash) => (error === null ? resolve(hash) : reject(error)));
  });

/** What a PIN is checked by. The caller sees to {@link PIN_SHAPE} and to 16 random bytes of salt. */
export async function pinVerifier(
  pin: string,
  { salt, logN }: Pick<PinVerifier, 'salt' | 'logN'>,
  derive: DerivePin = scryptPin,
): Promise<PinVerifier> {
  return { salt, logN, hash: await derive(LABEL + pin, costOf(salt, logN)) };
}

/** Whether this is the PIN, in constant time. */
export async function isPin(pin: string, verifier: PinVerifier, derive: DerivePin = scryptPin): Promise<boolean> {
  const { salt, logN, hash } = verifier;
  const derived = await derive(LABEL + pin, costOf(salt, logN));
  return derived.length === hash.length && timingSafeEqual(derived, hash);
}

function costOf(salt: Uint8Array, logN: number): PinCost {
  const N = 2 ** logN;
  return { salt, N, r: BLOCK_SIZE, p: 1, maxmem: 128 * N * BLOCK_SIZE + 1024 * 1024, hashBytes: HASH_BYTES };
}

/** Digits of a PIN that is handed out. */
const PIN_DIGITS = 8;

/** A PIN to hand out: eight digits, each as likely as any other. */
export function newPin(random: Randomness): string {
  const digits: number[] = [];
  while (digits.length < PIN_DIGITS)
    for (const byte of random.bytes(PIN_DIGITS)) if (byte < 250 && digits.length < PIN_DIGITS) digits.push(byte % 10);
  return digits.join('');
}
