import type { TimeQuality } from './clock.js';
import type { ErrorCode } from './error-codes.js';
import type { HealthKind, HealthReason } from './health-record.js';
import type { HolderPinEvent } from './holder-pin.js';
import type { LedgerBalance, LedgerMore, LedgerPaper, LedgerUsage } from './ledger.js';
import type { PaymentEvent } from './payment.js';
import type { Factor } from './policy.js';
import type { ShiftClosedEvent, ShiftOpenedEvent } from './shift.js';
import type { SlipUsed } from './slip.js';

/** What holders paid, as events tell it. */
export type { PaymentEvent } from './payment.js';

/** Which versions of what the terminal trusted produced a decision. */
export interface DecisionVersions {
  /** Version of the issuer key list. */
  readonly keys: number;
  /** Version of the hotlist; 0 when the terminal has none yet. */
  readonly hotlist: number;
  readonly policy: number;
  readonly time: TimeQuality;
}

/** A quantity of one commodity, by the numbers that the policy gives them. */
export interface TakenItem {
  readonly commodity: number;
  /** In the unit of the commodity, a positive integer. */
  readonly quantity: number;
}

/** What a service did besides handing out: the whole of it is in the event, so that the centre needs no card to know. */
export interface ServiceDetails {
  /** Values of the accounts that it changed, as they stand since. */
  readonly balances: readonly LedgerBalance[];
  /** Papers of the ledger that it used, by their number on the card, and how many units of each. */
  readonly used: readonly { readonly paper: number; readonly units: number }[];
  readonly written: readonly LedgerPaper[];
  /** Money in minor units of the policy's currency: all of it, and the holder's part. */
  readonly charge: { readonly gross: number; readonly holder: number };
  /** Number of the exemption that it rests on; 0 for none. */
  readonly exemption: number;
  /** Number of the supervisor who allowed it; 0 for nobody. */
  readonly supervisor: number;
  /** The proof of the holder that it rests on; absent where none was asked for. */
  readonly factor?: Factor;
  /** Serial of the card of whoever collected for the holder. */
  readonly representative?: number;
  /** Id of the slip that `written` stands on, 16 hex digits; absent where it stands on the ledger. */
  readonly slip?: string;
  /** Papers of slips that it used. Absent: none. */
  readonly slips?: readonly SlipUsed[];
  /** Decided and shown, without effect on any entitlement. */
  readonly isTrial: boolean;
  /** The holder was told that the card nears its end. */
  readonly isReminded?: true;
  /** Reference of the payment for it, 16 hex digits: of a service without a card. With one, card and ledger sequence name it. */
  readonly reference?: string;
  /** The holder's part was taken off the account of the card that the programme names: whoever served collected nothing. */
  readonly isFromPurse?: true;
}

/** The first event of each epoch: links it to the end of the one before. `previous` is null for a terminal's very first. */
export interface EpochEvent {
  readonly type: 'epoch';
  /** Seconds since 1970. */
  readonly time: number;
  readonly previous: { readonly epoch: string; readonly seq: number; readonly head: Uint8Array } | null;
  /** Why a new epoch began. */
  readonly cause: 'first' | 'period' | 'mismatch' | 'provisioned' | 'damage';
}

/** A completed service: the card was debited and the grant shown. */
export interface RedemptionEvent {
  readonly type: 'redemption';
  readonly time: number;
  /** The card's dense serial. */
  readonly card: number;
  /** Sequence of the ledger record that was written to the card; 0 for none: a trial, or a card without a ledger of this family. */
  readonly ledgerSequence: number;
  /** Number of the programme in the policy. */
  readonly programme: number;
  readonly items: readonly TakenItem[];
  readonly versions: DecisionVersions;
  /** Number of the operator in the roster; 0 where the site has no log-in. */
  readonly operator: number;
  /** Absent where it did nothing besides handing out. */
  readonly details?: ServiceDetails;
}

/** A completed service to a person without a card, who is on a roster. */
export interface RosterEvent {
  readonly type: 'roster';
  readonly time: number;
  /** Number of the roster, and of the person in it. */
  readonly roster: number;
  readonly person: number;
  readonly programme: number;
  readonly items: readonly TakenItem[];
  readonly versions: DecisionVersions;
  readonly operator: number;
  readonly details?: ServiceDetails;
}

