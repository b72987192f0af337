import type { Socket } from 'node:net';
import { ERROR_CODES, type ErrorCode } from '../domain/error-codes.js';
import { isWaslError } from '../domain/errors.js';

/** What every error answer holds. */
export interface ErrorBody {
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

/** An error as the page gets to see it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly body: ErrorBody;
}

/** HTTP status of the codes that are the asker's to mend; every other code is a fault of ours, 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  ERR_API_REQUEST: 400,
  ERR_API_FORBIDDEN: 403,
  ERR_TAP_STATE: 409,
  ERR_QUANTITY: 422,
  ERR_PIN: 422,
  ERR_PIN_LOCKED: 422,
  ERR_VOID_ROLE: 422,
  ERR_PROGRAMME_UNKNOWN: 422,
  ERR_REPRESENTATIVE: 422,
  ERR_SHIFT_NONE: 422,
  ERR_SHIFT_OPEN: 422,
  ERR_SHIFT_OPERATOR: 422,
  ERR_SHIFT_DIFFERENCE: 422,
  ERR_HEALTH_KEY: 422,
  ERR_HEALTH_ROLE: 422,
  ERR_HEALTH_ROOM: 422,
  ERR_API_BUSY: 503,
};

/** Headers on every answer: only our own files run, nothing frames us, nothing is guessed or kept. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The body of an error answer; without a `message`, the published meaning of the code. */
export function errorBody(code: ErrorCode, message: string = ERROR_CODES[code]): ErrorBody {
  return { error: { code, message } };
}

/**
 * The answer to anything thrown while a request was handled. A fault of ours says its code and the published meaning
 * only: what went wrong inside is for the log.
 */
export function answerTo(error: unknown): ErrorAnswer {
  if (isWaslError(error)) {
    const status = STATUS[error.code] ?? 500;
    return { status, body: status === 500 ? errorBody(error.code) : errorBody(error.code, error.message) };
  }
  const status = statusOf(error);
  if (status >= 400 && status < 500) return { status, body: errorBody('ERR_API_REQUEST', requestMessage(status)) };
  return { status: 500, body: errorBody('ERR_INTERNAL') };
}

/** Answers bytes that were not an HTTP request at all, as far as the other side still listens, and hangs up. */
export function answerBrokenRequest(error: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }[error.code ?? ''] ?? 400;
  const body = JSON.stringify(errorBody('ERR_API_REQUEST', requestMessage(status)));
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `x-content-type-options: nosniff\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => socket.destroy(),
  );
}

/** The status that Fastify gave to an error of the request itself (malformed JSON, too large, wrong type). */
function statusOf(error: unknown): number {
  return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
    ? error.statusCode
    : 500;
}

function requestMessage(status: number): string {
  const meanings: Readonly<Record<number, string>> = {
    404: 'there is nothing at this address',
    405: 'this address does not take this method',
    408: 'the request took too long to arrive',
    413: 'the request is too large',
    415: 'the body must be application/json',
    431: 'the headers are too large',
  };
  return meanings[status] ?? ERROR_CODES.ERR_API_REQUEST;
}

/** The answer to a path that does not exist (404), or that exists for other methods (405). */
export function unknownAnswer(status: 404 | 405): ErrorAnswer {
  return { status, body: errorBody('ERR_API_REQUEST', requestMessage(status)) };
}
