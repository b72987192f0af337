/** Where a desk stands with somebody who has no card. */
import type { ErrorCode } from '../domain/error-codes.js';
import type { TakenItem } from '../domain/event.js';
import type { Payment } from '../domain/payment.js';
import type { ListedPerson } from '../domain/person.js';
import type { Programme } from '../domain/policy.js';
import type { UndispensedGift } from '../journal/journal.js';
import type { ServiceSnapshot } from '../services/service.js';
import type { ClaimedOffer } from './claims.js';
import type { ReadSlip } from './snapshot.js';
import type { TapState } from './states.js';

/** Where a search stands; see the machine at the head of `person-tap.ts`. */
export type PersonState =
  | {
      readonly name: 'search';
      readonly tapId: string;
      readonly typed: string;
      readonly found: readonly ListedPerson[];
      /** How many there are, those that are not shown included. */
      readonly total: number;
    }
  | {
      readonly name: 'listed-offer';
      readonly tapId: string;
      readonly person: ListedPerson;
      readonly programme: Programme;
      readonly offer: ClaimedOffer['offer'];
      /** What was claimed for it, what could be, and why the last claim or payment did not do. */
      readonly claimed: Pick<ClaimedOffer, 'claims' | 'exemptions' | 'code'>;
      /** What it is decided on. */
      readonly snapshot: ServiceSnapshot;
      /** The slip that the person brought. */
      readonly slip?: ReadSlip;
    }
  /** The payment machine waits for the person. */
  | {
      readonly name: 'listed-paying';
      readonly tapId: string;
      readonly person: ListedPerson;
      /** In minor units of the policy's currency. */
      readonly amount: number;
      readonly isCancelled: boolean;
      /** The machine has answered, and it is being recorded. */
      readonly isOver: boolean;
    }
  | {
      readonly name: 'listed-granted';
      readonly tapId: string;
      readonly person: ListedPerson;
      readonly items: readonly TakenItem[];
      readonly epoch: string;
      readonly seq: number;
      readonly atMs: number;
    }
  | {
      readonly name: 'listed-refused';
      readonly tapId: string;
      readonly code: ErrorCode;
      readonly person: ListedPerson | null;
      /** Tap of what they were given and nobody has confirmed as handed over: it may be taken back. */
      readonly given?: string;
    }
  /** A clerk wants a service taken back, and a supervisor has to allow it. `code`: why the last try did not do; null before the first. */
  | {
      readonly name: 'listed-authorise';
      readonly tapId: string;
      readonly gift: UndispensedGift;
      readonly code: ErrorCode | null;
    }
  /** A service was taken back: nothing is handed over, and the person may be served again. */
  | {
      readonly name: 'listed-voided';
      readonly tapId: string;
      /** Null where the list is no more. */
      readonly person: ListedPerson | null;
      readonly gift: UndispensedGift;
      readonly atMs: number;
      /** When the service was decided on. */
      readonly servedAtMs: number;
      /** What was paid for it: cash is to be given back by hand. */
      readonly payment?: Pick<Payment, 'method' | 'amount'>;
    };

/** Where the desk stands. */
export type DeskState = TapState | PersonState;

/** From where a service may be asked back, besides the idle screen. */
export const MAY_ASK_BACK: readonly PersonState['name'][] = ['listed-granted', 'listed-refused'];

/** What may be called off: nothing is recorded yet. */
export const CANCELLABLE_LISTED: readonly PersonState['name'][] = ['search', 'listed-offer', 'listed-authorise'];
