/** Where a desk stands with the PIN of a card; lies over the taps of `tap.ts`, `person-tap.ts` and `health-tap.ts`. */
import type { HolderPinStore } from '../../drivers/medium.js';
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { HolderPinAction } from '../domain/holder-pin.js';

/**
 * Whether the PIN of a card can be unblocked at this desk: a supervisor may allow it; one has; the secret of the home site is elsewhere; or never again, whatever
 * anybody has.
 */
export type Unblocking = 'ask' | 'allowed' | 'elsewhere' | 'never';

/** See `pin-tap.ts`. */
export type PinState =
  /** The card is being read. */
  | { readonly name: 'card-pin-reading'; readonly tapId: string }
  | {
      readonly name: 'card-pin';
      readonly tapId: string;
      readonly credential: Credential;
      /** As the card stands now. */
      readonly pin: Pick<HolderPinStore, 'state' | 'triesLeft'>;
      readonly unblocking: Unblocking;
      /** Why the last PIN, or the last supervisor's, did not do; null before the first. */
      readonly code: ErrorCode | null;
    }
  /** The card is being asked: it must stay. */
  | { readonly name: 'card-pin-writing'; readonly tapId: string }
  /** The card has taken it. Stays when the card is taken away. */
  | {
      readonly name: 'card-pin-done';
      readonly tapId: string;
      readonly credential: Credential;
      readonly action: HolderPinAction;
    }
  /** `isUnknown`: the card left before it had answered, and nobody knows which PIN counts. */
  | {
      readonly name: 'card-pin-refused';
      readonly tapId: string;
      readonly code: ErrorCode;
      readonly credential: Credential;
      readonly isUnknown: boolean;
    };
