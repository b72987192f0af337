/**
 * What the PC/SC service reports, in words of Wasl: return codes to errors, states of a reader to events. Pure.
 * Source: pcsc-lite `pcsclite.h` (return codes, `SCARD_STATE_…`).
 */
import { WaslError } from '../../agent/domain/errors.js';

/** Return codes that say the card is no longer there, or no longer the one we connected to. */
const CARD_GONE = new Map([
  [0x8010000c, 'no card'],
  [0x80100067, 'the card was switched off'],
  [0x80100068, 'the card was reset by another program'],
  [0x80100069, 'the card was removed'],
]);

/** Return codes that say the service or the reader itself is gone, and any card with it. */
const READER_GONE = new Map([
  [0x80100009, 'unknown reader'],
  [0x80100013, 'the service closed the connection'],
  [0x80100017, 'the reader is no longer available'],
  [0x8010001d, 'the service is not running'],
  [0x8010001e, 'the service has stopped'],
]);

const SHARING_VIOLATION = 0x8010000b;

/** The return code in a message of the native module (`… error: text.(0x80100069)`), or `null` where there is none. */
export function returnCodeOf(error: unknown): number | null {
  const message = error instanceof Error ? error.message : typeof error === 'string' ? error : '';
  const digits = /\(0x([0-9a-f]{8,16})\)/i.exec(message)?.[1];
  // On 64-bit systems the code may arrive sign-extended: its low 32 bits are the code.
  return digits === undefined ? null : Number.parseInt(digits.slice(-8), 16);
}

/**
 * Turns a failure of a card operation into an error: `ERR_CARD_LOST` when the code says so, else `ERR_CARD_IO`.
 * An `ERR_CARD_IO` may still be a card on its way out: the service notices a removal later than the exchange does.
 */
export function cardError(operation: string, cause: unknown): WaslError {
  const code = returnCodeOf(cause);
  const details = { operation, returnCode: code === null ? null : `0x${code.toString(16)}` };
  const gone = code === null ? undefined : (CARD_GONE.get(code) ?? READER_GONE.get(code));
  if (gone !== undefined)
    return new WaslError('ERR_CARD_LOST', `the card left the reader: ${gone}`, { cause, details });
  const why = code === SHARING_VIOLATION ? ': another program holds it' : '';
  return new WaslError('ERR_CARD_IO', `the reader failed to ${operation}${why}`, { cause, details });
}

const STATE_PRESENT = 0x20;
const STATE_MUTE = 0x200;

/** What a change of a reader's state means for the card on it. */
export type CardChange =
  | { readonly type: 'card'; readonly atr: Uint8Array }
  | { readonly type: 'mute' }
  | { readonly type: 'empty' };

/**
 * Compares two states of a reader (`SCARD_STATE_…` in the low half, the service's count of card events in the high half).
 * A card that was swapped between two looks shows only in the count: then the old card goes before the new one comes.
 */
export function cardChanges(before: number, after: number, atr: Uint8Array): readonly CardChange[] {
  const was = (before & STATE_PRESENT) !== 0;
  const is = (after & STATE_PRESENT) !== 0;
  const swapped = was && is && before >>> 16 !== after >>> 16;
  const changes: CardChange[] = [];
  if (was && (!is || swapped)) changes.push({ type: 'empty' });
  if (is && (!was || swapped)) changes.push((after & STATE_MUTE) === 0 ? { type: 'card', atr } : { type: 'mute' });
  return changes;
}
