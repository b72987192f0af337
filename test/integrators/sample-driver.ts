/**
 * A sample: the driver of a card reader on the network, in one file. The reader listens for one TCP connection and speaks lines of ASCII:
 *
 * ```
 *  reader → terminal   CARDS 1            greeting, once for each connection
 *                      +04517A2C916E80    a card with this UID was laid down, or lies there
 *                      -                  it was taken away
 *                      =…                 done, with what was read in hex; one answer for each command, in their order
 *                      !                  the card refused
 *  terminal → reader   P                  are you there?
 *                      R 04               read the four pages from page 04 (hex)
 *                      W 04 01020304      write one page
 *
 *            start()             greeted: ready
 *  stopped ──────────▶ waiting ────────────────▶ watching ── + ─▶ presented ── - ─▶ removed
 *     ▲                 ▲   │ no connection        │ closed, silent or speaking otherwise
 *     └── stop() ───────┘   └── later ◀── unavailable (once for each reason)
 * ```
 */
import { connect, type Socket } from 'node:net';
import type { Timers } from '../../agent/domain/clock.js';
import { WaslError } from '../../agent/domain/errors.js';
import type { PageCard, Reader, ReaderCapabilities, ReaderEvent } from '../../drivers/reader.js';

const GREETING = 'CARDS 1';
/** UIDs have 4, 7 or 10 bytes (ISO/IEC 14443-3 §6.5.4). */
const LAID = /^\+(?:[\dA-F]{8}|[\dA-F]{14}|[\dA-F]{20})$/i;
const ANSWER = /^(?:!|=(?:[\dA-F]{2})*)$/i;
const LINE_CHARS_MAX = 80;
/** Commands that may wait for their answer. */
const WAITING_MAX = 16;
const PAGE_BYTES = 4;
const PAGES_PER_READ = 4;
const PAGES_MAX = 256;

/** Times of a {@link NetworkReader}, in milliseconds. */
export interface NetworkReaderLimits {
  /** Deadline of one command, and of the greeting. */
  readonly timeoutMs: number;
  /** Between two questions whether it is still there: a cable that is pulled says nothing on TCP. */
  readonly pingMs: number;
  /** First pause before it is tried again; doubles each time. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
}

/** How a {@link NetworkReader} is built. */
export interface NetworkReaderOptions extends Partial<NetworkReaderLimits> {
  readonly host: string;
  readonly port: number;
  readonly timers: Timers;
}

/** See the module's head. */
export class NetworkReader implements Reader {
  readonly name: string;
  readonly capabilities: ReaderCapabilities = { readBlocks: true, writeBlocks: true, text: false, removal: true };
  readonly #options: NetworkReaderOptions & NetworkReaderLimits;
  #listener: ((event: ReaderEvent) => void) | null = null;
  #wire: Wire | null = null;
  #card: NetworkCard | null = null;
  #said: string | null = null;
  #cancelRetry: () => void = () => undefined;
  #retryMs = 0;

  constructor(options: NetworkReaderOptions) {
    this.#options = { timeoutMs: 1_500, pingMs: 2_000, retryMinMs: 250, retryMaxMs: 10_000, ...options };
    this.name = `network:${options.host}:${options.port}`;
  }

