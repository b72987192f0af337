import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GOOD_LINK, type LinkConditions, type LinkProxy, startLinkProxy } from '../../../simulators/link/proxy.js';
import { eventually, systemTimers } from '../../support/system.js';

let echo: Server;
let port: number;
let proxy: LinkProxy;

beforeEach(async () => {
  echo = createServer((socket) => {
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  port = await new Promise((resolve) => {
    echo.listen(0, '127.0.0.1', () => {
      const address = echo.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
});
afterEach(async () => {
  await proxy.close();
  echo.close();
});

async function through(conditions: LinkConditions) {
  proxy = await startLinkProxy(port, conditions, systemTimers);
  return open();
}

async function open(): Promise<{ socket: Socket; received: Buffer[]; closed: () => boolean; bytes: () => number }> {
  const socket = connect(proxy.port, '127.0.0.1');
  const received: Buffer[] = [];
  let closed = false;
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  socket.on('error', () => {});
  socket.on('close', () => {
    closed = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, received, closed: () => closed, bytes: () => received.reduce((sum, { length }) => sum + length, 0) };
}

const sample = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 31) % 251));

describe('the simulated link', () => {
  it('delivers every byte in order and counts it, both ways', async () => {
    const { socket, received, bytes } = await through(GOOD_LINK);
    socket.write(sample);
    await eventually('all came back', () => bytes() === sample.length);
    expect(Buffer.concat(received).equals(sample)).toBe(true);
    expect(proxy.count()).toEqual({ up: sample.length, down: sample.length });
    proxy.resetCount();
    expect(proxy.count()).toEqual({ up: 0, down: 0 });
  });

  it('takes as long as its bandwidth and its delay say, and no other order', async () => {
    const { socket, received, bytes } = await through({ kbitPerS: 800, latencyMs: 100 });
    const startedMs = performance.now();
    socket.write(sample);
    await eventually('all came back', () => bytes() === sample.length);
    const tookMs = performance.now() - startedMs;
    // 50 kB at 100 kB/s, and 100 ms there and back; what comes back overlaps with what still goes.
    expect(tookMs).toBeGreaterThan(690);
    expect(tookMs).toBeLessThan(2_500);
    expect(Buffer.concat(received).equals(sample)).toBe(true);
  });

  it('can be cut, and taken down until it is put up again', async () => {
    const first = await through(GOOD_LINK);
    proxy.cut();
    await eventually('it is cut', first.closed);
    const second = await open();
    second.socket.write('x');
    await eventually('it works again', () => second.bytes() === 1);
    proxy.setDown(true);
    await eventually('it is cut', second.closed);
    const third = await open();
    await eventually('it is not taken', third.closed);
    proxy.setDown(false);
    const fourth = await open();
    fourth.socket.write('x');
    await eventually('it works again', () => fourth.bytes() === 1);
    expect(proxy.connections()).toBe(4);
  });
});
