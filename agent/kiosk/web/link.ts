import type { KioskCommand, KioskState } from '../state.js';
import { createStreamParser, type StreamEvent } from './sse.js';

/** First pause before another attempt, ms; doubled after each failure up to {@link RETRY_MAX_MS}. */
export const RETRY_MIN_MS = 250;

/** Longest pause between two attempts, ms. */
export const RETRY_MAX_MS = 4_000;

/** A stream that says nothing for this long is taken for dead, ms: more than two heartbeats. */
export const SILENCE_MAX_MS = 35_000;

/** Longest wait for the answer to a command, ms. */
export const COMMAND_TIMEOUT_MS = 20_000;

/** What became of a command. `none`: no answer came, so it may or may not have been carried out. */
export type CommandResult = { readonly ok: true } | { readonly ok: false; readonly code: string | 'none' };

/** What an {@link AgentLink} tells the page. */
export interface LinkListener {
  /** The terminal's whole state. */
  onState(state: KioskState): void;
  /** The terminal's clock, ms since 1970. */
  onClock(nowMs: number): void;
  /** The terminal does not answer; `failures` attempts in a row have failed. `onState` says when it is back. */
  onLost(failures: number): void;
}

/** What an {@link AgentLink} is made of. */
export interface LinkParts {
  readonly fetch: typeof fetch;
  /** Calls back once after a delay; returns how to call it off. */
  readonly after: (delayMs: number, callback: () => void) => () => void;
  readonly token: string;
  /** Fetches the page anew and gives the token in it: the terminal makes a new one each time it starts. */
  readonly freshToken: (signal: AbortSignal) => Promise<string>;
  readonly listener: LinkListener;
}

/** The page's connection to the terminal. Reconnects for ever, by itself. */
export interface AgentLink {
  start(): void;
  stop(): void;
  /** Sends a command; never rejects. */
  send(command: KioskCommand): Promise<CommandResult>;
}

/**
 * Makes the {@link AgentLink}. Events come over a `fetch` stream rather than an `EventSource`, because only `fetch` can
 * send the token in a header: a token in an address would end up in logs, in the history and in `Referer`.
 */
export function createLink(parts: LinkParts): AgentLink {
  const { after, listener } = parts;
  let token = parts.token;
  let failures = 0;
  let abort = new AbortController();
  let stopTimer = (): void => {};

  const connect = async (signal: AbortSignal): Promise<void> => {
    const response = await parts.fetch('/api/events', { headers: headers(token), signal });
    if (response.status === 403) token = await parts.freshToken(signal);
    if (!response.ok || response.body === null) throw new Error(`the stream was refused with ${response.status}`);
    const parse = createStreamParser();
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw new Error('the stream ended');
      watchSilence();
      for (const event of parse(decoder.decode(value, { stream: true }))) deliver(event);
    }
  };
  const deliver = ({ name, data }: StreamEvent): void => {
    const value: unknown = JSON.parse(data);
    if (name === 'state') {
      if (!isState(value)) throw new TypeError('what came is not a state');
      failures = 0;
      listener.onState(value);
    } else if (name === 'clock' && typeof value === 'number') listener.onClock(value);
  };
  const watchSilence = (): void => {
    stopTimer();
    stopTimer = after(SILENCE_MAX_MS, () => abort.abort());
  };
  const attempt = (): void => {
    abort = new AbortController();
    const { signal } = abort;
    watchSilence();
    connect(signal).catch(() => {
      // Frees the stream when it was the content, not the connection, that failed.
      const stopped = signal.aborted && signal.reason === STOPPED;
      abort.abort();
      stopTimer();
      if (stopped) return;
      failures += 1;
      listener.onLost(failures);
      stopTimer = after(Math.min(RETRY_MIN_MS * 2 ** Math.min(failures - 1, 10), RETRY_MAX_MS), attempt);
    });
  };

  return {
    start: attempt,
    stop() {
      stopTimer();
      abort.abort(STOPPED);
    },
    send: (command) => sendCommand(parts, token, command),
  };
}

const STOPPED = 'stopped';

/** The server is ours and of the same build; this only catches what would leave the page blank. */
function isState(value: unknown): value is KioskState {
  return typeof value === 'object' && value !== null && 'screen' in value && 'bar' in value && 'nowMs' in value;
}

async function sendCommand({ fetch, after }: LinkParts, token: string, command: KioskCommand): Promise<CommandResult> {
  const abort = new AbortController();
  const stopTimer = after(COMMAND_TIMEOUT_MS, () => abort.abort());
  try {
    const response = await fetch('/api/command', {
      method: 'POST',
      headers: { ...headers(token), 'content-type': 'application/json' },
      body: JSON.stringify(command),
      signal: abort.signal,
    });
    if (response.ok) return { ok: true };
    const body = (await response.json()) as { error?: { code?: string } };
    return { ok: false, code: body.error?.code ?? 'ERR_INTERNAL' };
  } catch {
    return { ok: false, code: 'none' };
  } finally {
    stopTimer();
  }
}

function headers(token: string): Record<string, string> {
  return { 'x-wasl-token': token };
}
