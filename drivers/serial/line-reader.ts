/**
 * The driver of serial readers that send lines: 2D scanners, UID readers. Knows lines only; what they say is for others.
 *
 * ```
 *            start()            opened: ready
 *  stopped ──────────▶ opening ───────────────▶ open ─── lines ─▶ presented | error ERR_READER_LINE
 *     ▲                 ▲   │ failed              │ device lost
 *     │                 │   ▼                     ▼
 *     │                 └─ waiting ◀── unavailable (once for each reason)
 *     └──────── stop() from anywhere      250 ms, then twice as long each time, 10 s at most
 * ```
 */
import { isUtf8 } from 'node:buffer';
import { ReadlineParser } from '@serialport/parser-readline';
import type { Reader, ReaderCapabilities, ReaderEvent } from '../reader.js';
import { decodeLine, LINE_BYTES_MAX, LineGuard } from './line-codec.js';
import { BAD_LINES_MAX, LINE_PROFILES, type LineProfile, type LineProfileName } from './profiles.js';
import { loadOpenSerial, type OpenSerial, type SerialLink } from './serial-port.js';

/** Timers as the driver needs them; `globalThis` has them. */
export interface SerialTimers {
  setTimeout(run: () => void, delayMs: number): unknown;
  clearTimeout(timer: unknown): void;
}

/** How a {@link SerialLineReader} is built. */
export interface SerialLineReaderOptions {
  /** Device file; `/dev/serial/by-id/…` stays the same when readers are plugged in another order. */
  readonly path: string;
  /** Bits per second. Unless given, the speeds of the profile are tried, one after another, as long as nothing but noise comes in. */
  readonly baudRate?: number;
  /** The kind of reader; a scanner unless given. */
  readonly profile?: LineProfileName;
  /** Name in logs and events; `serial:` and the path unless given. */
  readonly name?: string;
  /** First wait before the device is tried again; 250 ms unless given. */
  readonly retryFirstMs?: number;
  /** Longest such wait; 10 s unless given. */
  readonly retryMaxMs?: number;
  /** Loads what opens ports; {@link loadOpenSerial} unless given. */
  readonly loadOpen?: () => Promise<OpenSerial>;
  readonly timers?: SerialTimers;
}

interface Settings {
  readonly path: string;
  readonly baudRates: readonly number[];
  readonly profile: LineProfile;
  readonly retryFirstMs: number;
  readonly retryMaxMs: number;
  readonly loadOpen: () => Promise<OpenSerial>;
  readonly timers: SerialTimers;
}

