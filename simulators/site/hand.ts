/** The hand that lays the cards of a wallet on the reader, takes them away, and sometimes pulls one away too early. */
import type { Randomness } from '../../agent/domain/clock.js';
import { tornMixed } from '../cards/ntag21x-faults.js';
import { NTAG_COMMAND } from '../cards/ntag21x-frames.js';
import type { SimulatedReader } from '../readers/simulated.js';
import type { Wallet, WalletCard } from './wallet.js';
import { watchedCard } from './watched-card.js';

/** One hand at one reader. All of it happens at once. */
export interface Hand {
  /** The card on the reader, or null. */
  present(): WalletCard | null;
  /** Lays a card on the reader, in place of the one that lies there. Throws when the file of that one cannot be written. */
  lay(card: WalletCard): void;
  /** Takes the card away, if one lies there. Throws when its file cannot be written. */
  take(): void;
  willPull(): boolean;
  /** Whether the next card that is written to is pulled away in the middle. */
  pullNext(will: boolean): void;
}

/** Writes that the card still takes before it is pulled away: some pages of the record are new then, the others old. */
const WRITES_BEFORE_PULL = 7;

/** A hand at `reader` with the cards of `wallet`. */
export function createHand(reader: SimulatedReader, wallet: Wallet, random: Randomness): Hand {
  let present: WalletCard | null = null;
  let pull = false;
  const take = (): void => {
    if (present === null) return;
    const card = present;
    present = null;
    reader.remove();
    card.card.clearFaults();
    wallet.save(card);
  };
  /** A real card keeps what it was told when the terminal dies the moment after: so its file follows its memory write by write. */
  const keep = (card: WalletCard): void => {
    try {
      wallet.save(card);
    } catch {
      // A full disk is no fault of the card; `take` tries again, and tells.
    }
  };
  const afterWrite = (card: WalletCard): void => {
    keep(card);
    if (!pull || card.card.powered) return;
    pull = false;
    // The terminal hears of it after it has missed the answer to this very write.
    queueMicrotask(() => present === card && take());
  };
  const plan = (card: WalletCard): void => {
    card.card.clearFaults();
    if (pull) card.card.tearAt(WRITES_BEFORE_PULL, { bits: tornMixed(() => random.fraction()) });
  };
  return {
    present: () => present,
    take,
    lay: (card) => {
      take();
      present = card;
      plan(card);
      reader.present(watchedCard(card.card, { after: (frame) => frame[0] === NTAG_COMMAND.write && afterWrite(card) }));
    },
    willPull: () => pull,
    pullNext: (will) => {
      pull = will;
      if (present !== null) plan(present);
    },
  };
}
