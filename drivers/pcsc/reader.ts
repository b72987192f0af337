/**
 * A PC/SC reader as the terminal sees it ({@link Reader}): finds its reader among those of the service, presents the Type 2
 * cards on it, and comes back by itself when pcscd or the reader went away.
 *
 * ```
 *  stopped ─ start() ─▶ opening ── service does not answer ──▶ waiting (back-off) ─▶ opening
 *                          │ session                              ▲
 *                          ▼                                      │ failed: close the session, lose the card
 *                       watching: no reader of ours ◀─ detached ─ bound ─ card ─▶ presented ─ empty ─▶ removed
 *                          └──────────── attached ─────────────────▲
 * ```
 */
import type { Timers } from '../../agent/domain/clock.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { codeOf, WaslError } from '../../agent/domain/errors.js';
import type { Reader, ReaderCapabilities, ReaderEvent } from '../reader.js';
import { recogniseAtr } from './atr.js';
import { Lane } from './lane.js';
import { CardLink } from './link.js';
import type { LoadPcsc, PcscEvent, PcscService, PcscSession } from './native.js';
import { PcscPageCard, type ReaderTraits, unknownTraits } from './page-card.js';

/** Which of the attached readers is ours. Without a match: the first seen that is not a SAM slot, until it is unplugged. */
export type ReaderMatch = { readonly name: string } | { readonly prefix: string };

/** What a {@link PcscReader} is made of. */
export interface PcscReaderOptions {
  readonly load: LoadPcsc;
  readonly timers: Timers;
  readonly match?: ReaderMatch;
  /** Deadline of one exchange with the card, waiting included. Default {@link PCSC_DEFAULTS}. */
  readonly timeoutMs?: number;
  /** Limit of one `readPages`, which may take many exchanges. */
  readonly callTimeoutMs?: number;
  /** How long a failed exchange waits for the news of a removal before it counts as a fault. */
  readonly removalGraceMs?: number;
  /** First and longest pause between attempts to reach the service; doubles in between. */
  readonly retryMinMs?: number;
  readonly retryMaxMs?: number;
  /** How long after opening to wait for a reader before it is called missing. */
  readonly settleMs?: number;
}

/** Defaults of {@link PcscReaderOptions}, in milliseconds. */
export const PCSC_DEFAULTS = {
  timeoutMs: 2_000,
  callTimeoutMs: 10_000,
  removalGraceMs: 600,
  retryMinMs: 250,
  retryMaxMs: 10_000,
  settleMs: 300,
} as const;

/** Readers that are kept in mind; a service with more is not a terminal's. */
const ATTACHED_MAX = 32;

type Settings = { readonly [name in keyof typeof PCSC_DEFAULTS]: number };

interface Presence {
  readonly link: CardLink;
  announced: boolean;
}

/** See the module's head. Construct it directly only with a `load` of your own; else use `createPcscReader`. */
export class PcscReader implements Reader {
  readonly name: string;
  readonly capabilities: ReaderCapabilities = { readBlocks: true, writeBlocks: true, text: false, removal: true };
  readonly #options: PcscReaderOptions;
  readonly #settings: Settings;
  readonly #attached = new Set<string>();
  #listener: ((event: ReaderEvent) => void) | null = null;
  #session: PcscSession | null = null;
  /** Counts sessions, so that what an old one still says is not taken for the new one's. */
  #life = 0;
  #bound: { readonly reader: string; readonly lane: Lane; readonly traits: ReaderTraits } | null = null;
  #presence: Presence | null = null;
  #said: string | null = null;
  #cancelTimer: () => void = () => undefined;
  #retryMs = 0;

  constructor(options: PcscReaderOptions) {
    this.#options = options;
    this.#settings = { ...PCSC_DEFAULTS, ...definedOnly(options) };
    this.name = `pcsc:${describeMatch(options.match)}`;
  }

