/**
 * A simulated smart card of ISO/IEC 14443-4 with the Wasl applet and the NDEF application, at the level of APDUs.
 * Sources: ISO/IEC 7816-4:2020 (commands §7, status words table 6); NFC Forum Type 4 Tag 1.2 §5; the applet itself: `docs/formats/card.md`.
 *
 * ```
 *        powerCycle()        SELECT F0 57 41 53 4C 01        SELECT D2 76 00 00 85 01 01
 *  off ────────────────▶ idle ───────────▶ applet ◀──────────────▶ ndef (read only)
 *   ▲                            VERIFY, CHANGE, RESET: see type4-pin.ts
 *   └── powerOff(), a torn write, loseFieldAfter(): from any state; the card then answers nothing
 * ```
 *
 * A write is one transaction of the applet: bytes are programmed one by one, the last one commits. Power lost before leaves the card as it
 * was; power lost *in* the last byte leaves a weak bit, which the applet resolves for good at the next power-up.
 */
import { CHALLENGE_BYTES, cardProofMessage, ledgerFileOf } from '../../agent/credential/card-proof.js';
import { sameBytes } from '../../agent/credential/cbor.js';
import type { CardKey } from '../../agent/domain/credential.js';
import { LEDGER_FAMILIES } from '../../agent/domain/ledger.js';
import { APPLET, INS, NDEF_AID, RECORD_BYTES_MAX, STATUS, WASL_AID } from '../../drivers/media/type4-apdu.js';
import type { ApduChip } from '../readers/apdu-chip.js';
import { type Command, parseCommand, slice, status } from './apdu-command.js';
import { CardSecret } from './card-secret.js';
import { Countdown } from './ntag21x-faults.js';
import { NDEF_FILES, readNdef, templateOf } from './type4-answers.js';
import { fileContent, withFile } from './type4-files.js';
import {
  describeType4State,
  ledgerAt,
  parseType4State,
  recordsKept,
  type Type4Json,
  type Type4Ledger,
  type Type4State,
  withLedger,
} from './type4-json.js';
import { blankType4, type Type4Order } from './type4-order.js';
import { answerPin, type PinMemory } from './type4-pin.js';

export type { Type4Order } from './type4-order.js';

/** Which content the byte in which a write was torn is found with. */
export type TornCommit = 'old' | 'new';

const COUNTER_MAX = 0xffff_ffff;
const RATION_FILE = ledgerFileOf(LEDGER_FAMILIES.ration) ?? 0;
/** Cells that commit an append: the counter, then the pointer to the newest record. */
const COMMIT_BYTES = 5;

