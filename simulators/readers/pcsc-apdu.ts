/**
 * An ACR122U-like PC/SC reader with a Type 2 card on it, as bytes in and bytes out: the pseudo-APDUs of a host on one side,
 * ISO/IEC 14443-3 frames of a card on the other. No I/O and no time.
 * Sources: PC/SC specification part 3 §3.1.3.2.3 (ATR) and §3.2 (pseudo-APDUs and their status words); ACR122U application
 * programming interface §5–6 (direct transmit, LED and buzzer, status 6300); PN532 user manual §7.1 and §7.3.9 (D4 42).
 */

import { type Command, parseCommand, status } from '../cards/apdu-command.js';

/** What a card answers to one frame. `none` is silence: no power, or not selected. */
export type ChipAnswer =
  | { readonly kind: 'data'; readonly bytes: Uint8Array }
  | { readonly kind: 'ack' }
  | { readonly kind: 'nak' }
  | { readonly kind: 'none' };

/** The card under the antenna; `SimulatedNtag21x` is one. */
export interface Type2Chip {
  readonly uid: Uint8Array;
  /** True while it has power. */
  readonly powered: boolean;
  /** One frame without CRC, and its answer. */
  exchange(frame: Uint8Array): ChipAnswer;
  /** Selects it anew after it fell silent; false when it has no power. */
  select(): boolean;
  /** Field off and on, then selected. */
  powerCycle(): void;
  /** Field off. */
  powerOff(): void;
}

/** How a reader differs from an ACR122U. */
export interface ReaderQuirks {
  /** False: `FF 00 00 00` is answered with 6A81. Default true. */
  readonly passesThrough?: boolean;
  /** False: `FF B0` is answered with 6C10 unless 16 bytes are asked for. Default true. */
  readonly readsShort?: boolean;
  /** False: a card that fell silent after a NAK stays so until the host resets it. Default true: the next `FF B0` or `FF D6` selects it. */
  readonly selectsAgain?: boolean;
}

const READ_BYTES = 16;
const PAGE_BYTES = 4;
/** PN53x passes at most 262 bytes back, and a short APDU 256 with the 3 bytes of `D5 43 status` among them. */
const PASSED_BYTES_MAX = 253;

const OK = 0x9000;
const UID_SHORTER = 0x6282;
const FAILED = 0x6300;
const WRONG_LENGTH = 0x6700;
const NOT_SUPPORTED = 0x6a81;
const WRONG_PARAMETERS = 0x6b00;
const WRONG_LE = 0x6c00;
const UNKNOWN_INSTRUCTION = 0x6d00;
const UNKNOWN_CLASS = 0x6e00;

/** Error codes of PN53x (UM0701 §7.1, table 15). */
const PN53X = { none: 0x00, timeout: 0x01, crc: 0x02, bufferTooSmall: 0x07 } as const;

/** Card names of PC/SC part 3 that a reader may give. */
export const CARD_NAME = { mifareClassic1k: 0x0001, ultralight: 0x0003, ultralightC: 0x003a } as const;

/** The ATR that a reader makes up for a storage card of ISO/IEC 14443-3 A with this name, check byte included. */
export function storageCardAtr(name: number): Uint8Array {
  const body = [
    0x3b,
    0x8f,
    0x80,
    0x01,
    0x80,
    0x4f,
    0x0c,
    0xa0,
    0,
    0,
    0x03,
    0x06,
    0x03,
    name >> 8,
    name & 0xff,
    0,
    0,
    0,
    0,
  ];
  return withCheckByte(body);
}

/** An ATR with its check byte TCK (ISO/IEC 7816-3 §8.2.5): all bytes after TS, TCK included, XOR to zero. */
export function withCheckByte(body: readonly number[]): Uint8Array {
  return Uint8Array.of(
    ...body,
    body.slice(1).reduce((xor, byte) => xor ^ byte, 0),
  );
}

/** A reader with a card on it. Any bytes get a defined answer; nothing throws. */
export class Type2OnReader {
  /** The ATR of the card as this reader tells it. */
  readonly atr: Uint8Array;
  readonly #chip: Type2Chip;
  readonly #quirks: Required<ReaderQuirks>;
  #leds = 0;
  #exchanges = 0;

  constructor(chip: Type2Chip, quirks: ReaderQuirks = {}, atr: Uint8Array = storageCardAtr(CARD_NAME.ultralight)) {
    this.atr = atr;
    this.#chip = chip;
    this.#quirks = { passesThrough: true, readsShort: true, selectsAgain: true, ...quirks };
  }

