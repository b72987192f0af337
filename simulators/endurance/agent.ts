/** The terminal's process as those see it who use it: there, gone, and there again. */
import type { Clerk } from '../process/clerk.js';

/** A running terminal with a clerk at its screen. */
export interface Seat {
  readonly clerk: Clerk;
  /** Kills the process without mercy. */
  kill(): Promise<void>;
  /** Asks it to stop. */
  stop(): Promise<void>;
}

/** The terminal, through all its lives. */
export interface Agent {
  /** Resolves to the present life, or the next one when there is none. */
  seat(): Promise<Seat>;
  /** Whether this life goes on. */
  isLive(seat: Seat): boolean;
  kill(): Promise<void>;
  stop(): Promise<void>;
  /** Begins the next life, unless one goes on. */
  start(): Promise<void>;
}

/** A terminal whose lives begin with `begin`; the first one has not begun yet. */
export function createAgent(begin: () => Promise<Seat>): Agent {
  let live: Seat | null = null;
  let waiting: ((seat: Seat) => void)[] = [];
  const end = async (how: 'kill' | 'stop'): Promise<void> => {
    const seat = live;
    // First: whoever loses the connection in the same moment must know why.
    live = null;
    await seat?.[how]();
  };
  return {
    seat: () => (live === null ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(live)),
    isLive: (seat) => seat === live,
    kill: () => end('kill'),
    stop: () => end('stop'),
    start: async () => {
      if (live !== null) return;
      const seat = await begin();
      live = seat;
      for (const resolve of waiting.splice(0)) resolve(seat);
      waiting = [];
    },
  };
}
