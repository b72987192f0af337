/**
 * The medium port: one presented card as the tap sees it, with its memory layout hidden.
 * Implementations live in `drivers/media/`, one file for each kind of medium.
 */
import type { PresentedCard } from './reader.js';

/** The kinds of medium that carry a credential. */
export type MediumKind = 'ntag216' | 'ntag215' | 'qr';

/** Index of a ledger slot: A is 0, B is 1. The record with sequence n lives in slot n mod 2. */
export type SlotIndex = 0 | 1;

/** Where a card keeps the ledger of what was used, if it can. */
export interface LedgerStore {
  /** Family of programmes whose ledger this is; a medium with little room has one alone. */
  readonly family: number;
  /** Bytes of one slot. */
  readonly slotBytes: number;
  /** Reads both slots whole. */
  readSlots(): Promise<readonly [Uint8Array, Uint8Array]>;
  /** Reads one slot whole. */
  readSlot(index: SlotIndex): Promise<Uint8Array>;
  /** Writes a whole slot image: body pages in order, each awaited, then its commit page. Does not read back. */
  writeSlot(index: SlotIndex, image: Uint8Array): Promise<void>;
}

/** One presented card, opened. */
export interface CardSession {
  readonly kind: MediumKind;
  /** Layout number that the credential must name (see `docs/formats/card.cddl`); 0 where there is none (QR). */
  readonly layout: number;
  /** UID of the medium, or `null` where it has none (QR). */
  readonly uid: Uint8Array | null;
  /** The credential as it stands on the medium: bytes of a COSE_Sign1, or the text of a QR code. */
  readonly credential:
    | { readonly form: 'bytes'; readonly bytes: Uint8Array }
    | { readonly form: 'text'; readonly text: string };
  /** The ledger, or `null` where medium or reader cannot keep one. */
  readonly ledger: LedgerStore | null;
}

/** What the reader that presented the card can do; decides whether the card's ledger may be used. */
export interface OpenOptions {
  readonly canWrite: boolean;
}

/**
 * Opens a presented card: recognises the medium and reads its credential, not yet verified.
 * Rejects with `ERR_CARD_UNSUPPORTED`, `ERR_CARD_EMPTY`, `ERR_CARD_LAYOUT` or what the reader rejected with.
 */
export type OpenMedium = (card: PresentedCard, options: OpenOptions) => Promise<CardSession>;