/** A refusal that matters to somebody other than the clerk. */
export interface RefusalEvent {
  readonly type: 'refusal';
  readonly time: number;
  readonly reason: ErrorCode;
  /** The card's serial where its credential verified, else null: an unverified number is hearsay. */
  readonly card: number | null;
  readonly programme: number;
  readonly versions: DecisionVersions;
}

/** A tap whose effect on the card is not known: the holder may have been debited without being served. */
export interface UnresolvedEvent {
  readonly type: 'unresolved';
  readonly time: number;
  readonly card: number;
  readonly ledgerSequence: number;
  readonly programme: number;
  readonly items: readonly TakenItem[];
  readonly reason: ErrorCode;
}

/** A service that was taken back before anything was handed over: the card has its quota again. */
export interface VoidEvent {
  readonly type: 'void';
  readonly time: number;
  readonly card: number;
  /** Sequence of the ledger record that gives the quota back. */
  readonly ledgerSequence: number;
  /** Sequence of the record of the service that is taken back. */
  readonly voided: number;
  readonly programme: number;
  /** What was given back. */
  readonly items: readonly TakenItem[];
  readonly versions: DecisionVersions;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
  /** Number of the supervisor who allowed it. */
  readonly supervisor: number;
  /** Units of slips that are given back with it. Absent: none. */
  readonly slips?: readonly SlipUsed[];
}

/** A service to a person without a card that was taken back before anything was handed over: the person may be served again. */
export interface RosterVoidEvent {
  readonly type: 'roster-void';
  readonly time: number;
  /** Number of the roster, and of the person in it. */
  readonly roster: number;
  readonly person: number;
  readonly programme: number;
  /** What was given back. */
  readonly items: readonly TakenItem[];
  readonly versions: DecisionVersions;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
  /** Number of the supervisor who allowed it. */
  readonly supervisor: number;
  /** The event of the service, by its bytes: the first 16 hex digits of their SHA-256. */
  readonly voided: string;
  /** Time of that event, in seconds since 1970. */
  readonly servedAt: number;
  /** What it did to accounts and papers: accounts as they stand since, papers that are gone, and those that are there instead. Absent for nothing. */
  readonly details?: ServiceDetails;
}

/** An endorsement was written to a card and read back: the card shows what the authority decided. */
export interface EndorsedEvent {
  readonly type: 'endorsed';
  readonly time: number;
  readonly card: number;
  /** Number of the endorsement, of the credential on the card. */
  readonly number: number;
  /** Number that the card showed before; 0 for none, or none that held. */
  readonly shown: number;
  /**
   * Number that this terminal had seen on it before; 0 for none. Above `shown`: somebody took it off the card. At most `shown` where a write of this
   * terminal was interrupted: then the card showed what that had left.
   */
  readonly known: number;
  readonly programme: number;
  readonly versions: DecisionVersions;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
}

/** What became of an outlet's goods: they came, they were counted, or they were written off. */
export type StockKind = 'delivery' | 'count' | 'write-off';

/** Goods of one commodity in a {@link StockEvent}. */
export interface StockItem extends TakenItem {
  /**
   * What the terminal believed to have just before, in the unit of the commodity; below 0 where more was handed out than ever came in. With it an
   * event stands for all that was before: the terminal may forget older ones, and a count states its own variance, `quantity` less `before`.
   */
  readonly before: number;
}

/** Goods came in, were counted, or were written off. A count of nothing has quantity 0. */
export interface StockEvent {
  readonly type: 'stock';
  readonly time: number;
  readonly kind: StockKind;
  /** Each commodity once. */
  readonly items: readonly StockItem[];
  /** Number of the delivery note or of the count's sheet; null where there is none. At most 32 characters. */
  readonly reference: string | null;
  /** Number of who answers for it: a supervisor, or whoever counted at the end of a shift; 0 where the terminal stood still and its owner recorded it. */
  readonly operator: number;
}

