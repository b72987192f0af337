import { createServer } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WaslError } from '../../agent/domain/errors.js';
import { startKiosk } from '../../agent/kiosk/server.js';
import { ask, codeIn, command } from './http.js';
import { deferred, type RunningKiosk, realTimers, runKiosk, TOKEN } from './running.js';
import { BREAD, granted, offer } from './samples.js';
import { scriptedBackend } from './scripted-backend.js';
import { soon } from './soon.js';
import { smallWebRoot } from './web-root.js';

let web: Awaited<ReturnType<typeof smallWebRoot>>;
let kiosk: RunningKiosk;

beforeAll(async () => {
  web = await smallWebRoot();
  kiosk = await runKiosk(web.webRoot);
});
afterAll(async () => {
  await kiosk.close();
  await web.remove();
});

describe('the page', () => {
  it('comes with the token of this boot, is never kept, and runs nothing but its own files', async () => {
    const answer = await ask(kiosk.port, { token: null });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain(`<meta name="wasl-token" content="${TOKEN}">`);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.headers['content-security-policy']).toMatch(/^default-src 'self'; .*frame-ancestors 'none'/);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it('has its files beside it, named by their content and so kept for good', async () => {
    const answer = await ask(kiosk.port, { path: '/assets/a-1.js', token: null });
    expect(answer.status).toBe(200);
    expect(answer.headers['cache-control']).toContain('immutable');
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
    expect(answer.headers['content-type']).toMatch(/javascript/);
  });

  it('is served under either name of the loopback', async () => {
    for (const host of [`127.0.0.1:${kiosk.port}`, `localhost:${kiosk.port}`, `LocalHost:${kiosk.port}`]) {
      expect((await ask(kiosk.port, { headers: { host } })).status, host).toBe(200);
    }
  });
});

describe('the API', () => {
  it('tells the whole state as it is', async () => {
    const answer = await ask(kiosk.port, { path: '/api/state' });
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.text)).toEqual(kiosk.backend.state());
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('carries out each command, given to the terminal as it was sent', async () => {
    const commands = [
      { type: 'confirm', tapId: 'a1b2', quantities: { bread: 3, 'sugar.white': 0 } },
      { type: 'cancel', tapId: 'a1b2' },
      { type: 'handover', tapId: 'a1b2' },
      { type: 'dismiss', tapId: 'a1b2' },
    ];
    const screens = [offer('a1b2', [BREAD]), offer('a1b2', [BREAD]), granted('a1b2', [BREAD])];
    for (const [at, sent] of commands.entries()) {
      const text = { ar: 'أ', fr: 'a', en: 'a' };
      kiosk.backend.show(screens[at] ?? { name: 'unresolved', tapId: 'a1b2', code: 'ERR_TAP_UNRESOLVED', text });
      const answer = await command(kiosk.port, sent);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(kiosk.backend.commands.at(-1)).toEqual(sent);
    }
  });

  it('turns to another programme that is named by its id, and to nothing else', async () => {
    kiosk.backend.show({ name: 'idle', pending: [] });
    expect(await command(kiosk.port, { type: 'select', programme: 'medicines' })).toMatchObject({ status: 204 });
    expect(kiosk.backend.commands.at(-1)).toEqual({ type: 'select', programme: 'medicines' });
    expect(await command(kiosk.port, { type: 'select', programme: '../x' })).toMatchObject({ status: 400 });
    kiosk.backend.onCommand(() => {
      throw new WaslError('ERR_PROGRAMME_UNKNOWN');
    });
    expect(await command(kiosk.port, { type: 'select', programme: 'fuel' })).toMatchObject({ status: 422 });
    kiosk.backend.onCommand(() => undefined);
    kiosk.backend.show(granted('a1b2', [BREAD]));
    expect(await command(kiosk.port, { type: 'select', programme: 'medicines' })).toMatchObject({ status: 409 });
  });

  it('tells the stock, and takes a movement of it only as one that can be', async () => {
    const { commodity, name, unit } = BREAD;
    const sums = {
      opening: 0,
      delivered: 9,
      dispensed: 2,
      returned: 0,
      writtenOff: 0,
      adjusted: 0,
      onHand: 7,
      entries: 1,
    };
    kiosk.backend.keep([{ commodity, name, unit, ...sums, lastCount: null }]);
    const answer = await ask(kiosk.port, { path: '/api/stock' });
    expect(JSON.parse(answer.text)).toMatchObject({ stock: [{ commodity, ...sums }] });
    expect((await ask(kiosk.port, { path: '/api/stock', token: null })).status).toBe(403);

    kiosk.backend.show({ name: 'idle', pending: [] });
    const sent = { type: 'stock', kind: 'delivery', quantities: { bread: 9 }, supervisor: 3, pin: '12345678' };
    for (const reference of ['144/2026', 'إذن ١٤٤'])
      expect((await command(kiosk.port, { ...sent, reference })).status).toBe(204);
    const wrong = [{ reference: '' }, { reference: 'a\u202eb' }, { reference: ' 1' }, { kind: 'gift' }, { pin: '1' }];
    for (const change of wrong) {
      const refused = await command(kiosk.port, { ...sent, ...change });
      expect([refused.status, codeIn(refused)]).toEqual([400, 'ERR_API_REQUEST']);
    }
    kiosk.backend.show(offer('a1b2', [BREAD]));
    expect(codeIn(await command(kiosk.port, sent))).toBe('ERR_TAP_STATE');
  });

  it('answers a stale command with ERR_TAP_STATE and an impossible quantity with ERR_QUANTITY', async () => {
    kiosk.backend.show(offer('new', [BREAD]));
    const stale = await command(kiosk.port, { type: 'cancel', tapId: 'old' });
    expect([stale.status, codeIn(stale)]).toEqual([409, 'ERR_TAP_STATE']);
    kiosk.backend.onCommand(() => {
      throw new WaslError('ERR_QUANTITY', '99 of 20');
    });
    const tooMany = await command(kiosk.port, { type: 'confirm', tapId: 'new', quantities: { bread: 99 } });
    kiosk.backend.onCommand(() => {});
    expect([tooMany.status, codeIn(tooMany)]).toEqual([422, 'ERR_QUANTITY']);
  });

  it.each(['ERR_REPRESENTATIVE', 'ERR_SHIFT_OPERATOR', 'ERR_HEALTH_ROLE'] as const)(
    'takes %s for a refusal, not for a fault of ours',
    async (code) => {
      kiosk.backend.show(offer('t', [BREAD]));
      kiosk.backend.onCommand(() => {
        throw new WaslError(code);
      });
      const answer = await command(kiosk.port, { type: 'cancel', tapId: 't' });
      kiosk.backend.onCommand(() => {});
      expect([answer.status, codeIn(answer)]).toEqual([422, code]);
    },
  );

  it('keeps what went wrong inside to itself and the log', async () => {
    kiosk.backend.show(offer('t', [BREAD]));
    const faults = [
      { fault: new WaslError('ERR_JOURNAL_IO', 'EIO at block 7'), code: 'ERR_JOURNAL_IO' },
      { fault: new TypeError('x is not a function'), code: 'ERR_INTERNAL' },
      { fault: Object.assign(new Error('not ours'), { statusCode: 200 }), code: 'ERR_INTERNAL' },
    ];
    for (const { fault, code } of faults) {
      kiosk.backend.onCommand(() => {
        throw fault;
      });
      const answer = await command(kiosk.port, { type: 'cancel', tapId: 't' });
      expect([answer.status, codeIn(answer)]).toEqual([500, code]);
      expect(answer.text).not.toContain(fault.message);
      expect(kiosk.log.lines.at(-1)).toMatchObject({ level: 'error', details: { code, err: fault } });
    }
    kiosk.backend.onCommand(() => {});
    kiosk.backend.breakState(true);
    const state = await ask(kiosk.port, { path: '/api/state' });
    kiosk.backend.breakState(false);
    expect([state.status, codeIn(state)]).toEqual([500, 'ERR_INTERNAL']);
  });

  it('takes a few commands at once and no more, and is free again when they are done', async () => {
    kiosk.backend.show(offer('t', [BREAD]));
    const { promise, resolve } = deferred();
    kiosk.backend.onCommand(() => promise);
    const before = kiosk.backend.commands.length;
    const underWay = [1, 2, 3, 4].map(() => command(kiosk.port, { type: 'cancel', tapId: 't' }));
    await soon(() => kiosk.backend.commands.length).toBe(before + 4);
    const fifth = await command(kiosk.port, { type: 'cancel', tapId: 't' });
    expect([fifth.status, codeIn(fifth)]).toEqual([503, 'ERR_API_BUSY']);
    resolve();
    expect((await Promise.all(underWay)).map(({ status }) => status)).toEqual([204, 204, 204, 204]);
    expect((await command(kiosk.port, { type: 'cancel', tapId: 't' })).status).toBe(204);
    kiosk.backend.onCommand(() => {});
  });

  it('logs what was asked, and never a name, a quantity or the token', async () => {
    kiosk.backend.show(offer('logged', [BREAD]));
    await command(kiosk.port, { type: 'confirm', tapId: 'logged', quantities: { bread: 654_321 } });
    expect(kiosk.log.lines.at(-1)).toEqual({
      level: 'info',
      details: { command: 'confirm', tapId: 'logged' },
      message: 'kiosk command',
    });
    const everything = JSON.stringify(kiosk.log.lines);
    for (const secret of [TOKEN, 'Fatma', 'فاطمة', '654321']) expect(everything).not.toContain(secret);
  });
});

describe('starting', () => {
  it('says which port is taken and what to do', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const failure = await runKiosk(web.webRoot, { port }).catch((error: unknown) => error);
    other.close();
    expect(failure).toMatchObject({ code: 'ERR_PORT_IN_USE', details: { port } });
    expect(String(failure)).toMatch(new RegExp(`port ${port} .*ss -ltnp.*another kiosk port`));
  });

  it('leaves the terminal alone when it fails', async () => {
    const backend = scriptedBackend();
    await expect(runKiosk(web.webRoot, { backend, port: kiosk.port })).rejects.toMatchObject({
      code: 'ERR_PORT_IN_USE',
    });
    expect(backend.listeners()).toBe(0);
  });

  it.each([
    ['a folder without a page', { webRoot: '/nonexistent' }],
    ['a token that is too short', { token: 'short' }],
    ['a token that HTML would need to escape', { token: `"><script>${'x'.repeat(40)}` }],
  ])('refuses %s', async (_what, options) => {
    await expect(runKiosk(web.webRoot, options)).rejects.toMatchObject({ code: 'ERR_CONFIG' });
  });

  it('takes a pino logger as its log', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
    const options = { host: '127.0.0.1', port: 0, webRoot: web.webRoot, token: TOKEN, timers: realTimers } as const;
    const started = await startKiosk({ ...options, backend: scriptedBackend(), log });
    await started.close();
    expect(lines[0]).toContain('the kiosk page is served');
  });

  it('is reached on loopback only', async () => {
    const { networkInterfaces } = await import('node:os');
    const outside = Object.values(networkInterfaces())
      .flat()
      .find((one) => one !== undefined && one.family === 'IPv4' && !one.internal);
    // A machine without a network has nothing to reach it by.
    if (outside === undefined) return;
    await expect(fetch(`http://${outside.address}:${kiosk.port}/`)).rejects.toThrow();
  });
});
