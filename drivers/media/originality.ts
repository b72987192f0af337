/**
 * The originality signature of an NTAG21x (NXP data sheet NTAG213/215/216, Rev. 3.2, "Originality signature" and §10.8 `READ_SIG`; NXP
 * application note AN11350): made at the factory over the UID. It tells a chip of NXP from a blank of somebody else, and **not** a card from a
 * copy of it: UID and signature can be read and replayed together.
 */
import type { PageCard } from '../reader.js';
import { numberOf, verifyNumber } from './secp128r1.js';

/** NXP's public key for NTAG21x, `04 x y` (AN11350). */
export const NXP_NTAG21X_KEY: Uint8Array = Uint8Array.from(
  Buffer.from('04494e1a386d3d3cfe3dc10e5de68a499b1c202db5b132393e89ed19fe5be8bc61', 'hex'),
);

/** `READ_SIG` with the address that is reserved for later use (§10.8). */
const READ_SIG = Uint8Array.of(0x3c, 0x00);
const SIGNATURE_BYTES = 32;

/** What is known of where a chip comes from. `unknown`: reader or chip does not tell. */
export type Originality = 'genuine' | 'other' | 'unknown';

/** True when the 32 bytes are the signature of this UID under `04 x y`. The UID is signed as it is, without a hash. */
export function verifyOriginality(uid: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean {
  return verifyNumber(numberOf(uid), signature, publicKey);
}

/** Asks a tag for its signature, and checks it: one exchange. Rejects with what the card rejects with. */
export async function readOriginality(card: PageCard, publicKey: Uint8Array = NXP_NTAG21X_KEY): Promise<Originality> {
  const answer = (await card.passThrough?.(READ_SIG)) ?? null;
  if (answer?.length !== SIGNATURE_BYTES) return 'unknown';
  return verifyOriginality(card.uid, answer, publicKey) ? 'genuine' : 'other';
}
