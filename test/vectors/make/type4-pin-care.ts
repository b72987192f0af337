/** What is done to the holder's PIN of a smart card in the vectors, and with which codes. */
import { createHash } from 'node:crypto';
import { letterPin, siteSecret, unblockingCode } from '../../../agent/credential/pin-codes.js';
import { WaslError } from '../../../agent/domain/errors.js';
import { openType4 } from '../../../drivers/media/type4.js';
import type { HolderPinStore } from '../../../drivers/medium.js';
import type { ApduCard } from '../../../drivers/reader.js';

/** Operations about the PIN. */
export type PinOperation = 'pin-make' | 'pin-set' | 'pin-change' | 'pin-unblock';

const ISSUER_SECRET = new Uint8Array(32).fill(0x51);
const SITE = 7;
const SITE_SECRET = siteSecret(ISSUER_SECRET, SITE);
const HOLDER = { dateOfBirth: '19840229', id: '28402290100017' };
const OWNER = { card: 100_017, cardKey: createHash('sha256').update('the key of a card').digest().subarray(0, 8) };

/** Codes, published with everything that they are derived from. */
export const PIN_CARE = {
  issuerSecret: ISSUER_SECRET,
  site: SITE,
  siteSecret: SITE_SECRET,
  card: OWNER.card,
  cardKey: Uint8Array.from(OWNER.cardKey),
  code: unblockingCode(SITE_SECRET, OWNER),
  letter: letterPin(SITE_SECRET, OWNER, HOLDER),
  first: '2580',
  next: '7391',
} as const;

/** Whether it is about the holder's PIN. */
export function isPinOperation(operation: string): operation is Exclude<PinOperation, 'pin-make'> {
  return operation.startsWith('pin-') && operation !== 'pin-make';
}

/** Carries it out, as a terminal would. */
export async function carryOutPin(operation: Exclude<PinOperation, 'pin-make'>, card: ApduCard): Promise<object> {
  const { holderPin } = await openType4(card, { canWrite: true });
  if (holderPin === undefined) throw new WaslError('ERR_HOLDER_PIN_UNSUPPORTED');
  const { state, triesLeft, codeTriesLeft } = holderPin;
  return { found: { state, triesLeft, codeTriesLeft }, came: await changed(operation, holderPin) };
}

function changed(operation: Exclude<PinOperation, 'pin-make'>, holderPin: HolderPinStore): Promise<object> {
  if (operation === 'pin-set') return holderPin.set(PIN_CARE.first);
  if (operation === 'pin-unblock') return holderPin.unblock(PIN_CARE.code, PIN_CARE.next);
  return holderPin.change(holderPin.state === 'transport' ? PIN_CARE.letter : PIN_CARE.first, PIN_CARE.next);
}
