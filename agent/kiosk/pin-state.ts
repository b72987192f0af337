/** What the page is told of the PIN of a card, and what it may ask for about it: part of `state.ts`. */
import type { HolderPinAction } from '../domain/holder-pin.js';
import type { Texts } from '../domain/texts.js';
import type { HolderView } from './holder-state.js';
import type { HintView, SupervisorView } from './offer-state.js';

/** The PIN of the card that is there: what has to be typed follows from how it stands. Gone from the screen when the card is. */
export type PinScreen =
  | {
      readonly name: 'card-pin';
      readonly tapId: string;
      readonly holder: HolderView;
      /** None yet; that of a letter; the holder's own. */
      readonly pin: 'none' | 'transport' | 'set';
      /** Wrong PINs that the card still takes; null where it has none. */
      readonly triesLeft: number | null;
      /** Whether a new PIN may be typed without the old one, once a supervisor allows it; `elsewhere`: why not, and where to go. */
      readonly unblocking: 'ask' | 'allowed' | { readonly elsewhere: Texts };
      readonly supervisors: readonly SupervisorView[];
      /** Why the last one did not do. */
      readonly hint: HintView | null;
    }
  /** The card has taken it. */
  | {
      readonly name: 'card-pin-done';
      readonly tapId: string;
      readonly holder: HolderView;
      readonly action: HolderPinAction;
    };

/** What may be asked for. Each PIN is gone once it was sent. */
export type PinCommand =
  /** How does the PIN of the card of this offer or refusal stand? */
  | { readonly type: 'card-pin'; readonly tapId: string }
  /** The first PIN. */
  | { readonly type: 'pin-set'; readonly tapId: string; readonly pin: string }
  | { readonly type: 'pin-change'; readonly tapId: string; readonly old: string; readonly pin: string }
  /** A supervisor allows, with their own PIN, that the card is unblocked. */
  | { readonly type: 'pin-allow'; readonly tapId: string; readonly supervisor: number; readonly pin: string }
  /** The new PIN of a card that a supervisor has allowed it for. */
  | { readonly type: 'pin-unblock'; readonly tapId: string; readonly pin: string };
