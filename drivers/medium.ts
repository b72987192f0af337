/**
 * The medium port: one presented card as the tap sees it, with its memory layout hidden.
 * Implementations live in `drivers/media/`, one file for each kind of medium.
 */
import type { CardProof } from '../agent/domain/credential.js';
import type { PresentedCard } from './reader.js';

/** The kinds of medium that carry a credential. */
export type MediumKind = 'ntag216' | 'ntag215' | 'ntag213' | 'type4' | 'qr';

/** Index of a ledger slot: A is 0, B is 1. The record with sequence n lives in slot n mod 2. */
export type SlotIndex = 0 | 1;

/** Where a card keeps the ledger of what was used, if it can. */
export interface LedgerStore {
  /** Family of programmes whose ledger this is (`LEDGER_FAMILIES`); a medium with little room has that of rations alone. */
  readonly family: number;
  /** Bytes of one slot. */
  readonly slotBytes: number;
  /** Reads both slots whole. On a medium that appends records: the newest record, and the one that it stands on, each in the slot of its sequence. */
  readSlots(): Promise<readonly [Uint8Array, Uint8Array]>;
  /** Reads one slot whole. */
  readSlot(index: SlotIndex): Promise<Uint8Array>;
  /**
   * Writes a whole slot image: body pages in order, each awaited, then its commit page; or appends it as one record, unless it is the newest one already.
   * Does not read back.
   */
  writeSlot(index: SlotIndex, image: Uint8Array): Promise<void>;
  /**
   * Where the medium has a key of its own: has the card sign the challenge, this ledger's counter and its newest record (see `card-proof.ts`). Not
   * verified here. Rejects with `ERR_CARD_PROOF` when the card refuses, or counts otherwise than what was written in this session.
   */
  prove?(challenge: Uint8Array): Promise<CardProof>;
}

/** Where a card keeps health records, and its key to them wrapped for health roles. All of it is sealed before it comes here. */
export interface HealthRecordStore {
  /** Records that can be read, newest first; at most 24. */
  readRecords(): Promise<readonly Uint8Array[]>;
  /** Appends one, unless it is the newest one already; the oldest leaves a card that is full. Does not read back. Rejects with `ERR_HEALTH_ROOM` for a record that is longer than the card takes. */
  append(record: Uint8Array): Promise<void>;
  /** The card's wrapped key, not verified; empty where it has none. */
  readKey(): Promise<Uint8Array>;
  /** Writes the wrapped key in the place of what stands there: whole, or not at all. */
  writeKey(wrapped: Uint8Array): Promise<void>;
  /** Has the card sign the challenge, its counter and its newest record: see {@link LedgerStore.prove}. Of a card without a record yet: that of its first ledger. */
  prove(challenge: Uint8Array): Promise<CardProof>;
}

/** What stands in the place for an endorsement. `damaged`: neither empty nor whole. */
export type EndorsementPlace =
  | { readonly state: 'none' }
  | { readonly state: 'damaged' }
  | { readonly state: 'bytes'; readonly bytes: Uint8Array };

/** What became of a PIN that the card checked. `none`: the card has no PIN that could prove anything. */
export type PinAnswer =
  | { readonly result: 'right' | 'blocked' | 'none' }
  | { readonly result: 'wrong'; readonly triesLeft: number };

/** What became of a PIN that was to be written. `blocked`: no try is left. `refused`: the card is not in the state for it. `wrong`: the old PIN or the code did not fit. */
export type PinChange =
  | { readonly result: 'done' | 'blocked' | 'refused' }
  | { readonly result: 'wrong'; readonly triesLeft: number };

/**
 * The holder's PIN on a card that lets it be set and changed. Each call is one command, and the card carries it out whole or not at all: one that rejects leaves the old PIN or the
 * new one, and who asked does not know which. All reject with `ERR_HOLDER_PIN_UNSUPPORTED` where the card does not know the command, and with what the reader rejects with.
 */
export interface HolderPinStore {
  /** As the card was found: without a PIN, with one of a letter that proves nothing until it is changed, or with the holder's own. */
  readonly state: 'none' | 'transport' | 'set';
  /** Wrong PINs that the card still takes; 0 when it is blocked, null where it has none. */
  readonly triesLeft: number | null;
  /** Wrong unblocking codes that the card still takes; 0 when it never can be unblocked again, null where it was made without a code. */
  readonly codeTriesLeft: number | null;
  /** Gives a card its first PIN. */
  set(pin: string): Promise<PinChange>;
  /** Puts another PIN in the place of the old one, which the card checks and counts. */
  change(old: string, pin: string): Promise<PinChange>;
  /** With the code of this card: the PIN is the new one, and all tries are there again. */
  unblock(code: Uint8Array, pin: string): Promise<PinChange>;
}

/** One presented card, opened. */
export interface CardSession {
  readonly kind: MediumKind;
  /** Layout number that the credential must name (see `docs/formats/card.cddl`); 0 where there is none (QR). */
  readonly layout: number;
  /** UID that credential and ledger are bound to, or `null` where there is none to rely on (QR; a smart card, which has a key instead). */
  readonly uid: Uint8Array | null;
  /** The credential as it stands on the medium: bytes of a COSE_Sign1, or the text of a QR code. */
  readonly credential:
    | { readonly form: 'bytes'; readonly bytes: Uint8Array }
    | { readonly form: 'text'; readonly text: string };
  /** The ledgers, one of each family that the medium has room for, in the order of the families; none where medium or reader cannot keep one. */
  readonly ledgers: readonly LedgerStore[];
  /** Its health records; absent where medium or reader cannot keep any. */
  readonly healthRecords?: HealthRecordStore;
  /** The endorsement, not verified. */
  readonly endorsement: EndorsementPlace;
  /** Where the card has a PIN of its holder: has the card check it; the card counts the tries. Rejects with what the reader rejects with. */
  verifyPin?(pin: string): Promise<PinAnswer>;
  /** Its PIN as it can be set and changed; absent where medium, applet or reader cannot. */
  readonly holderPin?: HolderPinStore;
  /** Writes an endorsement in the place of what stands there; absent where there is no room, or the reader cannot write. Rejects with `ERR_CARD_LAYOUT` when it is too long, before anything is written. */
  writeEndorsement?(bytes: Uint8Array): Promise<void>;
}

/** The ledger of a family of programmes on an opened card; null where it has none. */
export function ledgerOf(session: Pick<CardSession, 'ledgers'>, family: number): LedgerStore | null {
  return session.ledgers.find((store) => store.family === family) ?? null;
}

/** What the reader that presented the card can do; decides whether the card's ledgers may be used. */
export interface OpenOptions {
  readonly canWrite: boolean;
}

/**
 * Opens a presented card: recognises the medium and reads its credential, not yet verified.
 * Rejects with `ERR_CARD_UNSUPPORTED`, `ERR_CARD_EMPTY`, `ERR_CARD_LAYOUT` or what the reader rejected with.
 */
export type OpenMedium = (card: PresentedCard, options: OpenOptions) => Promise<CardSession>;
