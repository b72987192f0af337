/**
 * Users of the embedded database server beside its administrator, as CouchDB has them: `PUT /_users/org.couchdb.user:NAME` with a password makes one, and the
 * `_security` of a database says whose it is. What differs from CouchDB: users only read (there the validation function of a database turns writes away, here
 * nothing is passed on but reading), one needs to be named in `_security` by name (users have no roles), and a database without members is the administrator's alone.
 */
import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { replaceFile } from '../../agent/journal/disk.js';
import { nodeDisk } from '../../agent/journal/node-disk.js';

const FILE = 'users.json';
const USERS_MAX = 10_000;
const USER_PATH = /^\/_users\/org\.couchdb\.user(?::|%3A)([a-z0-9][a-z0-9._-]{0,99})$/i;
/** What reads although it is posted. */
const READING = ['_all_docs', '_changes', '_bulk_get', '_find'];
/** Enough for a stand-in on loopback; CouchDB's own count is its operator's to choose. */
const SCRYPT = { N: 1_024, r: 8, p: 1 } as const;

const userSchema = z.looseObject({ name: z.string(), password: z.string().min(1) });
const usersSchema = z.record(z.string(), z.object({ salt: z.string(), hash: z.string() }));
const securitySchema = z.looseObject({ members: z.looseObject({ names: z.array(z.string()) }) });

/** What decides about requests that are not the administrator's, and makes users for those that are. */
export interface CouchUsers {
  isAboutUsers(request: IncomingMessage): boolean;
  /** A request of the administrator about users. Never rejects. */
  administer(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** A request with other credentials, or none. Never rejects. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

/** What users are served by. */
export interface CouchUsersParts {
  /** Their file stands there. */
  readonly folder: string;
  readonly app: RequestListener;
  /** The administrator's, as a header. */
  readonly authorization: string;
  /** Where this server listens. */
  readonly url: () => string;
}

/** Reads the users that there are. Rejects when their file is damaged. */
export async function couchUsers({ folder, app, authorization, url }: CouchUsersParts): Promise<CouchUsers> {
  const users = await readUsers(join(folder, FILE));
  /** Passwords that were right, so that each request does not cost a hash. */
  const proven = new Map<string, string>();

  const administer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = USER_PATH.exec(request.url ?? '')?.[1];
    const parsed = userSchema.safeParse(JSON.parse((await text(request)) || 'null'));
    if (request.method !== 'PUT' || !parsed.success || parsed.data.name !== name || users.size >= USERS_MAX)
      return answer(response, 400, 'bad_request');
    const salt = randomBytes(16).toString('hex');
    users.set(name, { salt, hash: hashOf(parsed.data.password, salt) });
    for (const header of proven.keys()) if (proven.get(header) === name) proven.delete(header);
    const bytes = Buffer.from(JSON.stringify(Object.fromEntries(users)));
    await replaceFile(nodeDisk(), { folder, name: FILE }, bytes);
    response.writeHead(201, { 'content-type': 'application/json' }).end(`{"ok":true,"id":"org.couchdb.user:${name}"}`);
  };

  const userOf = (header: string): string | null => {
    const known = proven.get(header);
    if (known !== undefined) return known;
    const [name = '', ...rest] = Buffer.from(header.replace(/^Basic /, ''), 'base64')
      .toString('utf8')
      .split(':');
    const user = users.get(name);
    if (user === undefined) return null;
    const isRight = timingSafeEqual(Buffer.from(hashOf(rest.join(':'), user.salt)), Buffer.from(user.hash));
    if (isRight && proven.size < USERS_MAX) proven.set(header, name);
    return isRight ? name : null;
  };

  const isMember = async (database: string, name: string): Promise<boolean> => {
    const asked = await fetch(`${url()}/${database}/_security`, { headers: { authorization } });
    const parsed = securitySchema.safeParse(asked.ok ? await asked.json() : null);
    return parsed.success && parsed.data.members.names.includes(name);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const name = userOf(request.headers.authorization ?? '');
    if (name === null) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="wasl"' }).end();
      return;
    }
    // As the server behind sees it, whatever dots and escapes were sent.
    const { pathname, search } = new URL(request.url ?? '/', 'http://127.0.0.1');
    const [, database = '', what = ''] = pathname.split('/');
    const isReading =
      request.method === 'GET' || request.method === 'HEAD' || (request.method === 'POST' && READING.includes(what));
    if (!/^[a-z][a-z0-9_-]*$/.test(database) || !isReading || !(await isMember(database, name)))
      return answer(response, 403, 'forbidden');
    request.url = `${pathname}${search}`;
    request.headers.authorization = authorization;
    app(request, response);
  };

  const guarded =
    (handler: typeof serve): typeof serve =>
    (request, response) =>
      handler(request, response).catch(() => answer(response, 500, 'internal'));
  return {
    isAboutUsers: (request) => (request.url ?? '').startsWith('/_users/'),
    administer: guarded(administer),
    serve: guarded(serve),
  };
}

async function readUsers(path: string): Promise<Map<string, { salt: string; hash: string }>> {
  let content: string;
  try {
    content = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
    throw error;
  }
  return new Map(Object.entries(usersSchema.parse(JSON.parse(content))));
}

function hashOf(password: string, salt: string): string {
  return scryptSync(password, salt, 32, SCRYPT).toString('hex');
}

function answer(response: ServerResponse, status: number, error: string): void {
  if (!response.headersSent) response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error }));
}
