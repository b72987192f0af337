import type { JSX } from 'preact';
import type { OfferMore, Screen } from '../../state.js';
import { usePage } from '../context.js';
import { Icon } from '../icons.js';
import { Key } from '../key.js';
import { DocumentKey } from './offer-more.js';
import { HolderName } from './parts.js';
import { Hint, PinEntry, usePin } from './pin.js';

/** Digits of the PIN of a card. */
export const CARD_DIGITS = { min: 4, max: 8 } as const;
/** Nobody is chosen: whoever holds the card types. */
export const HOLDER = [{ number: 0, name: '' }] as const;

/** What a {@link HolderPin} is given. */
export interface HolderPinProps {
  readonly offer: Extract<Screen, { readonly name: 'offer' }>;
  readonly more: OfferMore;
  readonly onBack: () => void;
}

/** The screen is turned to the holder, who types the PIN of the card. It goes to the card, and is nowhere afterwards. */
export function HolderPin({ offer, more, onBack }: HolderPinProps): JSX.Element {
  const { speech, act, busy } = usePage();
  const onPin = (_person: number, pin: string): void => act({ type: 'holder-pin', tapId: offer.tapId, pin });
  const typed = usePin({ people: HOLDER, onPin, onCancel: onBack, digits: CARD_DIGITS });
  const triesLeft = more.proof?.pin?.triesLeft ?? null;
  return (
    <section class="screen authorise">
      <div class="authorise-facts">
        <h1 class="authorise-title">{speech.say('holderPinTitle')}</h1>
        <HolderName holder={offer.holder} />
        <Hint hint={more.hint} />
        {triesLeft !== null && <p class="books-hint">{speech.count('triesLeft', triesLeft)}</p>}
        <div class="books-keys">
          <Key kind="plain" id="back" disabled={busy} onPress={onBack}>
            <Icon name="back" />
            {speech.say('goBack')}
          </Key>
          <DocumentKey tapId={offer.tapId} more={more} onDone={onBack} />
        </div>
      </div>
      <PinEntry typed={typed} ask={speech.say('holderPin')} allow={speech.say('next')} id="holder-pin-send" />
    </section>
  );
}

/** Asks for the PIN of the card; says when the card has confirmed it. */
export function HolderPinKey({
  more,
  onPress,
}: {
  readonly more: OfferMore;
  readonly onPress: () => void;
}): JSX.Element | null {
  const { speech, busy } = usePage();
  const pin = more.proof?.pin;
  if (pin === undefined) return null;
  const isGiven = pin.isGiven || more.proof?.document === 'given';
  return (
    <Key kind="choice" id="holder-pin" pressed={isGiven} disabled={busy} onPress={onPress}>
      {isGiven && <Icon name="check" />}
      <span class="claim-name">{speech.say('holderPinKey')}</span>
    </Key>
  );
}

/** Whether so many units, or so much from the purse, need a proof of the holder that nobody has given yet, and the card could give. */
export function lacksPin(
  more: OfferMore | undefined,
  asked: { readonly units?: number; readonly purse?: number },
): boolean {
  const proof = more?.proof ?? null;
  if (proof?.pin === undefined || proof.pin.isGiven || proof.document === 'given') return false;
  const { units = 0, purse = 0 } = asked;
  const isAsked = (amount: number, from: number | null | undefined): boolean => from != null && amount >= from;
  return (units > 0 && isAsked(units, proof.fromUnits)) || (purse > 0 && isAsked(purse, proof.fromPurse));
}
