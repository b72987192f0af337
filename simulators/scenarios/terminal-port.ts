/** A terminal of a scenario as a story sees it: people go to it, want something, and leave. */
import type { ListKind } from '../../agent/credential/signed-list.js';
import type { Offer } from '../../agent/domain/decision.js';
import type { TakenItem, WaslEvent } from '../../agent/domain/event.js';
import type { HealthDeskState } from '../../agent/tap/health-tap.js';
import type { DeskState } from '../../agent/tap/person-tap.js';
import type { Tap } from '../../agent/tap/tap.js';
import type { Trust } from '../../agent/trust/trust.js';
import type { SimulatedCard } from '../card-file.js';
import type { SimulatedPaymentMachine } from '../payment/machine.js';
import type { PinWish } from './pins.js';
import type { RecordsWish } from './records.js';

/** What somebody wants of an offer: quantities by number of the commodity, or null to go away. */
export type Wish = (state: { readonly offer: Offer }) => readonly TakenItem[] | null;

/** What is claimed with a wish: papers, proofs, an exemption. */
export type Claims = Parameters<Tap['confirm']>[2];

/**
 * How somebody is served: what is claimed, and of which programme (by its id; without, the first that the terminal serves); `pins`: the holder types them before; `slip`: the text of one that
 * is read before.
 */
export type TapOptions = NonNullable<Claims> & {
  readonly programme?: string;
  readonly pins?: PinWish;
  readonly slip?: string;
};

/** Somebody on a list, as a clerk asks for them. */
export interface ListedName {
  readonly number: number;
  readonly name: string;
  readonly id: string;
  readonly mother: string | null;
}

/** How somebody without a card is served: of which programme, and found by own and mother's name alone. */
export interface ServeOptions {
  readonly programme?: string;
  readonly byNames?: true;
}

/** A running terminal. */
export interface ScenarioTerminal {
  readonly name: string;
  readonly site: string;
  /** Events that the centre has not acknowledged. */
  backlog(): number;
  /** One tap from the card's arrival to its removal; resolves to what the screen showed last. */
  tap(card: SimulatedCard, wish: Wish, options?: TapOptions): Promise<DeskState>;
  /** The text of the slip that it printed last; empty for none. */
  slip(): string;
  /** A tap whose goods turn out not to be there: a supervisor has it taken back with the card that lies there still. */
  takeBack(card: SimulatedCard, wish: Wish, claims?: Claims): Promise<DeskState>;
  /** The payment machine beside it; null where there is none. */
  readonly machine: SimulatedPaymentMachine | null;
  /** Follows the payments that are not over, once. */
  followPayments(): Promise<void>;
  /** Whom it believes. */
  readonly trust: Trust;
  /** Appends events to its journal, as a command at a desk does. */
  record(events: readonly WaslEvent[]): Promise<void>;
  /** Every event of its journal, as bytes, oldest first. */
  events(): Promise<readonly Uint8Array[]>;
  /** Somebody without a card: looked up by name, or else by id; resolves to what the screen showed last. */
  serve(person: ListedName, wish: Wish, options?: ServeOptions): Promise<DeskState>;
  /** Takes in a sealed list of persons. */
  list(name: string, sealed: Uint8Array): Promise<void>;
  /** Opens the health records of a card, adds to them, and lets the card go; resolves to what the screen showed last of them. */
  records(card: SimulatedCard, wish: RecordsWish): Promise<HealthDeskState>;
  /** Takes in the keys of the health roles, sealed. */
  healthKeys(sealed: Uint8Array): Promise<void>;
  /** Takes in newly signed lists. */
  take(lists: ReadonlyMap<ListKind, Uint8Array>): Promise<void>;
  connect(): void;
  disconnect(): Promise<void>;
  /** Resolves when the centre has everything. Rejects with `ERR_BROKER` when that takes too long. */
  drained(): Promise<void>;
  close(): Promise<void>;
}