  /** See {@link Reader.start}. A running reader keeps its first listener. */
  async start(listener: (event: ReaderEvent) => void): Promise<void> {
    if (this.#listener !== null) return;
    this.#listener = listener;
    this.#said = null;
    this.#retryMs = this.#options.retryMinMs;
    this.#connect();
  }

  /** See {@link Reader.stop}. */
  async stop(): Promise<void> {
    this.#listener = null;
    this.#cancelRetry();
    this.#wire?.end();
    this.#wire = null;
    this.#leave();
  }

  #connect(): void {
    this.#wire = new Wire(this.#options, {
      whenGreeted: () => {
        this.#said = null;
        this.#retryMs = this.#options.retryMinMs;
        this.#emit({ type: 'ready' });
      },
      whenLaid: (uid, wire) => {
        this.#leave();
        this.#card = new NetworkCard(uid, wire);
        this.#emit({ type: 'presented', card: this.#card });
      },
      whenTaken: () => this.#leave(),
      whenOver: (why) => this.#over(why),
    });
  }

  #over(why: string): void {
    this.#wire = null;
    this.#leave();
    if (this.#said !== why) this.#emit({ type: 'unavailable', code: 'ERR_READER_UNAVAILABLE', message: why });
    this.#said = why;
    // The listener may have stopped the reader, or started it anew.
    if (this.#listener === null || this.#wire !== null) return;
    this.#cancelRetry = this.#options.timers.after(this.#retryMs, () => this.#connect());
    this.#retryMs = Math.min(this.#retryMs * 2, this.#options.retryMaxMs);
  }

  #leave(): void {
    const card = this.#card;
    this.#card = null;
    if (card === null) return;
    card.lose();
    this.#emit({ type: 'removed' });
  }

  #emit(event: ReaderEvent): void {
    this.#listener?.(event);
  }
}

/** One presentation of a card. */
class NetworkCard implements PageCard {
  readonly kind = 'pages';
  readonly uid: Uint8Array;
  readonly #wire: Wire;
  #isLost = false;

  constructor(uid: Uint8Array, wire: Wire) {
    this.uid = uid;
    this.#wire = wire;
  }

  /** Every call from now on, and one under way, rejects with `ERR_CARD_LOST`. */
  lose(): void {
    this.#isLost = true;
  }

  async readPages(first: number, count: number): Promise<Uint8Array> {
    if (!isPage(first) || !Number.isInteger(count) || count < 1 || first + count > PAGES_MAX)
      throw new WaslError('ERR_CARD_IO', `no card has ${count} pages from page ${first}`);
    const bytes = new Uint8Array(count * PAGE_BYTES);
    for (let done = 0; done < count; done += PAGES_PER_READ) {
      const part = await this.#ask(`R ${hexByte(first + done)}`);
      if (part.length !== PAGES_PER_READ * PAGE_BYTES)
        throw new WaslError('ERR_CARD_IO', `the reader sent ${part.length} bytes for four pages`);
      bytes.set(part.subarray(0, (count - done) * PAGE_BYTES), done * PAGE_BYTES);
    }
    return bytes;
  }

  async writePage(page: number, bytes: Uint8Array): Promise<void> {
    if (!isPage(page) || bytes.length !== PAGE_BYTES)
      throw new WaslError('ERR_CARD_IO', `a write is ${PAGE_BYTES} bytes to a page below ${PAGES_MAX}`);
    await this.#ask(`W ${hexByte(page)} ${Buffer.from(bytes).toString('hex')}`);
  }

  async #ask(command: string): Promise<Uint8Array> {
    if (this.#isLost) throw new WaslError('ERR_CARD_LOST');
    const answer = await this.#wire.ask(command);
    if (this.#isLost) throw new WaslError('ERR_CARD_LOST');
    if (answer === null) throw new WaslError('ERR_CARD_IO', `the card refused "${command}"`);
    return answer;
  }
}

interface WireEvents {
  whenGreeted(): void;
  whenLaid(uid: Uint8Array, wire: Wire): void;
  whenTaken(): void;
  /** Once, and last; never after {@link Wire.end}. */
  whenOver(why: string): void;
}

interface Waiting {
  readonly resolve: (answer: Uint8Array | null) => void;
  readonly reject: (error: WaslError) => void;
  readonly cancelDeadline: () => void;
}

/** One connection. An answer that comes too late would be taken for that of the next command, so after a missed deadline it is over. */
class Wire {
  readonly #socket: Socket;
  readonly #options: NetworkReaderOptions & NetworkReaderLimits;
  readonly #events: WireEvents;
  readonly #waiting: Waiting[] = [];
  #partialLine = '';
  #isGreeted = false;
  #isOver = false;
  #cancelTimer: () => void;

