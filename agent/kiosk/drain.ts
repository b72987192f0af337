import type { Server } from 'node:http';
import type { Timers } from '../domain/clock.js';

/** Hangs up on everybody as soon as nobody is being answered. */
export interface Drain {
  /** Waits for `closed`, which resolves when the server has no connection left, and sees to it that it does within `graceMs`. */
  until(closed: Promise<void>, graceMs: number): Promise<void>;
}

/**
 * Watches the requests of a server from now on. `server.close()` alone waits for connections that a browser opened in
 * advance and never used, and for clients that keep theirs open; this ends those at once, and answers under way first.
 */
export function createDrain(server: Server, timers: Timers): Drain {
  let answering = 0;
  let draining = false;
  const hangUp = (): void => server.closeAllConnections();
  server.on('request', (_request, response) => {
    answering += 1;
    response.once('close', () => {
      answering -= 1;
      if (draining && answering === 0) hangUp();
    });
  });
  return {
    async until(closed, graceMs) {
      draining = true;
      const stopGrace = timers.after(graceMs, hangUp);
      if (answering === 0) hangUp();
      await closed.finally(stopGrace);
    },
  };
}
