/**
 * An MQTT broker inside this process, for a machine that has no Mosquitto: aedes on loopback. It speaks MQTT 3.1.1 only, shares no
 * subscriptions, and forgets everything when it stops, as a broker is allowed to.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';
import { WaslError } from '../../agent/domain/errors.js';

/** How to start a broker. */
export interface BrokerOptions {
  /** 0 picks a free one. */
  readonly port: number;
  /** Random when left out. */
  readonly username?: string;
  readonly password?: string;
}

/** A running broker. */
export interface RunningBroker {
  readonly url: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
  /** Cuts all connections and frees the port. */
  close(): Promise<void>;
}

/** Starts a broker on 127.0.0.1. Rejects with `ERR_PORT_IN_USE`. */
export async function startBroker(options: BrokerOptions): Promise<RunningBroker> {
  const username = options.username ?? `wasl-${randomBytes(4).toString('hex')}`;
  const password = options.password ?? randomBytes(18).toString('base64url');
  const aedes = await Aedes.createBroker({
    authenticate: (_client, givenName, givenPassword, done) => {
      done(null, givenName === username && sameSecret(givenPassword?.toString() ?? '', password));
    },
  });
  // A client that misbehaves is disconnected; that is all there is to say about it.
  aedes.on('clientError', () => {});
  aedes.on('connectionError', () => {});
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    aedes.handle(socket);
  });
  const port = await listen(server, options.port);
  return {
    url: `mqtt://127.0.0.1:${port}`,
    port,
    username,
    password,
    close: async () => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
      await new Promise<void>((resolve) => {
        aedes.close(resolve);
      });
    },
  };
}

/** Listens on 127.0.0.1; resolves to the port. Rejects with `ERR_PORT_IN_USE`. */
export function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause) => reject(new WaslError('ERR_PORT_IN_USE', undefined, { cause, details: { port } })));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

/** Compares in constant time. Hashing first makes the lengths equal, which that needs. */
export function sameSecret(given: string, expected: string): boolean {
  const hash = (value: string): Uint8Array => createHash('sha256').update(value).digest();
  return timingSafeEqual(hash(given), hash(expected));
}
