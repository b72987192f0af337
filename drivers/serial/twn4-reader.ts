/**
 * The driver of an ELATEC TWN4 that runs the Simple Protocol: looks for cards several times a second, presents Type 2 cards, and finds the speed of its line
 * by itself. What is no Type 2 card is reported: a smart card's longest answer does not fit the protocol's length byte.
 *
 * ```
 *  stopped ─ start() ─▶ opening ─ port open, version answered ─▶ looking ◀─ removed ─┐
 *                        ▲  │ no port, no answer: the next speed, later               │
 *                        │  ▼                            │ a card is found ─▶ presented
 *                        └ waiting ◀── conversation over ┘
 * ```
 */
import type { Timers } from '../../agent/domain/clock.js';
import type { Reader, ReaderCapabilities, ReaderEvent, ReaderSignal } from '../reader.js';
import type { OpenSerial, SerialLink } from './serial-port.js';
import { Twn4PageCard } from './twn4-card.js';
import {
  beepCommand,
  type FoundTag,
  parseTag,
  sakCommand,
  searchCommand,
  TAG_ISO14443A,
  TWN4_OK,
  versionCommand,
} from './twn4-codec.js';
import { NO_ANSWER, Twn4Conversation } from './twn4-line.js';

/** How a {@link Twn4Reader} is built. */
export interface Twn4ReaderOptions {
  /** Device file; `/dev/serial/by-id/…` stays the same when readers are plugged in another order. */
  readonly path: string;
  readonly timers: Timers;
  /** Loads what opens ports. */
  readonly loadOpen: () => Promise<OpenSerial>;
  /** Speeds to try, the likeliest first; a TWN4 on USB answers at any. {@link TWN4_BAUD_RATES} unless given. */
  readonly baudRates?: readonly number[];
  readonly limits?: Partial<Twn4Limits>;
}

/** Times of a {@link Twn4Reader}, in milliseconds. */
export interface Twn4Limits {
  /** Deadline of one command. */
  readonly timeoutMs: number;
  /** Between two looks for a card. */
  readonly pollMs: number;
  /** First pause before the device is tried again; doubles each time. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** What holds where {@link Twn4ReaderOptions.limits} says nothing. */
export const TWN4_LIMITS: Twn4Limits = { timeoutMs: 1_500, pollMs: 200, retryMinMs: 250, retryMaxMs: 10_000 };

/** Speeds of a TWN4 on a real RS-232 line: the standard setting (Simple Protocol DocRev25 §1.3), then others that it can be set to. On USB it answers at any. */
export const TWN4_BAUD_RATES: readonly number[] = [9_600, 115_200, 57_600, 38_400, 19_200];

const SOUNDS: Readonly<Record<ReaderSignal, readonly [hertz: number, onMs: number]>> = {
  granted: [2_400, 100],
  refused: [600, 400],
  attention: [1_200, 250],
};

/** See the module's head. */
export class Twn4Reader implements Reader {
  readonly name: string;
  readonly capabilities: ReaderCapabilities = {
    readBlocks: true,
    writeBlocks: true,
    text: false,
    removal: true,
    signals: true,
  };
  readonly #options: Twn4ReaderOptions;
  readonly #limits: Twn4Limits;
  #listener: ((event: ReaderEvent) => void) | null = null;
  /** Counts starts and stops, so that what an old one still does is dropped. */
  #life = 0;
  #link: SerialLink | null = null;
  #conversation: Twn4Conversation | null = null;
  #card: Twn4PageCard | null = null;
  /** A card that was reported as unsupported: once is enough. */
  #reported: string | null = null;
  #said: string | null = null;
  #cancelTimer: () => void = () => undefined;
  #retryMs = 0;
  #speed = 0;

  constructor(options: Twn4ReaderOptions) {
    this.#options = options;
    this.#limits = { ...TWN4_LIMITS, ...options.limits };
    this.name = `twn4:${options.path}`;
  }

