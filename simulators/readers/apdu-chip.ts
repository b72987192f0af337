/** A simulated card of ISO/IEC 14443-4 as a reader sees it, and one presentation of it inside the process. */
import { WaslError } from '../../agent/domain/errors.js';
import { isShortApdu } from '../../drivers/pcsc/apdu-card.js';
import { type ApduCard, RESPONSE_BYTES_MAX } from '../../drivers/reader.js';

/** A card that takes APDUs, under the antenna. What a simulated smart card must offer to lie on a simulated reader. */
export interface ApduChip {
  readonly uid: Uint8Array;
  /** Historical bytes of its answer to select, at most 15. */
  readonly historicalBytes: Uint8Array;
  /** Field off and on, then selected: nothing is selected or verified on the card. */
  powerCycle(): void;
  /** Field off. */
  powerOff(): void;
  /** One command and its answer with the status word; `null` is silence: it lost its power, and answers nothing more until {@link powerCycle}. */
  transmit(apdu: Uint8Array): Uint8Array | null | Promise<Uint8Array | null>;
}

/** An {@link ApduCard} over a simulated chip, which has power and is selected. */
export class SimulatedApduCard implements ApduCard {
  readonly kind = 'apdu';
  readonly uid: Uint8Array;
  readonly historicalBytes: Uint8Array;
  readonly #chip: ApduChip;
  readonly #delay: (() => Promise<void>) | null;
  #isLost = false;

  /** `delay` is awaited before each exchange. */
  constructor(chip: ApduChip, delay: (() => Promise<void>) | null) {
    this.uid = Uint8Array.from(chip.uid);
    this.historicalBytes = Uint8Array.from(chip.historicalBytes);
    this.#chip = chip;
    this.#delay = delay;
  }

  /** The card was taken away: every call from now on, and one under way, rejects with `ERR_CARD_LOST`. */
  lose(): void {
    this.#isLost = true;
  }

  /** See {@link ApduCard.transmit}. */
  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    this.#checkHere();
    if (!isShortApdu(apdu)) throw new WaslError('ERR_CARD_IO', 'this is no short command APDU for a card');
    const command = Uint8Array.from(apdu);
    if (this.#delay !== null) await this.#delay();
    this.#checkHere();
    const answer = await this.#chip.transmit(command);
    this.#checkHere();
    if (answer === null) {
      this.#isLost = true;
      throw new WaslError('ERR_CARD_LOST', 'the card does not answer any more');
    }
    if (answer.length < 2 || answer.length > RESPONSE_BYTES_MAX)
      throw new WaslError('ERR_CARD_IO', `the card answered ${answer.length} bytes`);
    return answer;
  }

  #checkHere(): void {
    if (this.#isLost) throw new WaslError('ERR_CARD_LOST');
  }
}
