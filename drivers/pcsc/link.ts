/**
 * The line to one presented card: exchanges with it until it is lost, and the difference between a card that refuses, a
 * reader that fails and a card that is gone.
 *
 * ```
 *  open() ─▶ connected ─ markLost(), or an exchange finds it out ─▶ lost (every call, pending and later: ERR_CARD_LOST)
 *               │  ▲
 *               └──┘ reselect(): connection reset, same UID or lost
 * ```
 */
import type { Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { RESPONSE_BYTES_MAX } from '../reader.js';
import { type ApduResponse, parseResponse, STATUS_OK, statusText, uidCommand } from './apdu.js';
import type { Lane } from './lane.js';
import type { Disposition, PcscSession } from './native.js';

/** What a link works with. */
export interface LinkParts {
  readonly session: PcscSession;
  /** Name of the reader as the service knows it. */
  readonly reader: string;
  /** The lane of this reader; all that goes to it goes through here. */
  readonly lane: Lane;
  readonly timers: Timers;
  /** After a failure, how long to wait for the news that the card was taken away. The service polls every 400 ms. */
  readonly removalGraceMs: number;
  /** Limit of a call that takes many exchanges, over the deadline that each exchange has. */
  readonly callTimeoutMs: number;
  /** Called once when an exchange found out that the card is gone, or another one, before the service said so. */
  readonly whenGone: () => void;
}

/** The time that one call of many exchanges may take. */
export interface Patience {
  /** Throws `ERR_CARD_TIMEOUT` when the time is up. */
  check(): void;
  /** Must be called when the call ends. */
  end(): void;
}

/** UID lengths of ISO/IEC 14443-3 §6.5.4: single, double, triple. */
const UID_LENGTHS = new Set([4, 7, 10]);

/** One connection to one card. */
export class CardLink {
  readonly #parts: LinkParts;
  readonly #whenLost: (() => void)[] = [];
  #lost = false;
  #uid: Uint8Array | null = null;

  constructor(parts: LinkParts) {
    this.#parts = parts;
  }

  /**
   * Connects and asks for the UID; once more after a reset, because a card that is still on its way into the field often
   * fails at first. Rejects with `ERR_CARD_UNSUPPORTED` when the card has no UID that we know.
   */
  async open(): Promise<Uint8Array> {
    this.#uid = await this.#twice(() => this.#identify());
    return this.#uid;
  }

  /** As {@link open}, for a card that need not have a UID: `null` where the reader tells none that we know. */
  async openWithoutUid(): Promise<Uint8Array | null> {
    return this.#twice(async () => {
      await this.#connect();
      const { status, data } = await this.exchange(uidCommand());
      return status === STATUS_OK && UID_LENGTHS.has(data.length) ? data : null;
    });
  }

  /** Ends the link: the card was taken away, or the reader is gone. */
  markLost(): void {
    if (this.#lost) return;
    this.#lost = true;
    for (const tell of this.#whenLost.splice(0)) tell();
    this.#parts.lane.abandon(lost());
  }

  /** Gives the connection back, whatever state it is in; a failure here changes nothing for anyone. */
  async close(disposition: Disposition): Promise<void> {
    const { lane, session, reader } = this.#parts;
    await lane.run(() => session.disconnect(reader, disposition)).catch(() => undefined);
  }

  /** One exchange. Resolves with any answer that has a status word; what the word means is the caller's. */
  async exchange(command: Uint8Array): Promise<ApduResponse> {
    if (this.#lost) throw lost();
    const { lane, session, reader } = this.#parts;
    let bytes: Uint8Array;
    try {
      bytes = await lane.run(() => session.transmit(reader, command, RESPONSE_BYTES_MAX));
    } catch (error) {
      throw await this.#judge(error);
    }
    if (this.#lost) throw lost();
    const response = parseResponse(bytes);
    if (response === null)
      throw await this.#judge(new WaslError('ERR_CARD_IO', 'the reader answered less than a status word'));
    return response;
  }

  /** The error for an answer that was not {@link STATUS_OK}: the card may be on its way out, so this waits to see. */
  refusal(what: string, response: ApduResponse): Promise<unknown> {
    const status = statusText(response.status);
    return this.#judge(
      new WaslError('ERR_CARD_IO', `the card or the reader refused to ${what}`, { details: { status } }),
    );
  }

  /**
   * Wakes a card that fell silent after it refused a command: resets the connection and makes sure the same card answers.
   * Rejects with `ERR_CARD_LOST` when another one does.
   */
  async reselect(): Promise<void> {
    if (this.#lost) throw lost();
    await this.close('reset');
    const uid = await this.#identify();
    if (this.#uid === null || Buffer.compare(uid, this.#uid) !== 0) {
      this.#gone();
      throw lost();
    }
  }

  /** Starts the time of one call of many exchanges. */
  patience(): Patience {
    const { timers, callTimeoutMs } = this.#parts;
    let spent = false;
    const end = timers.after(callTimeoutMs, () => {
      spent = true;
    });
    return {
      check: () => {
        if (spent) throw new WaslError('ERR_CARD_TIMEOUT', undefined, { details: { timeoutMs: callTimeoutMs } });
      },
      end,
    };
  }

  async #twice<T>(open: () => Promise<T>): Promise<T> {
    try {
      return await open();
    } catch (error) {
      if (!isWaslError(error, 'ERR_CARD_IO')) throw error;
      await this.close('reset');
      return await open();
    }
  }

  async #connect(): Promise<void> {
    if (this.#lost) throw lost();
    const { lane, session, reader } = this.#parts;
    try {
      await lane.run(() => session.connect(reader));
    } catch (error) {
      throw await this.#judge(error);
    }
  }

  async #identify(): Promise<Uint8Array> {
    await this.#connect();
    const response = await this.exchange(uidCommand());
    if (response.status !== STATUS_OK) throw await this.refusal('tell the UID', response);
    if (!UID_LENGTHS.has(response.data.length)) {
      throw new WaslError('ERR_CARD_UNSUPPORTED', `the card has a UID of ${response.data.length} bytes`);
    }
    return response.data;
  }

  /** A failed exchange is often the first sign of a removal: waits for the news before it calls the reader faulty. */
  async #judge(error: unknown): Promise<unknown> {
    if (isWaslError(error, 'ERR_CARD_LOST')) this.#gone();
    if (!isWaslError(error, 'ERR_CARD_IO')) return error;
    await this.#lostWithin(this.#parts.removalGraceMs);
    return this.#lost ? lost(error) : error;
  }

  #gone(): void {
    if (this.#lost) return;
    this.markLost();
    this.#parts.whenGone();
  }

  #lostWithin(waitMs: number): Promise<void> {
    if (this.#lost) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = this.#parts.timers.after(waitMs, resolve);
      this.#whenLost.push(() => {
        cancel();
        resolve();
      });
    });
  }
}

function lost(cause?: unknown): WaslError {
  return new WaslError('ERR_CARD_LOST', undefined, cause === undefined ? {} : { cause });
}