/** Something about the terminal itself that the centre should know. */
export interface AlarmEvent {
  readonly type: 'alarm';
  readonly time: number;
  readonly code: ErrorCode;
  /** How often it happened since the last alarm of this code. */
  readonly count: number;
}

/** How an old card stood when another one took its place: it lay on the reader and is ended; or it was lost, and the centre said what it had come to. */
export const REPLACEMENT_CAUSES = ['in-hand', 'lost'] as const;

/** One of {@link REPLACEMENT_CAUSES}. */
export type ReplacementCause = (typeof REPLACEMENT_CAUSES)[number];

/**
 * A card was made in the place of another one: one event for each ledger of the old one. It states what the new ledger begins with, so that the centre
 * needs neither card to know.
 */
export interface ReplacedEvent {
  readonly type: 'replaced';
  readonly time: number;
  /** Serial of the new card, and of the one that is over. */
  readonly card: number;
  readonly replaces: number;
  readonly cause: ReplacementCause;
  /** Family of programmes whose ledger it is. */
  readonly family: number;
  /** Sequence of the newest record of the old ledger that is carried on: what has a higher one is not in the new ledger. */
  readonly closing: number;
  /** Sequence of the first record of the new ledger. */
  readonly opening: number;
  /** Days since 1970-01-01 of the day that the counters count for. */
  readonly day: number;
  readonly usage: readonly LedgerUsage[];
  readonly more: LedgerMore;
  /** Number of the operator; 0 where the desk has no log-in. */
  readonly operator: number;
}

/** The health records of a card were opened: recorded before anything of them is shown. */
export interface HealthOpenedEvent {
  readonly type: 'health-opened';
  readonly time: number;
  readonly card: number;
  /** Number of the operator; 0 where the site has no log-in. */
  readonly operator: number;
  readonly role: string;
  /** Records that are shown. */
  readonly count: number;
  readonly reason: HealthReason;
}

/** A health record was written. */
export interface HealthAddedEvent {
  readonly type: 'health-added';
  readonly time: number;
  readonly card: number;
  /** 8 bytes: names the record on the card. */
  readonly id: Uint8Array;
  readonly kind: HealthKind;
  /** Days since 1970-01-01 that the record is of: an earlier one where it was carried over, so that it does not leave the card. */
  readonly day: number;
  /** Number of the site that it was written at. */
  readonly site: number;
  readonly operator: number;
  /** Id of the record that it answers; null for none. */
  readonly answers: Uint8Array | null;
  /** False: the card has not taken it yet, as far as is known here. It is written again at the next tap, and told of again. */
  readonly isOnCard: boolean;
  /** All of the record, sealed to the health authority: nobody else at the centre reads it. */
  readonly body: Uint8Array;
}

/** What forms the chain of a terminal and goes to the centre. */
export type WaslEvent =
  | EpochEvent
  | RedemptionEvent
  | RefusalEvent
  | UnresolvedEvent
  | AlarmEvent
  | VoidEvent
  | RosterEvent
  | RosterVoidEvent
  | EndorsedEvent
  | StockEvent
  | PaymentEvent
  | ReplacedEvent
  | HolderPinEvent
  | HealthOpenedEvent
  | HealthAddedEvent
  | ShiftOpenedEvent
  | ShiftClosedEvent;

/** An event in its place in the chain of its terminal. */
export interface ChainedEvent {
  readonly epoch: string;
  /** 1 for the first of an epoch, then strictly +1. */
  readonly seq: number;
  /** Canonical bytes: deterministic CBOR, see `docs/formats/event.cddl`. */
  readonly bytes: Uint8Array;
  /** 32 bytes: salted hash of the body. */
  readonly bodyHash: Uint8Array;
  /** 32 bytes: head of the chain after this event. */
  readonly head: Uint8Array;
}

/** Id of an event at the centre and on receipts: `terminal:epoch:seq`, the sequence padded so that ids sort. */
export function eventId(terminal: string, epoch: string, seq: number): string {
  return `${terminal}:${epoch}:${String(seq).padStart(8, '0')}`;
}

/** The calendar period that an epoch's name begins with, e.g. `2026q4` of `2026q4-7kq2mzx3`. */
export function periodOf(epoch: string): string {
  return epoch.slice(0, 6);
}
