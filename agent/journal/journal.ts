/**
 * The journal port: the durable truth of a terminal. What `append` resolved survives any power cut.
 * Implementations pass `test/compliance/journal.ts`.
 */
import type { ChainedEvent, TakenItem, WaslEvent } from '../domain/event.js';
import type { Payment } from '../domain/payment.js';
import type { Factor } from '../domain/policy.js';
import type { ServiceEffects } from '../domain/service-effects.js';
import type { OpenShift } from '../domain/shift.js';
import type { HealthMove, OpenHealthRecord } from './health-steps.js';
import type { SlipBook, SlipJournalEntry } from './slips.js';

/** Of health records. */
export type { HealthMove, OpenHealthRecord } from './health-steps.js';
/** Of slips. */
export type { KeptStep, PlacedKept, SlipBook, SlipStep } from './slips.js';

/** One stretch of a terminal's chain; a new one begins each calendar quarter and whenever history may have forked. */
export interface EpochInfo {
  /** e.g. `2026q4-7kq2mzx3`: calendar quarter, then 40 random bits in lower-case base 32 (RFC 4648 alphabet). */
  readonly name: string;
  /** 32 bytes: hash that event 1 chains on; covers terminal, epoch name and the end of the epoch before. */
  readonly base: Uint8Array;
  /** 32 bytes: key that the salts of this epoch's body hashes are derived from. Never leaves terminal and centre unsealed. */
  readonly saltKey: Uint8Array;
  /** Sequence of the newest event; 0 for none. */
  readonly lastSeq: number;
  /** 32 bytes: head of the chain after the newest event. */
  readonly head: Uint8Array;
  /** Events that damage on the disk destroyed, ascending; absent while the epoch is whole. Those around them can be read. */
  readonly missing?: readonly SeqRange[];
  /**
   * Events 1 to this were pruned: the centre had acknowledged them, and held them for its whole backup window. Absent while none was.
   * Nothing is wrong with such an epoch: what is left chains on the head after the last of them, which `headAt` gives.
   */
  readonly pruned?: number;
}

/** A run of sequences, both ends included. */
export interface SeqRange {
  readonly first: number;
  readonly last: number;
}

/** The service that an intent takes back, and who allowed it: known again after any cut. */
export interface TakenBack {
  /** Sequence of the ledger record of the service. */
  readonly ledgerSequence: number;
  /** When the service was decided on, ms since 1970. */
  readonly servedAtMs: number;
  /** Number of the supervisor in the signed list. */
  readonly supervisor: number;
}

/** INTENT: what is about to be written to a card; recorded before the first page is. */
export interface IntentStep {
  readonly step: 'intent';
  /** Random, 16 hex digits; names this tap until it is closed. */
  readonly tapId: string;
  readonly atMs: number;
  readonly card: number;
  readonly uid: Uint8Array;
  readonly ledgerSequence: number;
  /** The whole slot, byte for byte, so that an interrupted write can be repeated exactly. */
  readonly slotImage: Uint8Array;
  readonly programme: number;
  /** What is served; of a void, what is given back. */
  readonly items: readonly TakenItem[];
  /** Of a void; absent for a service. */
  readonly takesBack?: TakenBack;
  /** What the service does besides handing out; absent where it does nothing else. */
  readonly service?: ServiceStep;
}

/** What an intent has to say of its service so that its event can be made, and the service taken back, after a restart. */
export interface ServiceStep {
  readonly effects: ServiceEffects;
  /** As in the grant; 0 for none. */
  readonly exemption: number;
  readonly supervisor: number;
  readonly factor?: Factor;
  /** Serial of the card of whoever collects for the holder. */
  readonly representative?: number;
  /** Number of the account that the holder's part is paid from; absent where it is paid in money, or nothing is to be paid. */
  readonly paidFrom?: number;
  /** Days until the card expires, where the holder is told; absent: nothing is said. */
  readonly remindDays?: number;
}

/** COMMIT: the card holds the record of the intent. Recorded together with its redemption event, or its void. */
export interface CommitStep {
  readonly step: 'commit';
  readonly tapId: string;
  readonly atMs: number;
}

/** DISPENSED: the operator confirmed the hand-over. */
export interface DispensedStep {
  readonly step: 'dispensed';
  readonly tapId: string;
  readonly atMs: number;
}

/** REPORTED: an open intent was told to the centre, together with its `unresolved` event; it stays open, since the card may come back. */
export interface ReportedStep {
  readonly step: 'reported';
  readonly tapId: string;
  readonly atMs: number;
}

/** CLOSED: another record has overtaken the intent, it will not be completed here. The intent itself is never deleted. */
export interface ClosedStep {
  readonly step: 'closed';
  readonly tapId: string;
  readonly atMs: number;
}

