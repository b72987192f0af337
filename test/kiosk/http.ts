import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import type { ErrorCode } from '../../agent/domain/error-codes.js';
import { TOKEN } from './running.js';

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What to send; by default a GET with the token and an honest Host. */
export interface Ask {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly token?: string | null;
  readonly body?: string | Buffer;
}

/** One request over a connection of its own, with headers that `fetch` would not let us forge. */
export function ask(
  port: number,
  { method = 'GET', path = '/', headers = {}, token = TOKEN, body }: Ask,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({
      host: '127.0.0.1',
      port,
      method,
      path,
      agent: false,
      headers: { ...(token === null ? {} : { 'x-wasl-token': token }), ...headers },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(pieces).toString('utf8'),
        }),
      );
      response.on('error', reject);
    });
    sent.end(body);
  });
}

/** A command as the page sends it. */
export function command(port: number, body: unknown, extra: Ask = {}): Promise<Answer> {
  return ask(port, {
    method: 'POST',
    path: '/api/command',
    body: JSON.stringify(body),
    ...extra,
    headers: { 'content-type': 'application/json', ...extra.headers },
  });
}

/** The code in an error answer, after checking that the answer has the published shape. */
export function codeIn(answer: Answer): ErrorCode {
  const body: unknown = JSON.parse(answer.text);
  if (typeof body !== 'object' || body === null || Object.keys(body).join() !== 'error' || !('error' in body)) {
    throw new Error(`not an error answer: ${answer.text}`);
  }
  const { error } = body as { error: { code: ErrorCode; message: string } };
  if (Object.keys(error).sort().join() !== 'code,message' || error.message === '') {
    throw new Error(`not an error answer: ${answer.text}`);
  }
  return error.code;
}

/** Sends bytes as they are, and gives back all that comes until the server hangs up. */
export function raw(port: number, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      text += piece;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}
