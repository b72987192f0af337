/** The card tray: a page and a small API on loopback with which a person, or a script, puts simulated cards on the simulated reader. */
import { type FastifyInstance, fastify } from 'fastify';
import { z } from 'zod';
import type { Randomness } from '../../agent/domain/clock.js';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { fileTrouble } from '../../agent/files.js';
import { createGuard } from '../../agent/kiosk/guard.js';
import type { Screen } from '../../agent/kiosk/state.js';
import type { SimulatedReader } from '../readers/simulated.js';
import { createHand, type Hand } from './hand.js';
import { screenText } from './screen-text.js';
import { trayPage } from './tray-page.js';
import type { Wallet } from './wallet.js';

/** What the tray is made from. */
export interface TrayParts {
  readonly wallet: Wallet;
  readonly reader: SimulatedReader;
  readonly kioskUrl: string;
  /** For how torn bits fall. */
  readonly random: Randomness;
  /** What the clerk's screen shows now, or null when that is not known. */
  screen(): Promise<Screen | null>;
  /** TCP port on 127.0.0.1; 0 for any. */
  readonly port: number;
}

/** What the tray answers to every request of its API. */
export interface TrayView {
  /** Handle of the card on the reader. */
  readonly present: string | null;
  /** True when the next card that is written to will be pulled away in the middle. */
  readonly pull: boolean;
  /** What the clerk's screen shows, in a sentence; null when that is not known. */
  readonly screen: string | null;
  /** True while the terminal reads or writes a card: the screen will say something else in a moment. */
  readonly busy: boolean;
  readonly cards: readonly {
    readonly handle: string;
    readonly story: string;
    readonly arabic: string;
    readonly latin: string;
  }[];
}

/** A tray that runs. */
export interface Tray {
  readonly url: string;
  close(): Promise<void>;
}

const presentSchema = z.strictObject({ card: z.string().min(1).max(40) });

/** Opens the tray. Rejects with `ERR_PORT_IN_USE`. */
export async function startTray(parts: TrayParts): Promise<Tray> {
  const app = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true });
  const hand = createHand(parts.reader, parts.wallet, parts.random);
  let guard = createGuard(parts.port, '');
  app.addHook('onRequest', async (request) => guard.checkSource(request.raw));
  app.setErrorHandler((error, _request, reply) => {
    const { status, code, message } = answerTo(error);
    return reply.code(status).send({ ok: false, error: { code, message } });
  });
  addRoutes(app, parts, hand);
  try {
    await app.listen({ host: '127.0.0.1', port: parts.port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new WaslError(
      'ERR_PORT_IN_USE',
      `port ${parts.port} for the card tray is in use: stop the other program, or choose another port with --tray-port`,
      { cause },
    );
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : parts.port;
  guard = createGuard(port, '');
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      hand.take();
      await app.close();
    },
  };
}

function addRoutes(app: FastifyInstance, parts: TrayParts, hand: Hand): void {
  const { wallet } = parts;
  const view = async (): Promise<TrayView & { ok: true }> => {
    const screen = await parts.screen();
    const cards = wallet.cards.map(({ handle, person, story }) => {
      return { handle, story, arabic: person.arabic, latin: person.latin };
    });
    const text = screen === null ? null : screenText(screen);
    const busy = screen?.name === 'reading' || screen?.name === 'writing';
    return { ok: true, present: hand.present()?.handle ?? null, pull: hand.willPull(), screen: text, busy, cards };
  };
  app.get('/', async (_request, reply) =>
    reply
      .header(
        'content-security-policy',
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
      )
      .type('text/html; charset=utf-8')
      .send(trayPage(wallet.cards, parts.kioskUrl)),
  );
  app.get('/api/cards', view);
  app.post('/api/present', async (request) => {
    const body = presentSchema.safeParse(request.body);
    if (!body.success) throw new WaslError('ERR_API_REQUEST', 'send {"card": "name"}');
    hand.lay(wallet.find(body.data.card));
    return view();
  });
  app.post('/api/remove', async () => {
    hand.take();
    return view();
  });
  app.post('/api/pull', async () => {
    hand.pullNext(!hand.willPull());
    return view();
  });
}

function answerTo(error: unknown): { status: number; code: ErrorCode; message: string } {
  if (isWaslError(error)) {
    const { code, message } = error;
    return { status: code === 'ERR_API_FORBIDDEN' ? 403 : 400, code, message };
  }
  const trouble = fileTrouble(error);
  if (trouble !== null)
    return { status: 500, code: 'ERR_DATA_FILE', message: `the file of the card ${trouble.why}: ${trouble.fix}` };
  const isRequest = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
  return isRequest
    ? { status: 400, code: 'ERR_API_REQUEST', message: 'the request is not understood' }
    : { status: 500, code: 'ERR_INTERNAL', message: 'a fault inside the tray' };
}
