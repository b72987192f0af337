import { createHash, timingSafeEqual } from 'node:crypto';
import { WaslError } from '../domain/errors.js';

/** Header that carries the per-boot token. */
export const TOKEN_HEADER = 'x-wasl-token';

/** What the guard looks at in a request; `node:http`'s `IncomingMessage` fits. */
export interface GuardedRequest {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders: readonly string[];
}

/** Two checks that return when a request may go on, and throw `ERR_API_FORBIDDEN` when not. */
export interface Guard {
  /** For every request: it was sent to this server, and by this server's page if by any page. */
  checkSource(request: GuardedRequest): void;
  /** For the API: it carries the token, which only the served page knows. */
  checkToken(request: GuardedRequest): void;
}

/**
 * The guard of a server on loopback `port`, after the threats to a local HTTP interface:
 *
 * - `Host` must be ours, else a name that an outside page re-bound to 127.0.0.1 would make that page same-origin;
 * - `Origin`, `Referer` and `Sec-Fetch-Site`, where present, must be ours: other pages in the same browser send them;
 * - the token, in a header that no page of another origin can set without our leave, is compared in constant time.
 *
 * It does not protect against another program on the terminal: that one can fetch the page and read the token in it.
 * The accounts of the terminal and its kiosk session are what keep such programs away.
 */
export function createGuard(port: number, token: string): Guard {
  const hosts = new Set([`127.0.0.1:${port}`, `localhost:${port}`]);
  if (port === 80) for (const name of ['127.0.0.1', 'localhost']) hosts.add(name);
  const origins = new Set([...hosts].map((host) => `http://${host}`));
  const tokenHash = sha256(token);
  return {
    checkSource({ url, headers, rawHeaders }) {
      if (!url?.startsWith('/')) throw forbidden('the address is not a path of this terminal');
      const hostLines = rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
      if (hostLines !== 1 || !hosts.has(single(headers.host).toLowerCase()))
        throw forbidden('Host is not this terminal');
      if (headers.origin !== undefined && !origins.has(single(headers.origin)))
        throw forbidden('Origin is another page');
      if (headers.referer !== undefined && !origins.has(originOf(single(headers.referer)))) {
        throw forbidden('Referer is another page');
      }
      const site = headers['sec-fetch-site'];
      if (site !== undefined && site !== 'same-origin' && site !== 'none') throw forbidden('the request is cross-site');
    },
    checkToken({ headers }) {
      if (timingSafeEqual(sha256(single(headers[TOKEN_HEADER])), tokenHash)) return;
      throw forbidden('the token of this terminal is missing, or from before a restart');
    },
  };
}

function single(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : '';
}

function originOf(address: string): string {
  return URL.canParse(address) ? new URL(address).origin : '';
}

/** Hashing first makes the comparison take the same time whatever the length of what was sent. */
function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

function forbidden(message: string): WaslError {
  return new WaslError('ERR_API_FORBIDDEN', message);
}
