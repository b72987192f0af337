/** Most cards in a list of card actions. */
export const CARD_ACTIONS_MAX = 100_000;

/** What the authority wants of one card, from its signed list of card actions. */
export interface CardAction {
  /** The credential that it is about, by its name (8 bytes, see `credentialName`): of another one on a card with this serial it says nothing. */
  readonly credential: Uint8Array;
  /** Number of the newest endorsement of the credential: a card that shows an older one shows less than was decided. */
  readonly number: number;
  /** That endorsement, to be written to the card at its next tap; null once it is on the card: then only its number counts. */
  readonly endorsement: Uint8Array | null;
}
