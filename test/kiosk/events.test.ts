import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { HEARTBEAT_MS, LISTENERS_MAX } from '../../agent/kiosk/events.js';
import type { KioskState } from '../../agent/kiosk/state.js';
import { createStreamParser, type StreamEvent } from '../../agent/kiosk/web/sse.js';
import { ask, codeIn, command } from './http.js';
import { deferred, type ManualTimers, manualTimers, type RunningKiosk, runKiosk, TOKEN } from './running.js';
import { BREAD, granted, handover, offer } from './samples.js';
import { soon } from './soon.js';
import { smallWebRoot } from './web-root.js';

let web: Awaited<ReturnType<typeof smallWebRoot>>;
let kiosk: RunningKiosk;
let timers: ManualTimers;
const streams: AbortController[] = [];

beforeAll(async () => {
  web = await smallWebRoot();
});
afterAll(() => web.remove());
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.abort();
  await kiosk.close();
});

async function start(): Promise<void> {
  timers = manualTimers();
  kiosk = await runKiosk(web.webRoot, { timers });
}

/** Listens as the page does; `next` waits for the next event, `text` is all that came. */
async function listen(): Promise<{ next(): Promise<StreamEvent | 'end'>; text(): string }> {
  const abort = new AbortController();
  streams.push(abort);
  const response = await fetch(`${kiosk.url}api/events`, { headers: { 'x-wasl-token': TOKEN }, signal: abort.signal });
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/event-stream; charset=utf-8']);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const parse = createStreamParser();
  const events: StreamEvent[] = [];
  let text = '';
  return {
    text: () => text,
    async next() {
      for (;;) {
        const event = events.shift();
        if (event !== undefined) return event;
        const piece = await reader?.read();
        if (piece === undefined || piece.done) return 'end';
        text += piece.value;
        events.push(...parse(piece.value));
      }
    },
  };
}

function stateIn(event: StreamEvent | 'end'): KioskState {
  if (event === 'end') throw new Error('the stream ended');
  expect(event.name).toBe('state');
  return JSON.parse(event.data);
}

describe('the stream of states', () => {
  it('begins with the whole state and sends it again after each change', async () => {
    await start();
    const stream = await listen();
    expect(stateIn(await stream.next())).toEqual(kiosk.backend.state());
    for (const screen of [{ name: 'reading' } as const, offer('t', [BREAD]), granted('t', [BREAD])]) {
      kiosk.backend.show(screen);
      expect(stateIn(await stream.next())).toEqual(kiosk.backend.state());
    }
    expect(stream.text()).toContain(`id: ${kiosk.backend.state().version}\n`);
  });

  it('has a heartbeat every fifteen seconds, a comment and the time', async () => {
    await start();
    expect(HEARTBEAT_MS).toBe(15_000);
    const stream = await listen();
    await stream.next();
    timers.advance(14_999);
    timers.advance(1);
    expect(await stream.next()).toEqual({ name: 'clock', data: String(kiosk.backend.state().nowMs) });
    timers.advance(15_000);
    await stream.next();
    expect(stream.text().match(/^: heartbeat$/gm)).toHaveLength(2);
  });

  it('goes on when the terminal cannot tell its state for once', async () => {
    await start();
    const stream = await listen();
    await stream.next();
    kiosk.backend.breakState(true);
    kiosk.backend.show({ name: 'reading' });
    timers.advance(HEARTBEAT_MS);
    expect(kiosk.log.lines.filter(({ level }) => level === 'error')).toHaveLength(2);
    const refused = await ask(kiosk.port, { path: '/api/events' });
    expect([refused.status, codeIn(refused)]).toEqual([500, 'ERR_INTERNAL']);
    kiosk.backend.breakState(false);
    kiosk.backend.show(offer('t', [BREAD]));
    expect(stateIn(await stream.next()).screen.name).toBe('offer');
  });

  it('is open to a few listeners, and to a new one when one leaves', async () => {
    await start();
    const open = await Promise.all(Array.from({ length: LISTENERS_MAX }, listen));
    await Promise.all(open.map((stream) => stream.next()));
    const refused = await ask(kiosk.port, { path: '/api/events' });
    expect([refused.status, codeIn(refused)]).toEqual([503, 'ERR_API_BUSY']);
    streams.shift()?.abort();
    // Until the server has seen the other leave, it refuses as before.
    await soon(() => listen().catch(() => null)).not.toBeNull();
  });

  it('is not buffered for a listener that does not read: it is dropped, the others go on', async () => {
    await start();
    const reader = await listen();
    await reader.next();
    const hung = await hang();
    const pending = Array.from({ length: 500 }, (_, at) => handover(`tap-${at}`, [BREAD]));
    // More than any socket buffer holds, each state read by the honest listener before the next.
    for (let round = 0; round < 60; round += 1) {
      kiosk.backend.show({ name: 'idle', pending });
      stateIn(await reader.next());
    }
    for (let beat = 0; beat < 2; beat += 1) {
      timers.advance(HEARTBEAT_MS);
      expect(await reader.next()).toMatchObject({ name: 'clock' });
    }
    await soon(() => kiosk.log.lines.map(({ message }) => message)).toContain(
      'dropped a kiosk page that does not take its events',
    );
    const received = new Promise((resolve) => hung.on('close', resolve));
    hung.resume();
    await received;
    kiosk.backend.show({ name: 'reading' });
    expect(stateIn(await reader.next()).screen.name).toBe('reading');
  }, 30_000);

  it('catches a listener up with the newest state alone when it reads again', async () => {
    await start();
    const hung = await hang();
    const pending = Array.from({ length: 500 }, (_, at) => handover(`tap-${at}`, [BREAD]));
    for (let round = 0; round < 60; round += 1) kiosk.backend.show({ name: 'idle', pending });
    kiosk.backend.show({ name: 'reading' });
    let text = '';
    hung.on('data', (piece) => {
      text += piece.toString('latin1');
    });
    hung.resume();
    await soon(() => text.includes(`id: ${kiosk.backend.state().version}\n`), 10_000).toBe(true);
    expect(text.match(/^event: state/gm)?.length).toBeLessThan(60);
  }, 30_000);
});

