import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { WaslError } from '../../agent/domain/errors.js';

/**
 * Where ports are looked for: below those that Linux gives to outgoing connections (`ip_local_port_range`, from 32768), so that none of these
 * takes the port of a server while that is dead.
 */
const FIRST = 20_000;
const LAST = 32_000;
const ATTEMPTS_MAX = 200;

/** A port of 127.0.0.1 that nobody listens on now: for servers that are killed and come back on the same one. Rejects with `ERR_PORT_IN_USE`. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt += 1) {
    const port = randomInt(FIRST, LAST);
    if (await isFree(port)) return port;
  }
  throw new WaslError('ERR_PORT_IN_USE', `no free port from ${FIRST} to ${LAST}`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
