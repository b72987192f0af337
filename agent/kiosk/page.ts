import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { WaslError } from '../domain/errors.js';

/** Stands in the built `index.html` where the server puts the token of this boot. */
export const TOKEN_PLACEHOLDER = '__WASL_TOKEN__';

/** What a token must look like: at least 128 bits in base64url or hex, so that it needs no escaping in HTML or a header. */
const TOKEN_SHAPE = /^[A-Za-z0-9_-]{22,128}$/;

/**
 * The page as it is served: the built `index.html` of `webRoot` with the token put in.
 * Throws `ERR_CONFIG` when the page was not built, or the token is too short or has other characters.
 */
export async function loadPage(webRoot: string, token: string): Promise<string> {
  if (!TOKEN_SHAPE.test(token))
    throw new WaslError('ERR_CONFIG', 'the kiosk token must be 22 to 128 base64url characters');
  const path = join(webRoot, 'index.html');
  const html = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new WaslError('ERR_CONFIG', `the kiosk page ${path} cannot be read: build it first`, { cause });
  });
  const parts = html.split(TOKEN_PLACEHOLDER);
  if (parts.length !== 2)
    throw new WaslError('ERR_CONFIG', `${path} has no single place for the token: build it again`);
  return parts.join(token);
}

/** The folder of the page's scripts, styles and fonts; throws `ERR_CONFIG` when there is none. */
export async function assetFolder(webRoot: string): Promise<string> {
  const path = join(webRoot, 'assets');
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new WaslError('ERR_CONFIG', `${path} is not there: build the kiosk page first`);
  return path;
}