describe('closing', () => {
  it('ends open streams and is done at once', async () => {
    await start();
    const stream = await listen();
    await stream.next();
    await kiosk.close();
    expect(await stream.next()).toBe('end');
    expect(kiosk.backend.listeners()).toBe(0);
    await expect(fetch(kiosk.url)).rejects.toThrow();
  });

  it('may be asked for twice', async () => {
    await start();
    await Promise.all([kiosk.close(), kiosk.close()]);
    await kiosk.close();
  });

  it('lets a command under way finish', async () => {
    await start();
    kiosk.backend.show(offer('t', [BREAD]));
    const { promise, resolve } = deferred();
    kiosk.backend.onCommand(() => promise);
    const answer = command(kiosk.port, { type: 'cancel', tapId: 't' });
    await soon(() => kiosk.backend.commands.length).toBe(1);
    const closed = kiosk.close();
    resolve();
    expect((await answer).status).toBe(204);
    await closed;
  });

  it('does not wait for ever: not for a command that hangs, nor for a page that does not read', async () => {
    await start();
    kiosk.backend.show(offer('t', [BREAD]));
    kiosk.backend.onCommand(() => new Promise(() => {}));
    const answer = command(kiosk.port, { type: 'cancel', tapId: 't' }).catch(() => 'hung up');
    await soon(() => kiosk.backend.commands.length).toBe(1);
    const hung = await hang();
    kiosk.backend.show({ name: 'idle', pending: Array.from({ length: 9_000 }, (_, at) => handover(`${at}`, [BREAD])) });
    const closed = kiosk.close();
    timers.advance(2_000);
    await closed;
    expect(await answer).toBe('hung up');
    hung.destroy();
  });
});

/** A listener that takes the head of the answer and then no more bytes. */
async function hang(): Promise<Socket> {
  const socket = connect(kiosk.port, '127.0.0.1');
  socket.on('error', () => {});
  socket.write(`GET /api/events HTTP/1.1\r\nHost: 127.0.0.1:${kiosk.port}\r\nx-wasl-token: ${TOKEN}\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  return socket;
}