/**
 * GIVEN: somebody on a roster was served without a card; recorded together with the roster event, so that the hand-over is asked for again after any cut. Ended
 * by a `dispensed` step of its tap.
 */
export interface GivenStep {
  /** Random, 16 hex digits. */
  readonly tapId: string;
  readonly atMs: number;
  /** Number of the roster, and of the person in it. */
  readonly roster: number;
  readonly person: number;
  readonly programme: number;
  readonly items: readonly TakenItem[];
  /** What the service does besides handing out; absent where it does nothing else. */
  readonly service?: ServiceStep;
}

/** A step of a tap: stays on the terminal. */
export type TapStep = IntentStep | CommitStep | DispensedStep | ReportedStep | ClosedStep;

/** The centre holds everything up to `seq` of `epoch`. */
export interface AcknowledgedMark {
  readonly epoch: string;
  readonly seq: number;
  readonly incarnation: number;
  readonly atMs: number;
}

/** PAYING: a payment is begun; recorded before a machine is asked for it. Cash is recorded with the intent of its service, or with the service where there is none. */
export type PayingStep = Payment & { readonly step: 'paying' };

/**
 * What happened to a payment. `approved`: the machine took it. `reversing`: it is to be given back, until that is done. `over`: nothing more will happen to it here.
 */
export interface PaymentMove {
  readonly step: 'approved' | 'reversing' | 'over';
  readonly tapId: string;
  readonly atMs: number;
  /** The machine's own reference; empty for none. */
  readonly machine: string;
}

/** A payment that is not over. `served`: its service stands on the card, and may still be taken back. `returning`: it was, and the payment is on its way back. */
export type OpenPayment = Payment & {
  readonly phase: 'asked' | 'approved' | 'served' | 'reversing' | 'returning';
  readonly machine: string;
};

/** A shift was opened or closed; recorded in one append with its event, and no other. There is one at a time. */
export type ShiftStep =
  | { readonly step: 'opened'; readonly shift: OpenShift }
  | { readonly step: 'closed'; readonly id: string; readonly atMs: number };

/** The shift that is open, and where the event of its opening stands. */
export interface PlacedShift extends OpenShift {
  readonly epoch: string;
  readonly seq: number;
}

/** One thing to record. */
export type JournalEntry =
  | { readonly kind: 'event'; readonly event: WaslEvent }
  | { readonly kind: 'step'; readonly step: TapStep }
  /** Recorded in one append with its roster event, and no other. */
  | { readonly kind: 'given'; readonly given: GivenStep }
  | SlipJournalEntry
  | { readonly kind: 'payment'; readonly payment: PayingStep | PaymentMove }
  | { readonly kind: 'shift'; readonly shift: ShiftStep }
  | { readonly kind: 'acknowledged'; readonly mark: AcknowledgedMark }
  /**
   * It was at least this late: a time that the centre or the authority signed, never that of a clock. Recorded together with an
   * acknowledgement it is when the centre signed that, and what the backup window is measured by.
   */
  | { readonly kind: 'time-floor'; readonly atMs: number }
  /** A newer trusted record was seen in a card's ledger of a family. Marks of our own writes follow from intents and commits. */
  | { readonly kind: 'high-water'; readonly card: number; readonly family: number; readonly mark: HighWaterMark }
  /** ENDORSING: what is about to be written to a card; recorded before its first page is, so that it can be written again whole. */
  | { readonly kind: 'endorsing'; readonly endorsing: OpenEndorsement }
  /** The card holds this endorsement. Ends an {@link OpenEndorsement} of it that is not newer. */
  | { readonly kind: 'endorsed'; readonly card: number; readonly mark: EndorsementMark }
  /** RECORDING: what is about to be appended to a card's health records; recorded before it is, so that it can be appended again, byte for byte. */
  | { readonly kind: 'health-begun'; readonly record: OpenHealthRecord }
  /** What became of it: `reported`: the centre was told that the card has not taken it, as far as is known here; `written`: the card holds it. Recorded with the event that says so. */
  | { readonly kind: 'health-moved'; readonly card: number; readonly id: Uint8Array; readonly to: HealthMove };

/** An endorsement on its way to a card. */
export interface OpenEndorsement extends EndorsementMark {
  readonly card: number;
  readonly atMs: number;
  /** The endorsement, byte for byte. */
  readonly bytes: Uint8Array;
}

/** The newest endorsement that this terminal has seen on a card. */
export interface EndorsementMark {
  /** Name of the credential that it extends, 8 bytes: a card that was issued anew begins anew. */
  readonly credential: Uint8Array;
  readonly number: number;
}

/** The highest sequence that this terminal has seen in a card's ledger of one family. */
export interface HighWaterMark {
  readonly sequence: number;
  /** First 8 bytes of the hash of that record. */
  readonly recordHash: Uint8Array;
}

