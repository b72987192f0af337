/**
 * A simulated NTAG213, NTAG215 or NTAG216 at the level of ISO/IEC 14443-3 frames without their CRC: bytes in, bytes out.
 * Source: NXP data sheet NTAG213_215_216, Rev. 3.2. It answers at once; how long a real one may take is {@link lastTookUs}.
 *
 * ```
 *        powerCycle()            NAK, HALT                 select()
 *  off ────────────────▶ active ───────────▶ idle ─────────────────────▶ active
 *   ▲                      │ PWD_AUTH ok ▶ authenticated (lost on NAK, HALT, select, power)
 *   └── powerOff(), a torn WRITE, loseFieldAfter(): from any state; the card then answers nothing
 * ```
 */
import { WaslError } from '../../agent/domain/errors.js';
import { PlannedFaults } from './ntag21x-faults.js';
import {
  ACK,
  COMPATIBILITY_BYTES,
  data,
  INVALID,
  NONE,
  NTAG_COMMAND,
  type NtagAnswer,
  type NtagWrite,
  slowestUs,
  WriteLog,
} from './ntag21x-frames.js';
import {
  checkLength,
  describeNtagState,
  type NtagJson,
  type NtagState,
  parseNtagState,
  uidIn,
} from './ntag21x-json.js';
import {
  deliveredMemory,
  NTAG_MAPS,
  type NtagKind,
  type NtagMap,
  PAGE_BYTES,
  SIGNATURE_BYTES,
  UID_BYTES,
  uidPages,
} from './ntag21x-map.js';
import { NtagMemory, PACK_BYTES } from './ntag21x-memory.js';
import { mirrorOver } from './ntag21x-mirror.js';
import { signOriginality } from './originality.js';

export type { NtagAnswer, NtagWrite } from './ntag21x-frames.js';

const READ_PAGES = 4;
const NFC_COUNTER_ADDRESS = 2;
const NFC_COUNTER_MAX = 0xff_ffff;

/** A simulated card. A new one lies selected in a field; a reader that presents it calls {@link powerCycle} first. */
export class SimulatedNtag21x extends PlannedFaults {
  readonly #map: NtagMap;
  readonly #memory: NtagMemory;
  /** Null for the one from the factory, which is made when it is asked for: it costs more than the card. */
  #signature: Uint8Array | null;
  #counter: number;
  #wrongPasswords: number;
  #state: 'off' | 'idle' | 'active' = 'active';
  #authenticated = false;
  #counted = false;
  #configurationLocked = false;
  /** Page of a COMPATIBILITY_WRITE whose second part has not come yet. */
  #compatibilityPage: number | null = null;
  #lastTookUs = 0;
  readonly #writes = new WriteLog();

  private constructor(state: NtagState) {
    super();
    this.#map = NTAG_MAPS[state.kind];
    this.#memory = new NtagMemory(this.#map, state.memory);
    this.#signature = Uint8Array.from(state.signature);
    this.#counter = state.counter;
    this.#wrongPasswords = state.wrongPasswords;
    this.powerCycle();
  }

  /** A card as delivered: empty NDEF message, no password, nothing locked, an originality signature under the key for tests. `uid` is 7 bytes (`ERR_CONFIG` otherwise). */
  static blank(kind: NtagKind, uid: Uint8Array): SimulatedNtag21x {
    checkLength('the UID of an NTAG21x', uid, UID_BYTES);
    const card = SimulatedNtag21x.fromDump(kind, deliveredMemory(NTAG_MAPS[kind], uid));
    card.#signature = null;
    return card;
  }

  /**
   * A card with exactly this memory (see {@link dump}), UID, locks and password included: given the dump of another card, its
   * perfect copy. Its signature is all zeros until {@link setSignature}. Throws `ERR_CONFIG` when the length or the check bytes of the UID are wrong.
   */
  static fromDump(kind: NtagKind, dump: Uint8Array): SimulatedNtag21x {
    checkLength(`a dump of an ${kind}`, dump, NTAG_MAPS[kind].pages * PAGE_BYTES);
    const expected = uidPages(uidIn(dump));
    if (dump[3] !== expected[3] || dump[8] !== expected[8]) {
      throw new WaslError('ERR_CONFIG', 'the check bytes of the UID (page 0 byte 3, page 2 byte 0) do not fit the UID');
    }
    const signature = new Uint8Array(SIGNATURE_BYTES);
    return new SimulatedNtag21x({ kind, memory: dump, signature, counter: 0, wrongPasswords: 0 });
  }

  /** The card that {@link toJSON} described. Throws `ERR_CONFIG` that names every mistake. */
  static fromJSON(value: unknown): SimulatedNtag21x {
    return new SimulatedNtag21x(parseNtagState(value));
  }

  /** Which chip this is. */
  get kind(): NtagKind {
    return this.#map.kind;
  }

