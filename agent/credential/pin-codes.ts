/**
 * The codes that unblock PINs, and the PINs of letters. All follow from one secret of the issuer (HKDF-SHA-512, RFC 5869), so that nobody keeps a table of them; published in
 * `docs/formats/card.md`:
 *
 *   site secret  = HKDF(secret of the issuer; info ["wasl/pin-site/1", home site])
 *   code         = HKDF(site secret; salt id of the card's key; info ["wasl/pin-code/1", serial])      16 bytes
 *   letter's PIN = HKDF(site secret; salt id of the card's key; info ["wasl/pin-letter/1", serial, n]) modulo 10^6, the first that is not easy to guess
 *
 * A post that unblocks has the secrets of the home sites it stands in for, and no other: whoever steals them unblocks cards of those sites that they hold in their hands, and no card
 * beyond.
 */
import { hkdfSync } from 'node:crypto';
import { WaslError } from '../domain/errors.js';
import { isEasyToGuess, type PinHolder } from '../domain/holder-pin.js';
import { encodeCbor } from './cbor.js';
import { LABELS, type Label } from './hash.js';

/** Bytes of the secret of the issuer, and of that of a site. */
export const PIN_SECRET_BYTES = 32;

/** Name of the secret of a post: what {@link parseSiteSecrets} reads. */
export const PIN_SECRET_NAME = 'pin-unblock';

/** Bytes of an unblocking code. */
export const UNBLOCKING_CODE_BYTES = 16;
const LETTER_DIGITS = 6;
/** One of a few hundred PINs of six digits is easy to guess. */
const LETTER_DRAWS_MAX = 64;
const NO_SALT = new Uint8Array(0);

/** Which card: its serial, and the id of its key. */
export interface PinOwner {
  readonly card: number;
  /** 8 bytes: see `cardKeyId`. */
  readonly cardKey: Uint8Array;
}

/** The secret of a home site. `site` 0 is that of cards without one. */
export function siteSecret(issuerSecret: Uint8Array, site: number): Uint8Array {
  return derived(issuerSecret, { salt: NO_SALT, label: LABELS.pinSite, parts: [site], length: PIN_SECRET_BYTES });
}

/** The code that unblocks this card, from the secret of the home site that it was issued for. */
export function unblockingCode(secret: Uint8Array, { card, cardKey }: PinOwner): Uint8Array {
  return derived(secret, { salt: cardKey, label: LABELS.pinCode, parts: [card], length: UNBLOCKING_CODE_BYTES });
}

/** The PIN that the letter to this card tells: 6 digits, the same whenever it is asked for. */
export function letterPin(secret: Uint8Array, { card, cardKey }: PinOwner, holder: PinHolder): string {
  for (let draw = 0; draw < LETTER_DRAWS_MAX; draw += 1) {
    const okm = derived(secret, { salt: cardKey, label: LABELS.pinLetter, parts: [card, draw], length: 8 });
    // 64 bits modulo a million: no PIN is likelier than another by more than one in 10^13.
    const number = new DataView(okm.buffer, okm.byteOffset).getBigUint64(0) % 1_000_000n;
    const pin = number.toString().padStart(LETTER_DIGITS, '0');
    if (!isEasyToGuess(pin, { ...holder, serial: card })) return pin;
  }
  throw new WaslError('ERR_INTERNAL', 'no PIN could be drawn for a letter');
}

/** The secrets of a post, by home site: one `site:64 hex digits` a line. Throws `ERR_SECRET`, which names the line and never what is in it. */
export function parseSiteSecrets(text: string, from: string): ReadonlyMap<number, Uint8Array> {
  const secrets = new Map<number, Uint8Array>();
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const match = /^(\d{1,10}):([0-9a-f]{64})$/.exec(line.trim());
    const site = Number(match?.[1]);
    if (match === null || secrets.has(site) || secrets.size === SITES_MAX)
      throw new WaslError(
        'ERR_SECRET',
        `the secret ${from} does not hold "site:64 lower-case hex digits", each site once, in line ${at + 1}`,
      );
    secrets.set(site, Uint8Array.from(Buffer.from(match[2] ?? '', 'hex')));
  }
  return secrets;
}

/** What {@link parseSiteSecrets} reads. */
export function siteSecretLine(site: number, secret: Uint8Array): string {
  return `${site}:${Buffer.from(secret).toString('hex')}`;
}

/** Most home sites that a post stands in for. */
const SITES_MAX = 512;

function derived(
  secret: Uint8Array,
  how: {
    readonly salt: Uint8Array;
    readonly label: Label;
    readonly parts: readonly unknown[];
    readonly length: number;
  },
): Uint8Array {
  const info = encodeCbor([how.label, ...how.parts]);
  return new Uint8Array(hkdfSync('sha512', secret, how.salt, info, how.length));
}
