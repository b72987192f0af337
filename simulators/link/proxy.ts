/**
 * A link that can be bad: a TCP proxy with a bandwidth, a delay, cuts and outages, that counts every byte both ways. What it adds is
 * decided by its options and by its owner's calls alone; there is no randomness in it.
 */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Timers } from '../../agent/domain/clock.js';

/** What the link is like. */
export interface LinkConditions {
  /** Bandwidth in each direction; Infinity for none to speak of. */
  readonly kbitPerS: number;
  /** Added to each byte in each direction. */
  readonly latencyMs: number;
}

/** Bytes that passed, as the client sees the directions. */
export interface ByteCount {
  readonly up: number;
  readonly down: number;
}

/** A running proxy. */
export interface LinkProxy {
  readonly port: number;
  /** Counted since the start or the last {@link LinkProxy.resetCount}. */
  count(): ByteCount;
  resetCount(): void;
  /** Breaks every connection there is; new ones are taken. */
  cut(): void;
  /** While down, there are no connections and new ones break at once. */
  setDown(down: boolean): void;
  /** Applies to what enters the link from now on. */
  setConditions(conditions: LinkConditions): void;
  /** How many connections were ever taken. */
  connections(): number;
  close(): Promise<void>;
}

/** Without any limits: a proxy that only counts. */
export const GOOD_LINK: LinkConditions = { kbitPerS: Number.POSITIVE_INFINITY, latencyMs: 0 };

/** Bytes that enter the link at once, about a packet on the wire. */
const SLICE_BYTES = 1_024;
/** A source that is this far ahead of the link has to wait. */
const QUEUE_BYTES_MAX = 65_536;

/** Starts a proxy on a free port of 127.0.0.1 that leads to another one. */
export async function startLinkProxy(targetPort: number, initial: LinkConditions, timers: Timers): Promise<LinkProxy> {
  let conditions = initial;
  let down = false;
  let taken = 0;
  const counted = { up: 0, down: 0 };
  const pairs = new Set<() => void>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    taken += 1;
    if (down) {
      client.destroy();
      return;
    }
    const target = connect({ port: targetPort, host: '127.0.0.1', allowHalfOpen: true });
    const destroy = (): void => {
      pairs.delete(destroy);
      client.destroy();
      target.destroy();
    };
    pairs.add(destroy);
    for (const socket of [client, target]) {
      socket.setNoDelay(true);
      socket.on('error', destroy);
      socket.on('close', () => {
        if (client.closed && target.closed) pairs.delete(destroy);
      });
    }
    const lane = (count: (bytes: number) => void): LaneParts => ({ conditions: () => conditions, timers, count });
    carry(
      client,
      target,
      lane((bytes) => (counted.up += bytes)),
    );
    carry(
      target,
      client,
      lane((bytes) => (counted.down += bytes)),
    );
  });
  const cut = (): void => {
    for (const destroy of [...pairs]) destroy();
  };
  return {
    port: await listening(server),
    count: () => ({ ...counted }),
    resetCount: () => Object.assign(counted, { up: 0, down: 0 }),
    cut,
    setDown: (isDown) => {
      down = isDown;
      if (down) cut();
    },
    setConditions: (next) => {
      conditions = next;
    },
    connections: () => taken,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        cut();
      }),
  };
}

interface LaneParts {
  conditions(): LinkConditions;
  readonly timers: Timers;
  count(bytes: number): void;
}

/** Stands in the queue for the end of a stream: it travels behind the last byte, or what was sent before it would be lost. */
const END = new Uint8Array(0);

/** One direction: bytes queue for the bandwidth one slice after the other, then travel for the latency. */
function carry(from: Socket, to: Socket, { conditions, timers, count }: LaneParts): void {
  const queue: Uint8Array[] = [];
  const travelling: Uint8Array[] = [];
  let queued = 0;
  let sending = false;
  const arrive = (): void => {
    const slice = travelling.shift();
    if (slice === undefined || to.destroyed) return;
    count(slice.length);
    if (slice === END) to.end();
    else to.write(slice);
  };
  const next = (): void => {
    const slice = queue.shift();
    if (slice === undefined || to.destroyed) return;
    sending = true;
    const { kbitPerS, latencyMs } = conditions();
    after((slice.length * 8) / kbitPerS, timers, () => {
      sending = false;
      queued -= slice.length;
      if (queued < QUEUE_BYTES_MAX) from.resume();
      travelling.push(slice);
      after(latencyMs, timers, arrive);
      next();
    });
  };
  from.on('data', (chunk: Uint8Array) => {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) queue.push(chunk.subarray(at, at + SLICE_BYTES));
    queued += chunk.length;
    if (queued >= QUEUE_BYTES_MAX) from.pause();
    if (!sending) next();
  });
  from.on('end', () => {
    queue.push(END);
    if (!sending) next();
  });
}

function after(delayMs: number, timers: Timers, callback: () => void): void {
  if (delayMs <= 0) callback();
  else timers.after(delayMs, callback);
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}
