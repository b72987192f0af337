import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { KioskState } from '../../agent/kiosk/state.js';
import { type AgentLink, createLink, RETRY_MAX_MS, RETRY_MIN_MS, SILENCE_MAX_MS } from '../../agent/kiosk/web/link.js';
import { createStreamParser, EVENT_CHARS_MAX } from '../../agent/kiosk/web/sse.js';
import { type ManualTimers, manualTimers, type RunningKiosk, runKiosk, TOKEN } from './running.js';
import { BREAD, offer } from './samples.js';
import { soon } from './soon.js';
import { smallWebRoot } from './web-root.js';

describe('the parser of the stream', () => {
  const text =
    ': hello\n\nevent: state\nid: 1\ndata: {"a":"é٣"}\n\nevent: clock\r\ndata: 5\r\n\r\ndata: x\ndata: y\n\nretry: 3\n\n';
  const events = [
    { name: 'state', data: '{"a":"é٣"}' },
    { name: 'clock', data: '5' },
    { name: 'message', data: 'x\ny' },
  ];

  it('finds the events wherever the stream is cut', () => {
    for (let cut = 0; cut <= text.length; cut += 1) {
      const parse = createStreamParser();
      expect([...parse(text.slice(0, cut)), ...parse(text.slice(cut))], `cut at ${cut}`).toEqual(events);
    }
    const parse = createStreamParser();
    expect([...text].flatMap((piece) => parse(piece))).toEqual(events);
  });

  it('does not collect without end', () => {
    const parse = createStreamParser();
    parse(`data: ${'x'.repeat(EVENT_CHARS_MAX - 100)}`);
    expect(() => parse('x'.repeat(100))).toThrow(RangeError);
  });
});

describe('the link to the terminal', () => {
  let web: Awaited<ReturnType<typeof smallWebRoot>>;
  let kiosk: RunningKiosk;
  let timers: ManualTimers;
  let link: AgentLink;
  let heard: (KioskState | number | string)[];
  let delaysMs: number[];
  let freshToken: string;

  beforeAll(async () => {
    web = await smallWebRoot();
  });
  afterAll(() => web.remove());
  afterEach(async () => {
    link.stop();
    await kiosk.close();
  });

  /** The real link over the real network to the real server; only waiting is in our hands. */
  async function start(fetchLike: typeof fetch = fetch, token = TOKEN): Promise<void> {
    kiosk = await runKiosk(web.webRoot);
    timers = manualTimers();
    heard = [];
    delaysMs = [];
    freshToken = TOKEN;
    link = createLink({
      fetch: (path, init) => fetchLike(new URL(String(path), kiosk.url), init),
      after(delayMs, callback) {
        delaysMs.push(delayMs);
        return timers.after(delayMs, callback);
      },
      token,
      freshToken: async () => freshToken,
      listener: {
        onState: (state) => heard.push(state),
        onClock: (nowMs) => heard.push(nowMs),
        onLost: (failures) => heard.push(`lost ${failures}`),
      },
    });
    link.start();
  }

  it('tells each state, and sends commands', async () => {
    await start();
    await soon(() => heard).toEqual([kiosk.backend.state()]);
    kiosk.backend.show(offer('t', [BREAD]));
    await soon(() => heard.at(-1)).toEqual(kiosk.backend.state());
    expect(await link.send({ type: 'cancel', tapId: 't' })).toEqual({ ok: true });
    expect(await link.send({ type: 'cancel', tapId: 'old' })).toEqual({ ok: false, code: 'ERR_TAP_STATE' });
  });

  it('comes back by itself, after pauses that grow to a limit', async () => {
    await start();
    await soon(() => heard.length).toBe(1);
    const { port } = kiosk;
    await kiosk.close();
    for (let failure = 1; failure <= 7; failure += 1) {
      await soon(() => heard.at(-1)).toBe(`lost ${failure}`);
      timers.advance(RETRY_MAX_MS);
    }
    const pauses = delaysMs.filter((delayMs) => delayMs !== SILENCE_MAX_MS);
    expect(pauses.slice(0, 6)).toEqual([RETRY_MIN_MS, 500, 1_000, 2_000, RETRY_MAX_MS, RETRY_MAX_MS]);
    kiosk = await runKiosk(web.webRoot, { port });
    await soon(() => {
      timers.advance(RETRY_MAX_MS);
      return heard.at(-1);
    }).toEqual(kiosk.backend.state());
  });

  it('takes the token of a terminal that was started anew', async () => {
    await start(fetch, 'token-from-before-the-restart-0123456789');
    await soon(() => heard).toEqual(['lost 1']);
    expect(await link.send({ type: 'dismiss', tapId: 't' })).toEqual({ ok: false, code: 'ERR_TAP_STATE' });
    timers.advance(RETRY_MIN_MS);
    await soon(() => heard.at(-1)).toEqual(kiosk.backend.state());
  });

  it('takes a stream that says nothing for dead', async () => {
    await start();
    await soon(() => heard.length).toBe(1);
    timers.advance(SILENCE_MAX_MS);
    await soon(() => heard.at(-1)).toBe('lost 1');
    timers.advance(RETRY_MIN_MS);
    await soon(() => heard.at(-1)).toEqual(kiosk.backend.state());
  });

  it.each([
    ['what is no JSON', 'event: state\ndata: {\n\n'],
    ['a state without a screen', 'event: state\ndata: {"version":1}\n\n'],
    ['null', 'event: state\ndata: null\n\n'],
  ])('does not show %s, and tries again', async (_what, body) => {
    await start(async () => new Response(body));
    await soon(() => heard).toEqual(['lost 1']);
  });

  it('says when it does not know what became of a command', async () => {
    await start();
    await soon(() => heard.length).toBe(1);
    kiosk.backend.show(offer('t', [BREAD]));
    kiosk.backend.onCommand(() => new Promise(() => {}));
    const hanging = link.send({ type: 'cancel', tapId: 't' });
    await soon(() => kiosk.backend.commands.length).toBe(1);
    timers.advance(SILENCE_MAX_MS - 1);
    expect(await hanging).toEqual({ ok: false, code: 'none' });
  });

  it('is silent once stopped', async () => {
    await start();
    await soon(() => heard.length).toBe(1);
    link.stop();
    await soon(() => kiosk.backend.listeners()).toBe(1);
    kiosk.backend.show({ name: 'reading' });
    timers.advance(10 * SILENCE_MAX_MS);
    const state = await fetch(new URL('/api/state', kiosk.url), { headers: { 'x-wasl-token': TOKEN } });
    expect([state.status, heard.length]).toEqual([200, 1]);
  });
});
