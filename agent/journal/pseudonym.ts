/** The name under which a card appears in logs and in the clear part of records: it tells cards apart and leads back to none. */
import { createHmac, type KeyObject } from 'node:crypto';
import { deriveKey, journalKey, KEY_LABELS } from './keys.js';

/** Hex digits of a pseudonym. */
export const PSEUDONYM_CHARS = 16;

/** The key that a terminal makes pseudonyms with, from its journal key (32 bytes): two terminals name the same card differently. */
export function pseudonymKey(key: Uint8Array): KeyObject {
  return deriveKey(journalKey(key), KEY_LABELS.pseudonym);
}

/** 16 hex digits: the first 8 bytes of HMAC-SHA-256 over the card's serial in decimal. */
export function cardPseudonym(key: KeyObject, card: number): string {
  return createHmac('sha256', key).update(String(card)).digest('hex').slice(0, PSEUDONYM_CHARS);
}
