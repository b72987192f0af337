import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ask, ask, codeIn, command, raw } from './http.js';
import { type RunningKiosk, runKiosk, TOKEN } from './running.js';
import { BREAD, offer } from './samples.js';
import { smallWebRoot } from './web-root.js';

let web: Awaited<ReturnType<typeof smallWebRoot>>;
let kiosk: RunningKiosk;

beforeAll(async () => {
  web = await smallWebRoot();
  kiosk = await runKiosk(web.webRoot);
  kiosk.backend.show(offer('t1', [BREAD]));
});
afterAll(async () => {
  // After all of it, the server goes on and the terminal was asked for nothing.
  expect(kiosk.backend.commands).toEqual([]);
  expect((await command(kiosk.port, { type: 'cancel', tapId: 't1' })).status).toBe(204);
  await kiosk.close();
  await web.remove();
});

/** Headers may name the port, which is known only later. */
const PORT = '{port}';

function withPort(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value.replace(PORT, `${kiosk.port}`)]),
  );
}

describe('a request that did not come from this terminal’s own page', () => {
  const SOURCES: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
    ['a name that was re-bound to the loopback', { host: `evil.example:${PORT}` }],
    ['our name as part of another', { host: `127.0.0.1.evil.example:${PORT}` }],
    ['our name as user information', { host: `127.0.0.1:${PORT}@evil.example` }],
    ['another port', { host: '127.0.0.1:1' }],
    ['no port', { host: '127.0.0.1' }],
    ['another spelling of the address', { host: `2130706433:${PORT}` }],
    ['an address that is not ours', { host: `127.0.0.2:${PORT}` }],
    ['IPv6', { host: `[::1]:${PORT}` }],
    ['another origin', { origin: 'https://evil.example' }],
    ['another port as origin', { origin: 'http://127.0.0.1:1' }],
    ['our origin over TLS', { origin: `https://127.0.0.1:${PORT}` }],
    ['an opaque origin', { origin: 'null' }],
    ['an empty origin', { origin: '' }],
    ['another page as referrer', { referer: 'https://evil.example/a' }],
    ['a referrer that is no address', { referer: 'nonsense' }],
    ['our address as part of a referrer', { referer: `http://evil.example/http://127.0.0.1:${PORT}/` }],
    ['what the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['what the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
  ];
  const PATHS: readonly Ask[] = [
    { path: '/' },
    { path: '/assets/a-1.js' },
    { path: '/api/state' },
    { path: '/api/events' },
    { path: '/nothing' },
    { path: '/api/command', method: 'POST', body: '{"type":"cancel","tapId":"t1"}' },
  ];

  it.each(SOURCES)('is refused everywhere: %s', async (_what, headers) => {
    for (const path of PATHS) {
      const answer = await ask(kiosk.port, {
        ...path,
        headers: { ...(path.body === undefined ? {} : { 'content-type': 'application/json' }), ...withPort(headers) },
      });
      expect([path.path, answer.status, codeIn(answer)]).toEqual([path.path, 403, 'ERR_API_FORBIDDEN']);
      expect(answer.text).not.toContain(TOKEN);
    }
  });

  it('is taken when all of these are ours', async () => {
    const own = withPort({
      origin: `http://localhost:${PORT}`,
      referer: `http://127.0.0.1:${PORT}/`,
      'sec-fetch-site': 'same-origin',
    });
    expect((await ask(kiosk.port, { path: '/api/state', headers: own })).status).toBe(200);
  });

  it.each([
    ['no Host at all', 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'],
    ['an empty Host', 'GET / HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n'],
    ['no Host in HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n'],
    ['two Hosts', `GET / HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`],
    ['a proxy request', `GET http://evil.example/ HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\nConnection: close\r\n\r\n`],
  ])('is refused by the letter of its bytes: %s', async (_what, bytes) => {
    const text = await raw(kiosk.port, bytes.replace(PORT, `${kiosk.port}`));
    expect(text).toMatch(/^HTTP\/1\.[01] 403 /);
    expect(text).toContain('"ERR_API_FORBIDDEN"');
  });
});

describe('a request without the token', () => {
  it.each([
    ['none', {}],
    ['an empty one', { 'x-wasl-token': '' }],
    ['a wrong one of the same length', { 'x-wasl-token': `x${TOKEN.slice(1)}` }],
    ['the beginning of it', { 'x-wasl-token': TOKEN.slice(0, -1) }],
    ['more than it', { 'x-wasl-token': `${TOKEN}x` }],
    ['it twice', { 'x-wasl-token': [TOKEN, TOKEN] }],
    ['it as a cookie', { cookie: `x-wasl-token=${TOKEN}` }],
    ['it as a password', { authorization: `Bearer ${TOKEN}` }],
    ['a very long one', { 'x-wasl-token': 'x'.repeat(8_000) }],
  ])('does not reach the API: %s', async (_what, headers) => {
    const asks: Ask[] = [{ path: '/api/state' }, { path: '/api/events' }, { path: '/%61pi/state' }];
    for (const one of [...asks, { path: '/api/command', method: 'POST' }]) {
      const answer = await ask(kiosk.port, { ...one, token: null, headers });
      expect([one.path, answer.status, codeIn(answer)]).toEqual([one.path, 403, 'ERR_API_FORBIDDEN']);
    }
  });

  it('does not reach it with the token in the address either, where logs and history would keep it', async () => {
    for (const path of [`/api/state?token=${TOKEN}`, `/api/events?x-wasl-token=${TOKEN}`]) {
      expect(codeIn(await ask(kiosk.port, { path, token: null }))).toBe('ERR_API_FORBIDDEN');
    }
    expect(JSON.stringify(kiosk.log.lines)).not.toContain(TOKEN);
  });
});

describe('what is not there', () => {
  it.each([
    '/nothing',
    '/index.html',
    '/secret.txt',
    '/assets',
    '/assets/',
    '/assets/none.js',
    '/assets/.hidden/secret.js',
    '/assets/../secret.txt',
    '/assets/..%2fsecret.txt',
    '/assets/%2e%2e/secret.txt',
    '/assets/..%5csecret.txt',
    '/assets/%00',
    '//evil.example/',
    '/api',
    '/api/',
    '/api/state/',
    '/api/State',
    '/api/unknown',
    '/favicon.ico',
    '/*',
  ])('is answered with 404 and a code: %s', async (path) => {
    const answer = await ask(kiosk.port, { path });
    expect([answer.status, codeIn(answer)]).toEqual([404, 'ERR_API_REQUEST']);
    expect(answer.text).not.toContain('secret');
  });

  it.each([
    ['/', 'POST', 'GET'],
    ['/', 'HEAD', 'GET'],
    ['/assets/a-1.js', 'PUT', 'GET'],
    ['/api/state', 'POST', 'GET'],
    ['/api/state', 'OPTIONS', 'GET'],
    ['/api/events', 'DELETE', 'GET'],
    ['/api/command', 'GET', 'POST'],
    ['/api/command', 'PUT', 'POST'],
    ['/api/command', 'TRACE', 'POST'],
    ['/api/command', 'PROPFIND', 'POST'],
  ])('as a method of %s is answered with 405 and what there is: %s', async (path, method, allowed) => {
    const answer = await ask(kiosk.port, { path, method });
    expect([answer.status, answer.headers.allow]).toEqual([405, allowed]);
    if (method !== 'HEAD') expect(codeIn(answer)).toBe('ERR_API_REQUEST');
  });
});

describe('a command that is not one', () => {
  const cancel = '{"type":"cancel","tapId":"t1"}';
  const confirm = (quantities: string): string => `{"type":"confirm","tapId":"t1","quantities":${quantities}}`;
  const many = JSON.stringify(Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`c${at}`, 1])));

  it.each([
    ['nothing', ''],
    ['no JSON', 'hello'],
    ['half of it', '{"type":"cancel"'],
    ['two of them', cancel + cancel],
    ['a byte order mark', `\ufeff\ufeff${cancel}`],
    ['broken UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d])],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"cancel"'],
    ['a number', '1e999'],
    ['no type', '{"tapId":"t1"}'],
    ['an unknown type', '{"type":"grant","tapId":"t1"}'],
    ['a type that every object has', '{"type":"constructor","tapId":"t1"}'],
    ['no tap', '{"type":"cancel"}'],
    ['a tap that is a number', '{"type":"cancel","tapId":1}'],
    ['a tap that is empty', '{"type":"cancel","tapId":""}'],
    ['a tap that is long', `{"type":"cancel","tapId":"${'t'.repeat(65)}"}`],
    ['a tap with other characters', '{"type":"cancel","tapId":"../t1"}'],
    ['a field too many', '{"type":"cancel","tapId":"t1","force":true}'],
    ['a poisoned prototype', '{"type":"cancel","tapId":"t1","__proto__":{"admin":true}}'],
    ['a poisoned constructor', '{"type":"cancel","tapId":"t1","constructor":{"prototype":{}}}'],
    ['no quantities', '{"type":"confirm","tapId":"t1"}'],
    ['quantities as a list', confirm('[1]')],
    ['quantities as null', confirm('null')],
    ['a negative quantity', confirm('{"bread":-1}')],
    ['half a loaf', confirm('{"bread":0.5}')],
    ['a quantity as text', confirm('{"bread":"5"}')],
    ['a quantity as null', confirm('{"bread":null}')],
    ['a quantity beyond all', confirm('{"bread":1e308}')],
    ['a quantity past exact numbers', confirm('{"bread":9007199254740993}')],
    ['a commodity without a name', confirm('{"":1}')],
    ['a commodity with other characters', confirm('{"<b>":1}')],
    ['a commodity that poisons', confirm('{"__proto__":1}')],
    ['too many commodities', confirm(many)],
    ['something deep', `${'['.repeat(1_900)}${']'.repeat(1_900)}`],
  ])('is refused with 400 and what is wrong: %s', async (_what, body) => {
    const answer = await ask(kiosk.port, {
      method: 'POST',
      path: '/api/command',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect([answer.status, codeIn(answer)]).toEqual([400, 'ERR_API_REQUEST']);
    expect(answer.text).not.toContain('<b>');
  });

  it('is told every problem at once', async () => {
    const answer = await command(kiosk.port, {
      type: 'confirm',
      tapId: 7,
      quantities: { bread: -1, oil: 'x' },
      more: 1,
    });
    expect(answer.text).toMatch(/tapId: .*quantities: .*quantities: .*body: has unknown fields/);
  });

  it.each([
    ['text/plain', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
    ['', 415],
    ['application/json; charset=', 400],
  ])('is not taken as %j', async (type, status) => {
    const answer = await ask(kiosk.port, {
      method: 'POST',
      path: '/api/command',
      headers: type === '' ? {} : { 'content-type': type },
      body: status === 415 ? '{"type":"cancel","tapId":"t1"}' : 'not json',
    });
    expect([answer.status, codeIn(answer)]).toEqual([status, 'ERR_API_REQUEST']);
  });

  it('is refused when it is larger than any command, announced or not', async () => {
    const body = JSON.stringify({ type: 'cancel', tapId: 't1', padding: 'x'.repeat(4_096) });
    const announced = await command(kiosk.port, {}, { body });
    expect([announced.status, codeIn(announced)]).toEqual([413, 'ERR_API_REQUEST']);
    const chunked = await command(kiosk.port, {}, { body, headers: { 'transfer-encoding': 'chunked' } });
    expect([chunked.status, codeIn(chunked)]).toEqual([413, 'ERR_API_REQUEST']);
  });
});

describe('bytes that are no request', () => {
  it.each([
    ['noise', '\u0000\u0001\u0002\r\n\r\n', 400],
    ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000', 400],
    ['a bad version', `GET / HTTP/9.9\r\nHost: 127.0.0.1:${PORT}\r\n\r\n`, 400],
    ['a bad header', `GET / HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\nbad header\r\n\r\n`, 400],
    ['two lengths', `POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab`, 400],
    ['headers without end', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(40_000)}\r\n\r\n`, 431],
    ['a broken address', `GET /%zz HTTP/1.1\r\nHost: 127.0.0.1:${PORT}\r\nConnection: close\r\n\r\n`, 400],
  ])('get a code and a closed line: %s', async (_what, bytes, status) => {
    const text = await raw(kiosk.port, bytes.replace(PORT, `${kiosk.port}`));
    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(text).toContain('"ERR_API_REQUEST"');
  });
});