  /** See {@link Reader.start}. Rejects with `ERR_READER_UNAVAILABLE` when the native part is not installed. */
  async start(listener: (event: ReaderEvent) => void): Promise<void> {
    if (this.#listener !== null) throw new WaslError('ERR_READER_UNAVAILABLE', 'the reader was started already');
    this.#listener = listener;
    let service: PcscService;
    try {
      service = await this.#options.load();
    } catch (error) {
      this.#listener = null;
      throw error;
    }
    this.#retryMs = this.#settings.retryMinMs;
    await this.#open(service);
  }

  /** See {@link Reader.stop}. */
  async stop(): Promise<void> {
    this.#listener = null;
    const session = this.#endSession();
    this.#cancelTimer();
    await session?.close();
  }

  async #open(service: PcscService): Promise<void> {
    if (this.#listener === null) return;
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
      if (life === this.#life) this.#retry(service, error instanceof Error ? error.message : String(error));
      return;
    }
    if (life !== this.#life) {
      await session.close();
      return;
    }
    this.#session = session;
    this.#retryMs = this.#settings.retryMinMs;
    this.#cancelTimer = this.#options.timers.after(this.#settings.settleMs, () => this.#sayMissing());
    for (const event of early) if (life === this.#life) this.#handle(service, event);
  }

  #retry(service: PcscService, message: string): void {
    if (this.#listener === null) return;
    this.#unavailable(message);
    this.#cancelTimer();
    this.#cancelTimer = this.#options.timers.after(this.#retryMs, () => void this.#open(service));
    this.#retryMs = Math.min(this.#retryMs * 2, this.#settings.retryMaxMs);
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
      this.#sayMissing();
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
    this.#bound = { reader, lane: new Lane(this.#options.timers, this.#settings.timeoutMs), traits: unknownTraits() };
    this.#said = null;
    this.#emit({ type: 'ready' });
  }

  #unbind(): void {
    this.#leave();
    this.#bound = null;
  }

  #sayMissing(): void {
    if (this.#bound === null) this.#unavailable(`no reader ${describeMatch(this.#options.match)} is attached`);
  }

  #arrive(atr: Uint8Array): void {
    this.#leave();
    const bound = this.#bound;
    const session = this.#session;
    if (bound === null || session === null) return;
    const kind = recogniseAtr(atr);
    if (!kind.type2) {
      this.#fault('ERR_CARD_UNSUPPORTED', `this reader holds ${kind.name}`);
      return;
    }
    const { timers } = this.#options;
    const { removalGraceMs, callTimeoutMs } = this.#settings;
    const link = new CardLink({
      session,
      reader: bound.reader,
      lane: bound.lane,
      timers,
      removalGraceMs,
      callTimeoutMs,
    });
    const presence: Presence = { link, announced: false };
    this.#presence = presence;
    void this.#present(presence, bound.traits);
  }

  async #present(presence: Presence, traits: ReaderTraits): Promise<void> {
    try {
      const uid = await presence.link.open();
      if (this.#presence !== presence) return;
      presence.announced = true;
      this.#emit({ type: 'presented', card: new PcscPageCard(uid, presence.link, traits) });
    } catch (error) {
      if (this.#presence !== presence) return;
      this.#fault(codeOf(error), error instanceof Error ? error.message : String(error));
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

function definedOnly(options: PcscReaderOptions): Partial<Settings> {
  const given: { [name in keyof Settings]?: number } = {};
  for (const name of Object.keys(PCSC_DEFAULTS) as (keyof Settings)[]) {
    const value = options[name];
    if (value !== undefined) given[name] = value;
  }
  return given;
}

function matches(name: string, match: ReaderMatch | undefined): boolean {
  if (match === undefined) return !/\bSAM\b/.test(name);
  return 'name' in match ? name === match.name : name.startsWith(match.prefix);
}

function describeMatch(match: ReaderMatch | undefined): string {
  if (match === undefined) return '*';
  return 'name' in match ? match.name : `${match.prefix}*`;
}