/** A grant that nobody has confirmed as handed over. */
export interface UndispensedGrant {
  readonly intent: IntentStep;
  /** Where its redemption event stands. */
  readonly epoch: string;
  readonly seq: number;
}

/** What was given to a person without a card, and nobody has confirmed as handed over. */
export interface UndispensedGift {
  readonly given: GivenStep;
  /** Where its roster event stands. */
  readonly epoch: string;
  readonly seq: number;
}

/** An intent whose tap is not finished. */
export interface OpenIntent {
  readonly intent: IntentStep;
  /** Family of the ledger that its record belongs to. */
  readonly family: number;
  /** True once an `unresolved` event told the centre. */
  readonly reported: boolean;
}

/** What the terminal must remember, folded from everything recorded. Read-only views: they change with each append. */
export interface JournalState {
  /** By family, then by serial: see {@link markOf}. */
  readonly highWater: ReadonlyMap<number, ReadonlyMap<number, HighWaterMark>>;
  /** By serial; they outlive pruning, as those of the ledger do. */
  readonly endorsements: ReadonlyMap<number, EndorsementMark>;
  /** Endorsements whose writing was begun and not seen to its end, by serial. */
  readonly endorsing: ReadonlyMap<number, OpenEndorsement>;
  /** Health records whose appending was begun and not seen to its end, by serial: one of a card. */
  readonly healthRecords: ReadonlyMap<number, OpenHealthRecord>;
  /** Intents that are neither committed nor closed, by tap id. */
  readonly openIntents: ReadonlyMap<string, OpenIntent>;
  readonly undispensed: ReadonlyMap<string, UndispensedGrant>;
  /** The same of persons without a card. */
  readonly undispensedGifts: ReadonlyMap<string, UndispensedGift>;
  readonly slips: SlipBook;
  /** Payments that are not over, by tap id; those of services that were handed over are. */
  readonly payments: ReadonlyMap<string, OpenPayment>;
  /** The shift that is open; null for none. */
  readonly shift: PlacedShift | null;
  /** Per epoch, the newest acknowledged sequence. */
  readonly acknowledged: ReadonlyMap<string, AcknowledgedMark>;
  /** Newest acknowledgement of any epoch, or null. */
  readonly lastContactMs: number | null;
  /** Never falls: the latest time that anything recorded or signed has shown. */
  readonly timeFloorMs: number;
  /** Events recorded and not acknowledged, over all epochs. */
  readonly backlog: number;
}

/** The mark of a card's ledger of a family; null where none was ever seen. Each family counts for itself. */
export function markOf(state: Pick<JournalState, 'highWater'>, card: number, family: number): HighWaterMark | null {
  return state.highWater.get(family)?.get(card) ?? null;
}

/** What was read of one epoch. */
export interface JournalReader {
  /** Every epoch that still has events here, oldest first. */
  epochs(): readonly EpochInfo[];
  state(): JournalState;
  /**
   * Up to `countMax` consecutive events from `fromSeq` on, and no more than `bytesMax` of event bytes (at least one). None for what is not
   * here: not recorded yet, destroyed, or pruned. Who asks for pruned events can never be given them: the epoch is over for a
   * centre that lacks them, and what is left of it goes on in a new one.
   */
  readEvents(
    epoch: string,
    fromSeq: number,
    limits: { readonly countMax: number; readonly bytesMax: number },
  ): Promise<readonly ChainedEvent[]>;
  /**
   * Head of the chain after event `seq` of `epoch` (its base for 0), or null when that is not here. Of a pruned epoch, the head after its
   * last pruned event is here, and none before it, nor its base: from there on nothing could be shown to follow.
   */
  headAt(epoch: string, seq: number): Promise<Uint8Array | null>;
  /** Calls `listener` after each append; returns how to stop. */
  subscribe(listener: () => void): () => void;
}

/** The journal. */
export interface Journal extends JournalReader {
  /**
   * Records all entries in one frame: after a cut either all of them are there or none. Resolves when they are durable, with the events in their places. Concurrent calls share a flush and keep their order.
   * Rejects with `ERR_JOURNAL_SPACE` or `ERR_JOURNAL_BUSY` (nothing was recorded, later calls may succeed), `ERR_JOURNAL_IO` (the journal stops: whether this append survives is not known), or with the code of what is wrong with an entry (nothing was recorded). Room for the end of each tap is kept back: once an intent is recorded, its
   * commit does not fail for lack of space.
   */
  append(entries: readonly JournalEntry[]): Promise<readonly ChainedEvent[]>;
  /** Makes room on the disk for a whole tap. False when an intent would be refused now. Never rejects. */
  hasRoom(): Promise<boolean>;
  /** Begins a new epoch linked to the current head, and records its first event. */
  beginEpoch(cause: 'period' | 'mismatch' | 'provisioned' | 'damage'): Promise<EpochInfo>;
  close(): Promise<void>;
}
