/**
 * A PC/SC service without pcscd: listens where vpcd would, and gives the PC/SC driver the cards that connect. For machines where no pcscd
 * can run: the driver, its APDUs and the card's side stay the same, only the daemon and the native module between them are missing.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { WaslError } from '../../agent/domain/errors.js';
import type { LoadPcsc, PcscEvent, PcscSession } from '../../drivers/pcsc/native.js';
import { encodeFrame, FrameDecoder } from './vpcd-frames.js';

/** One-byte commands of the vpcd protocol. */
const COMMAND = { off: 0, on: 1, reset: 2, atr: 4 } as const;

const ANSWERS_WAITING_MAX = 16;

/** A card that is connected, and who waits for its answers. */
interface Seated {
  readonly socket: Socket;
  readonly waiting: { readonly take: (body: Uint8Array) => void; readonly fail: (error: WaslError) => void }[];
}

/** A loader for the PC/SC driver whose only reader has the given name and listens on a loopback port. */
export function vpcdService(reader: string, port: number): LoadPcsc {
  return async () => ({
    open: async (listener) => {
      const server = await listen(port);
      listener({ type: 'attached', reader });
      return sessionOf(server, reader, listener);
    },
  });
}

function sessionOf(server: Server, reader: string, listener: (event: PcscEvent) => void): PcscSession {
  let seated: Seated | null = null;
  let closed = false;
  const lost = (): WaslError => new WaslError('ERR_CARD_LOST');
  const send = (to: Seated, body: Uint8Array): void => void to.socket.write(encodeFrame(body));
  const ask = (to: Seated, body: Uint8Array): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      if (to.waiting.length >= ANSWERS_WAITING_MAX)
        return reject(new WaslError('ERR_CARD_IO', 'too many commands at once'));
      to.waiting.push({ take: resolve, fail: reject });
      send(to, body);
    });

  server.on('connection', (socket) => {
    if (seated !== null) return void socket.destroy();
    const mine: Seated = { socket, waiting: [] };
    seated = mine;
    const frames = new FrameDecoder();
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const body of frames.push(chunk)) mine.waiting.shift()?.take(body);
    });
    socket.once('close', () => {
      if (seated === mine) seated = null;
      for (const one of mine.waiting.splice(0)) one.fail(lost());
      if (!closed) listener({ type: 'empty', reader });
    });
    send(mine, Uint8Array.of(COMMAND.on));
    ask(mine, Uint8Array.of(COMMAND.atr)).then(
      (atr) => {
        if (!closed && seated === mine) listener({ type: 'card', reader, atr });
      },
      () => undefined,
    );
  });

  const here = (): Seated => {
    if (seated === null) throw lost();
    return seated;
  };
  return {
    connect: async () => void here(),
    disconnect: async (_reader, disposition) => {
      if (seated !== null && disposition === 'reset') send(seated, Uint8Array.of(COMMAND.reset));
    },
    transmit: async (_reader, command) => ask(here(), command),
    close: async () => {
      closed = true;
      seated?.socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (cause) =>
      reject(new WaslError('ERR_READER_UNAVAILABLE', `port ${port} is in use`, { cause })),
    );
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}
