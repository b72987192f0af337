/** A clerk: works the kiosk's own API, as the page does, and knows nothing else of the terminal. */
import { setTimeout as pause } from 'node:timers/promises';
import { WaslError } from '../../agent/domain/errors.js';
import { TOKEN_HEADER } from '../../agent/kiosk/guard.js';
import type { KioskCommand, KioskState, Screen } from '../../agent/kiosk/state.js';

/** A clerk at one terminal. */
export interface Clerk {
  state(): Promise<KioskState>;
  command(command: KioskCommand): Promise<void>;
  /** Waits until the screen, or the whole state, is as wanted. Rejects with `ERR_CARD_TIMEOUT` and what the screen showed instead. */
  until<T extends KioskState>(wanted: (state: KioskState) => state is T, timeoutMs?: number): Promise<T>;
  until(wanted: (state: KioskState) => boolean, timeoutMs?: number): Promise<KioskState>;
  /** Waits for one of these screens. */
  screen<N extends Screen['name']>(names: readonly N[], timeoutMs?: number): Promise<Extract<Screen, { name: N }>>;
}

const POLL_MS = 15;
/** Generous: what is waited for takes well under a second, but the machine may be busy with much else. */
const TIMEOUT_MS = 60_000;
/** How long the kiosk may take to answer; a confirmed service is answered when the card has been written. */
const ANSWER_TIMEOUT_MS = 30_000;

/** Sits down at the kiosk of a terminal: fetches the page, and with it the token of this boot. */
export async function sitDown(url: string): Promise<Clerk> {
  const signal = (): AbortSignal => AbortSignal.timeout(ANSWER_TIMEOUT_MS);
  const page = await (await fetch(url, { signal: signal() })).text();
  const token = /<meta name="wasl-token" content="([^"]+)"/.exec(page)?.[1];
  if (token === undefined) throw new WaslError('ERR_API_FORBIDDEN', 'the page of the kiosk carries no token');
  const headers = { [TOKEN_HEADER]: token };
  const state = async (): Promise<KioskState> => {
    const answer = await fetch(new URL('/api/state', url), { headers, signal: signal() });
    if (!answer.ok) throw new WaslError('ERR_API_REQUEST', `the kiosk answered ${answer.status}`);
    return (await answer.json()) as KioskState;
  };
  const until = async (wanted: (state: KioskState) => boolean, timeoutMs = TIMEOUT_MS): Promise<KioskState> => {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const now = await state();
      if (wanted(now)) return now;
      if (performance.now() > deadline) {
        throw new WaslError(
          'ERR_CARD_TIMEOUT',
          `the terminal still shows "${now.screen.name}", backlog ${now.bar.backlog}`,
        );
      }
      await pause(POLL_MS);
    }
  };
  return {
    state,
    until: until as Clerk['until'],
    command: async (command) => {
      const body = JSON.stringify(command);
      const answer = await fetch(new URL('/api/command', url), {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body,
        signal: signal(),
      });
      if (answer.ok) return;
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      throw new WaslError('ERR_API_REQUEST', `the kiosk refused ${command.type}: ${error.code}, ${error.message}`);
    },
    screen: async (names, timeoutMs) => {
      const now = await until((seen) => (names as readonly string[]).includes(seen.screen.name), timeoutMs);
      return now.screen as Extract<Screen, { name: (typeof names)[number] }>;
    },
  };
}
