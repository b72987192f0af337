/**
 * A Type 2 card behind a PC/SC reader, as the port's {@link PageCard}: reads in the largest bites that reader and card
 * take, writes one page at a time.
 */
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import type { PageCard } from '../reader.js';
import {
  type ApduResponse,
  FAST_READ_PAGES_MAX,
  fastReadCommand,
  PAGE_BYTES,
  PASSED_BYTES_MAX,
  type PassThroughAnswer,
  parsePassThrough,
  passThroughCommand,
  READ_BYTES_MAX,
  readCommand,
  STATUS_OK,
  versionCommand,
  writeCommand,
} from './apdu.js';
import type { CardLink } from './link.js';

/** What was learnt about one reader, shared by all cards on it until it is unplugged. */
export interface ReaderTraits {
  /** False once the reader itself has refused to pass a command through: it is not asked again. */
  passesThrough: boolean;
  /** False once the reader has refused to read fewer than 16 bytes. */
  readsShort: boolean;
}

/** Traits of a reader of which nothing is known yet. */
export function unknownTraits(): ReaderTraits {
  return { passesThrough: true, readsShort: true };
}

/** Page numbers are one byte in every command used here. */
const PAGES_MAX = 256;

/** Reads longer than one READ are worth asking for FAST_READ. */
const READ_PAGES_MAX = READ_BYTES_MAX / PAGE_BYTES;

/** PC/SC part 3 table 3-7: wrong length, and wrong Le with the right one in SW2. */
const WRONG_LENGTH = 0x6700;
const WRONG_LE = 0x6c;

/** One presented card. Made when its UID is known; every call after its removal rejects with `ERR_CARD_LOST`. */
export class PcscPageCard implements PageCard {
  readonly kind = 'pages';
  readonly uid: Uint8Array;
  readonly #link: CardLink;
  readonly #traits: ReaderTraits;
  #fastRead: 'unknown' | 'yes' | 'no' = 'unknown';

  constructor(uid: Uint8Array, link: CardLink, traits: ReaderTraits) {
    this.uid = uid;
    this.#link = link;
    this.#traits = traits;
  }

  /** See {@link PageCard.readPages}. Each exchange has a deadline and so has the call; nothing beyond the last page asked for is requested. */
  async readPages(first: number, count: number): Promise<Uint8Array> {
    if (!isPage(first) || !Number.isInteger(count) || count < 1 || first + count > PAGES_MAX) {
      throw new WaslError('ERR_CARD_IO', `no card has the pages ${first} to ${first + count - 1}`);
    }
    const bytes = new Uint8Array(count * PAGE_BYTES);
    const patience = this.#link.patience();
    try {
      for (let done = 0; done < count; ) {
        patience.check();
        const part = await this.#readSome(first + done, count - done);
        bytes.set(part, done * PAGE_BYTES);
        done += part.length / PAGE_BYTES;
      }
    } finally {
      patience.end();
    }
    return bytes;
  }

  /** See {@link PageCard.writePage}. Never repeated here: after a failure the page may hold the old bytes, the new, or neither. */
  async writePage(page: number, bytes: Uint8Array): Promise<void> {
    if (!isPage(page) || bytes.length !== PAGE_BYTES) {
      throw new WaslError('ERR_CARD_IO', `a write is ${PAGE_BYTES} bytes to a page below ${PAGES_MAX}`);
    }
    const response = await this.#link.exchange(writeCommand(page, bytes));
    if (response.status !== STATUS_OK) throw await this.#link.refusal(`write page ${page}`, response);
  }

  /** See {@link PageCard.passThrough}. */
  async passThrough(command: Uint8Array): Promise<Uint8Array | null> {
    if (command.length < 1 || command.length > PASSED_BYTES_MAX)
      throw new WaslError('ERR_CARD_IO', `a command of a card has 1 to ${PASSED_BYTES_MAX} bytes`);
    if (!this.#traits.passesThrough) return null;
    const answer = await this.#passThrough(passThroughCommand(command));
    if (answer.kind === 'data') return answer.bytes;
    if (answer.kind === 'refused') this.#traits.passesThrough = false;
    // A card that refused a command says nothing more until it is selected anew.
    else await this.#link.reselect();
    return null;
  }

  /** Reads at least one page and at most `count`, in one good exchange. */
  async #readSome(first: number, count: number): Promise<Uint8Array> {
    if (count > READ_PAGES_MAX && (await this.#knowsFastRead())) {
      const part = await this.#readFast(first, Math.min(count, FAST_READ_PAGES_MAX));
      if (part !== null) return part;
    }
    return await this.#readShort(first, Math.min(count, READ_PAGES_MAX));
  }

  async #knowsFastRead(): Promise<boolean> {
    if (!this.#traits.passesThrough || this.#fastRead === 'no') return false;
    if (this.#fastRead === 'yes') return true;
    const answer = await this.#passThrough(versionCommand());
    if (answer.kind === 'refused') this.#traits.passesThrough = false;
    else this.#fastRead = answer.kind === 'data' && answer.bytes.length > 0 ? 'yes' : 'no';
    return this.#fastRead === 'yes';
  }

  /** `null` when this card is better read in small bites from now on: slower, and always right. */
  async #readFast(first: number, count: number): Promise<Uint8Array | null> {
    const answer = await this.#passThrough(fastReadCommand(first, first + count - 1));
    if (answer.kind === 'data' && answer.bytes.length === count * PAGE_BYTES) return answer.bytes;
    if (answer.kind === 'refused') this.#traits.passesThrough = false;
    else this.#fastRead = 'no';
    return null;
  }

  /**
   * Passes a command through. A reader that fails here without any status word may simply not know the command: if the
   * same card still answers, that is a refusal; if not, the failure stands.
   */
  async #passThrough(command: Uint8Array): Promise<PassThroughAnswer> {
    try {
      return parsePassThrough(await this.#link.exchange(command));
    } catch (error) {
      if (!isWaslError(error, 'ERR_CARD_IO')) throw error;
      await this.#link.reselect();
      return { kind: 'refused' };
    }
  }

  async #readShort(first: number, count: number): Promise<Uint8Array> {
    const wanted = count * PAGE_BYTES;
    let response = await this.#read(first, wanted);
    if (wanted < READ_BYTES_MAX && this.#traits.readsShort && isWrongLength(response)) {
      this.#traits.readsShort = false;
      response = await this.#read(first, wanted);
    }
    if (response.status === STATUS_OK && response.data.length >= wanted) return response.data.slice(0, wanted);
    throw await this.#link.refusal(`read page ${first}`, response);
  }

  async #read(first: number, wanted: number): Promise<ApduResponse> {
    const command = readCommand(first, this.#traits.readsShort ? wanted : READ_BYTES_MAX);
    const response = await this.#link.exchange(command);
    if (response.status >> 8 !== 0x63) return response;
    // A card falls silent after it has refused a command, e.g. one passed through: it must be selected anew, once.
    await this.#link.reselect();
    return await this.#link.exchange(command);
  }
}

function isPage(page: number): boolean {
  return Number.isInteger(page) && page >= 0 && page < PAGES_MAX;
}

function isWrongLength(response: ApduResponse): boolean {
  return response.status === WRONG_LENGTH || response.status >> 8 === WRONG_LE;
}
