/**
 * A PC/SC reader as the terminal sees it ({@link Reader}): finds its reader among those of the service, presents the Type 2
 * and ISO 14443-4 cards on it, and comes back by itself when pcscd or the reader went away.
 *
 * ```
 *  stopped ─ start() ─▶ opening ── service does not answer ──▶ waiting (back-off) ─▶ opening
 *                          │ session                              ▲
 *                          ▼                                      │ failed: close the session, lose the card
 *                       watching: no reader of ours ◀─ detached ─ bound ─ card ─▶ presented ─ empty ─▶ removed
 *                          │  └──────────── attached ──────────────▲
 *                          └─ none for some seconds ─▶ opening: a session that missed the news is not believed for ever
 * ```
 */
import type { Timers } from '../../agent/domain/clock.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { codeOf } from '../../agent/domain/errors.js';
import type { PresentedCard, Reader, ReaderCapabilities, ReaderEvent, ReaderSignal } from '../reader.js';
import { PcscApduCard } from './apdu-card.js';
import { recogniseAtr } from './atr.js';
import { Lane } from './lane.js';
import { CardLink } from './link.js';
import { describeMatch, matches, type ReaderMatch } from './match.js';
import type { LoadPcsc, PcscEvent, PcscService, PcscSession } from './native.js';
import { PcscPageCard, type ReaderTraits, unknownTraits } from './page-card.js';
import { signalCommand } from './signals.js';

/** Times of a {@link PcscReader}, in milliseconds. */
export interface PcscLimits {
  /** Deadline of one exchange with the card, waiting for earlier ones included. */
  readonly timeoutMs: number;
  /** Limit of one `readPages`, which may take many exchanges. */
  readonly callTimeoutMs: number;
  /** How long a failed exchange waits for the news of a removal before it counts as a fault. The service polls every 400 ms. */
  readonly removalGraceMs: number;
  /** First pause between attempts to reach the service; doubles each time. */
  readonly retryMinMs: number;
  /** Longest such pause. */
  readonly retryMaxMs: number;
  /** How long after opening to wait for a reader before it is called missing. */
  readonly settleMs: number;
  /** How long a reader may be missing before the service is asked anew, in a new session; doubles each time. */
  readonly relookMinMs: number;
  /** Longest such time. */
  readonly relookMaxMs: number;
}

/** What holds where {@link PcscReaderOptions.limits} says nothing. */
export const PCSC_LIMITS: PcscLimits = {
  timeoutMs: 2_000,
  callTimeoutMs: 10_000,
  removalGraceMs: 600,
  retryMinMs: 250,
  retryMaxMs: 10_000,
  settleMs: 300,
  relookMinMs: 2_000,
  relookMaxMs: 60_000,
};

/** What a {@link PcscReader} is made of. */
export interface PcscReaderOptions {
  /** The native part: `loadNfcPcsc()` in production. */
  readonly load: LoadPcsc;
  readonly timers: Timers;
  readonly match?: ReaderMatch;
  readonly limits?: Partial<PcscLimits>;
}

/** How often a card that is lost before it was presented is looked for again while the service says that one lies there. */
const ARRIVALS_MAX = 3;

/** Readers that are kept in mind; a service with more is not a terminal's. */
const ATTACHED_MAX = 32;

interface Presence {
  readonly link: CardLink;
  announced: boolean;
}

/** See the module's head: `new PcscReader({ load: loadNfcPcsc(), timers })`. */
export class PcscReader implements Reader {
  readonly name: string;
  readonly capabilities: ReaderCapabilities = {
    readBlocks: true,
    writeBlocks: true,
    text: false,
    removal: true,
    apdus: true,
    signals: true,
  };
  readonly #options: PcscReaderOptions;
  readonly #limits: PcscLimits;
  readonly #attached = new Set<string>();
  #listener: ((event: ReaderEvent) => void) | null = null;
  #service: PcscService | null = null;
  #session: PcscSession | null = null;
  /** Counts sessions, so that what an old one still says is not taken for the new one's. */
  #life = 0;
  #bound: { readonly reader: string; readonly lane: Lane; readonly traits: ReaderTraits } | null = null;
  #presence: Presence | null = null;
  #said: string | null = null;
  #cancelTimer: () => void = () => undefined;
  #retryMs = 0;
  #relookMs = 0;