  /** The 7 bytes of the UID. */
  get uid(): Uint8Array {
    return uidIn(this.#memory.dump());
  }

  /** Pages in all; `NTAG_MAPS[kind]` says what each is. */
  get pages(): number {
    return this.#map.pages;
  }

  /** True while the card has power, selected or not. */
  get powered(): boolean {
    return this.#state !== 'off';
  }

  /** Microseconds that the last exchange takes at most on a real card, both frames on the air included (`slowestUs`): for whoever plays a slow card. 0 before the first. */
  get lastTookUs(): number {
    return this.#lastTookUs;
  }

  /** Every WRITE that reached the memory, in order: what an independent auditor goes by. */
  get transcript(): readonly NtagWrite[] {
    return this.#writes.entries;
  }

  /** An outside look at the 4 bytes of a page: true content, passwords included; a torn page shows what a read would get now. `RangeError` beyond the last page. */
  readPage(page: number): Uint8Array {
    if (!Number.isInteger(page) || page < 0 || page >= this.pages)
      throw new RangeError(`an ${this.kind} has no page ${page}`);
    return this.#memory.look(page);
  }

  /** An outside look at the whole memory, as {@link readPage}. */
  dump(): Uint8Array {
    return this.#memory.dump();
  }

  /** Puts the user pages of an older dump of this kind of card back, as a thief with a phone would; UID, locks and password stay. */
  restoreUserPages(image: Uint8Array): void {
    checkLength(`an image of an ${this.kind}`, image, this.pages * PAGE_BYTES);
    this.#memory.restoreUserPages(image);
  }

  /** The 32 bytes that `READ_SIG` returns. */
  get signature(): Uint8Array {
    this.#signature ??= signOriginality(this.uid);
    return Uint8Array.from(this.#signature);
  }

  /** Stores the 32 bytes that `READ_SIG` returns, which NXP programs at production. */
  setSignature(signature: Uint8Array): void {
    checkLength('a signature', signature, SIGNATURE_BYTES);
    this.#signature = Uint8Array.from(signature);
  }

  /** The whole state, for `JSON.stringify` and {@link fromJSON}. Torn pages are kept as they read now; planned faults and the transcript are not. */
  toJSON(): NtagJson {
    return describeNtagState({
      kind: this.kind,
      memory: this.dump(),
      signature: this.signature,
      counter: this.#counter,
      wrongPasswords: this.#wrongPasswords,
    });
  }

  /** Field off and on, then selected: the card is active and not authenticated, and its configuration lock is in force (section 8.5.7). */
  powerCycle(): void {
    this.#state = 'active';
    this.#authenticated = false;
    this.#counted = false;
    this.#configurationLocked = this.#memory.access().configurationLocked;
  }

  /** Field off. The card answers nothing until {@link powerCycle}. */
  powerOff(): void {
    this.#leave('off');
  }

  /** Wakes and selects the card anew without taking its power, as a reader must after every NAK (section 8.4). False when it has no power. */
  select(): boolean {
    if (this.#state === 'off') return false;
    this.#leave('active');
    return true;
  }

  /** One frame to the card, without CRC, and its answer. After a NAK the card is silent until {@link select}. */
  exchange(command: Uint8Array): NtagAnswer {
    if (this.#state !== 'active') return NONE;
    if (this.fieldLoss.hit()) {
      this.powerOff();
      return NONE;
    }
    const answer: NtagAnswer = this.disturbed.hit() ? { kind: 'nak', code: 0x1 } : this.#execute(command);
    this.#lastTookUs = slowestUs(command, answer.kind === 'data' ? answer.bytes.length : 0);
    if (answer.kind === 'nak') this.#leave('idle');
    return answer;
  }

  #leave(state: 'off' | 'idle' | 'active'): void {
    this.#state = state;
    this.#authenticated = false;
    this.#compatibilityPage = null;
  }

  #execute(command: Uint8Array): NtagAnswer {
    const [code, first = 0, second = 0] = command;
    const page = this.#compatibilityPage;
    this.#compatibilityPage = null;
    if (page !== null)
      return command.length === COMPATIBILITY_BYTES ? this.#write(page, command.slice(0, PAGE_BYTES)) : INVALID;
    if (code === NTAG_COMMAND.compatibilityWrite && command.length === 2) return this.#beginCompatibilityWrite(first);
    if (code === NTAG_COMMAND.getVersion && command.length === 1) return data(this.#map.version);
    if (code === NTAG_COMMAND.read && command.length === 2) return this.#read(first);
    if (code === NTAG_COMMAND.fastRead && command.length === 3) return this.#fastRead(first, second);
    if (code === NTAG_COMMAND.write && command.length === 6)
      return this.#write(first, Uint8Array.from(command.subarray(2)));
    if (code === NTAG_COMMAND.readCounter && command.length === 2) return this.#readCounter(first);
    if (code === NTAG_COMMAND.passwordAuth && command.length === 5) return this.#passwordAuth(command.subarray(1));
    if (code === NTAG_COMMAND.readSignature && command.length === 2 && first === 0) return data(this.signature);
    if (code === NTAG_COMMAND.halt && command.length === 2 && first === 0) {
      this.#leave('idle');
      return NONE;
    }
    return INVALID;
  }

  /** Section 10.2: 16 bytes; past the last page that may be read it goes on at page 0. */
  #read(first: number): NtagAnswer {
    const end = this.#readableEnd();
    if (first >= end) return INVALID;
    return data(this.#fetch(Array.from({ length: READ_PAGES }, (_, index) => (first + index) % end)));
  }

  /** Section 10.3: every page from first to last, none of them protected. */
  #fastRead(first: number, last: number): NtagAnswer {
    if (first > last || last >= this.#readableEnd()) return INVALID;
    return data(this.#fetch(Array.from({ length: last - first + 1 }, (_, index) => first + index)));
  }

  /** Section 10.5, part 1: the page; part 2 brings 16 bytes, of which the first 4 are written. A page that cannot be written is refused at once. */
  #beginCompatibilityWrite(page: number): NtagAnswer {
    if (!this.#mayWrite(page)) return INVALID;
    this.#compatibilityPage = page;
    return ACK;
  }

  #mayWrite(page: number): boolean {
    const { auth0 } = this.#memory.access();
    const isConfiguration = page === this.#map.cfg0 || page === this.#map.cfg1;
    if (!this.#memory.isWritable(page) || (isConfiguration && this.#configurationLocked)) return false;
    return page < auth0 || this.#authenticated;
  }

  /** Section 10.4. */
  #write(page: number, bytes: Uint8Array): NtagAnswer {
    if (!this.#mayWrite(page)) return INVALID;
    if (this.wornCell.hit()) return { kind: 'nak', code: 0x5 };
    if (this.tear.hit()) {
      this.#writes.add({ page, bytes, outcome: 'torn' });
      this.#memory.tear(page, bytes, this.tearBits);
      this.powerOff();
      return NONE;
    }
    this.#writes.add({ page, bytes, outcome: 'written' });
    this.#memory.store(page, bytes);
    return ACK;
  }

  /** Section 10.6: the 24-bit counter, least significant byte first. */
  #readCounter(address: number): NtagAnswer {
    const counter = this.#toldCounter();
    if (address !== NFC_COUNTER_ADDRESS || counter === null) return INVALID;
    return data([counter & 0xff, (counter >> 8) & 0xff, counter >> 16]);
  }

  /** The counter, where it is enabled and no password is missing (section 8.7; NFC_CNT_EN and NFC_CNT_PWD_PROT, section 8.5.7). */
  #toldCounter(): number | null {
    const { counterEnabled, counterProtected } = this.#memory.access();
    return counterEnabled && (!counterProtected || this.#authenticated) ? this.#counter : null;
  }

  /** Section 10.7: a right password clears the count of wrong ones; once the limit is reached none is right any more. */
  #passwordAuth(password: Uint8Array): NtagAnswer {
    const { passwordTriesMax } = this.#memory.access();
    if (passwordTriesMax > 0 && this.#wrongPasswords >= passwordTriesMax) return { kind: 'nak', code: 0x4 };
    const right = this.#memory.look(this.#map.pwd);
    if (right.some((byte, index) => byte !== password[index])) {
      if (passwordTriesMax > 0) this.#wrongPasswords += 1;
      return INVALID;
    }
    this.#wrongPasswords = 0;
    this.#authenticated = true;
    return data(this.#memory.look(this.#map.pack).subarray(0, PACK_BYTES));
  }

  /** First page that cannot be read now: AUTH0 where the password guards reading, else the end of memory (section 10.2). */
  #readableEnd(): number {
    const access = this.#memory.access();
    const guarded = access.protectsReads && !this.#authenticated;
    return guarded ? Math.min(access.auth0, this.pages) : this.pages;
  }

  /** Reads pages; the first read after power-up counts, when the counter is enabled (section 8.7). */
  #fetch(pages: readonly number[]): Uint8Array {
    if (!this.#counted && this.#memory.access().counterEnabled) {
      this.#counted = true;
      this.#counter = Math.min(this.#counter + 1, NFC_COUNTER_MAX);
    }
    const bytes = new Uint8Array(pages.length * PAGE_BYTES);
    for (const [index, page] of pages.entries()) bytes.set(this.#memory.fetch(page), index * PAGE_BYTES);
    const mirror = this.#memory.mirror();
    if (mirror !== null) mirrorOver(bytes, pages, { mirror, uid: this.uid, counter: this.#toldCounter() });
    return bytes;
  }
}
