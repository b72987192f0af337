/**
 * A contactless PC/SC reader with an ISO/IEC 14443-4 card on it, for a virtual slot of pcscd: the pseudo-APDUs are the reader's, all other
 * APDUs the card's. Source: PC/SC specification part 3 §3.1.3.2.3.1 (ATR of such a card) and §3.2.2.1.3 (`FF CA`: UID with P1 00, historical bytes with P1 01).
 */
import type { ApduChip } from './apdu-chip.js';
import { withCheckByte } from './pcsc-apdu.js';
import type { VirtualCard } from './vpcd.js';

const HISTORICAL_BYTES_MAX = 15;
const READER_CLASS = 0xff;
const GET_DATA = 0xca;

const OK = [0x90, 0x00] as const;
const WRONG_LENGTH = [0x67, 0x00] as const;
const NOT_SUPPORTED = [0x6a, 0x81] as const;
const UNKNOWN_INSTRUCTION = [0x6d, 0x00] as const;

/** The ATR that a reader makes up for a card of ISO/IEC 14443-4 type A with these historical bytes, check byte included. */
export function isoDepAtr(historicalBytes: Uint8Array): Uint8Array {
  const historical = historicalBytes.slice(0, HISTORICAL_BYTES_MAX);
  return withCheckByte([0x3b, 0x80 | historical.length, 0x80, 0x01, ...historical]);
}

/** A reader with a smart card on it: `new VpcdSlot(…).insert(new IsoDepOnReader(chip))`. */
export class IsoDepOnReader implements VirtualCard {
  readonly atr: Uint8Array;
  readonly #chip: ApduChip;
  #exchanges = 0;

  constructor(chip: ApduChip) {
    this.atr = isoDepAtr(chip.historicalBytes);
    this.#chip = chip;
  }

  /** Commands answered so far, those for the reader included. */
  get exchanges(): number {
    return this.#exchanges;
  }

  powerOn(): void {
    this.#chip.powerCycle();
  }

  powerOff(): void {
    this.#chip.powerOff();
  }

  /** One command of the host, and its answer. Rejects when the card is silent: it has left the field. */
  async transmit(apdu: Uint8Array): Promise<Uint8Array> {
    this.#exchanges += 1;
    if (apdu[0] === READER_CLASS) return this.#forReader(apdu);
    const answer = await this.#chip.transmit(apdu);
    if (answer === null) throw new Error('the card is silent');
    return answer;
  }

  #forReader([, instruction, p1, p2, le, ...more]: Uint8Array): Uint8Array {
    if (instruction !== GET_DATA) return Uint8Array.of(...UNKNOWN_INSTRUCTION);
    if (le === undefined || more.length > 0) return Uint8Array.of(...WRONG_LENGTH);
    if (p2 !== 0x00 || (p1 !== 0x00 && p1 !== 0x01)) return Uint8Array.of(...NOT_SUPPORTED);
    return Uint8Array.of(...(p1 === 0x00 ? this.#chip.uid : this.#chip.historicalBytes), ...OK);
  }
}
