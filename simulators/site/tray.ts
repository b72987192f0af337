/** The card tray: a page and a small API on loopback with which a person, or a script, puts simulated cards on the simulated reader. */
import { fastify } from 'fastify';
import { z } from 'zod';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { isWaslError, WaslError } from '../../agent/domain/errors.js';
import { fileTrouble } from '../../agent/files.js';
import { createGuard } from '../../agent/kiosk/guard.js';
import { NTAG_COMMAND } from '../cards/ntag21x-frames.js';
import type { SimulatedReader } from '../readers/simulated.js';
import { trayPage } from './tray-page.js';
import type { Wallet, WalletCard } from './wallet.js';
import { watchedCard } from './watched-card.js';

/** What the tray is made from. */
export interface TrayParts {
  readonly wallet: Wallet;
  readonly reader: SimulatedReader;
  readonly kioskUrl: string;
  /** TCP port on 127.0.0.1; 0 for any. */
  readonly port: number;
}

/** A tray that runs. */
export interface Tray {
  readonly url: string;
  close(): Promise<void>;
}

const presentSchema = z.strictObject({ card: z.string().min(1).max(40) });

/** Opens the tray. Rejects with `ERR_PORT_IN_USE`. */
export async function startTray(parts: TrayParts): Promise<Tray> {
  const { wallet, reader } = parts;
  const app = fastify({ logger: false, bodyLimit: 1024, forceCloseConnections: true });
  let present: WalletCard | null = null;
  let guard = createGuard(parts.port, '');
  const take = (): void => {
    if (present === null) return;
    reader.remove();
    wallet.save(present);
    present = null;
  };
  /** The card's file follows its memory write by write: a real card, too, keeps what it was told when the terminal dies. */
  const lay = (chosen: WalletCard): void => {
    present = chosen;
    reader.present(watchedCard(chosen.card, { after: (frame) => frame[0] === NTAG_COMMAND.write && keep(chosen) }));
  };
  const keep = (written: WalletCard): void => {
    try {
      wallet.save(written);
    } catch {
      // A full disk is no fault of the card; `take` tries again, and tells.
    }
  };
  const view = (): object => ({
    present: present?.handle ?? null,
    cards: wallet.cards.map(({ handle, person, story }) => ({
      handle,
      story,
      arabic: person.arabic,
      latin: person.latin,
    })),
  });

  app.addHook('onRequest', async (request) => guard.checkSource(request.raw));
  app.setErrorHandler((error, _request, reply) => {
    const { status, code, message } = answerTo(error);
    return reply.code(status).send({ ok: false, error: { code, message } });
  });
  app.get('/', async (_request, reply) =>
    reply.type('text/html; charset=utf-8').send(trayPage(wallet.cards, parts.kioskUrl)),
  );
  app.get('/api/cards', async () => view());
  app.post('/api/present', async (request) => {
    const body = presentSchema.safeParse(request.body);
    if (!body.success) throw new WaslError('ERR_API_REQUEST', 'send {"card": "name"}');
    const card = wallet.find(body.data.card);
    take();
    lay(card);
    return { ok: true, ...view() };
  });
  app.post('/api/remove', async () => {
    take();
    return { ok: true, ...view() };
  });

  try {
    await app.listen({ host: '127.0.0.1', port: parts.port });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause;
    throw new WaslError(
      'ERR_PORT_IN_USE',
      `port ${parts.port} for the card tray is in use; stop the other program or choose another port with --tray-port`,
      { cause },
    );
  }
  const address = app.server.address();
  const port = typeof address === 'object' && address !== null ? address.port : parts.port;
  guard = createGuard(port, '');
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      take();
      await app.close();
    },
  };
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