  constructor(options: PcscReaderOptions) {
    this.#options = options;
    this.#limits = { ...PCSC_LIMITS, ...options.limits };
    this.name = `pcsc:${describeMatch(options.match)}`;
  }

  /**
   * See {@link Reader.start}. Rejects with `ERR_READER_UNAVAILABLE` when the native part is not installed. Resolves at once,
   * without a change, when the reader was started already.
   */
  async start(listener: (event: ReaderEvent) => void): Promise<void> {
    if (this.#listener !== null) return;
    this.#listener = listener;
    this.#said = null;
    this.#retryMs = this.#limits.retryMinMs;
    this.#relookMs = this.#limits.relookMinMs;
    this.#life += 1;
    const life = this.#life;
    let service: PcscService;
    try {
      service = await this.#options.load();
    } catch (error) {
      if (life === this.#life) this.#listener = null;
      throw error;
    }
    if (life !== this.#life) {
      await service.dismiss?.();
      return;
    }
    this.#service = service;
    await this.#open(service);
  }

  /** See {@link Reader.stop}. */
  async stop(): Promise<void> {
    this.#listener = null;
    this.#cancelTimer();
    const service = this.#service;
    this.#service = null;
    await this.#endSession()?.close();
    await service?.dismiss?.();
  }

  /** See {@link Reader.signal}. PC/SC has no command for it: an ACR122U has one of its own, and takes it only while a card lies on it. */
  async signal(signal: ReaderSignal): Promise<void> {
    const command = signalCommand(this.#bound?.reader ?? '', signal);
    const presence = this.#presence;
    if (command === null || presence === null || !presence.announced) return;
    await presence.link.exchange(command).catch(() => undefined);
  }

  async #open(service: PcscService): Promise<void> {
    this.#life += 1;
    const life = this.#life;
    // What is said before the session is ours to use is kept until it is.
    const early: PcscEvent[] = [];
    const hear = (event: PcscEvent): void => {
      if (life !== this.#life) return;
      if (this.#session === null) early.push(event);
      else this.#handle(service, event);
    };
    let session: PcscSession;
    try {
      session = await service.open(hear);
    } catch (error) {
      if (life === this.#life) this.#retry(service, messageOf(error));
      return;
    }
    if (life !== this.#life) {
      await session.close().catch(() => undefined);
      return;
    }
    this.#session = session;
    this.#retryMs = this.#limits.retryMinMs;
    this.#cancelTimer = this.#options.timers.after(this.#limits.settleMs, () => this.#miss(service));
    for (const event of early) if (life === this.#life) this.#handle(service, event);
  }

  #retry(service: PcscService, message: string): void {
    if (this.#listener === null) return;
    this.#unavailable(message);
    this.#cancelTimer();
    this.#cancelTimer = this.#options.timers.after(this.#retryMs, () => void this.#open(service));
    this.#retryMs = Math.min(this.#retryMs * 2, this.#limits.retryMaxMs);
  }

  #handle(service: PcscService, event: PcscEvent): void {
    if (event.type === 'failed') {
      const session = this.#endSession();
      this.#retry(service, event.message);
      void session?.close().catch(() => undefined);
    } else if (event.type === 'attached') {
      if (this.#attached.size < ATTACHED_MAX) this.#attached.add(event.reader);
      this.#bind();
    } else if (event.type === 'detached') {
      this.#attached.delete(event.reader);
      if (event.reader === this.#bound?.reader) this.#unbind();
      this.#bind();
      this.#miss(service);
    } else if (event.reader === this.#bound?.reader) {
      if (event.type === 'card') this.#arrive(event.atr);
      else if (event.type === 'empty') this.#leave();
      else this.#fault('ERR_CARD_IO', 'the card does not answer to reset: present it again');
    }
  }

  #bind(): void {
    if (this.#bound !== null) return;
    const reader = [...this.#attached].find((name) => matches(name, this.#options.match));
    if (reader === undefined) return;
    this.#cancelTimer();
    this.#relookMs = this.#limits.relookMinMs;
    this.#bound = { reader, lane: new Lane(this.#options.timers, this.#limits.timeoutMs), traits: unknownTraits() };
    this.#said = null;
    this.#emit({ type: 'ready' });
  }

  #unbind(): void {
    this.#leave();
    this.#bound = null;
  }

  #miss(service: PcscService): void {
    if (this.#bound !== null) return;
    this.#unavailable(`no reader ${describeMatch(this.#options.match)} is attached`);
    this.#cancelTimer();
    this.#cancelTimer = this.#options.timers.after(this.#relookMs, () => void this.#lookAnew(service));
    this.#relookMs = Math.min(this.#relookMs * 2, this.#limits.relookMaxMs);
  }

  /** The service tells of a plug only while somebody listens at that very moment; a session that came too late would wait for ever. */
  async #lookAnew(service: PcscService): Promise<void> {
    const session = this.#endSession();
    const life = this.#life;
    await session?.close().catch(() => undefined);
    if (life === this.#life && this.#listener !== null) await this.#open(service);
  }

  #arrive(atr: Uint8Array, tries = ARRIVALS_MAX): void {
    this.#leave();
    const bound = this.#bound;
    const session = this.#session;
    if (bound === null || session === null) return;
    const kind = recogniseAtr(atr);
    if (kind.kind === 'other') {
      this.#fault('ERR_CARD_UNSUPPORTED', `this reader holds ${kind.name}`);
      return;
    }
    const { timers } = this.#options;
    const { removalGraceMs, callTimeoutMs } = this.#limits;
    const { reader, lane, traits } = bound;
    const whenGone = (): void => {
      if (this.#presence !== presence) return;
      this.#leave();
      // The service has not said so: another card may lie there, or this one was reset by another program.
      if (presence.announced) this.#arrive(atr);
      else if (tries > 1) this.#arrive(atr, tries - 1);
    };
    const link = new CardLink({ session, reader, lane, timers, removalGraceMs, callTimeoutMs, whenGone });
    const presence: Presence = { link, announced: false };
    this.#presence = presence;
    const open = async (): Promise<PresentedCard> =>
      kind.kind === 'type-2'
        ? new PcscPageCard(await link.open(), link, traits)
        : new PcscApduCard(link, { uid: await link.openWithoutUid(), historicalBytes: kind.historicalBytes });
    void this.#present(presence, open);
  }

  async #present(presence: Presence, open: () => Promise<PresentedCard>): Promise<void> {
    try {
      const card = await open();
      if (this.#presence !== presence) return;
      presence.announced = true;
      this.#emit({ type: 'presented', card });
    } catch (error) {
      if (this.#presence === presence) this.#fault(codeOf(error), messageOf(error));
    }
  }

  #leave(): void {
    const presence = this.#presence;
    if (presence === null) return;
    this.#presence = null;
    presence.link.markLost();
    void presence.link.close('leave');
    if (presence.announced) this.#emit({ type: 'removed' });
  }

  /** Ends what belongs to the session. The caller closes what is returned. */
  #endSession(): PcscSession | null {
    const session = this.#session;
    this.#life += 1;
    this.#unbind();
    this.#attached.clear();
    this.#session = null;
    return session;
  }

  #unavailable(message: string): void {
    if (this.#said === message) return;
    this.#said = message;
    this.#emit({ type: 'unavailable', code: 'ERR_READER_UNAVAILABLE', message });
  }

  #fault(code: ErrorCode, message: string): void {
    this.#emit({ type: 'error', code, message });
  }

  #emit(event: ReaderEvent): void {
    this.#listener?.(event);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
