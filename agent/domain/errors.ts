import { ERROR_CODES, type ErrorCode } from './error-codes.js';

/** What a {@link WaslError} may carry besides its code. Never put personal data or secrets here: details are logged. */
export interface ErrorDetails {
  readonly [name: string]: string | number | boolean | null | undefined;
}

/**
 * The one error class of Wasl. `code` is stable and published, `message` is for people and may change.
 * A refusal of service is not an error: it is a `Decision` with a reason code.
 */
export class WaslError extends Error {
  override readonly name = 'WaslError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, message?: string, extra: { cause?: unknown; details?: ErrorDetails } = {}) {
    super(message ?? ERROR_CODES[code], extra.cause === undefined ? undefined : { cause: extra.cause });
    this.code = code;
    this.details = extra.details ?? {};
  }
}

/** True when `error` is a {@link WaslError}, with the given code if one is given. */
export function isWaslError(error: unknown, code?: ErrorCode): error is WaslError {
  return error instanceof WaslError && (code === undefined || error.code === code);
}

/** The published code of any thrown value: its own when it has one, else `ERR_INTERNAL`. */
export function codeOf(error: unknown): ErrorCode {
  return error instanceof WaslError ? error.code : 'ERR_INTERNAL';
}
