/** Frames that the card tests send, and short forms of the answers. */
import type { NtagAnswer, SimulatedNtag21x } from '../../../simulators/cards/ntag21x.js';

/** The UID that NXP uses in its own examples; check bytes 2C and F6. */
export const EXAMPLE_UID = Uint8Array.of(0x04, 0xe1, 0x41, 0x12, 0x4c, 0x28, 0x80);

/** Sends a frame given in hexadecimal; `answer('30 04')`. Data come back in hexadecimal, the rest as `ack`, `nak 0`, `none`. */
export function send(card: SimulatedNtag21x, frame: string): string {
  return shown(card.exchange(Buffer.from(frame.replaceAll(' ', ''), 'hex')));
}

/** As {@link send}, and wakes the card again after a NAK, as a reader does. */
export function ask(card: SimulatedNtag21x, frame: string): string {
  const answer = send(card, frame);
  if (answer.startsWith('nak')) card.select();
  return answer;
}

function shown(answer: NtagAnswer): string {
  if (answer.kind === 'data') return spaced(answer.bytes);
  return answer.kind === 'nak' ? `nak ${answer.code}` : answer.kind;
}

/** Bytes as `04 E1 41`. */
export function spaced(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0').toUpperCase()).join(' ');
}

/** A page number as two hexadecimal digits. */
export function page(number: number): string {
  return number.toString(16).padStart(2, '0');
}
