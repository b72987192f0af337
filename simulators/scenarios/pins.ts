/** The PIN of a card in a story: told in a letter when the card is made, changed by its holder at the desk that hands it over. */
import type { PinSecrets } from '../../agent/credential/personalise.js';
import { letterPin, type PinOwner, siteSecret, unblockingCode } from '../../agent/credential/pin-codes.js';
import type { Identity } from '../../agent/domain/credential.js';
import type { PinTap } from '../../agent/tap/pin-tap.js';

/** What somebody types who has the card in hand. */
export interface PinWish {
  /** From the letter; another one for somebody who has not got it. */
  readonly letter: string;
  /** What they choose. */
  readonly own: string;
}

/** The secrets of a card that is made with a letter. */
export function letterSecrets(
  secret: Uint8Array,
  owner: PinOwner,
  { dateOfBirth, id }: Pick<Identity, 'dateOfBirth' | 'id'>,
): PinSecrets & { readonly transportPin: string } {
  const ofSite = siteSecret(secret, 0);
  return { code: unblockingCode(ofSite, owner), transportPin: letterPin(ofSite, owner, { dateOfBirth, id }) };
}

/** Changes the PIN of the card that lies there, and proves its holder with the new one for the service that is offered. What the card refuses is left at that. */
export async function typePins(tap: PinTap, { letter, own }: PinWish): Promise<void> {
  const below = tap.state();
  if (below.name !== 'offer' && below.name !== 'refused') return;
  await tap.openPin(below.tapId);
  const opened = tap.state();
  if (opened.name === 'card-pin' && opened.pin.state === 'transport') await tap.changePin(opened.tapId, letter, own);
  const end = tap.state();
  if (end.name === 'card-pin' || end.name === 'card-pin-done' || end.name === 'card-pin-refused')
    await tap.dismiss(end.tapId);
  const offer = tap.state();
  if (offer.name === 'offer' && offer.pin !== undefined) await tap.claim(offer.tapId, {}, own);
}
