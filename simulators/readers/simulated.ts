/**
 * A reader inside the process, deterministic: events are delivered in the very call that causes them, and card commands
 * take no time unless a delay is injected. For tests, scenarios and the deterministic world.
 *
 * ```
 *            start()                 plug()
 *  stopped ──────────▶ running ─┬─▶ plugged  ── present(card) ─▶ card there ── remove() ─▶ plugged
 *     ▲                         └─◀ unplugged ◀───────────────── unplug() ─────┘
 *     └──────────────── stop() from anywhere
 * ```
 */

import type { Reader, ReaderCapabilities, ReaderEvent, ReaderSignal } from '../../drivers/reader.js';
import { decodeLine, LineGuard } from '../../drivers/serial/line-codec.js';
import type { SimulatedNtag21x } from '../cards/ntag21x.js';
import { type ApduChip, SimulatedApduCard } from './apdu-chip.js';
import { type CardDelay, SimulatedPageCard } from './simulated-card.js';

/** How a {@link SimulatedReader} is built. */
export interface SimulatedReaderOptions {
  readonly name: string;
  /** Presents cards with memory; true unless given. */
  readonly canRead?: boolean;
  /** Writes to such cards; true unless given. Nothing without `canRead`. */
  readonly canWrite?: boolean;
  /** Presents lines of text; true unless given. */
  readonly text?: boolean;
  /** Awaited before each card command; none unless given. Inject virtual time here. */
  readonly delay?: CardDelay;
}

/** Signals that a simulated reader remembers. */
export const SIGNALS_MAX = 100;

/** A reader whose outside world is methods: {@link present}, {@link remove}, {@link unplug}, {@link plug}. */
export class SimulatedReader implements Reader {
  readonly name: string;
  readonly capabilities: ReaderCapabilities;
  readonly #delay: CardDelay | null;
  #listener: ((event: ReaderEvent) => void) | null = null;
  #isPlugged = true;
  #card: SimulatedNtag21x | ApduChip | null = null;
  #session: SimulatedPageCard | SimulatedApduCard | null = null;
  readonly #signals: ReaderSignal[] = [];
  #guard = new LineGuard();
  /** The line that has not ended yet; the guard bounds it. */
  #partialLine: number[] = [];

  constructor(options: SimulatedReaderOptions) {
    const readBlocks = options.canRead ?? true;
    this.name = options.name;
    this.#delay = options.delay ?? null;
    this.capabilities = {
      readBlocks,
      writeBlocks: readBlocks && (options.canWrite ?? true),
      text: options.text ?? true,
      removal: readBlocks,
      apdus: readBlocks,
      signals: true,
    };
  }

  /** Begins to listen; a running reader keeps its first listener. */
  async start(listener: (event: ReaderEvent) => void): Promise<void> {
    if (this.#listener !== null) return;
    this.#listener = listener;
    if (!this.#isPlugged) {
      this.#sayUnavailable();
      return;
    }
    this.#emit({ type: 'ready' });
    this.#openSession();
  }

  /** Stops; a card that lies on the reader stays there. */
  async stop(): Promise<void> {
    this.#listener = null;
    this.#closeSession();
    this.#forgetLine();
  }

  /** The signals that it was asked for, the newest last, at most {@link SIGNALS_MAX}. */
  get signals(): readonly ReaderSignal[] {
    return this.#signals;
  }

  /** See {@link Reader.signal}: remembers it. */
  async signal(signal: ReaderSignal): Promise<void> {
    this.#signals.push(signal);
    if (this.#signals.length > SIGNALS_MAX) this.#signals.shift();
  }

  /** Lays a card on the reader, or scans a code. A card that lies there is taken away first; a text leaves it where it is. */
  present(what: SimulatedNtag21x | ApduChip | { readonly text: string }): void {
    if ('text' in what) {
      this.sendBytes(new TextEncoder().encode(`${what.text}\n`));
      return;
    }
    this.remove();
    if (!this.#isPlugged) return;
    this.#card = what;
    this.#openSession();
  }

  /** Takes the card away, if one lies there. It loses power. */
  remove(): void {
    const wasPresented = this.#closeSession();
    this.#card?.powerOff();
    this.#card = null;
    if (wasPresented) this.#emit({ type: 'removed' });
  }

  /** Raw bytes from the scanner, as one chunk: lines are framed and checked as on a serial port. */
  sendBytes(chunk: Uint8Array): void {
    if (!this.capabilities.text || !this.#isPlugged || this.#listener === null) return;
    for (const byte of this.#guard.feed(chunk)) {
      if (byte !== 0x0a) {
        this.#partialLine.push(byte);
        continue;
      }
      const line = decodeLine(Uint8Array.from(this.#partialLine));
      this.#partialLine = [];
      if (line.kind === 'text') this.#emit({ type: 'presented', card: { kind: 'text', text: line.text } });
      if (line.kind === 'bad') this.#emit({ type: 'error', code: 'ERR_READER_LINE', message: line.message });
    }
  }

  /** Pulls the cable: the card on the reader loses power, the device is gone. */
  unplug(): void {
    if (!this.#isPlugged) return;
    this.remove();
    this.#isPlugged = false;
    this.#forgetLine();
    this.#sayUnavailable();
  }

  /** Puts the cable back. */
  plug(): void {
    if (this.#isPlugged) return;
    this.#isPlugged = true;
    this.#emit({ type: 'ready' });
  }

  #openSession(): void {
    if (this.#card === null || this.#listener === null || !this.capabilities.readBlocks) return;
    this.#card.powerCycle();
    const delay = this.#delay;
    this.#session =
      'transmit' in this.#card
        ? new SimulatedApduCard(this.#card, delay === null ? null : () => delay('write'))
        : new SimulatedPageCard(this.#card, { canWrite: this.capabilities.writeBlocks, delay });
    this.#emit({ type: 'presented', card: this.#session });
  }

  /** True when a card was presented and now is not any more. */
  #closeSession(): boolean {
    const session = this.#session;
    this.#session = null;
    session?.lose();
    return session !== null;
  }

  #forgetLine(): void {
    this.#guard = new LineGuard();
    this.#partialLine = [];
  }

  #sayUnavailable(): void {
    this.#emit({
      type: 'unavailable',
      code: 'ERR_READER_UNAVAILABLE',
      message: `the simulated reader ${this.name} is unplugged`,
    });
  }

  #emit(event: ReaderEvent): void {
    this.#listener?.(event);
  }
}
