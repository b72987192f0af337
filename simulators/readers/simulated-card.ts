/** One presentation of a simulated card, as a reader hands it out. */
import { WaslError } from '../../agent/domain/errors.js';
import type { PageCard } from '../../drivers/reader.js';
import type { SimulatedNtag21x } from '../cards/ntag21x.js';
import { NTAG_COMMAND, type NtagAnswer } from '../cards/ntag21x-frames.js';
import { PAGE_BYTES } from '../cards/ntag21x-map.js';

/** Takes the time that a card command takes; an APDU counts as a write, which it may be. Rejecting is not allowed. */
export type CardDelay = (command: 'read' | 'write') => Promise<void>;

/** Pages that one FAST_READ asks for: 60 bytes and their CRC fit the 64-byte buffer of common reader chips. */
const FAST_READ_PAGES = 15;
const PAGE_NUMBER_MAX = 0xff;

/** A {@link PageCard} over a simulated card: one page by READ, more by FAST_READ, which never rolls over. */
export class SimulatedPageCard implements PageCard {
  readonly kind = 'pages';
  readonly uid: Uint8Array;
  readonly #card: SimulatedNtag21x;
  readonly #canWrite: boolean;
  readonly #delay: CardDelay | null;
  #isLost = false;

  /** `card` has power and is selected. */
  constructor(card: SimulatedNtag21x, how: { readonly canWrite: boolean; readonly delay: CardDelay | null }) {
    this.uid = card.uid;
    this.#card = card;
    this.#canWrite = how.canWrite;
    this.#delay = how.delay;
  }

  /** The card was taken away: every call from now on, and one under way, rejects with `ERR_CARD_LOST`. */
  lose(): void {
    this.#isLost = true;
  }

  async readPages(first: number, count: number): Promise<Uint8Array> {
    this.#checkHere();
    if (!isPage(first) || !Number.isInteger(count) || count < 1 || !isPage(first + count - 1)) {
      throw new WaslError('ERR_CARD_IO', `no card has ${count} pages from page ${first}`);
    }
    const bytes = new Uint8Array(count * PAGE_BYTES);
    for (let done = 0; done < count; done += FAST_READ_PAGES) {
      const pages = Math.min(FAST_READ_PAGES, count - done);
      bytes.set(await this.#readChunk(first + done, pages), done * PAGE_BYTES);
    }
    return bytes;
  }

  async writePage(page: number, bytes: Uint8Array): Promise<void> {
    if (!this.#canWrite) throw new WaslError('ERR_READER_UNSUPPORTED', 'this reader cannot write to cards');
    this.#checkHere();
    if (!isPage(page) || bytes.length !== PAGE_BYTES) {
      throw new WaslError(
        'ERR_CARD_IO',
        `cannot write ${bytes.length} bytes to page ${page}: a page has ${PAGE_BYTES}`,
      );
    }
    const answer = await this.#exchange('write', Uint8Array.of(NTAG_COMMAND.write, page, ...bytes));
    if (answer.kind !== 'ack')
      throw new WaslError('ERR_CARD_IO', `the card did not acknowledge the write of page ${page}`);
  }

  /** See {@link PageCard.passThrough}. */
  async passThrough(command: Uint8Array): Promise<Uint8Array | null> {
    this.#checkHere();
    if (this.#delay !== null) await this.#delay('read');
    this.#checkHere();
    const answer = this.#card.exchange(Uint8Array.from(command));
    if (answer.kind === 'data') return answer.bytes;
    if (!this.#card.select()) {
      this.#isLost = true;
      throw new WaslError('ERR_CARD_LOST', 'the card does not answer any more');
    }
    return null;
  }

  async #readChunk(first: number, pages: number): Promise<Uint8Array> {
    const command =
      pages === 1
        ? Uint8Array.of(NTAG_COMMAND.read, first)
        : Uint8Array.of(NTAG_COMMAND.fastRead, first, first + pages - 1);
    const answer = await this.#exchange('read', command);
    if (answer.kind !== 'data') throw new WaslError('ERR_CARD_IO', `the card sent no data for page ${first}`);
    return answer.bytes.subarray(0, pages * PAGE_BYTES);
  }

  async #exchange(what: 'read' | 'write', command: Uint8Array): Promise<NtagAnswer> {
    if (this.#delay !== null) await this.#delay(what);
    this.#checkHere();
    const answer = this.#card.exchange(command);
    if (answer.kind === 'none') {
      this.#isLost = true;
      throw new WaslError('ERR_CARD_LOST', 'the card does not answer any more');
    }
    if (answer.kind === 'nak') {
      this.#card.select();
      throw new WaslError('ERR_CARD_IO', `the card refused the ${what} with NAK ${answer.code}`, {
        details: { nak: answer.code },
      });
    }
    return answer;
  }

  #checkHere(): void {
    if (this.#isLost) throw new WaslError('ERR_CARD_LOST');
  }
}

function isPage(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= PAGE_NUMBER_MAX;
}
