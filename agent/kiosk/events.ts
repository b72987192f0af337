import type { ServerResponse } from 'node:http';
import type { Timers } from '../domain/clock.js';
import { codeOf, WaslError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { SECURITY_HEADERS } from './answers.js';
import type { KioskBackend } from './state.js';

/** Most pages that may listen at once: the screen, a reload of it that overlaps, and someone looking for a fault. */
export const LISTENERS_MAX = 8;

/** Time between two heartbeats, ms. */
export const HEARTBEAT_MS = 15_000;

/**
 * Server-sent events (WHATWG HTML, 9.2): the whole state, at once and after each change, and a heartbeat.
 *
 * A listener that does not take its bytes is not buffered for: while its socket is full only the newest state is owed
 * to it, and when it is still full at the second heartbeat in a row it is dropped. So a hung page costs one state and
 * at most 30 s.
 */
export interface EventHub {
  /** Takes over a response and streams to it until either side ends. Throws `ERR_API_BUSY` at {@link LISTENERS_MAX}. */
  attach(response: ServerResponse): void;
  /** How many listen now. */
  count(): number;
  /** Ends every stream and stops listening to the terminal. */
  close(): void;
}

/** What an {@link EventHub} is made of. */
export interface EventHubParts {
  readonly backend: KioskBackend;
  readonly timers: Timers;
  readonly log: Log;
}

interface Listener {
  readonly response: ServerResponse;
  /** The socket is full: nothing is written until it drains. */
  full: boolean;
  /** A state was held back while it was full. */
  owed: boolean;
  /** Heartbeats that found it full, in a row. */
  missedBeats: number;
}

/** Makes an {@link EventHub} that listens to the terminal from now on. */
export function createEventHub({ backend, timers, log }: EventHubParts): EventHub {
  const listeners = new Set<Listener>();
  let closed = false;

  const stateFrame = (): string => {
    const state = backend.state();
    return `event: state\nid: ${state.version}\ndata: ${JSON.stringify(state)}\n\n`;
  };
  // A comment, as the standard advises against proxies and dead sockets, and the time, in case the clock was set.
  const heartbeatFrame = (): string => `: heartbeat\nevent: clock\ndata: ${backend.state().nowMs}\n\n`;
  /** For frames that no request asked for: whatever becomes of the screen, the terminal goes on. */
  const attempt = (makeFrame: () => string): string | undefined => {
    try {
      return makeFrame();
    } catch (error) {
      log.error({ code: codeOf(error), err: error }, 'the kiosk state cannot be shown');
      return undefined;
    }
  };
  const write = (listener: Listener, frame: string): void => {
    if (!listener.response.write(frame)) listener.full = true;
  };
  const publish = (): void => {
    const frame = attempt(stateFrame);
    if (frame === undefined) return;
    for (const listener of listeners) {
      if (listener.full) listener.owed = true;
      else write(listener, frame);
    }
  };
  const beat = (): void => {
    stopBeat = timers.after(HEARTBEAT_MS, beat);
    const frame = listeners.size > 0 ? attempt(heartbeatFrame) : undefined;
    for (const listener of listeners) {
      listener.missedBeats = listener.full ? listener.missedBeats + 1 : 0;
      if (listener.missedBeats >= 2) {
        log.warn({ listeners: listeners.size }, 'dropped a kiosk page that does not take its events');
        listener.response.destroy();
      } else if (!listener.full) write(listener, frame ?? ': heartbeat\n\n');
    }
  };
  const onDrain = (listener: Listener): void => {
    listener.full = false;
    const frame = listener.owed ? attempt(stateFrame) : undefined;
    listener.owed = false;
    if (frame !== undefined) write(listener, frame);
  };

  let stopBeat = timers.after(HEARTBEAT_MS, beat);
  const unsubscribe = backend.subscribe(publish);
  return {
    attach(response) {
      if (closed || listeners.size >= LISTENERS_MAX) {
        throw new WaslError('ERR_API_BUSY', 'too many pages listen to this terminal');
      }
      const first = stateFrame();
      const listener: Listener = { response, full: false, owed: false, missedBeats: 0 };
      response.on('drain', () => onDrain(listener));
      response.on('error', () => response.destroy());
      response.on('close', () => listeners.delete(listener));
      response.writeHead(200, {
        ...SECURITY_HEADERS,
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
      });
      listeners.add(listener);
      write(listener, first);
    },
    count: () => listeners.size,
    close() {
      closed = true;
      unsubscribe();
      stopBeat();
      for (const { response } of listeners) response.end();
    },
  };
}