  /** State of the LEDs as the host last set it: bit 0 red, bit 1 green. */
  get leds(): number {
    return this.#leds;
  }

  /** Commands answered so far. */
  get exchanges(): number {
    return this.#exchanges;
  }

  /** The host powers the card up, or resets it. */
  powerOn(): void {
    this.#chip.powerCycle();
  }

  /** The host powers the card down. */
  powerOff(): void {
    this.#chip.powerOff();
  }

  /** One command of the host, and the answer with its status word. */
  transmit(apdu: Uint8Array): Uint8Array {
    this.#exchanges += 1;
    const command = parseCommand(apdu);
    if (command === null) return status(WRONG_LENGTH);
    if (command.cla !== 0xff) return status(UNKNOWN_CLASS);
    if (command.ins === 0xca) return this.#getData(command);
    if (command.ins === 0xb0) return this.#readBinary(command);
    if (command.ins === 0xd6) return this.#updateBinary(command);
    if (command.ins === 0x00) return this.#escape(command);
    return status(UNKNOWN_INSTRUCTION);
  }

  #getData({ p1, p2, data, le }: Command): Uint8Array {
    if (data.length > 0 || le === null) return status(WRONG_LENGTH);
    // P1 01 asks for the ATS, which a Type 2 card does not have.
    if (p1 === 0x01 && p2 === 0x00) return status(NOT_SUPPORTED);
    if (p1 !== 0x00 || p2 !== 0x00) return status(WRONG_PARAMETERS);
    if (!this.#chip.powered) return status(FAILED);
    const { uid } = this.#chip;
    if (le !== 0 && le < uid.length) return status(WRONG_LE | uid.length);
    return status(le > uid.length ? UID_SHORTER : OK, uid);
  }

  #readBinary({ p1, p2, data, le }: Command): Uint8Array {
    if (data.length > 0 || le === null) return status(WRONG_LENGTH);
    if (p1 !== 0x00) return status(WRONG_PARAMETERS);
    if (le === 0 || le > READ_BYTES || (le < READ_BYTES && !this.#quirks.readsShort))
      return status(WRONG_LE | READ_BYTES);
    const answer = this.#toChip(Uint8Array.of(0x30, p2));
    return answer.kind === 'data' ? status(OK, answer.bytes.slice(0, le)) : status(FAILED);
  }

  #updateBinary({ p1, p2, data, le }: Command): Uint8Array {
    if (data.length !== PAGE_BYTES || le !== null) return status(WRONG_LENGTH);
    if (p1 !== 0x00) return status(WRONG_PARAMETERS);
    return status(this.#toChip(Uint8Array.of(0xa2, p2, ...data)).kind === 'ack' ? OK : FAILED);
  }

  #toChip(frame: Uint8Array): ChipAnswer {
    const answer = this.#chip.exchange(frame);
    if (answer.kind === 'nak' && this.#quirks.selectsAgain) this.#chip.select();
    return answer;
  }

  #escape({ p1, p2, data, le }: Command): Uint8Array {
    if (p1 === 0x00 && p2 === 0x00) return this.#quirks.passesThrough ? this.#passThrough(data) : status(NOT_SUPPORTED);
    if (p1 === 0x40) return data.length === 4 && le === null ? this.#setLeds(p2) : status(WRONG_LENGTH);
    return status(NOT_SUPPORTED);
  }

  /** ACR122U §6.2: bits 0–1 of P2 are the final state of red and green, bits 2–3 say which of them change. The answer is 90 and the state. */
  #setLeds(p2: number): Uint8Array {
    const mask = (p2 >> 2) & 0x03;
    this.#leds = (this.#leds & ~mask) | (p2 & mask);
    return status(OK | this.#leds);
  }

  /** InCommunicateThru and no other command of PN53x. A 4-bit answer (ACK, NAK) has no CRC, and PN53x reports just that. */
  #passThrough(data: Uint8Array): Uint8Array {
    if (data.length === 0) return status(WRONG_LENGTH);
    if (data.length < 3 || data[0] !== 0xd4 || data[1] !== 0x42) return status(FAILED);
    const answer = this.#chip.exchange(data.slice(2));
    if (answer.kind === 'none') return passed(PN53X.timeout);
    if (answer.kind !== 'data') return passed(PN53X.crc);
    return answer.bytes.length > PASSED_BYTES_MAX ? passed(PN53X.bufferTooSmall) : passed(PN53X.none, answer.bytes);
  }
}

function passed(error: number, bytes: Uint8Array = new Uint8Array(0)): Uint8Array {
  return status(OK, Uint8Array.of(0xd5, 0x43, error, ...bytes));
}
