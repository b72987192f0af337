/** The holder's PIN on a simulated smart card (ISO/IEC 7816-4 §7.5.6). */
import { createHash } from 'node:crypto';
import { sameBytes } from '../../agent/credential/cbor.js';
import { HOLDER_PIN, STATUS } from '../../drivers/media/type4-apdu.js';
import { type Command, status } from './apdu-command.js';
import type { Type4State } from './type4-json.js';

const PIN_TRIES = 3;

/** Answers VERIFY. A try is counted before the PIN is compared; without data the tries that are left are told. */
export function checkPin(
  state: Type4State,
  { p1, p2, data }: Command,
): { readonly state: Type4State; readonly answer: Uint8Array } {
  const { pin, pinTries } = state;
  if (p1 !== 0x00 || p2 !== HOLDER_PIN || pin === null) return { state, answer: status(STATUS.noFile) };
  if (pinTries === 0) return { state, answer: status(STATUS.blocked) };
  if (data.length === 0) return { state, answer: status(STATUS.wrongPin | pinTries) };
  if (data.length !== 8) return { state, answer: status(STATUS.wrongLength) };
  const padded = Buffer.alloc(8, 0xff);
  padded.write(pin, 'ascii');
  if (sameBytes(hash(padded), hash(data)))
    return { state: { ...state, pinTries: PIN_TRIES }, answer: status(STATUS.ok) };
  const answer = status(pinTries === 1 ? STATUS.blocked : STATUS.wrongPin | (pinTries - 1));
  return { state: { ...state, pinTries: pinTries - 1 }, answer };
}

function hash(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
