/** The desk as others see it: its state, and what may be asked of it. */
import type { PresentedCard, ReaderCapabilities } from '../../drivers/reader.js';
import type { ErrorCode } from '../domain/error-codes.js';
import type { TakenItem } from '../domain/event.js';
import type { WayToPay } from '../domain/payment.js';
import type { ServiceClaims, ServiceRequest } from '../services/service.js';
import type { VoidAuthority } from '../services/void.js';
import type { TapState } from './states.js';

/** One desk. Commands reject with `ERR_TAP_STATE` when the state is not the one they belong to. */
export interface Tap {
  state(): TapState;
  /** Id of the programme that the next card is examined for. */
  programme(): string;
  /**
   * From now on this programme is served. An offer of another one is withdrawn, a refusal or a service taken back is left: goes on to `idle`. Throws
   * `ERR_PROGRAMME_UNKNOWN` for one that this desk does not serve, and `ERR_TAP_STATE` while a card is worked on, goods are to be handed over, an
   * interrupted tap waits for its card or a service is taken back.
   */
  select(programme: string): void;
  /**
   * Somebody wants to collect for a holder: goes on to `represent`, where their own card is waited for; the card after it is the holder's. Throws
   * `ERR_REPRESENTATIVE` where the programme knows of none, and `ERR_TAP_STATE` while anything else is going on.
   */
  represent(): void;
  /** A card was presented. Resolves when it was examined (or an interrupted tap resumed). Never rejects. */
  present(card: PresentedCard, capabilities: ReaderCapabilities): Promise<void>;
  /** The card was taken away: an offer is withdrawn. */
  removed(): void;
  /**
   * The operator claims an exemption, or that the holder proved who they are: the offer is made anew. Claims take the place of those before; what does not
   * hold leaves the offer as it was, and the state says why. With a PIN the card is asked whether it is its holder's; what it confirms holds for the rest of
   * this tap. Rejects with `ERR_TAP_STATE` without such an offer.
   */
  claim(tapId: string, claims: ServiceClaims, pin?: string): Promise<void>;
  /** The operator confirms what is taken; `more`: papers that are written, and what is claimed besides what the offer was made with. */
  confirm(tapId: string, items: readonly TakenItem[], more?: ConfirmedMore): Promise<void>;
  /** Withdraws an offer, forgets who collects, gives up a payment that is waited for, or calls off that a service is taken back: the grant stands as it was. */
  cancel(tapId: string): Promise<void>;
  /** The goods were handed over; also for a grant of an earlier tap that was never confirmed. */
  handover(tapId: string): Promise<void>;
  /**
   * The clerk wants a grant taken back that was not handed over: goes on to `authorise`, or to `refused` where the rules do not allow it. Rejects with
   * `ERR_TAP_STATE` when there is no such grant, or a card is being worked on, and with `ERR_JOURNAL_*` when today's voids cannot be counted.
   */
  askBack(tapId: string): Promise<void>;
  /** A supervisor allows it: goes on to `return`. Rejects with `ERR_TAP_STATE` when it was not asked for, with `ERR_VOID_ROLE` for anybody else. */
  takeBack(tapId: string, authority: VoidAuthority): Promise<void>;
  /**
   * Nobody has allowed it yet, and why: stays in `authorise`, or in the offer that an exemption was claimed for. That a supervisor is locked out is told to
   * the centre. Rejects with `ERR_TAP_STATE` when it was not asked for.
   */
  deny(tapId: string, code: ErrorCode): Promise<void>;
  /** Leaves a refusal, an unresolved tap or a service taken back; an unresolved one is reported to the centre. */
  dismiss(tapId: string): Promise<void>;
  subscribe(listener: () => void): () => void;
}

/** What is confirmed besides items: papers, further claims, and how the holder pays. */
export interface ConfirmedMore extends Omit<ServiceRequest, 'items' | 'paysFrom'> {
  readonly payment?: WayToPay;
}
