/** A Type 2 card on a TWN4, as the port's {@link PageCard}: four pages at a time, one page written. */
import { WaslError } from '../../agent/domain/errors.js';
import type { PageCard } from '../reader.js';
import { readPagesCommand, type Twn4Answer, writePageCommand } from './twn4-codec.js';

const PAGE_BYTES = 4;
const PAGES_PER_READ = 4;
const PAGES_MAX = 256;

/** What a card needs of its reader. */
export interface Twn4CardLink {
  /** One command; rejects as the conversation does. */
  ask(command: Uint8Array): Promise<Twn4Answer>;
  /** Looks whether this very card still lies there; selects it again if so. When it does not, {@link Twn4PageCard.lose} has been called. */
  isStillThere(): Promise<boolean>;
}

/** One presented card. */
export class Twn4PageCard implements PageCard {
  readonly kind = 'pages';
  readonly uid: Uint8Array;
  readonly #link: Twn4CardLink;
  #isLost = false;

  constructor(uid: Uint8Array, link: Twn4CardLink) {
    this.uid = uid;
    this.#link = link;
  }

  /** It was taken away: every call from now on, and one under way, rejects with `ERR_CARD_LOST`. */
  lose(): void {
    this.#isLost = true;
  }

  /** See {@link PageCard.readPages}. */
  async readPages(first: number, count: number): Promise<Uint8Array> {
    if (!isPage(first) || !Number.isInteger(count) || count < 1 || first + count > PAGES_MAX)
      throw new WaslError('ERR_CARD_IO', `no card has the pages ${first} to ${first + count - 1}`);
    const bytes = new Uint8Array(count * PAGE_BYTES);
    for (let done = 0; done < count; done += PAGES_PER_READ) {
      const part = await this.#ask(readPagesCommand(first + done), `read page ${first + done}`);
      if (part.length !== PAGES_PER_READ * PAGE_BYTES)
        throw new WaslError('ERR_CARD_IO', `the reader sent ${part.length} bytes for four pages`);
      bytes.set(part.subarray(0, Math.min(PAGES_PER_READ, count - done) * PAGE_BYTES), done * PAGE_BYTES);
    }
    return bytes;
  }

  /** See {@link PageCard.writePage}. */
  async writePage(page: number, bytes: Uint8Array): Promise<void> {
    if (!isPage(page) || bytes.length !== PAGE_BYTES)
      throw new WaslError('ERR_CARD_IO', `a write is ${PAGE_BYTES} bytes to a page below ${PAGES_MAX}`);
    await this.#ask(writePageCommand(page, bytes), `write page ${page}`);
  }

  async #ask(command: Uint8Array, what: string): Promise<Uint8Array> {
    this.#checkHere();
    const answer = await this.#link.ask(command);
    this.#checkHere();
    if (answer.kind === 'done' && answer.result) return answer.bytes;
    // A card that refuses and one that is gone look the same here.
    await this.#link.isStillThere();
    this.#checkHere();
    throw new WaslError('ERR_CARD_IO', `the card or the reader refused to ${what}`);
  }

  #checkHere(): void {
    if (this.#isLost) throw new WaslError('ERR_CARD_LOST');
  }
}

function isPage(page: number): boolean {
  return Number.isInteger(page) && page >= 0 && page < PAGES_MAX;
}
