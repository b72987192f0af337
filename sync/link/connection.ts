/**
 * Keeps one session open over a link that comes and goes.
 *
 *              start                 opened
 *   stopped ─────────▶ connecting ───────────▶ open
 *      ▲                ▲      │                │ closed, or dropped by its owner
 *      │ stop           │      │ refused        ▼
 *      └── (anywhere)   └── waiting ◀───────────┘
 *                        full jitter, 5 s … 15 min by default
 *
 * The wait grows with each failure and starts from the beginning after a session that lasted `steadyMs`, so that a broker which
 * accepts and then throws us out is not asked again at once, for ever.
 */
import type { Randomness, Timers } from '../../agent/domain/clock.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { type BackoffLimits, fullJitterMs } from './backoff.js';
import type { Link, LinkSession } from './link.js';

/** Where a connection stands. */
export type ConnectionState = 'stopped' | 'connecting' | 'open' | 'waiting';

/** What its owner wants to know. */
export interface ConnectionHandlers {
  /** As in `LinkHandlers`. */
  message(topic: string, payload: Uint8Array): void | Promise<void>;
  /** A session opened: subscribe here. A rejection counts as a failure to connect. */
  opened(session: LinkSession): Promise<void>;
  /** The state changed. `error` says why, when something failed. */
  changed(state: ConnectionState, error: WaslError | null): void;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly link: Link;
  readonly timers: Timers;
  readonly random: Randomness;
  readonly backoff: BackoffLimits;
  /** A session that lasted this long was a good one. */
  readonly steadyMs: number;
}

/** One session at a time, opened again whenever it ends. */
export class Connection {
  readonly #parts: ConnectionParts;
  readonly #handlers: ConnectionHandlers;
  #state: ConnectionState = 'stopped';
  #session: LinkSession | null = null;
  #attempt = 0;
  #cancelTimer: () => void = () => {};
  #opening: Promise<void> = Promise.resolve();
  /** Counts sessions, so that what an old one still reports is not taken for the new one. */
  #generation = 0;

  constructor(parts: ConnectionParts, handlers: ConnectionHandlers) {
    this.#parts = parts;
    this.#handlers = handlers;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The open session, or null. */
  get session(): LinkSession | null {
    return this.#state === 'open' ? this.#session : null;
  }

  /** Begins to connect. Does nothing unless stopped. */
  start(): void {
    if (this.#state === 'stopped') this.#connect();
  }

  /** Ends the session as one that failed, and connects again after a wait. */
  drop(error: WaslError): void {
    const session = this.#session;
    if (this.#state !== 'open' || session === null) return;
    this.#lost(error);
    void session.close();
  }

  /** Closes what is open and connects no more. Resolves when nothing is left open. */
  async stop(): Promise<void> {
    this.#cancelTimer();
    this.#generation += 1;
    const session = this.#session;
    this.#session = null;
    if (this.#state !== 'stopped') this.#change('stopped', null);
    await session?.close();
    await this.#opening;
  }

  #connect(): void {
    this.#generation += 1;
    const generation = this.#generation;
    this.#change('connecting', null);
    this.#opening = this.#open(generation).catch((error: unknown) => {
      if (generation === this.#generation) this.#lost(asBrokerError(error));
    });
  }

  async #open(generation: number): Promise<void> {
    const session = await this.#parts.link.connect({
      message: (topic, payload) => this.#handlers.message(topic, payload),
      closed: (error) => {
        if (generation === this.#generation) this.#lost(error);
      },
    });
    if (generation !== this.#generation) {
      await session.close();
      return;
    }
    this.#session = session;
    try {
      await this.#handlers.opened(session);
    } catch (error) {
      if (generation === this.#generation) this.#lost(asBrokerError(error));
      await session.close();
      return;
    }
    if (generation !== this.#generation) return;
    this.#cancelTimer = this.#parts.timers.after(this.#parts.steadyMs, () => {
      this.#attempt = 0;
    });
    this.#change('open', null);
  }

  #lost(error: WaslError | null): void {
    this.#generation += 1;
    this.#session = null;
    this.#cancelTimer();
    const delayMs = fullJitterMs(this.#attempt, this.#parts.backoff, this.#parts.random);
    this.#attempt += 1;
    this.#cancelTimer = this.#parts.timers.after(delayMs, () => this.#connect());
    this.#change('waiting', error);
  }

  #change(state: ConnectionState, error: WaslError | null): void {
    this.#state = state;
    this.#handlers.changed(state, error);
  }
}

function asBrokerError(error: unknown): WaslError {
  return isWaslError(error) ? error : new WaslError('ERR_BROKER', undefined, { cause: error });
}
