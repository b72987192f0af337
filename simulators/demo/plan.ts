/** The script of a demonstration's day: who comes to the desk, with what, and what should happen. Always the same for the same numbers. */
import type { ErrorCode } from '../../agent/domain/error-codes.js';

/** One person at the desk. */
export interface PlannedTap {
  readonly by: 'pcsc' | 'serial';
  /** Index of the card among the good ones, or the kind of a bad one. */
  readonly who: number | BadCard;
  /** Loaves that are asked for; the clerk gives at most what is offered. */
  readonly quantity: number;
  /** The refusal that must follow; null when the holder must be served. */
  readonly refusal: ErrorCode | null;
}

/** Cards that must be refused. `older-image` is a good card whose memory of this morning was put back. */
export type BadCard = 'forged-byte' | 'unknown-key' | 'expired' | 'hotlisted' | 'used-up' | 'older-image' | 'copied';

/** What each bad card must be refused with. */
export const EXPECTED_REFUSAL: Readonly<Record<BadCard, ErrorCode>> = {
  'forged-byte': 'ERR_CREDENTIAL_SIGNATURE',
  'unknown-key': 'ERR_CREDENTIAL_KEY_UNKNOWN',
  expired: 'ERR_CREDENTIAL_EXPIRED',
  hotlisted: 'ERR_CREDENTIAL_HOTLISTED',
  'used-up': 'ERR_QUOTA_DAY',
  'older-image': 'ERR_LEDGER_OLD_IMAGE',
  copied: 'ERR_CREDENTIAL_MEDIUM',
};

/** All kinds of bad card, in the order in which they come. Those that no printed code shows as well are first, so that a short day has most. */
export const BAD_CARDS: readonly BadCard[] = [
  'unknown-key',
  'hotlisted',
  'used-up',
  'older-image',
  'copied',
  'expired',
  'forged-byte',
];

/** Every how many taps something that must be refused comes, on a day that is long enough for all of them. */
const BAD_EVERY = 9;
/** On the shortest day every third one. */
const BAD_EVERY_MIN = 3;
/** Every how many taps a printed code is held to the scanner instead of a card. */
const SERIAL_EVERY = 12;

/** A day of `taps` taps by `cards` good cards. Each card takes one loaf at a time, so that all come several times within their quota. */
export function planDay(taps: number, cards: number): PlannedTap[] {
  const badEvery = Math.max(BAD_EVERY_MIN, Math.min(BAD_EVERY, Math.floor(taps / (BAD_CARDS.length + 1))));
  let next = 0;
  let bad = 0;
  return Array.from({ length: taps }, (_, i): PlannedTap => {
    if (i % SERIAL_EVERY === SERIAL_EVERY - 1) return serialTap(Math.floor(i / SERIAL_EVERY));
    if (i % badEvery === badEvery - 1) {
      const kind = BAD_CARDS[bad % BAD_CARDS.length] ?? 'expired';
      bad += 1;
      return { by: 'pcsc', who: kind, quantity: 1, refusal: EXPECTED_REFUSAL[kind] };
    }
    const who = next % cards;
    next += 1;
    return { by: 'pcsc', who, quantity: 1, refusal: null };
  });
}

/** A code proves who somebody is and carries no ledger: refused for bread, unless something else is wrong with it first. */
function serialTap(turn: number): PlannedTap {
  if (turn % 3 === 1)
    return { by: 'serial', who: 'forged-byte', quantity: 1, refusal: EXPECTED_REFUSAL['forged-byte'] };
  if (turn % 3 === 2) return { by: 'serial', who: 'expired', quantity: 1, refusal: EXPECTED_REFUSAL.expired };
  return { by: 'serial', who: turn, quantity: 1, refusal: 'ERR_PROGRAMME_LEDGER_REQUIRED' };
}
