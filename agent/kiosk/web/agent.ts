import { useEffect, useRef, useState } from 'preact/hooks';
import type { KioskState } from '../state.js';
import type { AgentLink, LinkListener } from './link.js';

/** A state is not kept longer than this once the terminal does not answer, ms: it is stale, and may name a holder. */
const KEEP_STATE_MS = 5_000;

const TICK_MS = 1_000;

/** The terminal as the page sees it. */
export interface Agent {
  /** Its newest state; null before the first and after a loss. */
  readonly state: KioskState | null;
  /** It does not answer. */
  readonly lost: boolean;
  /** Its clock, carried on by the page between states; ms since 1970. */
  readonly nowMs: number;
  readonly send: AgentLink['send'];
}

/** Connects to the terminal for as long as the component lives. */
export function useAgent(connect: (listener: LinkListener) => AgentLink): Agent {
  const [state, setState] = useState<KioskState | null>(null);
  const [lost, setLost] = useState(false);
  const [clock, setClock] = useState({ nowMs: 0, atMs: 0 });
  const [, tick] = useState(0);
  const link = useRef<AgentLink | null>(null);

  useEffect(() => {
    const started = connect({
      onState(next) {
        setState(next);
        setLost(false);
        setClock({ nowMs: next.nowMs, atMs: performance.now() });
      },
      onClock: (nowMs) => setClock({ nowMs, atMs: performance.now() }),
      onLost: () => setLost(true),
    });
    link.current = started;
    started.start();
    return () => started.stop();
  }, [connect]);
  useEffect(() => {
    const timer = setInterval(() => tick((count) => count + 1), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (!lost) return;
    const timer = setTimeout(() => setState(null), KEEP_STATE_MS);
    return () => clearTimeout(timer);
  }, [lost]);

  return {
    state,
    lost,
    nowMs: clock.nowMs + (performance.now() - clock.atMs),
    send: async (command) => link.current?.send(command) ?? { ok: false, code: 'none' },
  };
}