const systemTimers: SerialTimers = {
  setTimeout: (run, delayMs) => setTimeout(run, delayMs),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Longest wait for a port to close: a hung device must not hold up the terminal's end. */
const CLOSE_TIMEOUT_MS = 2000;

/** A {@link Reader} of text lines over a serial port. `start` rejects with `ERR_READER_UNAVAILABLE` only when `serialport` is not installed. */
export class SerialLineReader implements Reader {
  readonly name: string;
  readonly capabilities: ReaderCapabilities = { readBlocks: false, writeBlocks: false, text: true, removal: false };
  readonly #settings: Settings;
  #life: { readonly line: SerialLife; readonly started: Promise<void> } | null = null;
  #ending: Promise<void> = Promise.resolve();

  constructor(options: SerialLineReaderOptions) {
    this.name = options.name ?? `serial:${options.path}`;
    const profile = LINE_PROFILES[options.profile ?? 'scanner'];
    this.#settings = {
      path: options.path,
      baudRates: options.baudRate === undefined ? profile.baudRates : [options.baudRate],
      profile,
      retryFirstMs: options.retryFirstMs ?? 250,
      retryMaxMs: options.retryMaxMs ?? 10_000,
      loadOpen: options.loadOpen ?? loadOpenSerial,
      timers: options.timers ?? systemTimers,
    };
  }

  /** Resolves after the first attempt to open. A running reader keeps its first listener. */
  start(listener: (event: ReaderEvent) => void): Promise<void> {
    if (this.#life !== null) return this.#life.started;
    const line = new SerialLife(this.#settings, listener);
    const started = this.#ending.then(() => line.begin());
    this.#life = { line, started };
    started.catch(() => {
      if (this.#life?.line === line) this.#life = null;
    });
    return started;
  }

  stop(): Promise<void> {
    const life = this.#life;
    this.#life = null;
    if (life !== null) this.#ending = Promise.all([this.#ending, life.line.end()]).then(() => {});
    return this.#ending;
  }
}

/** What happens between one `start` and its `stop`. */
class SerialLife {
  readonly #settings: Settings;
  readonly #listener: (event: ReaderEvent) => void;
  #hasEnded = false;
  #link: SerialLink | null = null;
  #opening: Promise<void> = Promise.resolve();
  #timer: unknown = null;
  #nextRetryMs: number;
  #reported: string | null = null;
  /** Index of the speed that is tried. */
  #speed = 0;
  #badLines = 0;
  #isChangingSpeed = false;

  constructor(settings: Settings, listener: (event: ReaderEvent) => void) {
    this.#settings = settings;
    this.#listener = listener;
    this.#nextRetryMs = settings.retryFirstMs;
  }

  async begin(): Promise<void> {
    if (this.#hasEnded) return;
    const open = await this.#settings.loadOpen();
    await this.#attempt(open);
  }

  async end(): Promise<void> {
    this.#hasEnded = true;
    if (this.#timer !== null) this.#settings.timers.clearTimeout(this.#timer);
    await this.#withinDeadline(this.#opening.catch(() => {}).then(() => this.#link?.close()));
    this.#link = null;
  }

  #attempt(open: OpenSerial): Promise<void> {
    this.#opening = this.#tryToOpen(open);
    return this.#opening;
  }

  async #tryToOpen(open: OpenSerial): Promise<void> {
    if (this.#hasEnded) return;
    let link: SerialLink;
    try {
      const { path, baudRates } = this.#settings;
      link = await open({ path, baudRate: baudRates[this.#speed % baudRates.length] ?? 9_600 });
    } catch (error) {
      this.#retryLater(open, error instanceof Error ? error.message : String(error));
      return;
    }
    this.#link = link;
    if (this.#hasEnded) return;
    this.#nextRetryMs = this.#settings.retryFirstMs;
    this.#badLines = 0;
    if (!this.#isChangingSpeed) this.#emit({ type: 'ready' });
    this.#isChangingSpeed = false;
    this.#reported = null;
    const feed = this.#splitter(link, () => this.#changeSpeed(open, link));
    link.listen({
      onData: feed,
      onLost: (reason) => {
        this.#link = null;
        this.#retryLater(open, reason);
      },
    });
  }

  /** Guard → ReadlineParser → text. The parser is bounded by the guard; `latin1` carries bytes through it unchanged. */
  #splitter(link: SerialLink, whenNoise: () => void): (chunk: Uint8Array) => void {
    const guard = new LineGuard();
    const parser = new ReadlineParser({ delimiter: '\n', encoding: 'latin1' });
    parser.on('data', (line: string) => {
      if (this.#link === link && this.#takeLine(Buffer.from(line, 'latin1')) === 'noise') whenNoise();
    });
    return (chunk) => {
      const bounded = guard.feed(chunk);
      if (bounded.length > 0) parser.write(bounded);
    };
  }

  /** `noise` when so many lines were unreadable in a row that the speed must be wrong. */
  #takeLine(bytes: Uint8Array): 'noise' | 'taken' {
    const { profile, baudRates } = this.#settings;
    const line = decodeLine(bytes);
    if (line.kind === 'bad') {
      this.#emit({ type: 'error', code: 'ERR_READER_LINE', message: line.message });
      // A code that is too long says nothing about the speed.
      if (bytes.length <= LINE_BYTES_MAX && !isUtf8(bytes)) this.#badLines += 1;
      return this.#badLines >= BAD_LINES_MAX && baudRates.length > 1 ? 'noise' : 'taken';
    }
    if (line.kind === 'empty') return 'taken';
    this.#badLines = 0;
    const text = profile.read(line.text);
    if (text === null) this.#emit({ type: 'error', code: 'ERR_READER_LINE', message: profile.hint });
    else this.#emit({ type: 'presented', card: { kind: 'text', text } });
    return 'taken';
  }

  #changeSpeed(open: OpenSerial, link: SerialLink): void {
    this.#link = null;
    this.#speed += 1;
    this.#isChangingSpeed = true;
    this.#opening = link
      .close()
      .catch(() => {})
      .then(() => this.#tryToOpen(open));
  }

  #retryLater(open: OpenSerial, reason: string): void {
    if (this.#hasEnded) return;
    this.#isChangingSpeed = false;
    if (reason !== this.#reported) {
      this.#reported = reason;
      this.#emit({ type: 'unavailable', code: 'ERR_READER_UNAVAILABLE', message: reason });
    }
    // The listener may have stopped the reader.
    if (this.#hasEnded) return;
    this.#timer = this.#settings.timers.setTimeout(() => {
      this.#timer = null;
      void this.#attempt(open);
    }, this.#nextRetryMs);
    this.#nextRetryMs = Math.min(this.#nextRetryMs * 2, this.#settings.retryMaxMs);
  }

  #withinDeadline(closing: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#settings.timers.setTimeout(resolve, CLOSE_TIMEOUT_MS);
      const done = () => {
        this.#settings.timers.clearTimeout(timer);
        resolve();
      };
      closing.then(done, done);
    });
  }

  #emit(event: ReaderEvent): void {
    if (!this.#hasEnded) this.#listener(event);
  }
}
