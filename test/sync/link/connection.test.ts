import { describe, expect, it } from 'vitest';
import type { Randomness } from '../../../agent/domain/clock.js';
import { WaslError } from '../../../agent/domain/errors.js';
import { fullJitterMs } from '../../../sync/link/backoff.js';
import { Connection } from '../../../sync/link/connection.js';
import type { Link, LinkHandlers, LinkSession } from '../../../sync/link/link.js';
import { seededRandom } from '../../support/sync-events.js';
import { type VirtualTime, virtualTime } from '../../support/virtual-time.js';

const LATEST: Randomness = { bytes: (count) => new Uint8Array(count), fraction: () => 0.999_999 };

/** A link whose next answers are given beforehand; without one it connects. */
class ScriptedLink implements Link {
  readonly answers: ('refuse' | 'connect')[] = [];
  readonly attempts: number[] = [];
  readonly sessions: { readonly handlers: LinkHandlers; readonly session: LinkSession; closed: boolean }[] = [];
  subscribable = true;
  readonly time: VirtualTime;

  constructor(time: VirtualTime) {
    this.time = time;
  }

  connect(handlers: LinkHandlers): Promise<LinkSession> {
    this.attempts.push(this.time.elapsedMs());
    if (this.answers.shift() === 'refuse') return Promise.reject(new WaslError('ERR_BROKER', 'refused'));
    const session: LinkSession = {
      sharedSubscriptions: false,
      publish: () => Promise.resolve({ heard: null }),
      subscribe: () => (this.subscribable ? Promise.resolve() : Promise.reject(new WaslError('ERR_BROKER', 'denied'))),
      close: () => {
        entry.closed = true;
        return Promise.resolve();
      },
    };
    const entry = { handlers, session, closed: false };
    this.sessions.push(entry);
    return Promise.resolve(session);
  }

  /** The newest session breaks. */
  breakOff(): void {
    this.sessions.at(-1)?.handlers.closed(new WaslError('ERR_BROKER', 'lost'));
  }
}

function connectionOn(link: ScriptedLink) {
  const states: string[] = [];
  const connection = new Connection(
    {
      link,
      timers: link.time.timers,
      random: LATEST,
      backoff: { baseMs: 5_000, maxMs: 900_000 },
      steadyMs: 60_000,
    },
    {
      message: () => {},
      opened: (session) => session.subscribe('anything'),
      changed: (state) => states.push(state),
    },
  );
  return { connection, states };
}

describe('a connection', () => {
  it('waits longer after each failure, up to a quarter of an hour, and never gives up', async () => {
    const link = new ScriptedLink(virtualTime());
    link.answers.push(...Array.from({ length: 12 }, () => 'refuse' as const));
    const { connection } = connectionOn(link);
    connection.start();
    await link.time.advance(4 * 3_600_000);
    const waits = link.attempts.slice(1).map((at, index) => Math.round((at - (link.attempts[index] ?? 0)) / 1_000));
    expect(waits.slice(0, 11)).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900, 900, 900]);
    expect(connection.state).toBe('open');
  });

  it('begins with short waits again only after a session that lasted', async () => {
    const link = new ScriptedLink(virtualTime());
    const { connection } = connectionOn(link);
    connection.start();
    const waits: number[] = [];
    // Thrown out at once four times, then once after an hour, then at once again.
    for (const lastsMs of [0, 0, 0, 0, 3_600_000, 0]) {
      await link.time.advance(lastsMs);
      const brokenAtMs = link.time.elapsedMs();
      link.breakOff();
      while (connection.state !== 'open') await link.time.advance(100);
      waits.push(Math.round(((link.attempts.at(-1) ?? 0) - brokenAtMs) / 1_000));
    }
    expect(waits).toEqual([5, 10, 20, 40, 5, 10]);
  });

  it('counts a broker that takes us but not our subscription as one that refused', async () => {
    const link = new ScriptedLink(virtualTime());
    link.subscribable = false;
    const { connection, states } = connectionOn(link);
    connection.start();
    await link.time.advance(60_000);
    expect(states).not.toContain('open');
    expect(link.sessions.length).toBeGreaterThan(2);
    expect(link.sessions.slice(0, -1).every((session) => session.closed)).toBe(true);
  });

  it('hears nothing more of a session that it dropped', async () => {
    const link = new ScriptedLink(virtualTime());
    const { connection, states } = connectionOn(link);
    connection.start();
    await link.time.settle();
    const [first] = link.sessions;
    connection.drop(new WaslError('ERR_BROKER', 'dead'));
    await link.time.advance(5_000);
    expect(connection.state).toBe('open');
    first?.handlers.closed(null);
    expect(states).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open']);
  });

  it('leaves nothing open and sets no timer once it is stopped, in whatever state', async () => {
    for (const prepare of [
      async () => {},
      async (link: ScriptedLink) => link.time.settle(),
      async (link: ScriptedLink) => {
        await link.time.settle();
        link.breakOff();
      },
    ]) {
      const link = new ScriptedLink(virtualTime());
      const { connection } = connectionOn(link);
      connection.start();
      await prepare(link);
      await connection.stop();
      expect(link.sessions.every((session) => session.closed) || link.time.pending() === 0).toBe(true);
      await link.time.advance(3_600_000);
      expect(link.attempts).toHaveLength(1);
      expect(link.time.pending()).toBe(0);
    }
  });
});

describe('full jitter', () => {
  it('spreads the waits of many over the whole span', () => {
    const random = seededRandom('jitter');
    const waits = Array.from({ length: 1_000 }, () => fullJitterMs(3, { baseMs: 1_000, maxMs: 900_000 }, random));
    for (const tenth of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]) {
      const inTenth = waits.filter((wait) => Math.floor(wait / 800) === tenth).length;
      expect(inTenth).toBeGreaterThan(60);
    }
  });

  it('never exceeds its maximum, however often something failed', () => {
    for (const attempt of [0, 10, 100, 100_000])
      expect(fullJitterMs(attempt, { baseMs: 5_000, maxMs: 900_000 }, LATEST)).toBeLessThanOrEqual(900_000);
  });
});
