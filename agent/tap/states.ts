/** Where a desk stands. */
import type { DecodeStep } from '../credential/decode.js';
import type { Endorsement } from '../credential/endorsement.js';
import type { ForeignCredential } from '../credential/foreign.js';
import type { Credential } from '../domain/credential.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { TakenItem } from '../domain/event.js';
import type { Paid, WayToPay } from '../domain/payment.js';
import type { Programme } from '../domain/policy.js';
import type { Slip } from '../domain/slip.js';
import type { UndispensedGrant } from '../journal/journal.js';
import type { ServiceSnapshot } from '../services/service.js';
import type { ClaimedOffer } from './claims.js';
import type { StandIn } from './representing.js';
import type { ReadSlip } from './snapshot.js';

/** Where the desk stands; see the machine at the head of `tap.ts`. */
export type TapState =
  /** `standIn`: whoever collects for the holder whose card comes next. */
  | {
      readonly name: 'idle';
      readonly standIn?: StandIn;
      /** A slip was read, and the card of its holder is waited for. */
      readonly slip?: ReadSlip;
    }
  /** Somebody is to collect for a holder: their own card is waited for. `code`: why the last one did not do; null before the first. */
  | { readonly name: 'represent'; readonly tapId: string; readonly code: ErrorCode | null }
  | { readonly name: 'reading' }
  | {
      readonly name: 'offer';
      readonly tapId: string;
      readonly credential: Credential;
      readonly programme: Programme;
      readonly offer: ClaimedOffer['offer'];
      /** What was claimed for it, what could be, and why the last claim did not do. */
      readonly claimed: Pick<ClaimedOffer, 'claims' | 'exemptions' | 'code'>;
      /** The card can check a PIN of its holder; `triesLeft` after a wrong one. */
      readonly pin?: { readonly triesLeft: number | null };
      /** Whoever collects for the holder. */
      readonly standIn?: StandIn;
      /** What it is decided on. */
      readonly snapshot: ServiceSnapshot;
      /** Days until the card expires, where the holder is to be told. */
      readonly remindDays?: number;
      /** The endorsement that was written to the card at this tap. */
      readonly renewal?: Endorsement;
    }
  /** The payment machine waits for the holder. */
  | {
      readonly name: 'paying';
      readonly tapId: string;
      readonly credential: Credential;
      /** In minor units of the policy's currency. */
      readonly amount: number;
      readonly isCancelled: boolean;
    }
  | { readonly name: 'writing'; readonly tapId: string }
  | {
      readonly name: 'granted';
      readonly tapId: string;
      readonly credential: Credential;
      readonly items: readonly TakenItem[];
      readonly epoch: string;
      readonly seq: number;
      readonly atMs: number;
      /** As in the offer. */
      readonly remindDays?: number;
    }
  | {
      readonly name: 'refused';
      readonly tapId: string;
      readonly code: ErrorCode;
      readonly credential: Credential | null;
      /** Where the decoding of its credential stopped, if that is why. */
      readonly step?: DecodeStep;
      /** Whom a code of another issuer is about. Shown, never logged. */
      readonly foreign?: ForeignCredential;
      /** What a slip says that was refused, once its signature was found good. */
      readonly slip?: Slip;
    }
  | { readonly name: 'unresolved'; readonly tapId: string; readonly code: ErrorCode }
  /** A clerk wants a grant taken back, and a supervisor has to allow it. `code`: why the last try did not do; null before the first. */
  | {
      readonly name: 'authorise';
      readonly tapId: string;
      readonly grant: UndispensedGrant;
      readonly code: ErrorCode | null;
    }
  /** A supervisor allowed it: the card that was served is to be laid down. `code`: why the last card did not do; null before the first. */
  | {
      readonly name: 'return';
      readonly tapId: string;
      readonly grant: UndispensedGrant;
      readonly code: ErrorCode | null;
    }
  /** A service was taken back: nothing is handed over, and the card has its quota again. `tapId` is that of the void. */
  | {
      readonly name: 'voided';
      readonly tapId: string;
      readonly credential: Credential;
      readonly items: readonly TakenItem[];
      readonly atMs: number;
      /** When the service was decided on. */
      readonly servedAtMs: number;
      /** What was paid for it: cash is to be given back by hand. */
      readonly payment?: Paid;
    };

/** A card that is presented then is ignored. */
export const NOT_NOW: readonly TapState['name'][] = ['reading', 'writing', 'paying', 'authorise'];

/** After these a payment may be tried again, in another way: nothing was taken. */
const MAY_PAY_AGAIN: readonly ErrorCode[] = ['ERR_PAYMENT_METHOD', 'ERR_PAYMENT_DECLINED', 'ERR_PAYMENT_CANCELLED'];

/** Whether a payment may be tried again in another way: nothing was taken. From a purse also where there is not enough on it, or it wants the holder's PIN. */
export function mayPayAgain(code: ErrorCode, way: WayToPay | undefined): boolean {
  const isPurse = way === 'purse' && (code === 'ERR_ACCOUNT_BALANCE' || code === 'ERR_FACTOR_NEEDED');
  return isPurse || MAY_PAY_AGAIN.includes(code);
}

/** Where the desk may turn to another programme: nothing is being written, and nothing waits for anybody. */
export const SELECTABLE: readonly TapState['name'][] = ['idle', 'represent', 'offer', 'refused', 'voided'];

/** When a slip may be read: nothing else is being done with a card. */
export const TAKES_SLIP: readonly TapState['name'][] = ['idle', 'offer', 'granted', 'refused', 'voided'];

/** What may be called off: nothing is written yet. */
export const CANCELLABLE: readonly TapState['name'][] = ['represent', 'offer', 'authorise', 'return'];
