import { resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import { type FastifyInstance, type FastifyReply, fastify } from 'fastify';
import type { Timers } from '../domain/clock.js';
import { codeOf, WaslError } from '../domain/errors.js';
import type { Log } from '../domain/log.js';
import { answerBrokenRequest, answerTo, type ErrorAnswer, SECURITY_HEADERS, unknownAnswer } from './answers.js';
import { parseCommand } from './commands.js';
import { createDrain } from './drain.js';
import { createEventHub, type EventHub } from './events.js';
import { createGuard, type Guard } from './guard.js';
import { assetFolder, loadPage } from './page.js';
import type { KioskBackend } from './state.js';

/** Largest body of a request, bytes. */
export const BODY_BYTES_MAX = 4096;

/** Most commands that may be under way at once; a page sends one at a time. */
export const COMMANDS_MAX = 4;

/** Most open connections; more are hung up on. */
const CONNECTIONS_MAX = 64;

/** Time that a request may take to arrive whole, ms. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Time that commands under way get to finish when the server closes, ms. */
const CLOSE_GRACE_MS = 2_000;

/** What {@link startKiosk} needs. */
export interface KioskOptions {
  readonly backend: KioskBackend;
  /** Loopback is the only address that this interface is made for. */
  readonly host: '127.0.0.1';
  /** TCP port; 0 takes any free one. */
  readonly port: number;
  /** Folder of the built page: `index.html` and `assets/`. */
  readonly webRoot: string;
  /** Secret of this boot, 22 to 128 characters of base64url: a new one each time the terminal starts. */
  readonly token: string;
  readonly log: Log;
  readonly timers: Timers;
}

/** A kiosk server that runs. */
export interface Kiosk {
  /** Address of the page, e.g. `http://127.0.0.1:8700/`. */
  readonly url: string;
  /** Ends the event streams, lets commands under way finish for at most two seconds, and frees the port. Safe to call twice. */
  close(): Promise<void>;
}

/**
 * Serves the kiosk page and its API on loopback. Resolves when the port is open.
 * Rejects with `ERR_PORT_IN_USE` when another program has the port, `ERR_CONFIG` when the page is not built, the token
 * is unfit or the port is not ours to open.
 */
export async function startKiosk(options: KioskOptions): Promise<Kiosk> {
  const { backend, host, token, log, timers } = options;
  const webRoot = resolve(options.webRoot);
  const html = await loadPage(webRoot, token);
  const assets = await assetFolder(webRoot);
  const app = createApp();
  const drain = createDrain(app.server, timers);

  // Set when the port is known; no request can come before that.
  let guard: Guard = createGuard(options.port, token);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    guard.checkSource(request.raw);
  });
  app.setErrorHandler((error, request, reply) => {
    const answer = answerTo(error);
    const line = {
      code: answer.body.error.code,
      status: answer.status,
      method: request.method,
      route: request.routeOptions.url,
    };
    if (answer.status !== 500) log.warn(line, 'refused a kiosk request');
    else log.error({ ...line, err: error }, 'a kiosk request failed');
    return sendAnswer(reply, answer);
  });
  addPage(app, html);
  await app.register(fastifyStatic, {
    root: assets,
    prefix: '/assets/',
    index: false,
    // Names are hashed by the build, and only files that exist now become routes.
    wildcard: false,
    immutable: true,
    maxAge: '365d',
  });

  const hub = createEventHub({ backend, timers, log });
  await app.register(async (api) => addApi(api, { backend, log, hub, guard: () => guard }), { prefix: '/api' });
  try {
    await app.listen({ host, port: options.port });
  } catch (error) {
    hub.close();
    await app.close();
    throw listenError(error, options);
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  guard = createGuard(port, token);
  const url = `http://${host}:${port}/`;
  log.info({ url }, 'the kiosk page is served');

  let closing: Promise<void> | undefined;
  return {
    url,
    close() {
      if (closing === undefined) {
        hub.close();
        closing = drain.until(app.close(), CLOSE_GRACE_MS);
      }
      return closing;
    },
  };
}

function createApp(): FastifyInstance {
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: 5_000,
    exposeHeadRoutes: false,
    return503OnClosing: false,
    // A request without Host is for our guard to refuse, in the same words as any other.
    http: { requireHostHeader: false },
    clientErrorHandler: answerBrokenRequest,
    frameworkErrors: (error, _request, reply) => void sendAnswer(reply, answerTo(error)),
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  app.removeContentTypeParser('text/plain');
  return app;
}

function addPage(app: FastifyInstance, html: string): void {
  app.get('/', (_request, reply) => {
    return reply.header('cache-control', 'no-store').type('text/html; charset=utf-8').send(html);
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const methods = (['GET', 'POST'] as const).filter((method) => app.hasRoute({ method, url: path }));
    if (methods.length > 0) reply.header('allow', methods.join(', '));
    return sendAnswer(reply, unknownAnswer(methods.length > 0 ? 405 : 404));
  });
}

/** What the routes under `/api` share. */
interface ApiParts {
  readonly backend: KioskBackend;
  readonly log: Log;
  readonly hub: EventHub;
  readonly guard: () => Guard;
}

function addApi(api: FastifyInstance, { backend, log, hub, guard }: ApiParts): void {
  let commandsUnderWay = 0;
  // On the scope that owns the routes, so that no spelling of a path gets past it.
  api.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    guard().checkToken(request.raw);
  });
  api.get('/state', (_request, reply) => reply.send(backend.state()));
  api.get('/events', (_request, reply) => {
    hub.attach(reply.raw);
    reply.hijack();
  });
  const oneOfFew = async <T>(task: () => Promise<T>): Promise<T> => {
    if (commandsUnderWay >= COMMANDS_MAX) throw new WaslError('ERR_API_BUSY', 'earlier commands are still under way');
    commandsUnderWay += 1;
    try {
      return await task();
    } finally {
      commandsUnderWay -= 1;
    }
  };
  api.get('/stock', async (_request, reply) => reply.send({ stock: await oneOfFew(() => backend.stock()) }));
  api.post('/command', async (request, reply) => {
    const command = parseCommand(request.body);
    await oneOfFew(() => backend.command(command));
    const about = command.type === 'select' ? { programme: command.programme } : {};
    log.info(
      { command: command.type, ...about, ...('tapId' in command ? { tapId: command.tapId } : {}) },
      'kiosk command',
    );
    return reply.code(204).send();
  });
}

function sendAnswer(reply: FastifyReply, answer: ErrorAnswer): FastifyReply {
  return reply
    .code(answer.status)
    .headers(SECURITY_HEADERS)
    .header('cache-control', 'no-store')
    .type('application/json; charset=utf-8')
    .send(answer.body);
}

function listenError(error: unknown, { host, port }: KioskOptions): WaslError {
  const reason = error instanceof Error && 'code' in error ? error.code : undefined;
  if (reason === 'EADDRINUSE') {
    const message =
      `port ${port} on ${host} is already in use: see which program has it with "ss -ltnp 'sport = :${port}'", ` +
      'stop it (another Wasl terminal?), or set another kiosk port in the configuration';
    return new WaslError('ERR_PORT_IN_USE', message, { cause: error, details: { port } });
  }
  if (reason === 'EACCES') {
    const message = `this user may not open port ${port}: set a kiosk port above 1023 in the configuration`;
    return new WaslError('ERR_CONFIG', message, { cause: error, details: { port } });
  }
  return new WaslError(codeOf(error), `port ${port} on ${host} cannot be opened`, { cause: error, details: { port } });
}