  /** See {@link Reader.start}. A running reader keeps its first listener. */
  async start(listener: (event: ReaderEvent) => void): Promise<void> {
    if (this.#listener !== null) return;
    this.#listener = listener;
    this.#said = null;
    this.#retryMs = this.#limits.retryMinMs;
    this.#life += 1;
    const life = this.#life;
    let open: OpenSerial;
    try {
      open = await this.#options.loadOpen();
    } catch (error) {
      if (life === this.#life) this.#listener = null;
      throw error;
    }
    await this.#open(open, life);
  }

  /** See {@link Reader.stop}. */
  async stop(): Promise<void> {
    this.#listener = null;
    this.#life += 1;
    this.#cancelTimer();
    await this.#drop();
  }

  /** See {@link Reader.signal}. */
  async signal(signal: ReaderSignal): Promise<void> {
    const [hertz, onMs] = SOUNDS[signal];
    await this.#conversation?.askRaw(beepCommand({ hertz, onMs, offMs: 0 })).catch(() => undefined);
  }

  async #open(open: OpenSerial, life: number): Promise<void> {
    if (life !== this.#life) return;
    const speeds = this.#options.baudRates ?? TWN4_BAUD_RATES;
    const baudRate = speeds[this.#speed % speeds.length] ?? TWN4_BAUD_RATES[0] ?? 115_200;
    let link: SerialLink;
    try {
      link = await open({ path: this.#options.path, baudRate });
    } catch (error) {
      this.#retry(open, life, error instanceof Error ? error.message : String(error));
      return;
    }
    if (life !== this.#life) {
      await link.close().catch(() => undefined);
      return;
    }
    this.#link = link;
    const { timers } = this.#options;
    const conversation = new Twn4Conversation(link, {
      timers,
      timeoutMs: this.#limits.timeoutMs,
      whenOver: (why) => {
        if (life !== this.#life || this.#conversation !== conversation) return;
        void this.#drop();
        this.#retry(open, life, why);
      },
    });
    this.#conversation = conversation;
    await this.#greet(conversation, life);
  }

  async #greet(conversation: Twn4Conversation, life: number): Promise<void> {
    try {
      const [status] = await conversation.askRaw(versionCommand());
      if (life !== this.#life || this.#conversation !== conversation) return;
      if (status !== TWN4_OK)
        this.#emit({ type: 'error', code: 'ERR_CARD_IO', message: 'the reader does not tell its version' });
    } catch {
      // Silence has ended the conversation already; noise at a wrong speed is an answer of a kind.
      if (life !== this.#life) return;
      this.#speed += 1;
      conversation.abandon(NO_ANSWER);
      return;
    }
    this.#said = null;
    this.#retryMs = this.#limits.retryMinMs;
    this.#emit({ type: 'ready' });
    this.#look(conversation, life);
  }

  #look(conversation: Twn4Conversation, life: number): void {
    const isOurs = (): boolean => life === this.#life && this.#conversation === conversation;
    const again = (): void => {
      if (isOurs())
        this.#cancelTimer = this.#options.timers.after(this.#limits.pollMs, () => this.#look(conversation, life));
    };
    this.#search(conversation).then(again, again);
  }

  /** Looks once, and tells of what has changed. Rejects as the conversation does. */
  async #search(conversation: Twn4Conversation): Promise<void> {
    const answer = await conversation.ask(searchCommand());
    if (this.#conversation !== conversation) return;
    const tag = answer.kind === 'done' && answer.result ? parseTag(answer.bytes) : null;
    if (tag === null) {
      this.#reported = null;
      this.#leave();
      return;
    }
    if (this.#card !== null && Buffer.compare(this.#card.uid, tag.uid) === 0) return;
    this.#leave();
    await this.#arrive(conversation, tag);
  }

  async #arrive(conversation: Twn4Conversation, tag: FoundTag): Promise<void> {
    const isType2 = tag.type === TAG_ISO14443A && tag.uid.length === 7 && (await this.#hasSakOfType2(conversation));
    if (this.#conversation !== conversation) return;
    if (!isType2) {
      const which = Buffer.from(tag.uid).toString('hex');
      if (this.#reported !== which)
        this.#emit({
          type: 'error',
          code: 'ERR_CARD_UNSUPPORTED',
          message: 'this reader holds a card of another kind',
        });
      this.#reported = which;
      return;
    }
    const card: Twn4PageCard = new Twn4PageCard(tag.uid, {
      ask: (command) => conversation.ask(command),
      isStillThere: async (): Promise<boolean> => {
        await this.#search(conversation);
        return this.#card === card;
      },
    });
    this.#card = card;
    this.#emit({ type: 'presented', card });
  }

  async #hasSakOfType2(conversation: Twn4Conversation): Promise<boolean> {
    const answer = await conversation.ask(sakCommand());
    return answer.kind === 'done' && answer.result && answer.bytes[0] === 0x00;
  }

  #leave(): void {
    const card = this.#card;
    this.#card = null;
    if (card === null) return;
    card.lose();
    this.#emit({ type: 'removed' });
  }

  async #drop(): Promise<void> {
    this.#cancelTimer();
    this.#leave();
    this.#conversation?.end();
    this.#conversation = null;
    const link = this.#link;
    this.#link = null;
    await link?.close().catch(() => undefined);
  }

  #retry(open: OpenSerial, life: number, reason: string): void {
    if (life !== this.#life) return;
    if (this.#said !== reason) this.#emit({ type: 'unavailable', code: 'ERR_READER_UNAVAILABLE', message: reason });
    this.#said = reason;
    // The listener may have stopped the reader.
    if (life !== this.#life) return;
    this.#cancelTimer = this.#options.timers.after(this.#retryMs, () => void this.#open(open, life));
    this.#retryMs = Math.min(this.#retryMs * 2, this.#limits.retryMaxMs);
  }

  #emit(event: ReaderEvent): void {
    this.#listener?.(event);
  }
}