  constructor(options: NetworkReaderOptions & NetworkReaderLimits, events: WireEvents) {
    const { host, port, timers, timeoutMs } = options;
    this.#options = options;
    this.#events = events;
    this.#socket = connect({ host, port, noDelay: true }).setEncoding('latin1');
    this.#socket.on('data', (chunk) => this.#take(String(chunk)));
    this.#socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail(`the reader at ${host}:${port} cannot be reached (${error.code ?? error.message})`),
    );
    this.#socket.on('close', () => this.#fail(`the reader at ${host}:${port} has closed the connection`));
    this.#cancelTimer = timers.after(timeoutMs, () => this.#fail(`the reader at ${host}:${port} does not answer`));
  }

  /** Resolves to what was read, or `null` when the card refused. Rejects with `ERR_CARD_TIMEOUT`, `ERR_CARD_LOST` when the connection is over, or `ERR_CARD_IO`. */
  ask(command: string): Promise<Uint8Array | null> {
    if (this.#isOver) return Promise.reject(new WaslError('ERR_CARD_LOST'));
    if (this.#waiting.length >= WAITING_MAX)
      return Promise.reject(new WaslError('ERR_CARD_IO', 'too many commands wait for the reader'));
    return new Promise((resolve, reject) => {
      const cancelDeadline = this.#options.timers.after(this.#options.timeoutMs, () => {
        reject(new WaslError('ERR_CARD_TIMEOUT', `the reader does not answer "${command}"`));
        this.#fail('the reader does not answer any more');
      });
      this.#waiting.push({ resolve, reject, cancelDeadline });
      this.#socket.write(`${command}\n`, 'latin1');
    });
  }

  /** Closes the connection without a further word. */
  end(): void {
    this.#isOver = true;
    this.#cancelTimer();
    this.#socket.destroy();
    for (const { reject, cancelDeadline } of this.#waiting.splice(0)) {
      cancelDeadline();
      reject(new WaslError('ERR_CARD_LOST'));
    }
  }

  #fail(why: string): void {
    if (this.#isOver) return;
    this.end();
    this.#events.whenOver(why);
  }

  #take(chunk: string): void {
    const lines = (this.#partialLine + chunk).split('\n');
    this.#partialLine = lines.pop() ?? '';
    for (const line of lines) {
      if (this.#isOver) return;
      this.#takeLine(line.replace(/\r$/, ''));
    }
    if (this.#partialLine.length > LINE_CHARS_MAX) this.#fail('what answers is no such reader: its lines do not end');
  }

  #takeLine(line: string): void {
    if (!this.#isGreeted && line === GREETING) {
      this.#isGreeted = true;
      this.#cancelTimer();
      this.#pingLater();
      this.#events.whenGreeted();
    } else if (this.#isGreeted && line === '-') this.#events.whenTaken();
    else if (this.#isGreeted && LAID.test(line)) this.#events.whenLaid(bytesOf(line), this);
    else if (ANSWER.test(line) && line.length <= LINE_CHARS_MAX) this.#answer(line === '!' ? null : bytesOf(line));
    else this.#fail(`what answers is no such reader: it says "${line.slice(0, 20)}"`);
  }

  #answer(answer: Uint8Array | null): void {
    const first = this.#waiting.shift();
    if (first === undefined) {
      this.#fail('the reader answers what nobody asked');
      return;
    }
    first.cancelDeadline();
    first.resolve(answer);
  }

  #pingLater(): void {
    this.#cancelTimer = this.#options.timers.after(this.#options.pingMs, () => {
      // What goes wrong here ends the connection, and whenOver tells of it.
      this.ask('P').then(
        () => {
          if (!this.#isOver) this.#pingLater();
        },
        () => undefined,
      );
    });
  }
}

function isPage(page: number): boolean {
  return Number.isInteger(page) && page >= 0 && page < PAGES_MAX;
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}

/** The bytes of a line, without the sign that it begins with. */
function bytesOf(line: string): Uint8Array {
  return Uint8Array.from(Buffer.from(line.slice(1), 'hex'));
}