/** A simulated card. A reader that presents it calls {@link powerCycle} first. */
export class SimulatedType4 implements ApduChip {
  readonly historicalBytes: Uint8Array = Uint8Array.of(0x80, 0x57, 0x41, 0x53, 0x4c);
  #state: Type4State;
  readonly #secret: CardSecret;
  #power: 'off' | 'on' = 'on';
  #application: 'none' | 'applet' | 'ndef' = 'none';
  #current = 0;
  #transcript: Uint8Array[] = [];
  readonly #fieldLoss = new Countdown();
  readonly #wrongStatus = new Countdown();
  #status: number = STATUS.conditions;
  #tear: { bytesLeft: number; readonly commit: TornCommit } | null = null;
  readonly #pinMemory: PinMemory = {
    state: () => this.#state,
    program: (bytes, next) => {
      this.#commit(bytes, () => {
        this.#state = next;
      });
      return !this.#isOff();
    },
  };

  private constructor(state: Type4State) {
    this.#state = state;
    this.#secret = new CardSecret(state.key.algorithm, state.key.secret);
  }

  /** A card as it comes from its maker: a key of its own, no credential, no record. */
  static blank(order: Type4Order): SimulatedType4 {
    return SimulatedType4.fromJSON(blankType4(order));
  }

  /** The card that {@link toJSON} described. Throws `ERR_CONFIG` that names every mistake. */
  static fromJSON(value: unknown): SimulatedType4 {
    return new SimulatedType4(parseType4State(value));
  }

  get kind(): 'type4' {
    return 'type4';
  }

  get uid(): Uint8Array {
    return Uint8Array.from(this.#state.uid);
  }

  /** The card's public key, as the credential is to state it. */
  get key(): CardKey {
    return this.#secret.key;
  }

  /** Records that were ever appended to the rations' ledger. */
  get counter(): number {
    return this.#state.counter;
  }

  /** Those of them that can be read, newest first. */
  get records(): readonly Uint8Array[] {
    return this.#state.records;
  }

  /** The same of the ledger of a family; null where the card has none. */
  ledger(family: number): Type4Ledger | null {
    return ledgerAt(this.#state, ledgerFileOf(family) ?? 0);
  }

  /** The sealed health records, newest first, and the wrapped key; null where the card has no room for any. */
  get healthRecords(): Type4State['healthRecords'] {
    return this.#state.healthRecords;
  }

  /** Every record that was appended, in order: what an independent auditor goes by. */
  get transcript(): readonly Uint8Array[] {
    return this.#transcript;
  }

  /** The whole state, for `JSON.stringify` and {@link fromJSON}. Planned faults are not kept. */
  toJSON(): Type4Json {
    return describeType4State(this.#state);
  }

  /** What somebody can build who read everything on this card: all of it but the key, which never leaves it. `secret` is the forger's own. */
  emulation(secret: Uint8Array): SimulatedType4 {
    return new SimulatedType4({ ...this.#state, key: { algorithm: this.#state.key.algorithm, secret } });
  }

  powerCycle(): void {
    this.#power = 'on';
    this.#application = 'none';
    this.#current = 0;
  }

  powerOff(): void {
    this.#power = 'off';
  }

  /** Power is lost while byte `byte` from now on of those that are written is programmed; `commit` says how it is found if it is the one that commits. */
  tearAt(byte: number, how: { readonly commit: TornCommit }): void {
    this.#tear = { bytesLeft: byte, commit: how.commit };
  }

  /** The field drops after `commands` more commands; the one after is neither executed nor answered. */
  loseFieldAfter(commands: number): void {
    this.#fieldLoss.plan(commands);
  }

  /** Command number `index` from now is not executed and answered with this status word. */
  answerWith(index: number, status: number): void {
    this.#wrongStatus.plan(index);
    this.#status = status;
  }

  /** Forgets every fault that is planned and has not happened. */
  clearFaults(): void {
    this.#fieldLoss.clear();
    this.#wrongStatus.clear();
    this.#tear = null;
  }

  transmit(apdu: Uint8Array): Uint8Array | null {
    if (this.#power === 'off') return null;
    if (this.#fieldLoss.hit()) {
      this.powerOff();
      return null;
    }
    if (this.#wrongStatus.hit()) return status(this.#status);
    const command = parseCommand(apdu);
    if (command === null) return status(STATUS.wrongLength);
    if (command.cla !== 0x00) return status(STATUS.unknownClass);
    const answer = this.#execute(command);
    return this.#isOff() ? null : answer;
  }

  #isOff(): boolean {
    return this.#power === 'off';
  }

  #execute(command: Command): Uint8Array {
    if (command.ins === INS.select) return this.#select(command);
    if (this.#application === 'ndef') return readNdef(command, this.#current, this.#state.credential);
    if (this.#application === 'none') return status(STATUS.conditions);
    switch (command.ins) {
      case INS.readBinary:
        return this.#read(command);
      case INS.updateBinary:
        return this.#update(command);
      case INS.readRecord:
        return this.#readRecord(command);
      case INS.appendRecord:
        return this.#append(command);
      case INS.internalAuthenticate:
        return this.#authenticate(command);
      case INS.verify:
      case INS.changeReference:
      case INS.resetRetry:
        return answerPin(this.#pinMemory, command);
      case INS.activate:
        this.#state = { ...this.#state, isActive: true };
        return status(STATUS.ok);
      case INS.getData:
        return this.#getData(command);
      default:
        return status(STATUS.unknownInstruction);
    }
  }

  /** §7.1.1. */
  #select({ p1, p2, data }: Command): Uint8Array {
    if (p1 === 0x04 && p2 === 0x00) {
      const isApplet = sameBytes(data, WASL_AID);
      if (!isApplet && !sameBytes(data, NDEF_AID)) return status(STATUS.noFile);
      this.#application = isApplet ? 'applet' : 'ndef';
      this.#current = 0;
      return isApplet ? status(STATUS.ok, templateOf(this.#state)) : status(STATUS.ok);
    }
    const file = ((data[0] ?? 0) << 8) | (data[1] ?? 0);
    const isKnown = file === NDEF_FILES.container || file === NDEF_FILES.message;
    if (this.#application !== 'ndef' || p1 !== 0x00 || data.length !== 2 || !isKnown) return status(STATUS.noFile);
    this.#current = file;
    return status(STATUS.ok);
  }

  #fileAt(p1: number, p2: number): { file: number; offset: number } {
    if ((p1 & 0x80) === 0) return { file: this.#current, offset: (p1 << 8) | p2 };
    this.#current = p1 & 0x1f;
    return { file: this.#current, offset: p2 };
  }

  #read({ p1, p2, le }: Command): Uint8Array {
    const { file, offset } = this.#fileAt(p1, p2);
    const content = fileContent(this.#state, file);
    return content === null ? status(STATUS.noFile) : slice(content, offset, le ?? 0);
  }

  #update({ p1, p2, data }: Command): Uint8Array {
    const next = withFile(this.#state, { ...this.#fileAt(p1, p2), data });
    if (typeof next === 'number') return status(next);
    return this.#commit(data.length + 1, () => {
      this.#state = next;
    });
  }

  /** §7.4.3, a cyclic file: number 1 is the newest. */
  #readRecord({ p1, p2, le }: Command): Uint8Array {
    const ledger = (p2 & 0x07) === 0x04 ? ledgerAt(this.#state, p2 >> 3) : null;
    if (ledger === null) return status(STATUS.noFile);
    const record = ledger.records[p1 - 1];
    return record === undefined ? status(STATUS.noRecord) : slice(record, 0, le ?? 0);
  }

  /** §7.4.6: the counter and the record change together, or neither does. */
  #append({ p1, p2, data }: Command): Uint8Array {
    const file = p2 >> 3;
    const ledger = p1 === 0x00 && (p2 & 0x07) === 0 ? ledgerAt(this.#state, file) : null;
    if (ledger === null) return status(STATUS.noFile);
    if (data.length === 0 || data.length > RECORD_BYTES_MAX) return status(STATUS.wrongLength);
    if (ledger.counter === COUNTER_MAX) return status(STATUS.noRoom);
    const record = Uint8Array.from(data);
    return this.#commit(record.length + COMMIT_BYTES, () => {
      const records = [record, ...ledger.records].slice(0, recordsKept(file));
      this.#state = withLedger(this.#state, file, { counter: ledger.counter + 1, records });
      this.#transcript.push(record);
    });
  }

  #commit(bytes: number, change: () => void): Uint8Array {
    const tear = this.#tear;
    if (tear !== null && tear.bytesLeft < bytes) {
      if (tear.bytesLeft === bytes - 1 && tear.commit === 'new') change();
      this.#tear = null;
      this.powerOff();
      return status(STATUS.ok);
    }
    if (tear !== null) tear.bytesLeft -= bytes;
    change();
    return status(STATUS.ok);
  }

  /** §7.5.3. Version 1 has one ledger and is not told which; version 2 is always told, so that no proof of it fits in the place of another. */
  #authenticate({ p1, p2, data }: Command): Uint8Array {
    const isNamed = this.#state.version >= APPLET.families;
    const ledger = p1 !== 0x00 || (!isNamed && p2 !== 0x00) ? null : ledgerAt(this.#state, isNamed ? p2 : RATION_FILE);
    if (ledger === null) return status(STATUS.wrongParameters);
    if (data.length !== CHALLENGE_BYTES) return status(STATUS.wrongLength);
    const [record] = ledger.records;
    if (record === undefined) return status(STATUS.conditions);
    const { counter } = ledger;
    const message = cardProofMessage({ challenge: data, counter, file: isNamed ? p2 : null, record });
    const head = Uint8Array.of(counter >>> 24, (counter >>> 16) & 0xff, (counter >>> 8) & 0xff, counter & 0xff);
    return status(STATUS.ok, Uint8Array.of(...head, ...this.#secret.sign(message)));
  }

  /** Tag 7F49 (ISO/IEC 7816-6), in it 86: the public key as it is. */
  #getData({ p1, p2 }: Command): Uint8Array {
    if (p1 !== 0x7f || p2 !== 0x49) return status(STATUS.noFile);
    const { publicKey } = this.key;
    return status(STATUS.ok, Uint8Array.of(0x7f, 0x49, publicKey.length + 2, 0x86, publicKey.length, ...publicKey));
  }
}
